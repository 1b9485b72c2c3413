-- Backtests are worked on under a lease, batch by batch; whatever dies, nothing counts twice.
begin;
\ir helpers/setup.psql
select no_plan();

select tests.rule();
insert into core.draft_rules (draft, key, title, severity, instruction, phrases) values ('d', 'drafted', 'Drafted', 'minor', 'i', '{a}');
select tests.judged_call('call ' || n, case when n = 2 then 'flagged' else 'safe' end, now() - make_interval(hours => 10 - n), vertical => 'aca')
from generate_series(1, 5) as n;
create function tests.id(name text) returns bigint language sql as $$ select call_id from core.calls where ringba_call_id = name $$;
create function tests.name(call bigint) returns text language sql as $$ select ringba_call_id from core.calls where call_id = call $$;
create function tests.order(most integer default 10) returns bigint language sql as $$
  select api.order_backtest('d', 'aca', now() - interval '1 day', now(), most)
$$;
create function tests.take(worker text, id bigint default null) returns uuid language sql as $$
  select (api.claim_backtest(worker, id) ->> 'lease_token')::uuid
$$;
-- The calls of a batch by name, in order.
create function tests.batch(token uuid, max integer default 2) returns text[] language sql as $$
  select array_agg(tests.name((b ->> 'call_id')::bigint) order by place)
  from jsonb_array_elements(api.backtest_batch(token, max)) with ordinality as e(b, place)
$$;
create function tests.verdict(name text, verdict text default 'safe', flags jsonb default '[]', undecided jsonb default '[]') returns jsonb language sql as $$
  select jsonb_build_object('call_id', tests.id(name), 'verdict', verdict, 'flags', flags, 'undecided', undecided)
$$;
create function tests.report(token uuid, variadic names text[]) returns integer language sql as $$
  select api.report_backtest(token, (select jsonb_agg(tests.verdict(name)) from unnest(names) as name), 3, 100, 0.01)
$$;
create function tests.progress() returns text language sql as $$
  select format('%s: %s of %s, %s requests, %s tokens, %s USD', status, calls_done, calls_total, requests, tokens, cost_usd)
  from core.backtests order by backtest_id limit 1
$$;
-- Without what follows from a word of a person, which is said below.
create function tests.unreviewed(c core.calls) returns text language sql as $$
  select (to_jsonb(c) - '{to_review,urgency,queue_place}'::text[])::text
$$;
create temp table before as select md5(string_agg(tests.unreviewed(c), '' order by call_id)) as calls from core.calls as c;

-- Claimed once.
select is(api.claim_backtest('w'), null, 'nothing waits');
create temp table tests_ids as select tests.order() as first, tests.order(2) as second;
create temp table claimed as select api.claim_backtest('one') as c;
select is((select c - 'lease_token' from claimed), jsonb_build_object('backtest_id', (select first from tests_ids), 'draft', 'd',
  'ruleset', core.draft_ruleset('d', 'aca'), 'calls_done', 0, 'calls_total', 5), 'the oldest first');
create temp table tokens as select (c ->> 'lease_token')::uuid as one from claimed;
grant select on tokens, tests_ids to public;
select is(api.claim_backtest('two', (select first from tests_ids)), null, 'it is held');
select is((api.claim_backtest('two') ->> 'backtest_id')::bigint, (select second from tests_ids), 'the next one is free');
select is(api.claim_backtest('three'), null, 'and then there is none');
select throws_ok($$select api.claim_backtest('w', -1)$$, '22023', 'There is no backtest -1.');
select throws_ok($$select api.claim_backtest(' ')$$, '22023', 'Whoever claims a backtest has a name.');
select results_eq($$select lease_owner, lease_expires_at, started_at from core.backtests order by backtest_id limit 1$$,
  $$select 'one', core.now() + interval '2 minutes', core.now()$$, 'for two minutes');

-- Batches, newest first, the same again until they are reported.
select is(tests.batch(one), '{call 5,call 4}', 'the newest two') from tokens;
select is(tests.batch(one), '{call 5,call 4}', 'once more: nothing was reported') from tokens;
select is(tests.report(one, 'call 4'), 4, 'the second of them is reported first') from tokens;
select is(tests.batch(one), '{call 5,call 3}', 'what was left out comes again') from tokens;
select is(tests.report(one, 'call 5', 'call 3'), 2, 'two are left') from tokens;
select is(tests.progress(), 'running: 3 of 5, 6 requests, 200 tokens, 0.02 USD', 'counted');
select is(tests.report(one, 'call 5', 'call 3'), 2, 'the same report again') from tokens;
select is(tests.report(one, 'call 4'), 2, 'and an older one') from tokens;
select is(tests.progress(), 'running: 3 of 5, 6 requests, 200 tokens, 0.02 USD', 'count once, with their cost');

-- What a batch holds.
create temp table item as select api.backtest_batch(one, 1) -> 0 as i from tokens;
select is((select i from item), jsonb_build_object(
  'call_id', tests.id('call 2'), 'vertical', 'aca', 'transcript', core.transcript_json(t),
  'shown', jsonb_build_object('verdict', 'flagged', 'flags', jsonb_build_array(tests.flag()),
    'rule_results', tests.judgement('flagged') -> 'rule_results',
    'ruleset', (select jsonb_build_object('ruleset_id', s.ruleset_id, 'vertical', s.vertical, 'rules', s.rules)
      from core.rulesets as s join core.verticals as v using (ruleset_id) where v.vertical = 'aca'))
), 'transcript and shown verdict with its rules') from core.transcripts as t where t.call_id = tests.id('call 2');

-- A server dies: another goes on where it was, and the dead one changes nothing any more.
select tests.move_time('119 seconds');
select ok(api.beat_backtest(one), 'a sign of life') from tokens;
select tests.move_time('119 seconds');
select is(api.claim_backtest('two', (select first from tests_ids)), null, 'is good for two minutes');
select tests.batch(one) from tokens;
select tests.move_time('119 seconds');
select is(api.claim_backtest('two', (select first from tests_ids)), null, 'so is the next batch');
select tests.report(one, 'call 5') from tokens;
select tests.move_time('121 seconds');
alter table tokens add column two uuid;
update tokens set two = tests.take('two', (select first from tests_ids));
select isnt(two, null, 'then another one has it') from tokens;
select is((select started_at from core.backtests order by backtest_id limit 1), (select created_at from core.backtests order by backtest_id limit 1), 'begun when it was begun');
select throws_ok(format('select %s', statement), 'PT409', 'lease lost', statement)
from tokens, lateral unnest(array[
  format('api.backtest_batch(%L)', one), format('tests.report(%L, %L)', one, 'call 2'), format('api.finish_backtest(%L)', one),
  format('api.finish_backtest(%L, %L)', one, 'e')
]) as statement;
select ok(not api.beat_backtest(one), 'the first is told that its lease is lost') from tokens;
select is(tests.progress(), 'running: 3 of 5, 6 requests, 200 tokens, 0.02 USD', 'nothing was changed by it');
select is(tests.batch(two, 10), '{call 2,call 1}', 'what was reported is kept') from tokens;

-- What cannot be is refused, as a whole.
select tests.judged_call('elsewhere', started => now() - interval '2 days', vertical => 'aca');
select tests.call('transcribed', id => 'no verdict', started => now() - interval '1 hour');
select throws_ok(format('select api.report_backtest(%L, %L, 1, 1, 1)', two, report), state, sentence, sentence)
from tokens, lateral (values
  ('[]', '22023', 'A report names at least one call.'),
  ('{}', '22023', 'A report names at least one call.'),
  (jsonb_build_array(tests.verdict('call 2'), tests.verdict('elsewhere'))::text, '22023', format('Call %s is no part of this backtest.', tests.id('elsewhere'))),
  (jsonb_build_array(tests.verdict('no verdict'))::text, '22023', format('Call %s is no part of this backtest.', tests.id('no verdict'))),
  ('[{"call_id": -1}]', '22023', 'Call -1 is no part of this backtest.'),
  ('[{}]', '22023', 'Call without a number is no part of this backtest.'),
  (jsonb_build_array(tests.verdict('call 2', 'flagged', jsonb_build_array(tests.flag() || '{"rule_key": "x", "id": "x:3-4"}')))::text, '22023', 'The draft "d" has no rule "x".'),
  (jsonb_build_array(tests.verdict('call 2', 'undecided', undecided => '["y"]'))::text, '22023', 'The draft "d" has no rule "y".')
) as refused(report, state, sentence);
select is(tests.breaks(format('select api.report_backtest(%L, %L)', two, report)), expected, expected)
from tokens, lateral (values
  (jsonb_build_array(tests.verdict('call 2', 'innocent')), 'backtest_verdict_valid'),
  (jsonb_build_array(tests.verdict('call 2', 'flagged')), 'backtest_flagged_has_flags'),
  (jsonb_build_array(tests.verdict('call 2', 'safe', jsonb_build_array(tests.flag()))), 'backtest_flagged_has_flags'),
  (jsonb_build_array(tests.verdict('call 1', 'flagged', jsonb_build_array(tests.flag() - 'quote'))), 'backtest_added_well_formed'),
  (jsonb_build_array(tests.verdict('call 2', 'undecided', undecided => '{}')), '22023')
) as refused(report, expected);
select throws_ok(format('select api.report_backtest(%L, %L, %s)', two, jsonb_build_array(tests.verdict('call 2')), used), '22023', sentence)
from tokens, lateral (values
  ('-1, 0, 0', 'The number of requests cannot be negative.'),
  ('0, -1, 0', 'What a request uses is a number of tokens and of US dollars, none of them negative.')
) as refused(used, sentence);
select throws_ok(format('select api.finish_backtest(%L)', two), '22023', 'This backtest is not through: 2 of 5 calls are left.') from tokens;
select is(tests.progress(), 'running: 3 of 5, 6 requests, 200 tokens, 0.02 USD', 'nothing was changed by that');

-- To its end, and the end twice.
select is(tests.report(two, 'call 2', 'call 1'), 0, 'none is left') from tokens;
select is(tests.batch(two), null, 'an empty batch') from tokens;
create temp table reports as select api.finish_backtest(two) as report from tokens;
select is(tests.progress(), 'done: 5 of 5, 9 requests, 300 tokens, 0.03 USD', 'done');
select is((select report ->> 'calls' from reports), '5');
insert into core.reviews (call_id, flag_id, verdict, reviewer_id, reviewer_email)
values (tests.id('call 2'), 'guarantee:3-4', 'confirmed', gen_random_uuid(), 'e');
select is(api.finish_backtest(two), (select report from reports), 'finished twice: the same report') from tokens;
select is(api.finish_backtest(two, 'too late'), (select report from reports), 'whatever is said the second time') from tokens;
select is(tests.progress(), 'done: 5 of 5, 9 requests, 300 tokens, 0.03 USD', 'and done it stays');
select throws_ok(format('select api.backtest_batch(%L)', two), 'PT409', 'lease lost', 'the lease is over') from tokens;
select is(api.claim_backtest('three', (select first from tests_ids)), null, 'nobody takes it any more');
select is(api.backtest_report((select first from tests_ids)),
  (select jsonb_build_object('status', 'done', 'calls_done', 5, 'calls_total', 5, 'error', null, 'report', report) from reports), 'people read it');

-- Failed, with the sentence.
alter table tokens add column three uuid;
update tokens set three = tests.take('three');
select is(tests.batch(three, 10), '{call 5,call 4}', 'no more calls than were asked for') from tokens;
select tests.report(three, 'call 5') from tokens;
select lives_ok(format('select api.finish_backtest(%L, %L)', three, ' The endpoint is away. ')) from tokens;
select is(api.backtest_report((select second from tests_ids)) - 'report',
  '{"status": "failed", "calls_done": 1, "calls_total": 2, "error": "The endpoint is away."}', 'failed with the sentence');
select is(api.backtest_report((select second from tests_ids)) -> 'report' ->> 'calls', '1', 'and what there is');

-- Calls that were not there when it was ordered do not make it longer, and those that are gone end it.
update tokens set one = (select tests.take('one', tests.order(3)));
select tests.judged_call('call 6', started => now() - interval '30 minutes', vertical => 'aca');
select is(tests.batch(one, 10), '{call 6,call 5,call 4}', 'so many and no more') from tokens;
select tests.report(one, 'call 6') from tokens;
update core.calls set vertical = 'medicare' where ringba_call_id like 'call _' and ringba_call_id <> 'call 6';
select is(tests.batch(one, 10), null, 'calls that are of another vertical now') from tokens;
select is(api.finish_backtest(one) ->> 'calls', '1', 'are not waited for') from tokens;
update core.calls set vertical = 'aca' where ringba_call_id like 'call _';
select is((select md5(string_agg(tests.unreviewed(c), '' order by call_id)) from core.calls as c
  where ringba_call_id like 'call _' and ringba_call_id <> 'call 6'), (select calls from before), 'the calls are as they were');

select * from finish();
rollback;

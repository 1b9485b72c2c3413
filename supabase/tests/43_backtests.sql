-- Backtests are ordered: what comes by itself, which calls they will try, and what is refused.
begin;
\ir helpers/setup.psql
select no_plan();

select tests.rule();
insert into core.draft_rules (draft, key, title, severity, instruction, phrases) values ('d', 'drafted', 'Drafted', 'minor', 'i', '{a}');
create function tests.day(n integer) returns timestamptz language sql immutable as $$ select timestamptz '2026-11-01 00:00Z' + make_interval(days => n) $$;
grant execute on all functions in schema tests to public;

-- Which calls there are to try: with a verdict and a transcript, of the vertical, in the range.
select tests.judged_call('first moment', started => tests.day(1), vertical => 'aca');
select tests.judged_call('flagged', 'flagged', tests.day(2), vertical => 'aca');
select tests.judged_call('undecided', 'undecided', tests.day(2), vertical => 'aca');
select tests.judged_call('just before', started => tests.day(0), vertical => 'aca');
select tests.judged_call('the end', started => tests.day(3), vertical => 'aca');
select tests.judged_call('other vertical', started => tests.day(2), vertical => 'medicare');
select tests.judged_call('not mapped', started => tests.day(2));
select tests.judged_call('without transcript', started => tests.day(2), vertical => 'aca');
delete from core.transcripts where call_id = (select call_id from core.calls where ringba_call_id = 'without transcript');
select tests.call('transcribed', started => tests.day(2), id => 'without verdict');
insert into core.transcripts select call_id, 'm', 'en', 1, '[]', '[]', 1 from core.calls where ringba_call_id = 'without verdict';
select tests.judged_call('judged again', started => tests.day(2) + interval '1 hour', vertical => 'aca');
update core.calls set status = 'transcribed', verdict_before = 'safe' where ringba_call_id = 'judged again';
-- Two that began at the same moment go by their number.
create function tests.candidates(b core.backtests) returns text[] language sql as $$
  select array_agg(c.ringba_call_id order by place)
  from core.backtest_candidates(b) with ordinality as n(call_id, place) join core.calls as c on c.call_id = n.call_id
$$;

-- As admins do in Studio, with four columns.
insert into core.backtests (draft, vertical, from_time, to_time) values ('d', 'aca', tests.day(1), tests.day(3));
select is(tests.candidates(b), '{judged again,undecided,flagged,first moment}', 'newest first, the end of the range left out') from core.backtests as b;
select results_eq(
  $$select status, most_calls, calls_total, calls_done, requests, tokens, cost_usd, requested_by from core.backtests$$,
  $$values ('waiting', 1000, 4, 0, 0::bigint, 0::bigint, 0::numeric, null::text)$$,
  'everything else comes by itself'
);
select is((select ruleset from core.backtests), core.draft_ruleset('d', 'aca'), 'so do the rules');
create temp table rules as select ruleset from core.backtests;
update core.draft_rules set title = 'Changed';
select is((select b.ruleset from core.backtests as b), (select ruleset from rules), 'which stay, whatever becomes of the draft');
delete from core.backtests;

-- What a person fills in beside that counts for nothing, but the e-mail.
insert into core.backtests (draft, vertical, from_time, to_time, most_calls, status, ruleset, calls_total, calls_done, cursor_start,
  cursor_call_id, requests, tokens, cost_usd, report, error, lease_token, lease_owner, lease_expires_at, answered_token, started_at,
  finished_at, created_at, requested_by)
values (' d ', 'common', tests.day(1), tests.day(3), null, 'done', '{}', 7, 7, now(), 1, 7, 7, 7, '{}', 'e', gen_random_uuid(), 'w',
  now(), gen_random_uuid(), now(), now(), '2000-01-01', ' somebody@example.test ');
select is(to_jsonb(b) - 'backtest_id' - 'created_at' - 'from_time' - 'to_time', jsonb_build_object(
  'draft', 'd', 'vertical', 'common', 'most_calls', 1000, 'requested_by', 'somebody@example.test', 'status', 'waiting',
  'ruleset', core.draft_ruleset('d', 'common'), 'calls_total', 1, 'calls_done', 0, 'cursor_start', null, 'cursor_call_id', null,
  'requests', 0, 'tokens', 0, 'cost_usd', 0, 'report', null, 'error', null, 'lease_token', null, 'lease_owner', null,
  'lease_expires_at', null, 'answered_token', null, 'started_at', null, 'finished_at', null
), 'as new as any') from core.backtests as b;
select is((select created_at from core.backtests), core.now());
select is(tests.candidates(b), '{"not mapped"}', 'common: calls that are not mapped') from core.backtests as b;
delete from core.backtests;

-- As admins order them in words.
select tests.become('admin');
create temp table ordered as select api.order_backtest('d', 'aca', tests.day(1), tests.day(3), 2) as id;
select is((select backtest_id from core.backtests), (select id from ordered), 'admins order a backtest');
select results_eq($$select calls_total, requested_by from core.backtests$$, $$values (2, 'admin@example.test')$$, 'of so many calls at most, under their name');
select is(api.backtest_report((select id from ordered)),
  '{"status": "waiting", "calls_done": 0, "calls_total": 2, "error": null, "report": null}', 'and see how far it is');
select tests.become('owner');

-- It stays as it was asked.
select throws_ok(statement, '22023', 'A backtest stays as it was asked for: add another row instead.', statement)
from unnest(array[
  $$update core.backtests set draft = 'other'$$, $$update core.backtests set vertical = 'medicare'$$,
  $$update core.backtests set from_time = from_time - interval '1 day'$$, $$update core.backtests set to_time = now()$$,
  $$update core.backtests set most_calls = 3$$, $$update core.backtests set ruleset = '{}'$$, $$update core.backtests set calls_total = 3$$
]) as statement;
select lives_ok($$update core.backtests set requested_by = 'somebody'$$, 'but for who asked');

-- Nonsense is refused with a sentence, in Studio as well.
create function tests.order(draft text, vertical text, starts timestamptz, ends timestamptz, most integer default 10) returns void language sql as $$
  insert into core.backtests (draft, vertical, from_time, to_time, most_calls) values (draft, vertical, starts, ends, most)
$$;
select throws_ok(statement, '22023', sentence)
from (values
  ($$select tests.order('d', 'nothing', tests.day(1), tests.day(3))$$, 'There is no vertical "nothing".'),
  ($$select tests.order('d', null, tests.day(1), tests.day(3))$$, 'There is no vertical "<NULL>".'),
  ($$select tests.order('empty', 'aca', tests.day(1), tests.day(3))$$,
    'The draft "empty" has no rules for the vertical aca or for all: add them to core.draft_rules first.'),
  ($$select tests.order(null, 'aca', tests.day(1), tests.day(3))$$,
    'The draft "<NULL>" has no rules for the vertical aca or for all: add them to core.draft_rules first.'),
  ($$select tests.order('d', 'aca', tests.day(3), tests.day(1))$$,
    'A backtest needs a range of call starts that runs forward: from_time before to_time.'),
  ($$select tests.order('d', 'aca', tests.day(1), tests.day(1))$$,
    'A backtest needs a range of call starts that runs forward: from_time before to_time.'),
  ($$select tests.order('d', 'aca', null, tests.day(1))$$,
    'A backtest needs a range of call starts that runs forward: from_time before to_time.'),
  ($$select tests.order('d', 'aca', tests.day(1), tests.day(3), 0)$$, 'A backtest tries 1 to 20000 calls, not 0.'),
  ($$select tests.order('d', 'aca', tests.day(1), tests.day(3), 20001)$$, 'A backtest tries 1 to 20000 calls, not 20001.'),
  ($$select tests.order('d', 'aca', tests.day(100), tests.day(101))$$,
    'No call of the vertical aca that started in this range has a verdict and a transcript.'),
  ($$select api.backtest_report(-1)$$, 'There is no backtest -1.')
) as nonsense(statement, sentence);

-- The walk ends with its limit, however many calls there are: it follows an index, and nothing is sorted.
set local jit = off;
insert into core.calls (account, ringba_call_id, start_time_utc, storage_path, status, flags, qa_version, judge_model, vertical)
select 'RA1', 'many ' || i, tests.day(1) + make_interval(secs => i * 60), 'RA1/p', 'safe', '[]', 'q', 'm',
  case i % 10 when 0 then null when 1 then 'medicare' else 'aca' end
from generate_series(0, 2799) as i;
analyze core.calls;
insert into core.transcripts (call_id, model, language, duration_ms, segments, round)
select c.call_id, 'm', 'en', 1, '[]', 1 from core.calls as c where c.ringba_call_id like 'many %';
with judged as (
  insert into core.judgements (call_id, round, ruleset_id, prompt_version, verdict, judge_model, flags, rule_results)
  select c.call_id, 1, v.ruleset_id, 'p', 'safe', 'm', '[]', '[]'
  from core.calls as c, core.verticals as v where c.ringba_call_id like 'many %' and v.vertical = 'common'
  returning call_id, judgement_id
)
select count(*) from judged;
update core.calls as c set judgement_id = j.judgement_id
from core.judgements as j where j.call_id = c.call_id and c.judgement_id is null and c.ringba_call_id like 'many %';
analyze core.calls, core.transcripts, core.backtest_calls;
create function tests.plan(of_vertical text) returns text language plpgsql as $$
declare
  b core.backtests;
  line text;
  plan text := '';
begin
  select t.* into b from core.backtests as t;
  b.vertical := of_vertical;
  for line in execute 'explain select call_id from core.backtest_candidates($1) limit 5' using b loop
    plan := plan || line || e'\n';
  end loop;
  return plan;
end
$$;
select alike(tests.plan(v), '%using idx_calls_judged%', v || ': calls are walked along their index') from unnest(array['aca', 'common']) as v;
select unalike(tests.plan(v), '%Sort%', 'as far as needed') from unnest(array['aca', 'common']) as v;
select alike(tests.plan(v), '%ROW(start_time_utc, call_id) <=%', 'from the cursor on') from unnest(array['aca', 'common']) as v;

select * from finish();
rollback;

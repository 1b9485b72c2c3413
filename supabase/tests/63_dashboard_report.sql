-- What the dashboard draws.
begin;
\ir helpers/setup.psql
select no_plan();

-- Time stands at 20 minutes past noon.
insert into core.test_clock (shift) values (date_trunc('day', now(), 'UTC') + interval '36 hours 20 minutes' - now());
create function tests.hour(ago integer) returns timestamptz language sql as $$ select date_trunc('hour', core.now()) - make_interval(hours => ago) $$;
create function tests.day(ago integer) returns jsonb language sql as $$
  select day from jsonb_array_elements(api.dashboard_report(3) -> 'days') as day
  where day ->> 'day' = to_char((core.now() at time zone 'UTC')::date - ago, 'YYYY-MM-DD')
$$;
select throws_ok($$select api.dashboard_report(0)$$, '22023', null, 'no days');
select throws_ok($$select api.dashboard_report(91)$$, '22023', null, 'too many days');
select is(jsonb_array_length(api.dashboard_report() -> 'days'), 14, 'two weeks, empty days among them');

insert into core.ingest_accounts (account, reads_from) values ('RA1', core.now() - interval '40 days'), ('RA2', core.now() - interval '40 days');
insert into core.calls (account, ringba_call_id, start_time_utc, revenue, payout, cost) values
  ('RA1', 'a', tests.hour(2), 10.10, 5.05, 0.1), ('RA1', 'b', tests.hour(2), 0.2, null, 0.2), ('RA2', 'c', tests.hour(2), 1, 1, 1),
  ('RA1', 'now', tests.hour(0), 100, 50, 5), ('RA1', 'yesterday', tests.hour(24), 7, 3, 0.5);
select api.record_reconciliation('RA1', tests.hour(2), '{"calls": 2, "revenue": "10.3", "payout": "5.05", "cost": "0.3"}');
select api.record_reconciliation('RA2', tests.hour(2), '{"calls": 2, "revenue": "2.00", "payout": "1", "cost": "1"}', false);
select is(tests.day(0) -> 'total', '{"calls": 4, "revenue": "111.3", "payout": "56.05", "cost": "6.3"}', 'all of today, the present hour too, exactly');
select is(tests.day(0) -> 'ours', '{"calls": 3, "revenue": "11.3", "payout": "6.05", "cost": "1.3"}', 'over the hours that were compared');
select is(tests.day(0) -> 'ringba', '{"calls": 4, "revenue": "12.3", "payout": "6.05", "cost": "1.3"}', 'beside Ringba''s');
select is(tests.day(0) - '{day,total,ours,ringba}'::text[], '{"hours_compared": 2, "hours_differing": 1, "hours_overdue": 22}', 'and how many differ');
select is(tests.day(1) -> 'total' ->> 'revenue', '7', 'yesterday apart');
select is(tests.day(1) -> 'ringba' ->> 'calls', '0', 'which nobody compared');

-- Where flags come from, and what people said.
select tests.rule(), tests.rule('disclaimer');
create function tests.missing(rule text) returns jsonb language sql as $$
  select tests.flag() || jsonb_build_object('id', rule || ':missing', 'rule_key', rule, 'rule_title', initcap(rule), 'quote', '', 'words', null)
$$;
create temp table c as select id, tests.judged_call(id, 'flagged', core.now() - interval '1 hour', flags) as call_id
from (values ('one', jsonb_build_array(tests.flag(3), tests.flag(9))), ('two', jsonb_build_array(tests.flag(3), tests.missing('disclaimer')))) as v(id, flags);
select tests.judged_call('last week', 'flagged', core.now() - interval '7 days');
update core.calls set publisher_name = 'Acme', campaign_name = 'Health' where ringba_call_id in ('one', 'last week');
update core.calls set publisher_name = 'Best', campaign_name = 'Health' where ringba_call_id = 'two';
create function tests.say(call text, flag text, verdict text, at interval default '0') returns bigint language sql as $$
  insert into core.reviews (call_id, flag_id, verdict, reason, reviewer_id, reviewer_email, created_at, flag)
  select call_id, say.flag, say.verdict, 'because', gen_random_uuid(), 'e', core.now() + at,
    case when say.verdict = 'added' then tests.flag() || jsonb_build_object('id', say.flag, 'words', '[70, 71]'::jsonb) end
  from c where id = call returning review_id
$$;
select tests.say('one', 'guarantee:3-4', 'confirmed', '-9 minutes'), tests.say('one', 'guarantee:9-10', 'confirmed', '-9 minutes'),
  tests.say('one', 'guarantee:9-10', 'dismissed', '-8 minutes'), tests.say('two', 'guarantee:3-4', 'confirmed', '-9 minutes'),
  tests.say('two', 'guarantee:3-4', 'withdrawn', '-8 minutes'), tests.say('two', 'disclaimer:missing', 'dismissed', '-8 minutes'),
  tests.say('two', 'guarantee:70-71', 'added'), tests.say('two', 'disclaimer:undecided', 'pass');

select results_eq($$select r ->> 'flags', r ->> 'flagged_calls' from api.dashboard_report(3) as r$$, $$values ('4', '2')$$, 'flags of calls in these days');
select is(api.dashboard_report(3) -> 'by_rule', '[
  {"key": "guarantee", "title": "Guaranteed an outcome", "flags": 3, "calls": 2, "confirmed": 1, "dismissed": 1},
  {"key": "disclaimer", "title": "Disclaimer", "flags": 1, "calls": 1, "confirmed": 0, "dismissed": 1}]', 'by rule, by the newest word');
select is(api.dashboard_report(3) -> 'by_publisher', '[
  {"key": "Acme", "title": "Acme", "flags": 2, "calls": 1, "confirmed": 1, "dismissed": 1},
  {"key": "Best", "title": "Best", "flags": 2, "calls": 1, "confirmed": 0, "dismissed": 1}]', 'by publisher');
select is(api.dashboard_report(30) -> 'by_campaign', '[
  {"key": "Health", "title": "Health", "flags": 5, "calls": 3, "confirmed": 1, "dismissed": 2}]', 'by campaign, over a longer time');
select is(api.dashboard_report(3) -> 'agreement', '[
  {"rule_key": "guarantee", "title": "guarantee", "confirmed": 1, "dismissed": 1, "missed": 1, "settled": 0},
  {"rule_key": "disclaimer", "title": "disclaimer", "confirmed": 0, "dismissed": 1, "missed": 0, "settled": 1}]', 'what people said per rule');
select tests.become('reviewer');
select is(api.dashboard_report(3) ->> 'flags', '4', 'reviewers see the same');
select tests.become('owner');

-- Ten of each, and only what lies in these days is read.
select tests.judged_call('many-' || i, 'flagged', core.now() - interval '1 hour') from generate_series(1, 12) as i;
update core.calls set publisher_name = ringba_call_id where ringba_call_id like 'many-%';
select is(jsonb_array_length(api.dashboard_report(3) -> 'by_publisher'), 10, 'ten at most');
insert into core.calls (account, ringba_call_id, start_time_utc, storage_path, status, flags, qa_version, judge_model)
select 'RA1', 'old-' || i, core.now() - make_interval(days => 20, secs => i), 'RA1/1.mp3', 'flagged', jsonb_build_array(tests.flag()), 'r/p', 'm' from generate_series(1, 20000) as i;
update core.calls set audio_checked_at = core.now();
-- What is left to review of these calls does not matter here.
alter table core.reviews disable trigger user;
insert into core.reviews (call_id, flag_id, verdict, reviewer_id, reviewer_email, created_at)
select call_id, 'guarantee:3-4', 'confirmed', gen_random_uuid(), 'e', core.now() - interval '20 days' from core.calls where ringba_call_id like 'old-%';
alter table core.reviews enable trigger user;
insert into core.reconciliations (account, hour_start, our_calls, our_revenue, our_payout, our_cost, ringba_calls, ringba_revenue, ringba_payout, ringba_cost)
select 'RA1', tests.hour(100 + i), 0, 0, 0, 0, 0, 0, 0, 0 from generate_series(1, 20000) as i;
insert into core.books (account, hour_start, matches, checked_at, reconciliation_id)
select account, hour_start, matches, checked_at, reconciliation_id from core.reconciliations where hour_start <= tests.hour(101);
analyze core.calls, core.reviews, core.books, core.reconciliations;
select is(tests.scanned_whole('select api.dashboard_report(3)'), '{}', 'no table is read from end to end');
-- The other criteria of the dashboard as well.
select is(tests.scanned_whole('select * from api.criterion_' || name), '{}', 'nor by criterion ' || name)
from unnest(array['1_ingest_lag', '2_audio']) as name;

select * from finish();
rollback;

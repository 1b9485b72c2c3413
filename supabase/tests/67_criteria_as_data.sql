-- The criteria as numbers, and since when each stands as it does.
begin;
\ir helpers/setup.psql
select no_plan();

-- Time stands at 20 minutes past noon.
insert into core.test_clock (shift) values (date_trunc('day', now(), 'UTC') + interval '36 hours 20 minutes' - now());
create function tests.hour(ago integer) returns timestamptz language sql as $$ select date_trunc('hour', core.now()) - make_interval(hours => ago) $$;
create function tests.compared(ago integer, calls integer default 0) returns jsonb language sql as $$
  select api.record_reconciliation('RA1', tests.hour(ago), jsonb_build_object('calls', calls, 'revenue', 0, 'payout', 0, 'cost', 0))
$$;
create function tests.number(number integer) returns text language sql as $$
  select concat_ws(' ', trim_scale(round(measured_value, 1)), 'of', target_value, unit) from api.criteria() where criterion = number
$$;
create function tests.since(number integer) returns interval language sql as $$
  select core.now() - since from api.criteria() where criterion = number
$$;
grant execute on function tests.since to public;
create function tests.broken() returns integer[] language sql as $$ select array_agg(criterion) from api.criteria() where not holds $$;

insert into core.ingest_accounts (account, reads_from, covered)
values ('RA1', tests.hour(3) + interval '1 minute', tstzmultirange(tstzrange(tests.hour(3), core.now() - interval '7 seconds')));
select tests.compared(h) from generate_series(1, 2) as h;
select is(tests.broken(), null, 'all is well');
select results_eq('select criterion, tests.number(criterion) from api.criteria()',
  $$values (1, '7 of 120 seconds'), (2, '0 of 0 recordings'), (3, '0 of 0 calls'), (4, 'of 300 seconds'), (5, '0 of 0 hours')$$,
  'each has a number, a target and a unit; there is no latency before a call has ended');
select results_eq('select distinct tests.since(criterion) from api.criteria()', $$values (interval '0')$$, 'before the first check it began just now');
select core.check_alerts();
select tests.move_time('90 seconds');
select results_eq('select distinct tests.since(criterion) from api.criteria()', $$values (interval '90 seconds')$$, 'afterwards at the first check');
select core.check_alerts();
select is(tests.since(1), '90 seconds', 'which a later one does not move');

-- Each is broken, and the others are not.
select tests.move_time('23 seconds');
select results_eq('select tests.broken(), tests.number(1), tests.since(1)', $$values ('{1}'::integer[], '120 of 120 seconds', interval '0')$$,
  'what changed since the last check changed just now');
select core.check_alerts();
select tests.move_time('10 seconds');
select is(tests.since(1), '10 seconds', 'a check keeps when it did');
select is(tests.since(2), '123 seconds', 'the others go on');
update core.ingest_accounts set covered = tstzmultirange(tstzrange(tests.hour(3), core.now()));
select results_eq('select tests.broken(), tests.since(1)', $$values (null::integer[], interval '0')$$, 'it holds again, as of now');
update core.ingest_accounts set covered = '{}';
select is(tests.number(1), 'of 120 seconds', 'nothing read has no number');
update core.ingest_accounts set covered = tstzmultirange(tstzrange(tests.hour(3), core.now()));

select tests.call('safe', started => core.now() - interval '2 days');
update core.calls set audio_missing_at = core.now(), audio_missing_why = 'gone';
select results_eq('select tests.broken(), tests.number(2)', $$values ('{2}'::integer[], '1 of 0 recordings')$$, 'a recording is missing');
update core.calls set audio_deleted_at = core.now();
select is(tests.broken(), null, 'what was deleted is not');
insert into core.double_work (kind, call_id, lane, attempt_id, other_attempt_id)
select 'overlap', call, 'vault', 2, 1 from unnest(array[1, 1, 2]) as call;
select results_eq('select tests.broken(), tests.number(3)', $$values ('{3}'::integer[], '2 of 0 calls')$$, 'calls were processed twice');
delete from core.double_work;
select tests.call('downloaded', started => core.now() - interval '359.96 seconds');
select results_eq('select tests.broken(), tests.number(4)', $$values (null::integer[], '300 of 300 seconds')$$, 'nearly late');
select tests.move_time('1 second');
select results_eq('select tests.broken(), tests.number(4)', $$values ('{4}'::integer[], '301 of 300 seconds')$$, 'flags are late');
delete from core.calls;

-- The books: what is wrong in two ways is one hour.
select tests.compared(1, 1);
select results_eq('select tests.broken(), tests.number(5)', $$values ('{5}'::integer[], '1 of 0 hours')$$, 'an hour differs');
update core.ingest_accounts set given_up = tstzmultirange(tstzrange(tests.hour(1) + interval '5 minutes', tests.hour(1) + interval '6 minutes')), covered = '{}';
select is(tests.number(5), '1 of 0 hours', 'and some of it was not read');
update core.ingest_accounts set given_up = tstzmultirange(tstzrange(tests.hour(1) + interval '55 minutes', tests.hour(0) + interval '1 minute'));
select is(tests.number(5), '2 of 0 hours', 'nor of the next');
select results_eq($$select measured, details ->> 'differing_hours' from api.criteria() where criterion = 5$$,
  $$values ('1 of 2 hours differ or are unchecked, and some were not read whole', '1')$$);
update core.ingest_accounts set given_up = '{}';
select tests.compared(1);
select core.check_alerts();
select is((select array_agg(criterion order by criterion) from core.criterion_states), '{1,2,3,4,5}', 'one row each');
update core.ingest_accounts set retired = true;
select core.check_alerts();
select is((select array_agg(criterion order by criterion) from core.criterion_states), '{2,3,4}', 'none of an account that is read no more');
update core.ingest_accounts set retired = false;

-- Hours that were never compared are what a subtraction leaves.
create function tests.stretches() returns text language sql as $$
  select hours::text from core.compared_hours where account = 'RA1'
$$;
select is(tests.stretches(), format('{["%s","%s")}', tests.hour(2), tests.hour(0)), 'neighbours join');
update core.ingest_accounts set reads_from = tests.hour(50);
select is((select array_agg(h) from core.ingest_accounts as a, core.hours_never_compared(a) as h where h >= tests.hour(5)),
  array[tests.hour(5), tests.hour(4), tests.hour(3)], 'hour by hour');
select tests.compared(4);
select is((select array_agg(h) from core.ingest_accounts as a, core.hours_never_compared(a) as h where h >= tests.hour(5)),
  array[tests.hour(5), tests.hour(3)]);
select is((select details ->> 'unchecked_hours' from api.criteria() where criterion = 5), '47', 'of the last day and before');
delete from core.books where hour_start = tests.hour(4);
select is((select array_agg(h) from core.ingest_accounts as a, core.hours_never_compared(a) as h where h >= tests.hour(5)),
  array[tests.hour(5), tests.hour(4), tests.hour(3)], 'a comparison that was deleted is none');
update core.ingest_accounts set reads_from = core.now();
select is((select count(*) from core.ingest_accounts as a, core.hours_never_compared(a) as h), 0::bigint, 'an account that was just begun has none');

-- Who may know.
select tests.become('reviewer');
select is((select count(*) from api.criteria()), 5::bigint, 'reviewers are told');
select is(tests.since(2), (select core.now() - since from core.criterion_states where criterion = 2), 'the same');
select tests.become('owner');

-- Cheap: five years of books and many calls, also where the plans were made while the tables were empty.
update core.ingest_accounts set reads_from = tests.hour(50000);
insert into core.calls (account, ringba_call_id, start_time_utc, completed_at, has_recording, storage_path, status, flags, qa_version, judge_model, audio_checked_at)
select 'RA1', 'old-' || i, core.now() - make_interval(days => 2, secs => i), core.now() - make_interval(days => 2, secs => i), true, 'RA1/1.mp3',
  'safe', '[]', 'r/p', 'm', case when i > 500 then core.now() end
from generate_series(1, 20000) as i;
insert into core.attempts (call_id, lane, round, lease_token, worker, started_at, ended_at, outcome)
select call_id, 'vault', 1, gen_random_uuid(), 'w', core.now() - interval '2 days', core.now() - interval '2 days', 'accepted' from core.calls;
insert into core.reconciliations (account, hour_start, our_calls, our_revenue, our_payout, our_cost, ringba_calls, ringba_revenue, ringba_payout, ringba_cost)
select 'RA1', tests.hour(100 + i), 0, 0, 0, 0, 0, 0, 0, 0 from generate_series(1, 20000) as i;
insert into core.books (account, hour_start, matches, checked_at, reconciliation_id)
select account, hour_start, matches, checked_at, reconciliation_id from core.reconciliations where hour_start <= tests.hour(101);
analyze core.calls, core.books, core.attempts, core.reconciliations;
select is(tests.scanned_whole('select * from api.criterion_' || name), '{}', 'no table is read from end to end by ' || name)
from unnest(array['1_ingest_lag', '2_audio', '3_once', '4_flag_latency', '5_books']) as name;
update core.calls set audio_checked_at = null where call_id in (select call_id from core.calls order by call_id limit 10050);
analyze core.calls;
select is((select details ->> 'never_checked' from api.criteria() where criterion = 2), 'more than 10000', 'nothing counts beyond ten thousand');
select is(tests.scanned_whole('select api.criteria()'), '{}', 'nor by all together, when half of the recordings was never checked');
select is(tests.scanned_whole('select core.note_criteria()'), '{}', 'nor by what keeps them');
-- Also not along an index: of books only those of the last day and those that differ are looked at.
create function tests.books_read() returns bigint language sql volatile as $$
  select idx_tup_fetch from pg_stat_xact_user_tables where schemaname = 'core' and relname = 'books'
$$;
create temp table read_before as select tests.books_read() as books;
select count(*) from api.criterion_5_books;
select cmp_ok(tests.books_read() - (select books from read_before), '<=', 30::bigint, 'five years of books cost no more than a day');

select * from finish();
rollback;

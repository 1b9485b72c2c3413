-- Criterion 4: from hang-up to readable flags.
begin;
\ir helpers/setup.psql
select no_plan();

-- Time stands at noon.
insert into core.test_clock (shift) values (date_trunc('day', now(), 'UTC') + interval '36 hours' - now());
create function tests.criterion() returns api.criterion_4_flag_latency language sql as $$ select c from api.criterion_4_flag_latency as c $$;
create function tests.detail(name text) returns text language sql as $$ select (tests.criterion()).details ->> name $$;
-- A call that was hung up so long ago, and whose verdict came so long after that.
create function tests.ended(id text, status text, hung_up interval, verdict_after interval default null) returns bigint language plpgsql as $$
declare
  call constant bigint := tests.call(status, started => core.now() - hung_up - interval '1 minute', id => id);
begin
  update core.calls as c set
    completed_at = core.now() - hung_up, flags_readable_at = core.now() - hung_up + verdict_after
  where c.call_id = call;
  return call;
end
$$;

select results_eq('select (tests.criterion()).holds, (tests.criterion()).measured', $$values (true, 'no recorded call has ended today')$$,
  'a day without calls breaks no promise');
select tests.ended('quick', 'safe', '3 hours', '20 seconds'), tests.ended('slow', 'flagged', '2 hours', '300 seconds');
select results_eq('select (tests.criterion()).holds, (tests.criterion()).measured', $$values (true, '300 s at worst')$$, '5 minutes are within');
select results_eq($$select tests.detail('p50_seconds'), tests.detail('p95_seconds'), tests.detail('worst_seconds'), tests.detail('calls')$$,
  $$values ('20', '300', '300', '2')$$, 'half of the calls, nearly all, and the worst');
update core.calls set flags_readable_at = flags_readable_at + interval '1 millisecond' where ringba_call_id = 'slow';
select results_eq('select (tests.criterion()).holds, (tests.criterion()).measured', $$values (false, '1 of 2 calls late or failed, 301 s at worst')$$, 'and not a moment more');
delete from core.calls where ringba_call_id = 'slow';

select tests.ended('in work', 'downloaded', '100 seconds');
select results_eq($$select (tests.criterion()).holds, tests.detail('worst_seconds'), tests.detail('unfinished')$$, $$values (true, '100', '1')$$,
  'an unfinished call counts at its present age');
select tests.move_time('201 seconds');
select results_eq($$select (tests.criterion()).holds, tests.detail('worst_seconds')$$, $$values (false, '301')$$, 'which grows');
delete from core.calls where ringba_call_id = 'in work';
select tests.ended('broken', 'failed', '1 second');
select results_eq($$select (tests.criterion()).holds, tests.detail('failed'), tests.detail('late')$$, $$values (false, '1', '1')$$, 'a failed one is late at once');
delete from core.calls where ringba_call_id = 'broken';

select tests.ended('yesterday', 'failed', '13 hours'), tests.ended('no recording', 'pending', '1 hour'), tests.ended('live', 'pending', '1 hour');
update core.calls set has_recording = false, audio_url = null, storage_path = null where ringba_call_id = 'no recording';
update core.calls set completed_at = null where ringba_call_id = 'live';
select is(tests.detail('calls'), '1', 'today is the UTC day; calls without a recording and live ones have nothing to wait for');
update core.calls set has_recording = true where ringba_call_id = 'no recording';
select is(tests.detail('calls'), '2', 'a recording that Ringba has promised is waited for');
delete from core.calls where ringba_call_id in ('no recording', 'live', 'yesterday');

update core.calls set audio_url_seen_at = completed_at + interval '7 seconds';
select results_eq($$select tests.detail('link_delay_p50_seconds'), tests.detail('link_delay_worst_seconds')$$, $$values ('7', '7')$$, 'Ringba''s own delay stands apart');

-- What really happens: the first verdict counts, judging again does not.
select tests.rule();
delete from core.calls;
insert into core.calls (account, ringba_call_id, start_time_utc, completed_at, storage_path, status)
values ('RA1', 'judged', core.now() - interval '90 seconds', core.now() - interval '30 seconds', 'RA1/1.mp3', 'transcribed');
select is(api.complete_judgement(tests.claim('judge'), tests.judgement('flagged')), 'flagged', 'a verdict');
select is(tests.detail('worst_seconds'), '30', 'is readable as soon as it is given');
select tests.move_time('10 minutes');
select is((select api.rejudge_call(call_id) from core.calls), 'transcribed', 'judged again');
select is(tests.detail('unfinished'), '0', 'the call is not unfinished: its flags are still shown');
select is(api.complete_judgement(tests.claim('judge'), tests.judgement('safe')), 'safe', 'with another verdict');
select results_eq($$select (tests.criterion()).holds, tests.detail('worst_seconds')$$, $$values (true, '30')$$, 'the first one counts');

select tests.become('worker');
select is_empty('select 1 from api.criterion_4_flag_latency', 'who sees no calls is told nothing');
select tests.become('owner');

-- However many calls there are, only today's are read.
insert into core.calls (account, ringba_call_id, start_time_utc, completed_at, has_recording)
select 'RA1', 'old-' || i, core.now() - make_interval(days => 2, secs => i), core.now() - make_interval(days => 2, secs => i), true
from generate_series(1, 20000) as i;
analyze core.calls;
select is(tests.scanned_whole('select * from api.criterion_4_flag_latency'), '{}', 'no table is read from end to end');

select * from finish();
rollback;

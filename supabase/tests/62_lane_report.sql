-- How the lanes stand.
begin;
\ir helpers/setup.psql
select no_plan();

-- Time stands at noon.
insert into core.test_clock (shift) values (date_trunc('day', now(), 'UTC') + interval '36 hours' - now());
create function tests.lane(lane text) returns jsonb language sql as $$ select to_jsonb(r) from api.lane_report() as r where r.lane = lane.lane $$;

select results_eq('select lane, waiting, in_work, failed from api.lane_report()',
  $$values ('vault', 0::bigint, 0::bigint, 0::bigint), ('worker', 0, 0, 0), ('judge', 0, 0, 0)$$, 'in the order of the work');
select tests.call('pending'), tests.call('pending'), tests.call('pending'), tests.call('downloading'), tests.call('downloaded'),
  tests.call('processing'), tests.call('failed', 'worker'), tests.call('failed', 'worker'), tests.call('failed', 'judge');
update core.calls set audio_url = null where call_id = (select min(call_id) from core.calls);
update core.calls set delayed_until = core.now() + interval '1 minute' where call_id = (select min(call_id) + 1 from core.calls);
update core.calls set status_changed_at = core.now() - interval '1 hour', audio_url_seen_at = core.now() - interval '9 minutes'
where status = 'pending';
select is(tests.lane('vault') - 'oldest_waiting_since',
  '{"lane": "vault", "paused": false, "paused_since": null, "paused_by": null, "waiting": 3, "delayed": 1, "without_link": 1, "in_work": 1, "failed": 0,
    "done_last_hour": 0, "done_today": 0, "p50_seconds": null, "p95_seconds": null}', 'waiting, of them delayed and without a link');
select is((tests.lane('vault') ->> 'oldest_waiting_since')::timestamptz, core.now() - interval '9 minutes', 'a call waits for the vault since its link came');
select results_eq('select waiting, in_work, failed from api.lane_report()', $$values (3::bigint, 1::bigint, 0::bigint), (1, 1, 2), (0, 0, 1)$$, 'failed by lane');
select is(
  (select sum(waiting + in_work + failed) from api.lane_report()),
  (select sum(calls) from api.call_counts() where status not in ('flagged', 'safe', 'undecided', 'no_recording')),
  'every call that is not done is in one of the lanes');
insert into core.pauses (lane) values ('judge');
select is((tests.lane('judge') ->> 'paused', (tests.lane('judge') ->> 'paused_since')::timestamptz)::text, ('true', core.now())::text, 'a paused lane says so');

-- Seconds from claim to accepted answer, today.
insert into core.attempts (call_id, lane, round, lease_token, worker, started_at, ended_at, outcome)
select (select min(call_id) from core.calls), 'worker', i, gen_random_uuid(), 'w', core.now() - make_interval(mins => i * 10 + 5, secs => i),
  core.now() - make_interval(mins => i * 10 + 5), case when i = 3 then 'failed' else 'accepted' end
from generate_series(1, 100) as i;
select results_eq($$select l ->> 'done_last_hour', l ->> 'done_today', l ->> 'p50_seconds', l ->> 'p95_seconds' from tests.lane('worker') as l$$,
  $$values ('4', '70', '36.0', '68.0')$$, 'of what was accepted');

insert into core.calls (account, ringba_call_id, start_time_utc, storage_path, status, flags, qa_version, judge_model)
select 'RA1', 'old-' || i, core.now() - make_interval(days => 2, secs => i), 'RA1/1.mp3', 'safe', '[]', 'r/p', 'm' from generate_series(1, 20000) as i;
insert into core.attempts (call_id, lane, round, lease_token, worker, started_at, ended_at, outcome)
select call_id, 'vault', 1, gen_random_uuid(), 'w', core.now() - interval '3 days', core.now() - interval '3 days', 'accepted'
from core.calls where ringba_call_id like 'old-%';
analyze core.calls, core.attempts;
select is(tests.scanned_whole('select * from api.lane_report()'), '{}', 'no table is read from end to end');

select * from finish();
rollback;

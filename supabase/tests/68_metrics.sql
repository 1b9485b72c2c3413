-- What Prometheus is told.
begin;
\ir helpers/setup.psql
select no_plan();

select is((select array_agg(k order by k) from jsonb_object_keys(api.metrics()) as k),
  '{alerts,calls,criteria,database_bytes,lanes,measured_at,model,paused_lanes,servers_alive,stored_bytes,workers_alive}', 'all of it');
select is(api.metrics() -> 'criteria', (select jsonb_agg(to_jsonb(c)) from api.criteria() as c), 'the criteria as everybody reads them');
select is(api.metrics() -> 'lanes', (select jsonb_agg(to_jsonb(l)) from api.lane_report() as l), 'the lanes likewise');
select tests.call('safe'), tests.call('processing'), tests.call('downloaded');
select is((select (k ->> 'calls')::bigint from jsonb_array_elements(api.metrics() -> 'calls') as k where k ->> 'status' = 'processing'), 1::bigint, 'calls by state');

create function tests.open(kind text) returns jsonb language sql as $$
  select jsonb_object_agg(a ->> 'level', a -> 'open') from jsonb_array_elements(api.metrics() -> 'alerts') as a where a ->> 'kind' = open.kind
$$;
select is(tests.open('calls_stuck'), '{"critical": 0}', 'kinds without an alert are told as well');
select api.raise_alert('calls_stuck', lane, 'warning', 'm') from unnest(array['vault', 'judge']) as lane;
select api.raise_alert('of_a_lane', '', 'info', 'm');
select is(tests.open('calls_stuck'), '{"critical": 0, "warning": 2}', 'by level');
select is(tests.open('of_a_lane'), '{"info": 1}', 'and kinds that have no limits');
select api.clear_alert('calls_stuck', 'vault');
select is(tests.open('calls_stuck'), '{"critical": 0, "warning": 1}', 'until they are over');

-- Who is alive: who was heard of, and who holds a lease, once each.
create function tests.alive() returns text language sql as $$ select format('%s %s', m -> 'workers_alive', m -> 'servers_alive') from api.metrics() as m $$;
update core.calls set lease_expires_at = core.now() + interval '90 seconds' where status = 'processing';
select is(tests.alive(), '1 0', 'a worker that keeps a lease');
insert into core.signs_of_life (lane, worker, seen_at) values
  ('worker', 'somebody', core.now() - interval '179 seconds'), ('worker', 'other', core.now() - interval '179 seconds'),
  ('worker', 'gone', core.now() - interval '181 seconds'), ('watchdog', 'server', core.now());
select is(tests.alive(), '2 1', 'and all that were heard of in three minutes');
update core.calls set lease_expires_at = core.now() - interval '1 second' where status = 'processing';
delete from core.signs_of_life where worker = 'somebody';
select is(tests.alive(), '1 1', 'a lease that has run out says nothing');
select ok((api.metrics() ->> 'database_bytes')::bigint > 1000000 and (api.metrics() -> 'stored_bytes') is not null, 'bytes');
select ok(api.metrics()::text !~ '1555|media\.example', 'nothing personal');

insert into core.calls (account, ringba_call_id, start_time_utc, storage_path, status, flags, qa_version, judge_model)
select 'RA1', 'old-' || i, core.now() - make_interval(days => 2, secs => i), 'RA1/1.mp3', 'safe', '[]', 'r/p', 'm' from generate_series(1, 20000) as i;
insert into core.attempts (call_id, lane, round, lease_token, worker, started_at, ended_at, outcome)
select call_id, 'vault', 1, gen_random_uuid(), 'w', core.now() - interval '3 days', core.now() - interval '3 days', 'accepted'
from core.calls where ringba_call_id like 'old-%';
analyze core.calls, core.attempts;
select is(tests.scanned_whole('select api.metrics()'), '{}', 'no table is read from end to end');

select * from finish();
rollback;

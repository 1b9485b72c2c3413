-- Lanes paused and resumed: by whom, since when, and that they claim nothing meanwhile.
begin;
\ir helpers/setup.psql
select no_plan();
select tests.call('downloaded', id => 'waits'), tests.call('processing', id => 'held');
update core.calls set lease_token = '00000000-0000-4000-8000-000000000009' where ringba_call_id = 'held';
insert into core.attempts (call_id, lane, round, lease_token, worker)
select call_id, 'worker', 1, lease_token, 'w' from core.calls where ringba_call_id = 'held';

select tests.become('admin');
select is(api.pause_lane('worker', 'whoever') - 'paused_since', '{"lane": "worker", "paused": true, "paused_by": "admin@example.test", "changed": true}', 'paused by an admin');
select is((api.pause_lane('worker') ->> 'paused_since')::timestamptz, core.now(), 'since now');
select is(api.pause_lane('worker') ->> 'changed', 'false', 'a second time changes nothing');
select throws_ok($$select api.pause_lane('web')$$, '22023', 'There is no lane "web" that could be paused: there are ingest, vault, worker, judge, reconcile.');
select throws_ok($$select api.pause_lane('watchdog')$$, '22023', 'The lane watchdog cannot be paused: it is the alarm, which has to tell what goes wrong meanwhile.');
select tests.become('service');
select is((select array_agg(lease_token) from api.claim('worker', 'w')), null, 'it claims nothing');
select is(api.complete_transcription('00000000-0000-4000-8000-000000000009', tests.transcript()), 'transcribed', 'work in hand goes on');
select throws_ok($$select api.resume_lane('worker')$$, '22023', 'What is done by hand names who does it, in 1 to 200 characters.');
select is(api.resume_lane('worker', 'anna@ops1'), '{"lane": "worker", "paused": false, "paused_since": null, "paused_by": null, "changed": true}', 'resumed from the command line');
select is(api.resume_lane('worker', 'anna@ops1') ->> 'changed', 'false', 'once');
select isnt((select array_agg(lease_token) from api.claim('worker', 'w')), null, 'and it claims again');
select is(api.pause_lane('judge', 'anna@ops1') ->> 'paused_by', 'anna@ops1', 'by whom the service names');
select tests.become('owner');
select set_config('callscript.operator', '', true);
delete from core.pauses where lane = 'judge';
insert into core.pauses (lane, paused_by) values ('vault', 'whoever');
select is((select paused_by from core.pauses where lane = 'vault'), current_setting('session_authorization'), 'edited in Studio, by its role');
select results_eq($$select event, data ->> 'lane', user_id::text, data ->> 'by' from core.sys_logs where event like 'lane%' order by log_id limit 3$$,
  $$values ('lane_paused', 'worker', '00000000-0000-4000-8000-0000000000a2', null), ('lane_resumed', 'worker', null, 'anna@ops1'),
    ('lane_paused', 'judge', null, 'anna@ops1')$$, 'the log keeps who');
select is((select count(*)::integer from core.sys_logs where event like 'lane%'), 5, 'also of what is edited in Studio');

select * from finish();
rollback;

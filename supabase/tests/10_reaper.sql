-- Calls come back from holders that are silent, hang, or never end.
begin;
\ir helpers/setup.psql
select no_plan();
select tests.move_time('10 minutes');

create function tests.beat(progress bigint) returns void language sql as $$
  select api.heartbeat(jsonb_agg(jsonb_build_object('lease_token', lease_token, 'progress', progress)))
  from core.calls where lease_token is not null
$$;

select tests.call('downloaded', id => 'c');
create temp table lease as select tests.claim('worker') as token;
select tests.move_time('90 seconds');
select is(core.reap(), 0, '90 seconds after the last sign of life it is still held');
select tests.move_time('1 second');
select is(core.reap(), 1, 'then the next tick takes it back');
select results_eq(
  $$select status, attempts, last_error, lease_token, delayed_until from core.calls$$,
  $$values ('downloaded', 1, 'test-worker was not heard of for more than 90 s', null::uuid, null::timestamptz)$$,
  'as a failed attempt that may be claimed at once'
);
select results_eq($$select outcome, ended_at from core.attempts$$, $$select 'lost', core.now()$$, 'the attempt is lost');
select throws_ok($$select api.complete_transcription((select token from lease), tests.transcript())$$, 'PT409', 'lease lost',
  'and the rescued worker''s late answer is refused');
select is((select held from api.heartbeat((select jsonb_build_array(jsonb_build_object('lease_token', token, 'progress', 9)) from lease))),
  false, 'its heartbeat too');

-- The third lost lease.
select isnt(tests.claim('worker'), null, 'a second worker');
select tests.move_time('91 seconds');
select is(core.reap(), 1, 'is silent');
select isnt(tests.claim('worker'), null, 'a third worker');
select tests.move_time('91 seconds');
select is(core.reap(), 1, 'is silent');
select results_eq($$select status, failed_lane, attempts from core.calls$$, $$values ('failed', 'worker', 3)$$,
  'the third ends in failed, never processing for ever');
select is(core.reap(), 0, 'and there it stays');

-- Heartbeats without progress.
select tests.call('downloaded', id => 'hangs', started => now() + interval '1 day');
update core.calls set call_length_seconds = 10800 where ringba_call_id = 'hangs';
select setval('core.worker_turns', 400);
select isnt(tests.claim('worker'), null, 'a worker that beats');
do $$ begin
  for i in 1 .. 30 loop
    perform tests.move_time('1 minute');
    perform tests.beat(1000);
    if core.reap() <> 0 then raise exception 'taken back after % minutes', i; end if;
  end loop;
end $$;
select tests.move_time('1 minute');
select tests.beat(1000);
select is(core.reap(), 0, 'progress in the first minute counts: 30 minutes from then are not over');
select tests.move_time('1 second');
select tests.beat(1000);
select is(core.reap(), 1, 'after 30 minutes without progress it is taken back');
select is((select last_error from core.calls where ringba_call_id = 'hangs'), 'test-worker made no progress for 30 minutes', 'saying why');

-- The longest hold: 30 minutes, or four times the duration.
create function tests.held_for(duration interval, held interval) returns integer language plpgsql as $$
declare
  taken integer;
begin
  insert into core.calls (account, ringba_call_id, start_time_utc, call_length_seconds, storage_path, status,
    lease_token, lease_owner, leased_at, lease_expires_at, lease_progressed_at)
  values ('RA1', 'long', core.now(), extract(epoch from duration), 'p/a.mp3', 'processing',
    gen_random_uuid(), 'w', core.now() - held, core.now() + interval '1 minute', core.now());
  insert into core.attempts (call_id, lane, round, lease_token, worker, started_at)
  select call_id, 'worker', 1, lease_token, 'w', leased_at from core.calls where ringba_call_id = 'long';
  taken := core.reap();
  alter table core.attempts disable trigger user;
  delete from core.attempts where call_id = (select call_id from core.calls where ringba_call_id = 'long');
  alter table core.attempts enable trigger user;
  delete from core.calls where ringba_call_id = 'long';
  return taken;
end
$$;
select is(tests.held_for('1 minute', '29 minutes'), 0, 'a short call is left for 30 minutes');
select is(tests.held_for('1 minute', '31 minutes'), 1, 'and no longer, progress or not');
select is(tests.held_for('3 hours', '11 hours 59 minutes'), 0, 'a three-hour call is left for 12 hours');
select is(tests.held_for('3 hours', '12 hours 1 minute'), 1, 'and no longer');

-- After a restart a lease goes on where it was when the database went away: here for 30 seconds.
select tests.call('downloaded', id => 'restart', started => now() + interval '2 days');
select setval('core.worker_turns', 400);
select isnt(tests.claim('worker'), null, 'held over a restart');
create function tests.restarted(heard interval, away interval, looked_at interval) returns text language plpgsql as $$
declare
  started constant timestamptz := pg_postmaster_start_time();
  status_after text;
begin
  update core.database_starts set started_at = started - interval '1 day', seen_at = started - away;
  update core.calls set lease_expires_at = started + heard + interval '90 seconds',
    leased_at = started + heard, lease_progressed_at = started + heard
  where ringba_call_id = 'restart';
  update core.test_clock set shift = started + looked_at - now();
  perform core.reap();
  -- The leases are moved on once.
  perform core.reap();
  select status into status_after from core.calls where ringba_call_id = 'restart';
  -- Nothing of it stays.
  raise exception using errcode = 'TEST1', message = status_after;
exception when sqlstate 'TEST1' then
  return sqlerrm;
end
$$;
select is(tests.restarted('-70 seconds', '30 seconds', '49 seconds'), 'processing', 'silent for 89 seconds in which somebody could hear');
select is(tests.restarted('-70 seconds', '30 seconds', '51 seconds'), 'downloaded', 'for 91 of them');
select is(tests.restarted('-10 minutes', '30 seconds', '1 second'), 'downloaded', 'long dead already');
select is(tests.restarted('-70 seconds', '2 hours', '89 seconds'), 'processing', 'away for hours: nobody is found too slow for that');
select is(tests.restarted('5 seconds', '1 hour', '94 seconds'), 'processing', 'heard of since the start');
select is(tests.restarted('5 seconds', '1 hour', '96 seconds'), 'downloaded', 'and not any more: the outage does not count for it');

select * from finish();
rollback;

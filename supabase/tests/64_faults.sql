-- The watchdog's limits: each fault is caused, alerts once, and is over once it is mended.
begin;
\ir helpers/setup.psql
select no_plan();

create function tests.faults() returns text[] language sql as $$
  select array_agg(f.kind || coalesce(' ' || nullif(f.subject, ''), '') order by f.kind, f.subject)
  from core.faults() as f where f.kind <> 'old_transaction'
$$;
create function tests.open_kinds() returns text[] language sql as $$
  select array_agg(kind order by kind) from core.alerts where cleared_at is null
$$;
create function tests.message(kind text) returns text language sql as $$
  select a.message from core.alerts as a where a.kind = message.kind and a.cleared_at is null
$$;
delete from core.stored_bytes;
select is(tests.faults(), null, 'an empty project has no fault');

-- Calls that wait for the vault. They came an hour ago, so that their flags are late as well.
select tests.call('pending', started => now() - interval '1 hour') from generate_series(1, 3);
update core.calls set audio_url_seen_at = now();
update core.alert_kinds set limit_value = 3 where kind = 'calls_stuck';
select is(tests.faults(), '{flags_late}', 'what has just come does not count as stuck');
select tests.move_time('6 minutes');
select is(tests.faults(), '{calls_stuck vault,flags_late}', 'after five minutes it does');
insert into core.pauses (lane) values ('vault');
select core.check_alerts();
select matches(tests.message('calls_stuck'), '^3 calls wait for the lane vault, which is paused since 20\d\d-\d\d-\d\d \d\d:\d\d UTC by [a-z_]+, 0 of them put off after failures; the oldest since 20\d\d-\d\d-\d\d \d\d:\d\d UTC\.$');
select matches(tests.message('flags_late'), '^3 calls have no flags 300 s after hang-up; the longest since ');
delete from core.pauses;
update core.alert_kinds set limit_value = 4 where kind = 'calls_stuck';
select is(tests.faults(), '{flags_late}', 'below the limit it is none');
update core.calls set delayed_until = core.now() + interval '1 hour';
update core.alert_kinds set limit_value = 3 where kind = 'calls_stuck';
select is(tests.faults(), '{calls_stuck vault,flags_late}', 'calls that were put off are stuck too');
update core.alert_kinds set enabled = false where kind = 'calls_stuck';
select is(tests.faults(), '{flags_late}', 'what is switched off is not looked for');
update core.alert_kinds set enabled = true where kind = 'calls_stuck';

-- Calm for a while first, and then over.
delete from core.calls;
select core.check_alerts();
select is(tests.open_kinds(), '{calls_stuck,flags_late}', 'an alert stays a while when its limit is kept again');
select tests.move_time('1 minute');
select tests.call('pending', started => core.now() - interval '10 minutes');
select core.check_alerts();
delete from core.calls;
select tests.move_time('2 minutes');
select core.check_alerts();
select is(tests.open_kinds(), '{flags_late}', 'what came back meanwhile begins anew');
select tests.move_time('2 minutes');
select core.check_alerts();
select is(tests.open_kinds(), null, 'and then it is over');
select is((select count(*) from core.alerts), 2::bigint, 'each was one alert');

-- Calls of yesterday, live ones, and those with flags are not late.
select tests.call('pending', started => core.now() - interval '25 hours');
select tests.call('safe', started => core.now() - interval '1 hour');
update core.calls set audio_url_seen_at = core.now();
select tests.call('failed', started => core.now() - interval '1 hour');
select is(tests.faults(), null, 'nor what has failed, which the vault tells call by call');
select tests.call('failed', failed_lane => 'judge', started => core.now() - interval '1 hour', id => 'dead');
select is(tests.faults(), '{dead_letters judge}', 'dead letters of other lanes are a fault');
select core.check_alerts();
select is(tests.message('dead_letters'), '1 call has failed in the lane judge.');
update core.calls set last_error_code = 'given_up' where ringba_call_id = 'dead';
select core.check_alerts();
select is(tests.open_kinds(), null, 'what was given up by hand is known');
delete from core.calls;

-- Ingest.
insert into core.ingest_accounts (account, reads_from, covered) values
  ('RA1', core.now() - interval '1 day', tstzmultirange(tstzrange(core.now() - interval '1 day', core.now() - interval '119 s'))),
  ('RA2', core.now() - interval '1 day', '{}');
select is(tests.faults(), null, 'a new account has time');
insert into core.ingest_windows (account, window_start, window_end, state, first_fetched_at)
values ('RA2', core.now(), core.now() + interval '1 minute', 'open', core.now());
select tests.move_time('1 second');
select is(tests.faults(), '{ingest_behind RA1}', 'two minutes behind is a fault');
select tests.move_time('2 minutes');
select is(tests.faults(), '{ingest_behind RA1,ingest_behind RA2}', 'and a first window that does not come');
update core.ingest_accounts set retired = true;
select is(tests.faults(), null, 'a retired account is not behind');

-- Workers. The database must have been up for as long as the silence: its clock is moved.
select tests.call('downloaded');
select tests.move_time('1 hour');
update core.alert_kinds set limit_value = extract(epoch from now() - pg_postmaster_start_time()) + 60 where kind = 'no_worker';
select is((select count(*) from core.faults() where kind = 'no_worker'), 0::bigint, 'after a start of the database workers have a moment');
update core.alert_kinds set limit_value = 0.000001 where kind in ('no_worker', 'server_silent');
select is((select count(*) from core.faults() where kind = 'no_worker'), 1::bigint, 'calls wait, and no worker ever came');
select is((select message from core.faults() where kind = 'no_worker'), 'No worker was ever heard of, and 1 call waits for one.');
select * from api.claim('worker', 'w');
select is((select count(*) from core.faults() where kind = 'no_worker'), 0::bigint, 'a worker that claims is alive');
update core.signs_of_life set seen_at = core.now() - interval '1 hour';
select is((select count(*) from core.faults() where kind = 'no_worker'), 0::bigint, 'and one that keeps a lease');
select is((select seen_at from core.signs_of_life), core.now() - interval '1 hour');
select * from api.claim('worker', 'w');
select is((select seen_at from core.signs_of_life), core.now(), 'one that finds no work is heard of as well');
insert into core.pauses (lane) values ('worker');
update core.signs_of_life set seen_at = core.now() - interval '21 seconds';
select * from api.claim('worker', 'w');
select is((select seen_at from core.signs_of_life), core.now(), 'and in a lane that is paused');
update core.signs_of_life set seen_at = core.now() - interval '19 seconds';
select * from api.claim('worker', 'w');
select is((select seen_at from core.signs_of_life), core.now() - interval '19 seconds', 'not every word is written down');
select * from api.claim('vault', 'v');
select is((select array_agg(worker) from core.signs_of_life), '{w}', 'other lanes are the server''s');

-- The server.
select is((select count(*) from core.faults() where kind = 'server_silent'), 0::bigint, 'a server that never was is not silent');
select api.watch('s');
select is((select array_agg(worker) from core.signs_of_life where lane = 'watchdog'), '{s}', 'a watchdog is heard of');
update core.signs_of_life set seen_at = core.now() - interval '8 days';
insert into core.signs_of_life (lane, worker, seen_at) values ('watchdog', 'older', core.now() - interval '9 days');
select core.check_alerts();
select is((select array_agg(worker order by worker) from core.signs_of_life), '{s,w}', 'what is old is forgotten, but for the newest');
select ok('server_silent' = any (tests.open_kinds()), 'its silence is a fault');
select api.watch('s');
select ok('server_silent' <> all (tests.open_kinds()), 'until it is heard again');
select tests.clear();
update core.alert_kinds set limit_value = 1000000 where kind in ('no_worker', 'server_silent');

-- Bytes in Storage.
delete from core.stored_bytes;
create function tests.stored() returns bigint language sql as $$ select coalesce(sum(bytes), 0)::bigint from core.stored_bytes $$;
select tests.call('safe', id => 'kept');
select is(tests.stored(), 0::bigint);
update core.calls set audio_bytes = 90e9 - 1;
select is(tests.stored(), 90e9::bigint - 1, 'a recording counts');
select is(tests.faults(), null);
update core.calls set audio_bytes = audio_bytes + 1;
select is(tests.faults(), '{storage_near_limit}', 'storage has a limit');
update core.calls set start_time_utc = start_time_utc + interval '1 second';
select is((select count(*) from core.stored_bytes), 2::bigint, 'other changes write nothing');
select is(core.fold_stored_bytes(), 2::bigint);
select is(tests.stored(), 90e9::bigint, 'folding changes no sum');
update core.calls set audio_deleted_at = now();
select is(tests.stored(), 0::bigint, 'what was deleted does not count');
update core.calls set audio_deleted_at = null;
delete from core.calls;
select is(tests.stored(), 0::bigint, 'nor a call that is gone');

-- The database itself.
update core.alert_kinds set limit_value = 0.000001 where kind in ('database_near_limit', 'connections_near_limit');
select is(tests.faults(), '{connections_near_limit,database_near_limit}', 'the database has its limits');
select matches((select message from core.faults() where kind = 'connections_near_limit'), '^\d+ of \d+ connections to the database are taken\.$');
update core.alert_kinds set limit_value = 0.000001 where kind = 'old_transaction';
select ok((select count(*) = 1 and min(message) ~ '^A transaction of .+ \(process \d+, \w+\) is open since ' from core.faults() where kind = 'old_transaction'),
  'and so has a transaction');

-- Cheap, also where the plans were made while the tables were empty.
select tests.call('safe') from generate_series(1, 5);
select is(tests.scanned_whole('select core.check_alerts()'), '{}', 'no large table is read from end to end');

select * from finish();
rollback;

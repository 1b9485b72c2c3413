-- Failures have names; a recording that is gone alerts at once.
begin;
\ir helpers/setup.psql
select no_plan();
create temp table c as select tests.call('pending', id => 'c') as id;

select is(api.fail(tests.claim('vault'), 'The host answered 503.', false, 'recording_host_refuses'), 'pending', 'a failure with a name');
select results_eq($$select last_error, last_error_code from core.calls$$, $$values ('The host answered 503.', 'recording_host_refuses')$$, 'the call has both');
select results_eq($$select outcome, error_code from core.attempts$$, $$values ('failed', 'recording_host_refuses')$$, 'and so has the attempt');
select is(tests.breaks($$update core.attempts set error_code = 'other'$$), 'append_only', 'a closed attempt keeps it');
select is(tests.breaks($$truncate core.attempts cascade$$), 'append_only', 'attempts are not emptied');
select tests.move_time('1 hour');
select is(api.fail(tests.claim('vault'), 'Something else.'), 'pending', 'a failure without a name');
select is((select last_error_code from core.calls), null, 'does not keep the name of another');
select is_empty('select 1 from core.alerts', 'ordinary failures do not alert');

select tests.move_time('1 hour');
create temp table lease as select tests.claim('vault') as token;
select is(api.fail(token, 'The recording is gone: its host answered 410.', true, 'recording_gone'), 'failed', 'gone is permanent') from lease;
select is(api.fail(token, 'The recording is gone: its host answered 410.', true, 'recording_gone'), 'failed', 'said twice: the same reply') from lease;
select results_eq($$select kind, subject, level from core.alerts where cleared_at is null$$, $$values ('recording_gone', 'c', 'critical')$$, 'and alerts at once, once');
select api.ingest_calls('RA1', '[{"ringba_call_id": "c", "start_time_utc": "2026-11-20T10:00:00Z", "audio_url": "https://media.example.test/new"}]');
select results_eq($$select status, last_error_code from core.calls$$, $$values ('pending', null::text)$$, 'a new link brings the call back');
select is_empty('select 1 from core.alerts where cleared_at is null', 'and ends the alert');

select is(api.fail(tests.claim('vault'), 'What the link leads to is no audio recording.', true, 'recording_not_audio'), 'failed', 'another reason');
select results_eq($$select kind, level from core.alerts where cleared_at is null$$, $$values ('recording_not_kept', 'warning')$$, 'alerts as well: the link will not live for ever');
select is(api.retry_call((select id from c)), 'pending', 'tried again');
select is_empty('select 1 from core.alerts where cleared_at is null', 'the alert is over');

-- What is away is not the call's fault.
create function tests.away() returns text language sql as $$ select api.postpone(tests.claim('vault'), 'Storage is away.', 'supabase_failed') $$;
select is(tests.away(), 'pending', 'an outage gives the call back');
select results_eq($$select attempts, last_error_code, delayed_until > core.now() from core.calls$$, $$values (0, 'supabase_failed', true)$$, 'uncounted, for later');
create function tests.outage_hour() returns text language sql as $$ select tests.move_time('1 hour'); select tests.away() $$;
select is((select count(*) from generate_series(1, 20) where tests.outage_hour() = 'pending'), 20::bigint, 'a day of it ends nothing');
select ok((select max(delayed_until - core.now()) <= interval '15 minutes' from core.calls), 'the wait has a bound');
select tests.move_time('15 days');
select is(tests.away(), 'pending', 'when the link has long been dead');
select is((select attempts from core.calls), 1, 'it counts');
select is(tests.breaks($$update core.calls set last_error_code = 'Not a name'$$), 'last_error_code_valid');

-- The other lanes need no link.
select tests.call('downloaded', id => 'kept');
update core.calls set link_expires_at = core.now() - interval '15 days' where ringba_call_id = 'kept';
select is(api.postpone(tests.claim('worker'), 'Storage is away.', 'storage_away'), 'downloaded', 'an outage gives the call back');
select is((select attempts from core.calls where ringba_call_id = 'kept'), 0, 'uncounted, however old the link is');

select * from finish();
rollback;

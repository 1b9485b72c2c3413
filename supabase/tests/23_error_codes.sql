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
select is(tests.breaks($$update core.calls set last_error_code = 'Not a name'$$), 'last_error_code_valid');

select * from finish();
rollback;

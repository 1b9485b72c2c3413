-- What is deleted when its age is over: recordings and what piles up; and what a legal hold keeps.
begin;
\ir helpers/setup.psql
select no_plan();

-- Ages.
select set_eq($$select what, keep from core.retention$$,
  $$values ('recordings', null::interval), ('transcripts', null), ('logs', '30 days'), ('cron_history', '7 days'), ('alerts', '1 year'),
    ('reconciliations', '90 days')$$,
  'recordings and transcripts are kept for ever until somebody says otherwise');
select is(core.kept_since('recordings'), null, 'then nothing is deleted');
select is(core.kept_since('logs'), core.now() - interval '30 days');
update core.retention set keep = '90 days' where what = 'recordings';
select is(core.kept_since('recordings'), null, 'a changed age does not hold at once');
select is((select data ->> 'to' from core.sys_logs where event = 'retention_changed'), '90 days', 'the change is kept');
select tests.move_time('23 hours 59 minutes');
select is(core.kept_since('recordings'), null);
select tests.move_time('1 minute');
select is(core.kept_since('recordings'), core.now() - interval '90 days', 'but a day later');
update core.retention set keep = keep where what = 'recordings';
select isnt(core.kept_since('recordings'), null, 'the same age again changes nothing');

-- What is due: old enough, and nobody works on it or has to look at it.
create function tests.old(status text, id text, failed_lane text default 'worker') returns bigint language sql as $$
  select tests.call(status, failed_lane, now() - interval '91 days', id)
$$;
select tests.old(s, s) from unnest(array['pending', 'downloading', 'downloaded', 'processing', 'transcribed', 'judging', 'safe', 'flagged', 'undecided', 'no_recording']) as s;
select tests.old('failed', 'failed worker'), tests.old('failed', 'failed vault', 'vault'), tests.old('safe', 'held'), tests.old('safe', 'judged again');
select tests.call('safe', started => now() - interval '88 days', id => 'young');
update core.calls set storage_path = null, audio_url = null where status in ('pending', 'downloading', 'no_recording') or ringba_call_id = 'failed vault';
update core.calls set storage_path = 'RA1/' || call_id || '.mp3', audio_bytes = 1000 where storage_path is not null;
update core.calls set status = 'transcribed', verdict_before = 'safe' where ringba_call_id = 'judged again';
update core.calls set to_review = 0 where ringba_call_id = 'undecided';
update core.calls set start_time_utc = start_time_utc - interval '1 hour' where ringba_call_id = 'failed worker';
update core.calls set audio_missing_at = now(), audio_missing_why = 'gone' where ringba_call_id = 'safe';
select is((select to_review from core.calls where ringba_call_id = 'flagged'), 1::smallint, 'a flag waits for a person');

create function tests.of(id text) returns core.calls language sql as $$ select c from core.calls as c where c.ringba_call_id = id $$;
create function tests.claimed(most integer default 50) returns text[] language sql as $$
  select coalesce(array_agg(e ->> 'ringba_call_id' order by e ->> 'ringba_call_id'), '{}') from jsonb_array_elements(api.claim_audio_deletions(most)) as e
$$;
create function tests.record(id text, outcome text) returns integer language sql as $$
  select api.record_audio_deletions(jsonb_build_array(jsonb_build_object('call_id', (tests.of(id)).call_id, 'outcome', outcome)))
$$;

-- Legal holds.
select tests.become('admin');
select throws_like($$select api.hold_call(-1, 'r')$$, 'There is no call -1.');
select throws_like($$select api.hold_call((select call_id from core.calls where ringba_call_id = 'held'), ' ')$$, 'A legal hold needs a reason.');
select is(api.hold_call((select call_id from core.calls where ringba_call_id = 'held'), ' Case 12 ') - 'held_at',
  '{"held_by": "admin@example.test", "reason": "Case 12"}', 'an admin sets a hold');
select throws_like($$select api.hold_call((select call_id from core.calls where ringba_call_id = 'held'), 'r')$$, 'This call is under a legal hold already.');
select is((select p -> 'legal_hold' ->> 'reason' from api.call_page((select call_id from core.calls where ringba_call_id = 'held')) as p), 'Case 12', 'the page tells');
select tests.become('owner');
select is((select user_id from core.sys_logs where event = 'legal_hold_set'), '00000000-0000-4000-8000-0000000000a2', 'who did it is kept');

-- Marked, deleted, noted.
select is(tests.claimed(1), '{failed worker}', 'oldest first, by batches');
select is((tests.of('failed worker')).last_error_code, 'given_up', 'what cannot be tried again is known');
select is(tests.claimed(), '{safe,undecided}', 'neither what is in work, nor what waits for people, nor what is held or young');
select is(tests.claimed(), '{}', 'each is handed out once');
select is((tests.of('safe')).audio_missing_at, null, 'what is deleted is not missed');
select is((select count(*) from api.recordings_to_audit() where ringba_call_id in ('safe', 'undecided', 'failed worker')), 0::bigint, 'nor looked for');
select api.record_audit(jsonb_build_array(jsonb_build_object('call_id', (tests.of('safe')).call_id, 'storage_path', (tests.of('safe')).storage_path, 'missing_why', 'gone', 'hashed', false)));
select ok((select holds from api.criterion_2_audio), 'not by an audit that had begun before either');
select throws_like($$select api.recording_to_play((tests.of('safe')).call_id)$$, 'The recording is being deleted: its time is over.', 'nor played');
select is(api.recording_to_play((tests.of('young')).call_id) ->> 'storage_path', (tests.of('young')).storage_path, 'others are');
select throws_like($$select api.recording_to_play((tests.of('pending')).call_id)$$, 'There is no recording of this call.');
select is((select sum(bytes) from core.stored_bytes), 11000::numeric, 'it takes room as long as it is there');
select is(tests.record('safe', 'deleted'), 2, 'two are left');
select ok((tests.of('safe')).audio_deleted_at is not null and (tests.of('safe')).audio_deleting_since is null and (tests.of('safe')).storage_path is not null, 'deleted, and known where it was');
select is((select sum(bytes) from core.stored_bytes), 10000::numeric, 'the room is free');
select is((select count(*) from core.sys_logs where event = 'recording_deleted' and call_id = (tests.of('safe')).call_id), 1::bigint, 'the log says so');
select is(tests.record('safe', 'deleted'), 2, 'said twice');
select is((select count(*) from core.sys_logs where event = 'recording_deleted'), 1::bigint, 'is once');
select throws_like($$select api.recording_to_play((tests.of('safe')).call_id)$$, 'The recording was deleted on ____-__-__, when its time was over.');

-- A server that died in between, and a Storage that fails.
select tests.move_time('61 seconds');
select is(tests.claimed(), '{failed worker,undecided}', 'handed out again');
select is(tests.record('undecided', 'failed'), 2);
select is((select count(*) from core.alerts where kind = 'audio_not_deleted'), 0::bigint, 'a failure is tried again');
select tests.move_time('10 minutes');
select tests.record('undecided', 'failed');
select matches((select message from core.alerts where kind = 'audio_not_deleted' and cleared_at is null),
  '^2 recordings whose age is over could not be deleted from Storage, the first since .* UTC\.$', 'and told when it lasts');
select is(tests.record('failed worker', 'deleted'), 1);
select is(tests.record('undecided', 'deleted'), 0);
select is((select count(*) from core.alerts where kind = 'audio_not_deleted' and cleared_at is null), 0::bigint, 'until it is over');
select is(tests.breaks($$select api.retry_call((tests.of('failed worker')).call_id)$$), 'recording_needed_for_work', 'a worker has nothing to work on');
select is(api.retry_failed('worker', 'given_up'), 0, 'nor is it tried again with the others');

-- A hold that comes when the deletion has begun.
select tests.old('safe', 'begun');
update core.calls set storage_path = 'RA1/V1.5.wav', to_review = 0 where ringba_call_id = 'begun';
select is(tests.claimed(), '{begun}');
select api.hold_call((tests.of('begun')).call_id, 'r');
select tests.move_time('61 seconds');
select is(api.claim_audio_deletions() -> 0 -> 'held', 'true', 'the server is told');
select is(tests.record('begun', 'kept'), 0, 'it found the original in its place');
select is((tests.of('begun')).audio_deleting_since, null, 'so it stays');
select is(tests.claimed(), '{}', 'and is not due');
select set_config('storage.allow_delete_query', 'true', true);
insert into storage.objects (bucket_id, name) values ('recordings', 'RA1/V1.5.wav'), ('recordings', 'RA1/V1.5.review.mp3'), ('recordings', 'RA1/V1.mp3'), ('recordings', 'RA1/V1.5.mp3');
select throws_ok($$delete from storage.objects where name = 'RA1/V1.5.wav'$$, '42501', 'This recording belongs to a call under a legal hold.', 'Storage itself keeps it');
select throws_ok($$delete from storage.objects where name = 'RA1/V1.5.review.mp3'$$, '42501', null, 'and its review copy');
select lives_ok($$delete from storage.objects where name in ('RA1/V1.mp3', 'RA1/V1.5.mp3')$$, 'and no other');
-- Nobody gets around it.
select is(tests.breaks(statement), name, statement) from (values
  ($$update core.calls set audio_deleting_since = now() where ringba_call_id = 'held'$$, 'held_call_keeps_all'),
  ($$update core.calls set audio_deleted_at = now() where ringba_call_id = 'held'$$, 'held_call_keeps_all'),
  ($$update core.calls set transcript_deleted_at = now() where ringba_call_id = 'held'$$, 'held_call_keeps_all'),
  ($$update core.calls set storage_path = 'x' where ringba_call_id = 'held'$$, 'held_call_keeps_all'),
  ($$update core.calls set legal_hold_at = null where ringba_call_id = 'held'$$, 'legal_hold_has_row'),
  ($$delete from core.legal_holds$$, 'append_only'), ($$truncate core.legal_holds$$, 'append_only'),
  ($$update core.legal_holds set reason = 'x'$$, 'append_only')) as v(statement, name);
-- What was deleted before the hold came is told as it is.
select tests.old('safe', 'too late');
select is(tests.claimed(), '{"too late"}');
select api.hold_call((tests.of('too late')).call_id, 'r');
select is(tests.record('too late', 'deleted'), 0);
select ok((tests.of('too late')).audio_deleted_at is not null);

select tests.become('admin');
select throws_like($$select api.lift_hold((select call_id from core.calls where ringba_call_id = 'held'), '')$$, 'Lifting a legal hold needs a reason.');
select api.lift_hold((select call_id from core.calls where ringba_call_id = 'held'), 'Case closed');
select throws_like($$select api.lift_hold((select call_id from core.calls where ringba_call_id = 'held'), 'r')$$, 'This call is under no legal hold.');
select tests.become('owner');
select is((select lifted_by || ': ' || lift_reason from core.legal_holds where reason = 'Case 12'), 'admin@example.test: Case closed', 'who lifted it is kept');
select is(tests.breaks($$update core.legal_holds set lifted_at = null, lifted_by = null, lift_reason = null where reason = 'Case 12'$$), 'append_only', 'once');
select is(tests.claimed(), '{held}', 'and the age holds again');

-- What piles up.
insert into core.alerts (kind, level, message, raised_at, cleared_at) values ('old', 'info', 'm', now() - interval '2 years', now() - interval '13 months'),
  ('untold', 'info', 'm', now() - interval '2 years', now() - interval '13 months'), ('new', 'info', 'm', now() - interval '2 years', now() - interval '11 months');
insert into core.alerts (kind, level, message, raised_at) values ('open', 'info', 'm', now() - interval '2 years');
insert into core.alert_channels (channel) values ('slack');
insert into core.alert_outbox (channel, alert_id, event, sent_at) select 'slack', alert_id, 'opened', now() from core.alerts where kind in ('old', 'untold');
insert into core.alert_outbox (channel, alert_id, event) select 'slack', alert_id, 'over' from core.alerts where kind = 'untold';
select is(core.trim_alerts(), 1::bigint, 'alerts go a year after they are over');
select is((select array_agg(kind order by kind) from core.alerts where message = 'm'), '{new,open,untold}', 'not before, and not before all was told');

create function tests.compared(hour timestamptz) returns void language sql as $$
  select api.record_reconciliation('RA1', hour, '{"calls": 0, "revenue": 0, "payout": 0, "cost": 0}')
$$;
select tests.compared('2026-01-01 10:00Z'), tests.compared('2026-01-01 10:00Z'), tests.compared('2026-01-01 11:00Z');
select tests.move_time('89 days');
select is(core.trim_reconciliations(), 0::bigint, 'comparisons are kept for 90 days');
select tests.move_time('2 days');
select is(core.trim_reconciliations(), 1::bigint, 'then all but the newest of each hour go');
select is((select count(*) from core.books join core.reconciliations using (reconciliation_id)), 2::bigint, 'the books are whole');

select case when to_regclass('cron.job_run_details') is not null then (
  select is(core.trim_cron_history() >= 0, true, 'the history of pg_cron can be trimmed')
) else skip('pg_cron is not there', 1) end;

-- By its index, however many calls there are: those that people have still to look at are passed over.
insert into core.calls (account, ringba_call_id, start_time_utc, storage_path, status, flags, qa_version, judge_model)
select 'RA1', 'many-' || i, core.now() - make_interval(days => 200, secs => i), 'RA1/1.mp3', 'flagged', jsonb_build_array(tests.flag()), 'r/p', 'm'
from generate_series(1, 5000) as i;
analyze core.calls;
create function tests.plan(query text) returns text language plpgsql as $$
declare
  line text;
  lines text := '';
begin
  for line in execute 'explain ' || query loop lines := lines || line || e'\n'; end loop;
  return lines;
end
$$;
create temp table plans as
select tests.plan($$select c.call_id from core.calls as c
  where c.storage_path is not null and c.audio_deleted_at is null and c.audio_deleting_since is null
    and c.legal_hold_at is null and c.to_review = 0
    and (c.status in ('flagged', 'safe', 'undecided') or c.status = 'failed' and c.failed_lane in ('worker', 'judge'))
    and c.start_time_utc < now() order by c.start_time_utc, c.call_id limit 10$$) as audio,
  tests.plan($$select c.call_id from core.calls as c
  where c.transcript_deleted_at is null and c.legal_hold_at is null and c.to_review = 0
    and (c.status in ('flagged', 'safe', 'undecided') or c.status = 'failed' and c.failed_lane = 'judge')
    and c.start_time_utc < now() order by c.start_time_utc, c.call_id limit 10$$) as transcripts;
select matches(audio, 'idx_calls_audio_due', 'recordings that are due come from their index') from plans;
select matches(transcripts, 'idx_calls_transcript_due', 'and so do transcripts') from plans;

select * from finish();
rollback;

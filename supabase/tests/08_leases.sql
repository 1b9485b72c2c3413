-- Tokens: the same answer twice, a stale one, somebody else's, graceful release, heartbeats.
begin;
\ir helpers/setup.psql
select no_plan();
select tests.rule();
create temp table leases (name text primary key, token uuid, call bigint);
grant all on leases to public;

create function tests.take(name text, lane text) returns void language sql as $$
  insert into leases select name, lease_token, call_id from api.claim(lane, 'test-' || lane, 1)
  on conflict (name) do update set token = excluded.token, call = excluded.call
$$;
create function tests.token(name text) returns uuid language sql as $$ select l.token from leases as l where l.name = token.name $$;
grant execute on all functions in schema tests to public;

-- The whole way, each answer sent twice.
select tests.call('pending', id => 'way');
update core.calls set storage_path = null;
select tests.take('v', 'vault');
select is(api.complete_download(tests.token('v'), 'RA1/1.mp3', 100, repeat('a', 64), 'audio/mpeg'), 'downloaded', 'the recording is in');
select is(api.complete_download(tests.token('v'), 'RA1/1.mp3', 100, repeat('a', 64), 'audio/mpeg'), 'downloaded', 'sent again: the same answer');
select throws_ok(
  $$select api.complete_download(tests.token('v'), 'RA1/2.mp3', 100, repeat('a', 64), 'audio/mpeg')$$, 'PT409', 'lease lost',
  'but another answer under the used token is stale'
);
select throws_ok($$select api.fail(tests.token('v'), 'late')$$, 'PT409', 'lease lost', 'and so is a failure');
select tests.take('w', 'worker');
select is(api.complete_download(tests.token('v'), 'RA1/1.mp3', 100, repeat('a', 64), 'audio/mpeg'), 'downloaded',
  'the first answer is remembered when the call has gone on');
select is(api.complete_transcription(tests.token('w'), tests.transcript()), 'transcribed', 'the transcript is in');
select is(api.complete_transcription(tests.token('w'), tests.transcript()), 'transcribed', 'sent again: the same answer');
select tests.take('j', 'judge');
select is(api.complete_judgement(tests.token('j'), tests.judgement('flagged')), 'flagged', 'the verdict is in');
select is(api.complete_judgement(tests.token('j'), tests.judgement('flagged')), 'flagged', 'sent again: the same answer');
select is((select count(*) from core.judgements), 1::bigint, 'and only one judgement');
select results_eq(
  $$select storage_path, audio_bytes, audio_sha256, audio_content_type, attempts, lease_token, qa_version, judge_model
    from core.calls where ringba_call_id = 'way'$$,
  $$select 'RA1/1.mp3', 100::bigint, repeat('a', 64), 'audio/mpeg', 0, null::uuid, ruleset_id || '/p1', 'phrases'
    from core.verticals where vertical = 'common'$$,
  'the call holds what its lanes said'
);
select is((select count(*) from core.attempts where outcome = 'accepted'), 3::bigint, 'three accepted attempts');

-- Stale tokens.
select throws_ok($$select api.fail(gen_random_uuid(), 'e')$$, 'PT409', 'lease lost', 'an unknown token is stale');
select tests.call('downloaded', id => 'stale');
select tests.take('first', 'worker');
select is(api.release(tests.token('first')), 'downloaded', 'released');
select is(api.release(tests.token('first')), 'downloaded', 'released again: the same answer');
select is((select attempts from core.calls where ringba_call_id = 'stale'), 0, 'a release costs no attempt');
select tests.take('second', 'worker');
select throws_ok($$select api.complete_transcription(tests.token('first'), tests.transcript())$$, 'PT409', 'lease lost',
  'the first holder''s late answer is refused');
select is_empty($$select 1 from core.transcripts as t join core.calls as c using (call_id) where c.ringba_call_id = 'stale'$$,
  'and changes nothing');
create temp table refused as select last_value as n from core.stale_answers;
select throws_ok($$select api.release(gen_random_uuid())$$, 'PT409', 'lease lost');
select is((select last_value from core.stale_answers), (select n + 1 from refused), 'refused answers are counted');

-- A token is good for its own lane only.
select throws_ok(
  $$select api.complete_download(tests.token('second'), 'RA1/1.mp3', 100, repeat('a', 64), 'audio/mpeg')$$, '22023',
  'This lease belongs to the lane worker, not to vault.'
);
select throws_ok($$select api.complete_judgement(tests.token('second'), tests.judgement('safe'))$$, '22023');

-- A worker answers for what it claimed itself.
select tests.become('worker');
select throws_ok($$select api.fail(tests.token('second'), 'e')$$, '42501', null, 'not for a call that the service claimed');
select results_eq($$select held from api.heartbeat(jsonb_build_array(jsonb_build_object('lease_token', tests.token('second'), 'progress', 1)))$$,
  $$values (false)$$, 'whose lease it does not hold');
select tests.become('owner');
select api.release(tests.token('second'));
select tests.become('worker');
select tests.take('own', 'worker');
select tests.become('other worker');
select throws_ok($$select api.complete_transcription(tests.token('own'), tests.transcript())$$, '42501', null, 'nor one worker for another');
select tests.become('worker');
select is(api.complete_transcription(tests.token('own'), tests.transcript()), 'transcribed', 'it answers for its own');
select is(api.complete_transcription(tests.token('own'), tests.transcript()), 'transcribed', 'twice the same');
select tests.become('owner');
select is((select user_id from core.attempts where lease_token = tests.token('own')), '00000000-0000-4000-8000-0000000000a3'::uuid,
  'and the attempt names it');

-- Heartbeats.
select tests.call('pending', id => 'beats', started => now() + interval '1 day');
select setval('core.vault_turns', 400);
select tests.take('b', 'vault');
select tests.move_time('80 seconds');
select results_eq(
  $$select lease_token, held from api.heartbeat(jsonb_build_array(
    jsonb_build_object('lease_token', tests.token('b'), 'progress', 500),
    jsonb_build_object('lease_token', tests.token('v'), 'progress', 1))) order by held desc$$,
  $$select tests.token('b'), true union all select tests.token('v'), false$$,
  'a heartbeat tells which leases are held'
);
select results_eq(
  $$select lease_expires_at - core.now(), lease_progress, lease_progressed_at - core.now() from core.calls where ringba_call_id = 'beats'$$,
  $$values (interval '90 seconds', 500::bigint, interval '0')$$,
  'it extends the lease and notes the progress'
);
select tests.move_time('60 seconds');
select api.heartbeat(jsonb_build_array(jsonb_build_object('lease_token', tests.token('b'), 'progress', 400)));
select results_eq(
  $$select lease_progress, core.now() - lease_progressed_at from core.calls where ringba_call_id = 'beats'$$,
  $$values (500::bigint, interval '60 seconds')$$,
  'a beat without progress extends the lease only'
);

-- Refused effects leave the lease as it was.
select throws_ok($$select api.complete_download(tests.token('b'), 'RA1/1.mp3', 0, repeat('a', 64), 'audio/mpeg')$$, '23514', null, 'an empty recording');
select throws_ok($$select api.complete_download(tests.token('b'), 'RA1/1.mp3', 1, null, 'audio/mpeg')$$, '23514',
  'A stored recording has a size, a SHA-256 and a content type.');
select is(tests.status((select call from leases where name = 'b')), 'downloading', 'the call is still held');

select * from finish();
rollback;

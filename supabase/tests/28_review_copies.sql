-- Review copies: stored with the transcript, beside the original, and forgotten with it.
begin;
\ir helpers/setup.psql
select no_plan();

-- The rule that the policies and the table share.
select is(core.is_review_copy_of(copy, original), beside, format('%s and %s', copy, original))
from (values
  ('a/1.review.mp3', 'a/1.wav', true), ('a/1.review.mp3', 'a/1.mp3', true), ('a/1.review.mp3', 'a/1', true),
  ('a.b/1.5/1.review.mp3', 'a.b/1.5/1', true), ('a/1.x.review.mp3', 'a/1.x.wav', true), ('a/1.review.mp3', 'a/1.', true),
  ('1.review.mp3', '1.wav', true), ('ü/ä.review.mp3', 'ü/ä.wav', true),
  ('a/1.review.mp3', 'a/2.wav', false), ('b/1.review.mp3', 'a/1.wav', false), ('a/1.mp3', 'a/1.wav', false),
  ('a/1.review.mp3/x', 'a/1.wav', false), ('a/1.review.MP3', 'a/1.wav', false), ('a/1.review.mp3', null, null)
) as tried(copy, original, beside);

create function tests.copy_of(name text) returns jsonb language sql as $$
  select jsonb_build_object('path', format('RA1/2026/11/01/%s.review.mp3', name), 'bytes', 10,
    'sha256', repeat('c', 64), 'content_type', 'audio/mpeg')
$$;
create function tests.kept_copy(name text) returns jsonb language sql as $$
  select nullif(jsonb_strip_nulls(jsonb_build_object('path', review_path, 'bytes', review_bytes, 'sha256', review_sha256,
    'content_type', review_content_type)), '{}')
  from core.calls where ringba_call_id = name
$$;
-- A call with a recording of its own that a worker holds: its lease token.
create function tests.held(name text) returns uuid language plpgsql as $$
declare
  token uuid;
begin
  perform tests.call('downloaded', id => name);
  update core.calls set storage_path = format('RA1/2026/11/01/%s.wav', name), audio_sha256 = repeat('a', 64)
  where ringba_call_id = name;
  perform tests.become('worker');
  token := tests.claim('worker');
  perform tests.become('owner');
  return token;
end
$$;
create temp table held as select name, tests.held(name) as token from unnest(array['one', 'other', 'without', 'old']) as name;
grant select on held to public;
create function tests.token(name text) returns uuid language sql as $$ select h.token from held as h where h.name = token.name $$;
grant execute on all functions in schema tests to public;

select tests.become('worker');
-- Given by halves, or for what is not the call's own.
select is(
  tests.breaks(format('select api.complete_transcription(tests.token(%L), tests.transcript(), %L)', 'one', copy)),
  expected, format('%s: %s', expected, copy)
)
from (values
  ('review_copy_complete', '{}'), ('review_copy_complete', '"a path"'), ('review_copy_complete', '[]'),
  ('review_copy_complete', (tests.copy_of('one') - 'path')::text), ('review_copy_complete', (tests.copy_of('one') - 'bytes')::text),
  ('review_copy_complete', (tests.copy_of('one') - 'sha256')::text), ('review_copy_complete', (tests.copy_of('one') || '{"sha256": null}')::text),
  ('review_copy_complete', (tests.copy_of('one') - 'content_type')::text),
  ('review_copy_beside_original', tests.copy_of('other')::text),
  ('review_copy_beside_original', (tests.copy_of('one') || '{"path": "RA1/2026/11/01/one.wav"}')::text),
  ('review_copy_not_empty', (tests.copy_of('one') || '{"bytes": 0}')::text),
  ('review_sha256_valid', (tests.copy_of('one') || '{"sha256": "abc"}')::text),
  ('review_content_type_valid', (tests.copy_of('one') || '{"content_type": "text/html"}')::text)
) as refused(expected, copy);
select throws_ok(
  $$select api.complete_transcription(tests.token('one'), tests.transcript(), '{}')$$, '23514',
  'A review copy has a path, a size, a SHA-256 and a content type.'
);
select tests.become('owner');
select is((select status from core.calls where ringba_call_id = 'one'), 'processing', 'the call is still held');
select is_empty('select from core.transcripts', 'and no transcript is stored without its copy');

-- With the transcript, and the same answer sent twice.
select tests.become('worker');
select is(api.complete_transcription(tests.token('one'), tests.transcript(), tests.copy_of('one')), 'transcribed', 'both are in');
select is(api.complete_transcription(tests.token('one'), tests.transcript(), tests.copy_of('one')), 'transcribed', 'sent again: the same answer');
select throws_ok(
  $$select api.complete_transcription(tests.token('one'), tests.transcript(), tests.copy_of('one') || '{"bytes": 11}')$$,
  'PT409', 'lease lost', 'but another copy under the used token is stale'
);
select throws_ok($$select api.complete_transcription(tests.token('one'), tests.transcript())$$, 'PT409', 'lease lost', 'and so is none');

-- Without: two arguments, or a null of either kind; all three are the same answer.
select is(api.complete_transcription(tests.token('without'), tests.transcript()), 'transcribed', 'a worker that makes no copies');
select is(api.complete_transcription(tests.token('without'), tests.transcript(), null), 'transcribed', 'says the same with null');
select is(api.complete_transcription(tests.token('without'), tests.transcript(), 'null'), 'transcribed', 'and with the null of JSON');
-- What two arguments were noted as before there were three.
select tests.become('owner');
select is(answer_digest, core.digest('transcription', tests.transcript()::text), 'and the same as before')
from core.attempts where lease_token = tests.token('without');
select is(tests.kept_copy('one'), tests.copy_of('one'), 'the copy is kept');
select is(tests.kept_copy('without'), null, 'none is kept where there is none');

-- The copy belongs to the recording. A transcript made anew without one leaves it; another recording does not.
select tests.become('worker');
select is(api.complete_transcription(tests.token('old'), tests.transcript(), tests.copy_of('old')), 'transcribed');
select tests.become('owner');
create temp table old as select call_id as id from core.calls where ringba_call_id = 'old';
create function tests.back_to(status text, lane text) returns void language sql as $$
  update core.calls set status = 'failed', failed_lane = lane, last_error = 'by hand' where call_id = (select id from old);
  select api.retry_call((select id from old));
  update core.calls set start_time_utc = now() + interval '1 day' where call_id = (select id from old)
$$;
select tests.back_to('downloaded', 'worker');
select setval('core.vault_turns', 400), setval('core.worker_turns', 400);
select is(api.complete_transcription(tests.claim('worker'), tests.transcript(9000)), 'transcribed', 'transcribed anew');
select is((select duration_ms from core.transcripts where call_id = (select id from old)), 9000, 'with another transcript');
select is(tests.kept_copy('old'), tests.copy_of('old'), 'and the same copy');
select tests.back_to('pending', 'vault');
select is(api.complete_download(tests.claim('vault'), 'RA1/2026/11/01/old.wav', 5, repeat('a', 64), 'audio/wav'), 'downloaded', 'the same recording, fetched again');
select is(tests.kept_copy('old'), tests.copy_of('old'), 'keeps its copy');
select is(api.complete_transcription(tests.claim('worker'), tests.transcript()), 'transcribed');
select tests.back_to('pending', 'vault');
select is(api.complete_download(tests.claim('vault'), 'RA1/2026/11/01/old.wav', 5, repeat('b', 64), 'audio/wav'), 'downloaded', 'other bytes at the same place');
select is(tests.kept_copy('old'), null, 'have no copy yet');
select is(api.complete_transcription(tests.claim('worker'), tests.transcript(), tests.copy_of('old')), 'transcribed');
select tests.back_to('pending', 'vault');
select is(api.complete_download(tests.claim('vault'), 'RA1/2026/11/02/old.mp3', 5, repeat('b', 64), 'audio/mpeg'), 'downloaded', 'the same bytes at another place');
select is(tests.kept_copy('old'), null, 'have none beside them');
update core.calls set storage_path = 'RA1/2026/11/01/old.mp3', review_path = 'RA1/2026/11/01/old.review.mp3', review_bytes = 1,
  review_sha256 = repeat('d', 64), review_content_type = 'audio/mpeg' where call_id = (select id from old);
select is(tests.kept_copy('old') ->> 'path', 'RA1/2026/11/01/old.review.mp3', 'both may be set at once');

select * from finish();
rollback;

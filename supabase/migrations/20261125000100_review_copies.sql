-- Beside each original the worker can put a review copy: the same sound in a form in which browsers find
-- every second exactly. What belongs to it is kept here, and it lives no longer than its original.

create function core.is_review_copy_of(review_path text, storage_path text) returns boolean
language sql immutable set search_path = '' as $$
  select review_path ~ '\.review\.[a-z0-9]{1,5}$'
    and regexp_replace(review_path, '\.review\.[a-z0-9]{1,5}$', '') = regexp_replace(storage_path, '\.[^./]*$', '')
$$;
comment on function core.is_review_copy_of(text, text) is
  'Whether one path is {id}.review.{ext} beside the other, {id}.{ext} or {id}; the client makes it by review_copy_path.';

create or replace function core.worker_holds_review_copy(name text) returns boolean
language sql stable security definer set search_path = '' as $$
  select core.caller() = 'worker' and exists (
    select from core.calls as c
    where c.lease_token is not null and c.status = 'processing'
      and c.lease_user = auth.uid()
      and core.is_review_copy_of(worker_holds_review_copy.name, c.storage_path)
  )
$$;

alter table core.calls
  add column review_path text,
  add column review_bytes bigint constraint review_copy_not_empty check (review_bytes > 0),
  add column review_sha256 text constraint review_sha256_valid check (review_sha256 ~ '^[0-9a-f]{64}$'),
  add column review_content_type text
    constraint review_content_type_valid check (review_content_type ~ '^audio/[a-z0-9.+-]+$'),
  add constraint review_copy_complete check (
    num_nonnulls(review_path, review_bytes, review_sha256, review_content_type) in (0, 4)
  ),
  add constraint review_copy_beside_original check (
    review_path is null or coalesce(core.is_review_copy_of(review_path, storage_path), false)
  );
comment on column core.calls.review_path is
  'Path of the review copy in the bucket recordings, beside the original; empty while there is none.';
comment on column core.calls.review_bytes is 'Size of the review copy in bytes.';
comment on column core.calls.review_sha256 is 'SHA-256 of the review copy, lower-case hex.';
comment on column core.calls.review_content_type is 'Type of the review copy, for example audio/mpeg.';
grant select (review_path, review_bytes, review_sha256, review_content_type) on core.calls to authenticated;

create function core.forget_review_copy() returns trigger
language plpgsql set search_path = '' as $$
begin
  new.review_path := null;
  new.review_bytes := null;
  new.review_sha256 := null;
  new.review_content_type := null;
  return new;
end
$$;
comment on function core.forget_review_copy() is 'Forgets a review copy that was made of another recording.';
create trigger stale_review_copy_goes before update on core.calls
  for each row when (
    (old.storage_path, old.audio_sha256) is distinct from (new.storage_path, new.audio_sha256)
    and old.review_path is not null
    and (old.review_path, old.review_sha256) is not distinct from (new.review_path, new.review_sha256)
  )
  execute function core.forget_review_copy();

-- One function with a default, for PostgREST cannot tell two apart by what is left out; a worker that
-- makes no copies goes on sending two arguments.
drop function api.complete_transcription(uuid, jsonb);

create function api.complete_transcription(lease_token uuid, transcript jsonb, review_copy jsonb default null) returns text
language plpgsql volatile security definer set search_path = '' as $$
declare
  copy constant jsonb := nullif(review_copy, 'null');
  -- Without a copy the digest is that of two arguments: an answer given before there were three is known again.
  digest constant text := case when copy is null
    then core.digest('transcription', transcript::text)
    else core.digest('transcription', transcript::text, copy::text) end;
  held constant core.held_call := core.hold(lease_token, 'worker', digest);
begin
  if held.earlier_answer is not null then
    return held.earlier_answer;
  end if;
  if num_nonnulls(copy ->> 'path', copy ->> 'bytes', copy ->> 'sha256', copy ->> 'content_type') < 4 and copy is not null then
    raise exception 'A review copy has a path, a size, a SHA-256 and a content type.'
      using errcode = 'check_violation', constraint = 'review_copy_complete';
  end if;
  insert into core.transcripts (call_id, model, language, duration_ms, segments, peaks, round)
  values (
    (held.call).call_id, transcript ->> 'model', transcript ->> 'language', (transcript ->> 'duration_ms')::integer,
    transcript -> 'segments', coalesce(transcript -> 'peaks', '[]'), (held.call).round
  )
  on conflict (call_id) do update set
    model = excluded.model, language = excluded.language, duration_ms = excluded.duration_ms,
    segments = excluded.segments, peaks = excluded.peaks, round = excluded.round, created_at = core.now();
  -- Without one the call keeps the copy that it has: it belongs to the recording, not to the transcript.
  if copy is not null then
    update core.calls as c set
      review_path = copy ->> 'path',
      review_bytes = (copy ->> 'bytes')::bigint,
      review_sha256 = copy ->> 'sha256',
      review_content_type = copy ->> 'content_type'
    where c.call_id = (held.call).call_id;
  end if;
  return core.accept_attempt(held.call, (held.lane).next_status, digest);
end
$$;
comment on function api.complete_transcription(uuid, jsonb, jsonb) is
  'The call is transcribed, and its review copy {path, bytes, sha256, content_type} is in storage; without one the call keeps the copy that it has. Returns the new state.';
grant execute on function api.complete_transcription(uuid, jsonb, jsonb) to authenticated, service_role;

-- Where somebody may have spoken and no word came of it. What was not said there cannot be known, so a
-- rule about something missing must not be decided by it.

create function core.unheard_is_well_formed(unheard jsonb) returns boolean
language sql immutable set search_path = '' as $$
  select case when jsonb_typeof(unheard) = 'array' then
    not exists (
      select
      from jsonb_array_elements(unheard) as u(stretch)
      where not coalesce(
        stretch @? 'strict $ ? (@.channel >= 0 && @.channel < 256 && @.start_ms >= 0 && @.end_ms >= @.start_ms)', false)
    )
  else false end
$$;
comment on function core.unheard_is_well_formed(jsonb) is 'Stretches as the client''s type Unheard has them: {channel, start_ms, end_ms}.';

alter table core.transcripts add column unheard jsonb not null default '[]'
  constraint unheard_well_formed check (core.unheard_is_well_formed(unheard));
comment on column core.transcripts.unheard is
  'Stretches of one channel in which somebody may have spoken and nothing was recognised: {channel, start_ms, end_ms}.';

create or replace function core.transcript_json(t core.transcripts) returns jsonb
language sql immutable set search_path = '' as $$
  select jsonb_build_object('model', t.model, 'language', t.language, 'duration_ms', t.duration_ms,
    'segments', t.segments, 'peaks', t.peaks, 'unheard', t.unheard)
$$;

create or replace function api.complete_transcription(lease_token uuid, transcript jsonb, review_copy jsonb default null) returns text
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
  insert into core.transcripts (call_id, model, language, duration_ms, segments, peaks, unheard, round)
  values (
    (held.call).call_id, transcript ->> 'model', transcript ->> 'language', (transcript ->> 'duration_ms')::integer,
    transcript -> 'segments', coalesce(transcript -> 'peaks', '[]'), coalesce(transcript -> 'unheard', '[]'), (held.call).round
  )
  on conflict (call_id) do update set
    model = excluded.model, language = excluded.language, duration_ms = excluded.duration_ms,
    segments = excluded.segments, peaks = excluded.peaks, unheard = excluded.unheard, round = excluded.round,
    created_at = core.now();
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

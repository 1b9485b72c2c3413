-- What succeeds: the effect and the change of state are one transaction behind the token.

create function core.accept_attempt(call core.calls, status text, digest text) returns text
language plpgsql volatile set search_path = '' as $$
begin
  update core.calls as c set
    status = accept_attempt.status,
    attempts = 0, last_error = null, delayed_until = null,
    lease_token = null, lease_owner = null, lease_user = null, lease_expires_at = null, leased_at = null,
    lease_progress = null, lease_progressed_at = null
  where c.call_id = call.call_id;
  perform core.close_attempt(call.lease_token, 'accepted', null, accept_attempt.status, digest);
  return accept_attempt.status;
end
$$;
comment on function core.accept_attempt(core.calls, text, text) is 'Ends a lease with success and moves the call on.';

create function api.complete_download(
  lease_token uuid, storage_path text, bytes bigint, sha256 text, content_type text
) returns text
language plpgsql volatile security definer set search_path = '' as $$
declare
  digest constant text := core.digest('download', storage_path, bytes::text, sha256, content_type);
  held constant core.held_call := core.hold(lease_token, 'vault', digest);
begin
  if held.earlier_answer is not null then
    return held.earlier_answer;
  end if;
  if bytes is null or sha256 is null or content_type !~ '\S' or content_type is null then
    raise exception 'A stored recording has a size, a SHA-256 and a content type.'
      using errcode = 'check_violation', constraint = 'recording_complete';
  end if;
  update core.calls as c set
    storage_path = complete_download.storage_path,
    audio_bytes = bytes,
    audio_sha256 = sha256,
    audio_content_type = content_type,
    audio_missing_at = null
  where c.call_id = (held.call).call_id;
  return core.accept_attempt(held.call, (held.lane).next_status, digest);
end
$$;
comment on function api.complete_download(uuid, text, bigint, text, text) is 'The recording is in storage. Returns the new state.';
grant execute on function api.complete_download(uuid, text, bigint, text, text) to service_role;

create function api.complete_transcription(lease_token uuid, transcript jsonb) returns text
language plpgsql volatile security definer set search_path = '' as $$
declare
  digest constant text := core.digest('transcription', transcript::text);
  held constant core.held_call := core.hold(lease_token, 'worker', digest);
begin
  if held.earlier_answer is not null then
    return held.earlier_answer;
  end if;
  insert into core.transcripts (call_id, model, language, duration_ms, segments, peaks, round)
  values (
    (held.call).call_id, transcript ->> 'model', transcript ->> 'language', (transcript ->> 'duration_ms')::integer,
    transcript -> 'segments', coalesce(transcript -> 'peaks', '[]'), (held.call).round
  )
  on conflict (call_id) do update set
    model = excluded.model, language = excluded.language, duration_ms = excluded.duration_ms,
    segments = excluded.segments, peaks = excluded.peaks, round = excluded.round, created_at = core.now();
  return core.accept_attempt(held.call, (held.lane).next_status, digest);
end
$$;
comment on function api.complete_transcription(uuid, jsonb) is 'The call is transcribed. Returns the new state.';
grant execute on function api.complete_transcription(uuid, jsonb) to authenticated, service_role;

create function api.complete_judgement(lease_token uuid, judgement jsonb) returns text
language plpgsql volatile security definer set search_path = '' as $$
declare
  digest constant text := core.digest('judgement', judgement::text);
  held constant core.held_call := core.hold(lease_token, 'judge', digest);
  given core.judgements;
begin
  if held.earlier_answer is not null then
    return held.earlier_answer;
  end if;
  insert into core.judgements (
    call_id, round, ruleset_id, prompt_version, verdict, judge_model, flags, rule_results,
    tokens_in, tokens_out, cost_usd
  )
  values (
    (held.call).call_id, (held.call).round, judgement ->> 'ruleset_id', judgement ->> 'prompt_version',
    judgement ->> 'verdict', judgement ->> 'judge_model', judgement -> 'flags', judgement -> 'rule_results',
    coalesce((judgement ->> 'tokens_in')::bigint, 0), coalesce((judgement ->> 'tokens_out')::bigint, 0),
    coalesce((judgement ->> 'cost_usd')::numeric, 0)
  )
  returning * into given;
  -- One update, because verdict_complete ties the state and what is shown together.
  update core.calls as c set
    status = given.verdict,
    flags = given.flags,
    qa_version = given.qa_version,
    judge_model = given.judge_model,
    judgement_id = given.judgement_id,
    verdict_before = null,
    attempts = 0, last_error = null, delayed_until = null,
    lease_token = null, lease_owner = null, lease_user = null, lease_expires_at = null, leased_at = null,
    lease_progress = null, lease_progressed_at = null
  where c.call_id = given.call_id;
  perform core.close_attempt(complete_judgement.lease_token, 'accepted', null, given.verdict, digest);
  return given.verdict;
end
$$;
comment on function api.complete_judgement(uuid, jsonb) is 'The call is judged. Returns the new state.';
grant execute on function api.complete_judgement(uuid, jsonb) to service_role;

-- The call page says what retention has deleted, and whether a legal hold keeps the rest.

create function core.retention_parts(call_id bigint) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('audio_deleting_since', c.audio_deleting_since, 'transcript_deleted_at', c.transcript_deleted_at,
    'legal_hold', (select core.legal_hold_json(h) from core.legal_holds as h where h.call_id = c.call_id and h.lifted_at is null))
  from core.calls as c where c.call_id = retention_parts.call_id
$$;
comment on function core.retention_parts(bigint) is 'What of the call page is about retention.';
grant execute on function core.retention_parts(bigint) to authenticated, service_role;

create or replace function api.call_page(call_id bigint) returns jsonb
language plpgsql stable set search_path = '' as $$
#variable_conflict use_column
begin
  perform core.require('service', 'reviewer', 'admin');
  return core.call_parts(call_page.call_id) || core.asked_again(call_page.call_id) || core.retention_parts(call_page.call_id)
    || jsonb_build_object(
      'transcript', (select core.transcript_json(t) from core.transcripts as t where t.call_id = call_page.call_id));
end
$$;

create or replace function api.touch_call(call_id bigint) returns jsonb
language plpgsql volatile set search_path = '' as $$
begin
  perform core.require('reviewer', 'admin');
  perform core.mark_present(touch_call.call_id);
  return core.call_parts(touch_call.call_id) || core.asked_again(touch_call.call_id) || core.retention_parts(touch_call.call_id);
end
$$;

create function api.recording_to_play(call_id bigint) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  asked core.calls;
begin
  perform core.require('service', 'reviewer', 'admin');
  select c.* into asked from core.calls as c where c.call_id = recording_to_play.call_id;
  if asked.audio_deleted_at is not null then
    raise exception 'The recording was deleted on %, when its time was over.',
      to_char(asked.audio_deleted_at at time zone 'UTC', 'YYYY-MM-DD') using errcode = 'invalid_parameter_value';
  elsif asked.audio_deleting_since is not null then
    raise exception 'The recording is being deleted: its time is over.' using errcode = 'invalid_parameter_value';
  elsif asked.storage_path is null then
    raise exception 'There is no recording of this call.' using errcode = 'invalid_parameter_value';
  end if;
  return jsonb_build_object('storage_path', asked.storage_path, 'review_path', asked.review_path);
end
$$;
comment on function api.recording_to_play(bigint) is
  'Where the recording of a call lies, and its review copy where there is one (client type RecordingPaths); refused with a sentence when retention has deleted it.';
grant execute on function api.recording_to_play(bigint) to authenticated, service_role;

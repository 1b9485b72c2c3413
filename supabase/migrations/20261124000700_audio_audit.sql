-- The audit of storage: is every recording still there, as large as it was, and (deep) the same bytes?
-- Listing and looking are the server's; what it found is kept here.

create index idx_calls_audit on core.calls (audio_checked_at nulls first, call_id)
  where storage_path is not null and audio_deleted_at is null;
create index idx_calls_audio_missing on core.calls (call_id)
  where audio_missing_at is not null and audio_deleted_at is null;

-- storage_path is set with the download and never before; what failed later still has its recording.
create function api.recordings_to_audit(
  max integer default 500, after_call_id bigint default null, checked_before timestamptz default null
)
returns table (call_id bigint, ringba_call_id text, storage_path text, audio_bytes bigint, audio_sha256 text)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform core.require('service');
  if after_call_id is not null then
    return query
    select c.call_id, c.ringba_call_id, c.storage_path, c.audio_bytes, c.audio_sha256
    from core.calls as c
    where c.storage_path is not null and c.audio_deleted_at is null and c.call_id > after_call_id
    order by c.call_id
    limit least(max, 1000);
  else
    return query
    select c.call_id, c.ringba_call_id, c.storage_path, c.audio_bytes, c.audio_sha256
    from core.calls as c
    where c.storage_path is not null and c.audio_deleted_at is null
      and (c.audio_checked_at is null or c.audio_checked_at < coalesce(checked_before, 'infinity'))
    order by c.audio_checked_at nulls first, c.call_id
    limit least(max, 1000);
  end if;
end
$$;
comment on function api.recordings_to_audit(integer, bigint, timestamptz) is
  'Kept recordings with what was noted about them (client type KeptRecording): all in order of call, after one; or those not looked at for longest.';
grant execute on function api.recordings_to_audit(integer, bigint, timestamptz) to service_role;

create function api.record_audit(findings jsonb) returns bigint
language plpgsql volatile security definer set search_path = '' as $$
declare
  right_now constant timestamptz := core.now();
  missing bigint;
begin
  perform core.require('service');
  update core.calls as c set
    audio_checked_at = right_now,
    audio_missing_at = case when f.found then null else coalesce(c.audio_missing_at, right_now) end
  from jsonb_to_recordset(findings) as f(call_id bigint, storage_path text, found boolean)
  -- A recording that was stored anew meanwhile was not the one looked at.
  where c.call_id = f.call_id and c.storage_path = f.storage_path and f.found is not null;
  select count(*) into missing from core.calls as c where c.audio_missing_at is not null and c.audio_deleted_at is null;
  if missing > 0 then
    perform core.raise_alert('audio_missing', '', 'critical', format(
      '%s kept %s missing in storage or not as recorded. See them with: callscript-server audit storage.',
      missing, case missing when 1 then 'recording is' else 'recordings are' end));
  else
    perform core.clear_alert('audio_missing', '');
  end if;
  return missing;
end
$$;
comment on function api.record_audit(jsonb) is
  'Keeps what an audit found, [{call_id, storage_path, found}]; returns how many recordings are missing in all.';
grant execute on function api.record_audit(jsonb) to service_role;

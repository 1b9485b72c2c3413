-- The audit of storage: is every recording still there, as large as it was, and (deep) the same bytes?
-- Listing and looking are the server's; what it found is kept here.

alter table core.calls add column audio_missing_why text
  constraint audio_missing_why_valid check (audio_missing_why in ('gone', 'size', 'hash')),
  add constraint missing_audio_says_why check ((audio_missing_at is null) = (audio_missing_why is null));
comment on column core.calls.audio_missing_why is 'gone: no object. size: another size than noted. hash: other bytes.';
grant select (audio_missing_why) on core.calls to authenticated;

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
    audio_missing_at = case when judged.why is not null then coalesce(c.audio_missing_at, right_now) end,
    audio_missing_why = judged.why
  from jsonb_to_recordset(findings) as f(call_id bigint, storage_path text, missing_why text, hashed boolean)
  join core.calls as known on known.call_id = f.call_id
  cross join lateral (
    -- That the size is right does not take back that the bytes are wrong.
    select case when f.missing_why is null and not coalesce(f.hashed, false) and known.audio_missing_why = 'hash'
      then 'hash' else f.missing_why end as why
  ) as judged
  -- A recording that was stored anew meanwhile was not the one looked at.
  where c.call_id = f.call_id and c.storage_path = f.storage_path;
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
  'Keeps what an audit found, [{call_id, storage_path, missing_why: null | gone | size | hash, hashed}]; returns how many recordings are missing in all.';
grant execute on function api.record_audit(jsonb) to service_role;

-- As before, and what was missing is there now.
create or replace function api.complete_download(
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
    audio_missing_at = null,
    audio_missing_why = null
  where c.call_id = (held.call).call_id;
  return core.accept_attempt(held.call, (held.lane).next_status, digest);
end
$$;

-- Recordings whose age is over are deleted through the Storage API by the server. The call is marked first, so that
-- nobody plays, looks for or works on what is about to go; then the objects are deleted; then that is noted. A server
-- that dies in between leaves the mark, and the next one goes on from it.

alter table core.calls
  add column audio_deleting_since timestamptz,
  add constraint audio_deletion_has_recording check (num_nonnulls(audio_deleting_since, audio_deleted_at) = 0 or storage_path is not null),
  add constraint audio_deletion_ends check (num_nonnulls(audio_deleting_since, audio_deleted_at) <= 1),
  add constraint recording_needed_for_work check (
    num_nonnulls(audio_deleting_since, audio_deleted_at) = 0
    or status not in ('pending', 'downloading', 'downloaded', 'processing')
  ),
  -- What is being deleted is not missed when it is gone.
  add constraint deleted_recording_not_missing check (audio_deleting_since is null or audio_missing_at is null);
comment on column core.calls.audio_deleting_since is
  'Since when retention has been deleting the recording; empty before, and once it is deleted.';
grant select (audio_deleting_since) on core.calls to authenticated;

-- Due is what nobody works on or has to look at any more: a verdict that leaves people nothing to decide, or a failure of
-- worker or judge that nobody tried again in all that time.
create index idx_calls_audio_due on core.calls (start_time_utc, call_id)
  where storage_path is not null and audio_deleted_at is null and audio_deleting_since is null
    and legal_hold_at is null and to_review = 0
    and (status in ('flagged', 'safe', 'undecided') or status = 'failed' and failed_lane in ('worker', 'judge'));
create index idx_calls_audio_deleting on core.calls (audio_deleting_since) where audio_deleting_since is not null;

create function core.refuse_deletion_under_hold() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  raise exception 'Call % is under a legal hold: nothing of it is deleted.', old.call_id
    using errcode = 'check_violation', constraint = 'held_call_keeps_all';
end
$$;
comment on function core.refuse_deletion_under_hold() is 'Keeps everything of a call that is under a legal hold.';
-- A deletion that was over before the hold was set may still be noted.
create trigger held_call_keeps_all before update on core.calls
  for each row when (
    new.legal_hold_at is not null and (
      old.audio_deleting_since is null and (
        new.audio_deleting_since is not null or old.audio_deleted_at is null and new.audio_deleted_at is not null)
      or old.storage_path is distinct from new.storage_path and old.storage_path is not null
    )
  )
  execute function core.refuse_deletion_under_hold();

-- Storage deletes the row of an object before the object: this is where a hold that was set at the last moment wins.
create function core.recording_name(path text) returns text
language sql immutable
return regexp_replace(regexp_replace(path, '\.review\.[a-z0-9]{1,5}$', ''), '\.[^./]*$', '');
comment on function core.recording_name(text) is 'What the paths of a recording and of its review copy have in common.';

create index idx_calls_held_recordings on core.calls (core.recording_name(storage_path)) where legal_hold_at is not null;

create function core.keep_held_recording() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if exists (
    select from core.calls as c
    where c.legal_hold_at is not null
      and core.recording_name(c.storage_path) in (core.recording_name(old.name), regexp_replace(old.name, '\.review\.[a-z0-9]{1,5}$', ''))
      and (c.storage_path = old.name or core.is_review_copy_of(old.name, c.storage_path))
  ) then
    -- Storage tells this code as "not allowed".
    raise exception 'This recording belongs to a call under a legal hold.'
      using errcode = 'insufficient_privilege', constraint = 'held_recording_stays';
  end if;
  return old;
end
$$;
comment on function core.keep_held_recording() is 'Refuses to delete recordings and review copies of calls under a legal hold.';

do $$
begin
  create trigger held_recording_stays before delete on storage.objects
    for each row when (old.bucket_id = 'recordings') execute function core.keep_held_recording();
exception when insufficient_privilege then
  raise warning 'Storage lets no trigger be made: a legal hold keeps the server from deleting, but nobody who deletes in Storage by hand.';
end
$$;

create function api.claim_audio_deletions(max integer default 50) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  right_now constant timestamptz := core.now();
  most constant integer := least(greatest(coalesce(max, 50), 0), 500);
  due_before constant timestamptz := core.kept_since('recordings');
  unfinished bigint[];
  marked bigint[] := '{}';
begin
  perform core.require('service');
  -- Whoever marked a call in the last minute is at it still.
  unfinished := array(
    select c.call_id from core.calls as c
    where c.audio_deleting_since < right_now - interval '1 minute'
    order by c.audio_deleting_since
    limit most
  );
  if due_before is not null then
    with due as (
      select c.call_id from core.calls as c
      where c.storage_path is not null and c.audio_deleted_at is null and c.audio_deleting_since is null
        and c.legal_hold_at is null and c.to_review = 0
        and (c.status in ('flagged', 'safe', 'undecided') or c.status = 'failed' and c.failed_lane in ('worker', 'judge'))
        and c.start_time_utc < due_before
      order by c.start_time_utc, c.call_id
      limit most - cardinality(unfinished)
      for update skip locked
    ),
    taken as (
      update core.calls as c set audio_deleting_since = right_now, audio_missing_at = null, audio_missing_why = null,
        -- Nobody can try it again, and nobody need be told of it any more.
        last_error_code = case when c.status = 'failed' then 'given_up' else c.last_error_code end
      from due where c.call_id = due.call_id
      returning c.call_id
    )
    select coalesce(array_agg(t.call_id), '{}') into marked from taken as t;
  end if;
  return (
    select coalesce(jsonb_agg(jsonb_build_object('call_id', c.call_id, 'ringba_call_id', c.ringba_call_id,
      'storage_path', c.storage_path, 'review_path', c.review_path, 'held', c.legal_hold_at is not null)
      order by c.start_time_utc, c.call_id), '[]')
    from core.calls as c where c.call_id = any (unfinished || marked)
  );
end
$$;
comment on function api.claim_audio_deletions(integer) is
  'Marks recordings whose age is over as being deleted, oldest first, and hands them out with those that somebody else left unfinished (client type AudioDeletion).';
grant execute on function api.claim_audio_deletions(integer) to service_role;

create function api.record_audio_deletions(results jsonb) returns integer
language plpgsql volatile security definer set search_path = '' as $$
declare
  right_now constant timestamptz := core.now();
  stuck bigint;
  since timestamptz;
begin
  perform core.require('service');
  with noted as (
    update core.calls as c set audio_deleted_at = right_now, audio_deleting_since = null
    from jsonb_to_recordset(results) as r(call_id bigint, outcome text)
    where c.call_id = r.call_id and c.audio_deleting_since is not null and r.outcome = 'deleted'
    returning c.call_id
  )
  insert into core.sys_logs (level, lane, event, call_id) select 'info', 'vault', 'recording_deleted', n.call_id from noted as n;
  -- A hold came before the first object was deleted; whatever is there stays.
  update core.calls as c set audio_deleting_since = null
  from jsonb_to_recordset(results) as r(call_id bigint, outcome text)
  where c.call_id = r.call_id and c.legal_hold_at is not null and r.outcome = 'kept';
  select count(*), min(c.audio_deleting_since) into stuck, since
  from core.calls as c where c.audio_deleting_since < right_now - interval '10 minutes';
  if stuck > 0 then
    perform core.raise_alert('audio_not_deleted', '', 'warning', format(
      '%s whose age is over could not be deleted from Storage, the first since %s.',
      case stuck when 1 then '1 recording' else stuck || ' recordings' end, core.utc_minute(since)));
  else
    perform core.clear_alert('audio_not_deleted', '');
  end if;
  return (select count(*) from core.calls as c where c.audio_deleting_since is not null);
end
$$;
comment on function api.record_audio_deletions(jsonb) is
  'Keeps what became of recordings that were to be deleted, [{call_id, outcome: deleted | kept | failed}]: gone from Storage, kept because a hold came first, or still to be deleted. Returns how many are being deleted.';
grant execute on function api.record_audio_deletions(jsonb) to service_role;

insert into core.alert_kinds (kind, title, page, advice) values
  ('audio_not_deleted', 'Recordings are not deleted', '/dashboard',
    'See in the server''s log what Storage answers. It is tried again by itself; nothing is deleted meanwhile.');

update core.alert_kinds set advice = 'Enlarge the plan and then the limit in core.alert_kinds, or shorten the age of recordings in core.retention.'
where kind = 'storage_near_limit'
  and advice = 'Enlarge the plan and then the limit in core.alert_kinds, or keep recordings for a shorter time.';

-- The audit leaves alone what is being deleted.
create or replace function api.recordings_to_audit(
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
    where c.storage_path is not null and c.audio_deleted_at is null and c.audio_deleting_since is null
      and c.call_id > after_call_id
    order by c.call_id
    limit least(max, 1000);
  else
    return query
    select c.call_id, c.ringba_call_id, c.storage_path, c.audio_bytes, c.audio_sha256
    from core.calls as c
    where c.storage_path is not null and c.audio_deleted_at is null and c.audio_deleting_since is null
      and (c.audio_checked_at is null or c.audio_checked_at < coalesce(checked_before, 'infinity'))
    order by c.audio_checked_at nulls first, c.call_id
    limit least(max, 1000);
  end if;
end
$$;

create or replace function api.record_audit(findings jsonb) returns bigint
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
  -- A recording that was stored anew meanwhile was not the one looked at; one that is being deleted is not missed.
  where c.call_id = f.call_id and c.storage_path = f.storage_path
    and c.audio_deleting_since is null and c.audio_deleted_at is null;
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

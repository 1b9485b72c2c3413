-- A call has no recording once it is over and Ringba has denied one for an hour, or when no link has
-- come within 24 hours after its end.

create function core.settle_recordings() returns integer
language plpgsql volatile security definer set search_path = '' as $$
declare
  settled integer;
begin
  update core.calls as c set status = 'no_recording'
  where c.call_id in (
    select d.call_id from core.calls as d
    where d.status = 'pending' and d.audio_url is null and (
      d.recording_denied_since <= core.now() - interval '1 hour'
      or (d.completed_at is not null or d.is_live is false) and d.link_expires_at <= core.now()
    )
    for update skip locked
  );
  get diagnostics settled = row_count;
  return settled;
end
$$;
comment on function core.settle_recordings() is 'Moves calls whose recording will not come to no_recording; returns how many.';

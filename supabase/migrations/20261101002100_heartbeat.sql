create function api.heartbeat(beats jsonb) returns table (lease_token uuid, held boolean)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  who constant text := core.require('service', 'worker');
  right_now constant timestamptz := core.now();
begin
  -- A worker's token of another lane or user counts as not held: it learns nothing about it.
  return query
  with beat as (
    select distinct on (b.lease_token) b.lease_token, greatest(b.progress, 0) as progress
    from jsonb_to_recordset(heartbeat.beats) as b(lease_token uuid, progress bigint)
    where b.lease_token is not null
    order by b.lease_token, b.progress desc nulls last
  ),
  held as (
    select c.call_id, c.lease_token, beat.progress, l.lease_length
    from beat
    join core.calls as c on c.lease_token = beat.lease_token
    join core.lanes as l on l.leased_status = c.status
    where who = 'service' or l.lane = 'worker' and c.lease_user = auth.uid()
    order by c.ringba_call_id
    for update of c
  ),
  extended as (
    update core.calls as c set
      lease_expires_at = right_now + held.lease_length,
      lease_progressed_at = case
        when held.progress > coalesce(c.lease_progress, 0) then right_now else c.lease_progressed_at end,
      lease_progress = greatest(held.progress, c.lease_progress)
    from held
    where c.call_id = held.call_id and c.lease_token = held.lease_token
    returning c.lease_token
  )
  select beat.lease_token, extended.lease_token is not null
  from beat
  left join extended on extended.lease_token = beat.lease_token;
end
$$;
comment on function api.heartbeat(jsonb) is
  'Signs of life, [{lease_token, progress}]: extends each lease, and tells which are held no longer.';
grant execute on function api.heartbeat(jsonb) to authenticated, service_role;

-- Takes calls back from holders that died, hang, or never end. Runs every minute, so a lease of 90
-- seconds ends 90 to 150 seconds after the last heartbeat.

create function core.reap() returns integer
language plpgsql volatile security definer set search_path = '' as $$
declare
  right_now constant timestamptz := core.now();
  overdue record;
  taken_back integer := 0;
begin
  -- After a restart the holders need a moment to be heard again.
  if right_now < pg_postmaster_start_time() + interval '2 minutes' then
    return 0;
  end if;
  for overdue in
    select c as call, l as lane,
      case
        when c.lease_expires_at < right_now
          then format('%s was not heard of for more than %s s', c.lease_owner, extract(epoch from l.lease_length)::integer)
        when c.lease_progressed_at + l.patience < right_now
          then format('%s made no progress for %s minutes', c.lease_owner, extract(epoch from l.patience)::integer / 60)
        else format('%s held the call too long', c.lease_owner)
      end as reason
    from core.calls as c
    join core.lanes as l on l.leased_status = c.status
    where c.lease_token is not null and (
      c.lease_expires_at < right_now
      or c.lease_progressed_at + l.patience < right_now
      or c.leased_at + greatest(l.hold_at_least, l.hold_factor * make_interval(secs => coalesce(c.call_length_seconds, 0)))
        < right_now
    )
    for update of c skip locked
  loop
    perform core.give_up_attempt(overdue.call, overdue.lane, 'lost', overdue.reason, false, null);
    taken_back := taken_back + 1;
  end loop;
  return taken_back;
end
$$;
comment on function core.reap() is 'Takes back calls whose holder is silent, makes no progress, or holds them too long; returns how many.';

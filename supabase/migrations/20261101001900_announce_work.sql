-- Waiting work is announced once per statement and lane on the channel callscript_work, with the
-- lane as payload. It only saves waiting: every lane polls as well.

create function core.announce_work() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if tg_op = 'INSERT' then
    perform pg_notify('callscript_work', l.lane)
    from core.lanes as l
    where exists (select from new_rows as n where n.claimable and n.status = l.waiting_status);
  else
    perform pg_notify('callscript_work', l.lane)
    from core.lanes as l
    where exists (
      select
      from new_rows as n
      join old_rows as o on o.call_id = n.call_id
      where n.claimable and n.status = l.waiting_status and not (o.claimable and o.status = n.status)
    );
  end if;
  return null;
end
$$;
comment on function core.announce_work() is 'Tells the lanes that calls wait for them.';
create trigger announce_new_work after insert on core.calls
  referencing new table as new_rows for each statement execute function core.announce_work();
create trigger announce_work after update on core.calls
  referencing old table as old_rows new table as new_rows for each statement execute function core.announce_work();

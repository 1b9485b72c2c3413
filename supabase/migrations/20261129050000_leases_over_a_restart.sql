-- A lease counts the silence of its holder only while the database was there to hear it. Leases used to be left alone for two
-- minutes after every start of the database: of a database that restarts more often than that, a dead holder's calls
-- never came back. Now every start moves the leases on by the time that the database was away, once.

create table core.database_starts (
  only_row boolean primary key default true constraint one_row_of_starts check (only_row),
  started_at timestamptz not null,
  seen_at timestamptz not null
);
alter table core.database_starts enable row level security;
comment on table core.database_starts is 'The start of the database that the leases have been moved on for; one row.';
comment on column core.database_starts.only_row is 'Always true: there is one row.';
comment on column core.database_starts.started_at is 'When the database started.';
comment on column core.database_starts.seen_at is 'When the reaper last ran: the database was there.';
comment on column core.calls.leased_at is
  'When the call was claimed, and so much later as the database was away since; core.attempts has the moment itself.';

insert into core.database_starts (started_at, seen_at) values (pg_postmaster_start_time(), core.now());

create function core.move_leases_over_the_outage() returns void
language plpgsql volatile set search_path = '' as $$
declare
  started constant timestamptz := pg_postmaster_start_time();
  known core.database_starts;
  away interval;
begin
  select s.* into known from core.database_starts as s for update;
  if known.started_at <> started then
    -- The latest trace of anybody from before: the less is missed, the sooner the calls of the dead come back.
    select started - greatest(known.seen_at, max(heard.at)) into away
    from (
      select c.lease_expires_at - l.lease_length as at
      from core.calls as c join core.lanes as l on l.leased_status = c.status
      where c.lease_token is not null
      union all
      select s.seen_at from core.signs_of_life as s
    ) as heard
    where heard.at < started;
    -- Who was heard of since the start has a lease that counts from there.
    update core.calls as c set
      lease_expires_at = c.lease_expires_at + away,
      leased_at = c.leased_at + away,
      lease_progressed_at = c.lease_progressed_at + away
    from core.lanes as l
    where l.leased_status = c.status and c.lease_token is not null
      and c.lease_expires_at - l.lease_length < started;
  end if;
  insert into core.database_starts as s (started_at, seen_at) values (started, core.now())
  on conflict (only_row) do update set started_at = excluded.started_at, seen_at = excluded.seen_at;
end
$$;
comment on function core.move_leases_over_the_outage() is
  'Once after each start of the database: leases of holders that were not heard of since go on where they were when it went away.';

create or replace function core.reap() returns integer
language plpgsql volatile security definer set search_path = '' as $$
declare
  right_now constant timestamptz := core.now();
  overdue record;
  taken_back integer := 0;
begin
  perform core.move_leases_over_the_outage();
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

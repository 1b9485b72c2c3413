-- Counts per state without one row that every claim would wait for: each statement appends its
-- differences, pg_cron folds them, and a reader adds both.

create table core.call_counts (
  status text primary key,
  calls bigint not null default 0
);
alter table core.call_counts enable row level security;
comment on table core.call_counts is 'Calls per state, without the differences that core.call_count_deltas still holds.';
comment on column core.call_counts.status is 'The state.';
comment on column core.call_counts.calls is 'Calls in it when last folded.';
insert into core.call_counts (status)
values ('pending'), ('downloading'), ('downloaded'), ('processing'), ('transcribed'), ('judging'),
  ('flagged'), ('safe'), ('undecided'), ('no_recording'), ('failed');

create table core.call_count_deltas (
  delta_id bigint generated always as identity primary key,
  status text not null,
  calls bigint not null
);
alter table core.call_count_deltas enable row level security;
comment on table core.call_count_deltas is 'Differences that were not folded into core.call_counts yet.';
comment on column core.call_count_deltas.delta_id is 'Number of the difference.';
comment on column core.call_count_deltas.status is 'The state.';
comment on column core.call_count_deltas.calls is 'How many calls came to it (negative: left it).';

create function core.count_new_calls() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into core.call_count_deltas (status, calls)
  select n.status, count(*) from new_rows as n group by n.status;
  return null;
end
$$;
create function core.count_changed_calls() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into core.call_count_deltas (status, calls)
  select moved.status, sum(moved.calls)
  from (
    select n.status, 1 as calls from new_rows as n
    union all
    select o.status, -1 from old_rows as o
  ) as moved
  group by moved.status
  having sum(moved.calls) <> 0;
  return null;
end
$$;
create function core.count_deleted_calls() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into core.call_count_deltas (status, calls)
  select o.status, -count(*) from old_rows as o group by o.status;
  return null;
end
$$;
create trigger count_new_calls after insert on core.calls
  referencing new table as new_rows for each statement execute function core.count_new_calls();
create trigger count_changed_calls after update on core.calls
  referencing old table as old_rows new table as new_rows for each statement execute function core.count_changed_calls();
create trigger count_deleted_calls after delete on core.calls
  referencing old table as old_rows for each statement execute function core.count_deleted_calls();

create function core.fold_call_counts() returns bigint
language sql volatile security definer set search_path = '' as $$
  with gone as (
    delete from core.call_count_deltas returning status, calls
  ),
  sums as (
    select status, sum(calls) as calls from gone group by status
  ),
  folded as (
    update core.call_counts as c set calls = c.calls + s.calls from sums as s where c.status = s.status
  )
  select count(*) from gone
$$;
comment on function core.fold_call_counts() is 'Moves the differences into core.call_counts; returns how many there were.';

grant select on core.call_counts, core.call_count_deltas to authenticated, service_role;
create policy "Reviewers and admins read the counts" on core.call_counts
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));
create policy "Reviewers and admins read the counts' differences" on core.call_count_deltas
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

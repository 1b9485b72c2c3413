-- Which hours were ever compared with Ringba, kept as one multirange per account: hours that were not are what a
-- subtraction leaves, however many years an account is read.

create table core.compared_hours (
  account text primary key,
  hours tstzmultirange not null
);
alter table core.compared_hours enable row level security;
comment on table core.compared_hours is 'The hours of core.books as stretches; kept by triggers.';
comment on column core.compared_hours.account is 'Ringba account.';
comment on column core.compared_hours.hours is 'Every hour that was compared at least once; neighbours join.';
grant select on core.compared_hours to authenticated, service_role;
create policy "Reviewers and admins see what was compared" on core.compared_hours
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

insert into core.compared_hours (account, hours)
select b.account, range_agg(tstzrange(b.hour_start, b.hour_start + interval '1 hour')) from core.books as b group by b.account;

create function core.note_compared_hours() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if tg_op = 'INSERT' then
    insert into core.compared_hours as kept (account, hours)
    select b.account, range_agg(tstzrange(b.hour_start, b.hour_start + interval '1 hour')) from changed as b group by b.account
    on conflict (account) do update set hours = kept.hours + excluded.hours;
  else
    update core.compared_hours as kept set hours = kept.hours - gone.hours
    from (
      select b.account, range_agg(tstzrange(b.hour_start, b.hour_start + interval '1 hour')) as hours from changed as b group by b.account
    ) as gone
    where kept.account = gone.account;
  end if;
  return null;
end
$$;
comment on function core.note_compared_hours() is 'Keeps core.compared_hours in line with core.books.';
create trigger note_compared_hours after insert on core.books
  referencing new table as changed for each statement execute function core.note_compared_hours();
create trigger forget_compared_hours after delete on core.books
  referencing old table as changed for each statement execute function core.note_compared_hours();

create function core.hours_in(stretches tstzmultirange) returns bigint
language sql immutable set search_path = '' as $$
  select coalesce(sum(extract(epoch from upper(s) - lower(s)))::bigint / 3600, 0) from unnest(stretches) as s
$$;
comment on function core.hours_in(tstzmultirange) is 'How many hours stretches of whole hours have together.';
grant execute on function core.hours_in(tstzmultirange) to authenticated, service_role;

create function core.never_compared(known core.ingest_accounts) returns tstzmultirange
language sql stable set search_path = '' as $$
  select tstzmultirange(tstzrange(read.begins, greatest(read.begins, date_trunc('hour', core.now() - interval '15 minutes'))))
    - coalesce((select kept.hours from core.compared_hours as kept where kept.account = known.account), '{}')
  from (select date_trunc('hour', known.reads_from + interval '59 minutes 59.999999 seconds') as begins) as read
$$;
comment on function core.never_compared(core.ingest_accounts) is
  'Closed hours since the account is read that no comparison has seen, as stretches.';
grant execute on function core.never_compared(core.ingest_accounts) to authenticated, service_role;

-- As before, without a look at each hour since the account is read.
create or replace function core.hours_never_compared(known core.ingest_accounts) returns setof timestamptz
language sql stable set search_path = '' as $$
  select generate_series(lower(s), upper(s) - interval '1 hour', interval '1 hour') from unnest(core.never_compared(known)) as s
$$;

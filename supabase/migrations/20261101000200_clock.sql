-- Time in SQL is core.now(). Tests move it; a hosted project cannot.

create function core.is_local() returns boolean
language sql stable set search_path = '' as $$
  -- Supabase's images, hosted or not, have the role dashboard_user; the embedded stack has not. The
  -- CLI's local stack keeps its well-known token secret as a setting of the database. Both are read
  -- from the catalog, because a session could set anything for itself.
  select not exists (select from pg_catalog.pg_roles where rolname = 'dashboard_user')
    or exists (
      select
      from pg_catalog.pg_db_role_setting as s
      join pg_catalog.pg_database as d on d.oid = s.setdatabase
      where d.datname = pg_catalog.current_database()
        and s.setrole = 0
        and 'app.settings.jwt_secret=super-secret-jwt-token-with-at-least-32-characters-long' = any (s.setconfig)
    )
$$;
comment on function core.is_local() is 'Whether this is a local or test database: the only kind that loads demo users and lets tests move time.';

create table core.test_clock (
  only_row boolean primary key default true constraint only_one_clock check (only_row),
  shift interval not null
);
alter table core.test_clock enable row level security;
comment on table core.test_clock is 'Empty except while a test moves time. A hosted project refuses a row.';
comment on column core.test_clock.only_row is 'Always true: there is one clock.';
comment on column core.test_clock.shift is 'How far core.now() is ahead of the real time.';

create function core.refuse_test_clock() returns trigger
language plpgsql set search_path = '' as $$
begin
  if not core.is_local() then
    raise exception 'Only a local or test database lets time be moved.'
      using errcode = 'check_violation', constraint = 'test_clock_is_local';
  end if;
  return new;
end
$$;
create trigger test_clock_is_local before insert or update on core.test_clock
  for each row execute function core.refuse_test_clock();

create function core.now() returns timestamptz
language sql stable security definer set search_path = '' as $$
  select pg_catalog.now() + coalesce((select shift from core.test_clock), interval '0')
$$;
comment on function core.now() is 'The time of every lease, delay and age: the start of the transaction, moved by core.test_clock in tests.';
grant execute on function core.now() to authenticated, service_role;

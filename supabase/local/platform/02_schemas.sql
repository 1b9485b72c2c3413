-- Schemas and extensions that a Supabase project starts with.

create schema extensions;
grant usage on schema extensions to anon, authenticated, service_role, supabase_auth_admin, supabase_storage_admin;
grant all on schema extensions to postgres with grant option;

create extension if not exists pgcrypto with schema extensions;
create extension if not exists "uuid-ossp" with schema extensions;
grant execute on all functions in schema extensions to postgres with grant option;

grant usage on schema public to anon, authenticated, service_role;
grant all on schema public to postgres with grant option;

-- Named in the default `[api] schemas`; GraphQL itself is not part of the embedded stack.
create schema graphql_public;
grant usage on schema graphql_public to postgres, anon, authenticated, service_role;

-- The CLI's bookkeeping of applied migrations.
create schema supabase_migrations authorization postgres;
create table supabase_migrations.schema_migrations (
  version text not null primary key,
  statements text[],
  name text
);
alter table supabase_migrations.schema_migrations owner to postgres;

create table supabase_migrations.seed_files (
  path text not null primary key,
  hash text not null
);
alter table supabase_migrations.seed_files owner to postgres;

-- The REST server listens on this channel and reads the schema again.
create function extensions.pgrst_ddl_watch() returns event_trigger
  language plpgsql set search_path = '' as $$
begin
  notify pgrst, 'reload schema';
end
$$;
create event trigger pgrst_ddl_watch on ddl_command_end
  execute function extensions.pgrst_ddl_watch();
create event trigger pgrst_drop_watch on sql_drop
  execute function extensions.pgrst_ddl_watch();

-- The roles that a Supabase project has before its first migration. Run by the bootstrap
-- superuser `supabase_admin` in the database `postgres`. The passwords are the CLI's local ones;
-- the cluster listens on 127.0.0.1 only.

alter role supabase_admin password 'postgres';

-- As on Supabase, `postgres` is no superuser: migrations that need one fail here as they would there.
create role postgres login createdb createrole replication bypassrls password 'postgres';

-- What Supabase's own extension allows it: a restore leaves triggers out.
grant set on parameter session_replication_role to postgres;

create role anon nologin noinherit;
create role authenticated nologin noinherit;
create role service_role nologin noinherit bypassrls;
create role authenticator login noinherit password 'postgres';
grant anon, authenticated, service_role to authenticator;

create role supabase_auth_admin login noinherit createrole password 'postgres';
create role supabase_storage_admin login noinherit createrole password 'postgres';
grant anon, authenticated, service_role to supabase_storage_admin;

-- Tests become each persona with `set role`.
grant anon, authenticated, service_role, authenticator to postgres with admin option;

alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';
alter role supabase_auth_admin set search_path = auth;
alter role supabase_storage_admin set search_path = storage;

alter database postgres owner to postgres;
alter database postgres set search_path = "$user", public, extensions;

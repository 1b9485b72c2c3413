-- pg_cron where the server has it and has loaded it. Supabase gives `postgres` these rights when the
-- extension is created.

do $$
begin
  if not exists (select 1 from pg_catalog.pg_available_extensions where name = 'pg_cron')
    or position('pg_cron' in current_setting('shared_preload_libraries')) = 0 then
    return;
  end if;
  create extension if not exists pg_cron with schema pg_catalog;
  grant usage on schema cron to postgres with grant option;
  grant all privileges on all tables in schema cron to postgres with grant option;
  grant all privileges on all sequences in schema cron to postgres with grant option;
  grant execute on all functions in schema cron to postgres with grant option;
  revoke all on table cron.job from postgres;
  grant select on table cron.job to postgres with grant option;
end
$$;

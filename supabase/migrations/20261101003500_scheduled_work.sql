-- What runs by itself. Five-field schedules only: pg_cron 1.4 knows no seconds.

create function core.trim_logs() returns bigint
language sql volatile security definer set search_path = '' as $$
  with gone as (
    delete from core.sys_logs where logged_at < core.now() - interval '30 days' returning 1
  )
  select count(*) from gone
$$;
comment on function core.trim_logs() is 'Deletes log lines older than 30 days; returns how many.';

do $$
begin
  if exists (
    select from pg_catalog.pg_available_extensions where name = 'pg_cron' and installed_version is null
  ) then
    begin
      create extension if not exists pg_cron with schema pg_catalog;
    exception when others then
      raise warning 'pg_cron could not be created: %', sqlerrm;
    end;
  end if;
  if not exists (select from pg_catalog.pg_extension where extname = 'pg_cron') then
    raise warning 'pg_cron is not there: lost leases are not taken back and counts are not folded by themselves.';
    return;
  end if;
  perform cron.schedule('callscript-reap', '* * * * *', 'select core.reap()');
  perform cron.schedule('callscript-settle-recordings', '* * * * *', 'select core.settle_recordings()');
  perform cron.schedule('callscript-fold-call-counts', '* * * * *', 'select core.fold_call_counts()');
  perform cron.schedule('callscript-trim-logs', '17 3 * * *', 'select core.trim_logs()');
  perform cron.schedule('callscript-trim-cron-history', '27 3 * * *',
    'delete from cron.job_run_details where end_time < now() - interval ''7 days''');
end
$$;

-- What piles up by itself is trimmed by its age, in batches, so that nothing is locked for long and no backlog of a
-- changed age stops the work.

create or replace function core.trim_logs() returns bigint
language sql volatile security definer set search_path = '' as $$
  with gone as (
    delete from core.sys_logs as s where s.log_id in (
      select o.log_id from core.sys_logs as o where o.logged_at < core.kept_since('logs') order by o.logged_at limit 10000
    )
    returning 1
  )
  select count(*) from gone
$$;
comment on function core.trim_logs() is 'Deletes up to 10000 log lines whose age is over, oldest first; returns how many.';
comment on table core.sys_logs is 'What all lanes report; how long is a row of core.retention. No phone numbers, no secrets.';

-- pg_cron has no index of times; its runs are numbered in their order.
create function core.trim_cron_history() returns bigint
language plpgsql volatile security definer set search_path = '' as $$
declare
  trimmed bigint := 0;
begin
  if to_regclass('cron.job_run_details') is not null then
    execute 'delete from cron.job_run_details where runid in (
        select runid from cron.job_run_details order by runid limit 10000
      ) and coalesce(end_time, start_time) < core.kept_since(''cron_history'')';
    get diagnostics trimmed = row_count;
  end if;
  return trimmed;
end
$$;
comment on function core.trim_cron_history() is 'Deletes up to 10000 runs of pg_cron whose age is over, oldest first; returns how many.';

create index alerts_over on core.alerts (cleared_at) where cleared_at is not null;
create function core.trim_alerts() returns bigint
language sql volatile security definer set search_path = '' as $$
  with gone as (
    delete from core.alerts as a where a.alert_id in (
      select o.alert_id from core.alerts as o
      where o.cleared_at < core.kept_since('alerts')
        and not exists (
          select from core.alert_outbox as told
          where told.alert_id = o.alert_id and told.sent_at is null and told.given_up_at is null
        )
      order by o.cleared_at limit 1000
    )
    returning 1
  )
  select count(*) from gone
$$;
comment on function core.trim_alerts() is
  'Deletes up to 1000 alerts that have been over for their age, with what was told of them; never one that is still to be told. Returns how many.';

create index books_of_reconciliation on core.books (reconciliation_id);
create index reconciliations_by_age on core.reconciliations (checked_at);
create function core.trim_reconciliations() returns bigint
language sql volatile security definer set search_path = '' as $$
  with gone as (
    delete from core.reconciliations as r where r.reconciliation_id in (
      select o.reconciliation_id from core.reconciliations as o
      where o.checked_at < core.kept_since('reconciliations')
        and not exists (select from core.books as b where b.reconciliation_id = o.reconciliation_id)
      order by o.checked_at limit 5000
    )
    returning 1
  )
  select count(*) from gone
$$;
comment on function core.trim_reconciliations() is
  'Deletes up to 5000 comparisons with Ringba whose age is over; the newest of each hour stays. Returns how many.';

do $$
begin
  if exists (select from pg_catalog.pg_extension where extname = 'pg_cron') then
    perform cron.schedule('callscript-trim-logs', '* * * * *', 'select core.trim_logs()');
    perform cron.schedule('callscript-trim-cron-history', '*/10 * * * *', 'select core.trim_cron_history()');
    perform cron.schedule('callscript-trim-alerts', '*/10 * * * *', 'select core.trim_alerts()');
    perform cron.schedule('callscript-trim-reconciliations', '*/10 * * * *', 'select core.trim_reconciliations()');
  end if;
end
$$;

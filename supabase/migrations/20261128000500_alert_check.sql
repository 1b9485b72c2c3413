-- Once a minute the faults are written down as alerts, and what has been well for a while is over.

alter table core.alerts
  add column affected bigint constraint alert_affected_not_negative check (affected >= 0),
  add column calm_since timestamptz;
comment on column core.alerts.affected is 'How many calls it is about, 10001 for more; empty where that is not counted.';
comment on column core.alerts.calm_since is 'Since when the limit is kept again; the alert is over a while later.';

create function core.raise_alert(kind text, subject text, level text, message text, affected bigint) returns void
language sql volatile set search_path = '' as $$
  insert into core.alerts as a (kind, subject, level, message, affected)
  values (raise_alert.kind, coalesce(raise_alert.subject, ''), raise_alert.level, raise_alert.message, raise_alert.affected)
  on conflict (kind, subject) where cleared_at is null
  do update set level = excluded.level, message = excluded.message, affected = excluded.affected, calm_since = null
  where (a.level, a.message, a.affected) is distinct from (excluded.level, excluded.message, excluded.affected)
    or a.calm_since is not null
$$;
comment on function core.raise_alert(text, text, text, text, bigint) is
  'Opens an alert with how many it is about, or brings the open one of this kind and subject up to date.';

create function core.check_alerts() returns void
language plpgsql volatile security definer set search_path = '' as $$
declare
  found core.fault;
  subjects text[] := '{}';
begin
  -- Servers and pg_cron check at the same time: one of them is enough.
  if not pg_try_advisory_xact_lock(hashtextextended('core.check_alerts', 0)) then
    return;
  end if;
  for found in select f.* from core.faults() as f loop
    perform core.raise_alert(found.kind, found.subject, k.level, found.message, found.affected)
    from core.alert_kinds as k where k.kind = found.kind;
    subjects := subjects || (found.kind || ' ' || found.subject);
  end loop;
  update core.alerts as a set calm_since = core.now()
  from core.alert_kinds as k
  where k.kind = a.kind and k.limit_value is not null and a.cleared_at is null and a.calm_since is null
    and a.kind || ' ' || a.subject <> all (subjects);
  perform core.clear_alert(a.kind, a.subject)
  from core.alerts as a
  join core.alert_kinds as k on k.kind = a.kind
  where a.cleared_at is null and a.calm_since <= core.now() - k.calm;
  -- The newest of each lane stays: silence for more than a week is silence.
  delete from core.signs_of_life as s
  where s.seen_at < core.now() - interval '7 days'
    and exists (select from core.signs_of_life as newer where newer.lane = s.lane and newer.seen_at > s.seen_at);
end
$$;
comment on function core.check_alerts() is 'Raises an alert for every fault, and clears those that are over.';

create function api.watch(worker text) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform core.require('service');
  perform core.note_sign_of_life('watchdog', worker);
  perform core.check_alerts();
end
$$;
comment on function api.watch(text) is 'What a server''s watchdog does once a minute: says that it lives, and has the limits checked.';
grant execute on function api.watch(text) to service_role;

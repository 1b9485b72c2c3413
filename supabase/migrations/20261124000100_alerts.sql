-- Alerts are raised and cleared in one place each: one open alert per kind and subject, so that a lane
-- may say the same thing as often as it notices it.

create function core.raise_alert(kind text, subject text, level text, message text) returns void
language sql volatile set search_path = '' as $$
  insert into core.alerts as a (kind, subject, level, message)
  values (raise_alert.kind, coalesce(raise_alert.subject, ''), raise_alert.level, raise_alert.message)
  on conflict (kind, subject) where cleared_at is null
  do update set level = excluded.level, message = excluded.message
  where (a.level, a.message) is distinct from (excluded.level, excluded.message)
$$;
comment on function core.raise_alert(text, text, text, text) is
  'Opens an alert, or brings the open one of this kind and subject up to date.';

create function core.clear_alert(kind text, subject text) returns void
language sql volatile set search_path = '' as $$
  update core.alerts as a set cleared_at = greatest(core.now(), a.raised_at)
  where a.kind = clear_alert.kind and a.subject = coalesce(clear_alert.subject, '') and a.cleared_at is null
$$;
comment on function core.clear_alert(text, text) is 'Closes the open alert of this kind and subject, if there is one.';

create function api.raise_alert(kind text, subject text, level text, message text) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform core.require('service');
  perform core.raise_alert(kind, subject, level, message);
end
$$;
comment on function api.raise_alert(text, text, text, text) is
  'A lane reports that something is wrong: info, warning or critical, in a sentence for people.';
grant execute on function api.raise_alert(text, text, text, text) to service_role;

create function api.clear_alert(kind text, subject text) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform core.require('service');
  perform core.clear_alert(kind, subject);
end
$$;
comment on function api.clear_alert(text, text) is 'A lane reports that it is right again.';
grant execute on function api.clear_alert(text, text) to service_role;

create view api.open_alerts with (security_invoker = true) as
select a.alert_id, a.kind, a.subject, a.level, a.message, a.raised_at
from core.alerts as a
where a.cleared_at is null;
comment on view api.open_alerts is 'What is wrong at present (client type Alert).';
comment on column api.open_alerts.alert_id is 'Number of the alert.';
comment on column api.open_alerts.kind is 'What is wrong, for example recording_gone.';
comment on column api.open_alerts.subject is 'With what: an account, a call, an hour; empty where there is only one.';
comment on column api.open_alerts.level is 'info, warning or critical.';
comment on column api.open_alerts.message is 'A sentence for people.';
comment on column api.open_alerts.raised_at is 'Since when.';
grant select on api.open_alerts to authenticated, service_role;

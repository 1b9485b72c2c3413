-- Alerts are told to people: what opens, changes or ends is noted for each channel in the same transaction, and sent
-- from there.

create table core.alert_channels (
  channel text primary key constraint alert_channel_valid check (channel in ('slack', 'webhook')),
  asked_at timestamptz not null default core.now(),
  failures integer not null default 0 constraint channel_failures_not_negative check (failures >= 0),
  rest_until timestamptz,
  last_error text,
  last_sent_at timestamptz
);
alter table core.alert_channels enable row level security;
comment on table core.alert_channels is 'Where alerts are sent to. A row comes when a server that knows the address asks for messages first.';
comment on column core.alert_channels.channel is 'slack, or webhook for JSON to any address.';
comment on column core.alert_channels.asked_at is 'When a server last asked for messages, to a minute; after a day without, no more are kept for it.';
comment on column core.alert_channels.failures is 'Failures in a row.';
comment on column core.alert_channels.rest_until is 'Nothing is sent before.';
comment on column core.alert_channels.last_error is 'Newest failure; empty after a success.';
comment on column core.alert_channels.last_sent_at is 'When a message last went through.';

create table core.quiet_hours (
  level text primary key constraint quiet_level_valid check (level in ('info', 'warning', 'critical')),
  begins time not null,
  ends time not null,
  time_zone text not null default 'UTC',
  constraint quiet_hours_not_empty check (begins <> ends)
);
alter table core.quiet_hours enable row level security;
comment on table core.quiet_hours is 'When alerts of a level are kept back; what came meanwhile is sent at the end. Edited by admins; no row, no quiet.';
comment on column core.quiet_hours.level is 'info, warning or critical.';
comment on column core.quiet_hours.begins is 'From this time of day on, for example 22:00.';
comment on column core.quiet_hours.ends is 'Until this time; earlier than the beginning means the next day.';
comment on column core.quiet_hours.time_zone is 'Of both times, for example America/New_York.';

create function core.is_time_zone(name text) returns boolean
language sql stable set search_path = '' as $$
  select exists (select from pg_catalog.pg_timezone_names as z where z.name = is_time_zone.name)
$$;
comment on function core.is_time_zone(text) is 'Whether PostgreSQL knows a time zone by this name.';

create function core.refuse_unknown_time_zone() returns trigger
language plpgsql set search_path = '' as $$
begin
  if not core.is_time_zone(new.time_zone) then
    raise exception 'There is no time zone "%": write for example UTC or America/New_York.', new.time_zone
      using errcode = 'check_violation', constraint = 'quiet_time_zone_valid';
  end if;
  return new;
end
$$;
create trigger quiet_time_zone_valid before insert or update on core.quiet_hours
  for each row execute function core.refuse_unknown_time_zone();

create function core.is_quiet(level text) returns boolean
language sql stable set search_path = '' as $$
  select exists (
    select
    from core.quiet_hours as q
    cross join lateral (select (core.now() at time zone q.time_zone)::time as time_of_day) as here
    where q.level = is_quiet.level and case when q.begins < q.ends
      then here.time_of_day >= q.begins and here.time_of_day < q.ends
      else here.time_of_day >= q.begins or here.time_of_day < q.ends end
  )
$$;
comment on function core.is_quiet(text) is 'Whether alerts of this level are kept back now.';

create table core.alert_outbox (
  outbox_id bigint generated always as identity primary key,
  channel text not null references core.alert_channels (channel) on delete cascade,
  alert_id bigint not null references core.alerts (alert_id) on delete cascade,
  event text not null constraint outbox_event_valid check (event in ('opened', 'changed', 'over')),
  queued_at timestamptz not null default core.now(),
  due_at timestamptz not null default core.now(),
  message_id uuid,
  tries integer not null default 0 constraint outbox_tries_not_negative check (tries >= 0),
  lease_token uuid,
  lease_expires_at timestamptz,
  sent_at timestamptz,
  given_up_at timestamptz,
  last_error text,
  constraint outbox_lease_complete check (num_nonnulls(lease_token, lease_expires_at) in (0, 2)),
  constraint outbox_lease_has_message check (lease_token is null or message_id is not null),
  constraint outbox_ends_once check (num_nonnulls(sent_at, given_up_at, lease_token) <= 1)
);
alter table core.alert_outbox enable row level security;
comment on table core.alert_outbox is 'What is to be told, and what was: one row per alert, event and channel. Several go into one message.';
comment on column core.alert_outbox.outbox_id is 'Number of the row; they are told in this order.';
comment on column core.alert_outbox.channel is 'Where to.';
comment on column core.alert_outbox.alert_id is 'Which alert.';
comment on column core.alert_outbox.event is 'opened, changed or over.';
comment on column core.alert_outbox.queued_at is 'When it happened.';
comment on column core.alert_outbox.due_at is 'Not to be told before: small changes wait.';
comment on column core.alert_outbox.message_id is 'The message in which it is told; the same one when it has to be sent again.';
comment on column core.alert_outbox.tries is 'How often it was handed out to be sent.';
comment on column core.alert_outbox.lease_token is 'Of the server that sends it at present.';
comment on column core.alert_outbox.lease_expires_at is 'When another may send it.';
comment on column core.alert_outbox.sent_at is 'When the channel took it.';
comment on column core.alert_outbox.given_up_at is 'When it was given up: refused by the channel, or not sent for a day.';
comment on column core.alert_outbox.last_error is 'Newest failure.';
create unique index outbox_tells_once on core.alert_outbox (channel, alert_id, event) where event <> 'changed';
create unique index outbox_one_change_waits on core.alert_outbox (channel, alert_id)
  where event = 'changed' and message_id is null;
create index alert_outbox_waiting on core.alert_outbox (channel, outbox_id) where sent_at is null and given_up_at is null;
create index alert_outbox_of_alert on core.alert_outbox (alert_id);
create index alert_outbox_sent on core.alert_outbox (channel, sent_at) where sent_at is not null;
create index alert_outbox_lease on core.alert_outbox (lease_token) where lease_token is not null;

grant select on core.alert_channels, core.quiet_hours, core.alert_outbox to authenticated, service_role;
create policy "Reviewers and admins read the channels" on core.alert_channels
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));
create policy "Reviewers and admins read the quiet hours" on core.quiet_hours
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));
create policy "Reviewers and admins read what was told" on core.alert_outbox
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

alter table core.alerts
  add column told_at timestamptz,
  add column told_level text,
  add column told_message text,
  add column told_affected bigint;
comment on column core.alerts.told_at is 'When people were last told of it; empty while nobody was.';
comment on column core.alerts.told_level is 'The level that they were told.';
comment on column core.alerts.told_message is 'The sentence that they were told.';
comment on column core.alerts.told_affected is 'How many they were told.';

-- A change is told when it is worse: at once for another level or twice as many; an hour after the last word for
-- more at all; a quarter of an hour after it for another sentence where nothing is counted. Empty: not at all.
create function core.change_due_at(alert core.alerts) returns timestamptz
language sql stable set search_path = '' as $$
  select case
    -- What was not told yet will be told as it is then.
    when alert.told_at is null then null
    when alert.level <> alert.told_level then core.now()
    when alert.affected is null or alert.told_affected is null then
      case when alert.message <> alert.told_message and alert.affected is null then alert.told_at + interval '15 minutes' end
    when alert.affected <= alert.told_affected then null
    when alert.affected >= 2 * alert.told_affected then core.now()
    else alert.told_at + interval '1 hour'
  end
$$;
comment on function core.change_due_at(core.alerts) is 'When people are to be told how an alert stands now; null where that is no news.';

create function core.queue_alert() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  happened constant text := case
    when tg_op = 'INSERT' and new.cleared_at is null then 'opened'
    when tg_op = 'UPDATE' and old.cleared_at is null and new.cleared_at is not null then 'over'
    when tg_op = 'UPDATE' and new.cleared_at is null and core.change_due_at(new) is not null then 'changed'
  end;
begin
  if happened = 'changed' then
    insert into core.alert_outbox as o (channel, alert_id, event, due_at)
    select c.channel, new.alert_id, happened, core.change_due_at(new)
    from core.alert_channels as c where c.asked_at > core.now() - interval '1 day'
    on conflict (channel, alert_id) where event = 'changed' and message_id is null
    do update set due_at = least(o.due_at, excluded.due_at);
  elsif happened = 'opened' then
    insert into core.alert_outbox (channel, alert_id, event)
    select c.channel, new.alert_id, happened from core.alert_channels as c where c.asked_at > core.now() - interval '1 day'
    on conflict (channel, alert_id, event) where event <> 'changed' do nothing;
  elsif happened = 'over' then
    -- Only whoever is told that it began is told that it is over.
    insert into core.alert_outbox (channel, alert_id, event)
    select o.channel, new.alert_id, happened from core.alert_outbox as o where o.alert_id = new.alert_id and o.event = 'opened'
    on conflict (channel, alert_id, event) where event <> 'changed' do nothing;
  end if;
  return null;
end
$$;
comment on function core.queue_alert() is 'Notes for every channel what has happened to an alert.';
create trigger queue_alert after insert or update on core.alerts for each row execute function core.queue_alert();

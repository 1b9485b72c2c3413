-- Messages out of the outbox: handed out one at a time and channel under a lease, in order. What is to be told of the
-- same kind goes into one message; after three of a kind within five minutes the rest waits and comes together.

-- Locks and returns the channel. What is open and was not queued for it is queued now: all of it for a channel that is
-- new or was not asked for a day, and an alert that was raised in the moment in which the channel came to be.
create function core.open_channel(name text) returns core.alert_channels
language plpgsql volatile set search_path = '' as $$
declare
  known core.alert_channels;
begin
  insert into core.alert_channels (channel) values (open_channel.name) on conflict (channel) do nothing;
  -- Rows of the outbox hang on this one: their foreign key must not wait.
  select c.* into known from core.alert_channels as c where c.channel = open_channel.name for no key update;
  insert into core.alert_outbox (channel, alert_id, event)
  select known.channel, a.alert_id, 'opened'
  from core.alerts as a
  where a.cleared_at is null and not exists (
    select from core.alert_outbox as o where o.alert_id = a.alert_id and o.channel = known.channel and o.event = 'opened'
  )
  order by a.alert_id
  on conflict (channel, alert_id, event) where event <> 'changed' do nothing;
  if known.asked_at < core.now() - interval '1 minute' then
    update core.alert_channels as c set asked_at = core.now() where c.channel = known.channel;
  end if;
  return known;
end
$$;
comment on function core.open_channel(text) is 'A server that knows the channel''s address asks.';

-- The rows of the next message; a message that was tried before comes first, and as it was.
create function core.next_message(name text) returns bigint[]
language sql volatile set search_path = '' as $$
  with waiting as materialized (
    select o.outbox_id, o.message_id, o.event, a.kind
    from core.alert_outbox as o
    join core.alerts as a on a.alert_id = o.alert_id
    where o.channel = next_message.name and o.sent_at is null and o.given_up_at is null
      and (o.message_id is not null or o.due_at <= core.now() and not core.is_quiet(a.level))
      and not exists (
        -- First that it began, then that it is over.
        select from core.alert_outbox as earlier
        where earlier.alert_id = o.alert_id and earlier.channel = o.channel and earlier.outbox_id < o.outbox_id
          and earlier.sent_at is null and earlier.given_up_at is null
          and (earlier.message_id is null or earlier.message_id is distinct from o.message_id)
      )
    order by o.outbox_id
    limit 10000
  ),
  often as materialized (
    select a.kind, o.event
    from core.alert_outbox as o
    join core.alerts as a on a.alert_id = o.alert_id
    where o.channel = next_message.name and o.sent_at > core.now() - interval '5 minutes'
    group by a.kind, o.event
    having count(distinct o.message_id) >= 3
  ),
  head as (
    select w.* from waiting as w
    where w.message_id is not null or not exists (select from often where often.kind = w.kind and often.event = w.event)
    order by w.message_id is null, w.outbox_id
    limit 1
  )
  select array_agg(w.outbox_id)
  from waiting as w
  join head on w.message_id is not distinct from head.message_id
    and (head.message_id is not null or w.kind = head.kind and w.event = head.event)
$$;
comment on function core.next_message(text) is 'Which rows of a channel''s outbox go into its next message.';

create function core.message_json(rows bigint[], lease_token uuid) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'lease_token', message_json.lease_token,
    'message_id', min(o.message_id::text),
    'event', min(o.event),
    'kind', min(a.kind),
    'title', coalesce(min(k.title), min(a.kind)),
    'level', (array['info', 'warning', 'critical'])[max(array_position(array['info', 'warning', 'critical'], a.level))],
    'alerts', count(*),
    'affected', sum(a.affected),
    'since', min(a.raised_at),
    'until', max(a.cleared_at),
    'page', coalesce(min(k.page), '/dashboard'),
    'advice', coalesce(min(k.advice), 'See what the dashboard says.'),
    'newest', (
      select jsonb_agg(jsonb_build_object('alert_id', n.alert_id, 'subject', n.subject, 'level', n.level, 'message', n.message,
        'affected', n.affected, 'since', n.raised_at, 'until', n.cleared_at) order by n.alert_id desc)
      from (
        select b.* from core.alert_outbox as p join core.alerts as b on b.alert_id = p.alert_id
        where p.outbox_id = any (message_json.rows) order by b.alert_id desc limit 5
      ) as n
    )
  )
  from core.alert_outbox as o
  join core.alerts as a on a.alert_id = o.alert_id
  left join core.alert_kinds as k on k.kind = a.kind
  where o.outbox_id = any (message_json.rows)
$$;
comment on function core.message_json(bigint[], uuid) is 'A message as the client''s type AlertMessage: five alerts in full, the rest as numbers.';

create function api.claim_alert_message(channel text) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  place core.alert_channels;
  rows bigint[];
  token constant uuid := gen_random_uuid();
begin
  perform core.require('service');
  place := core.open_channel(claim_alert_message.channel);
  if place.rest_until > core.now() or exists (
    select from core.alert_outbox as o
    where o.channel = place.channel and o.lease_expires_at > core.now() and o.sent_at is null and o.given_up_at is null
  ) then
    return null;
  end if;
  update core.alert_outbox as o set
    given_up_at = core.now(), lease_token = null, lease_expires_at = null,
    last_error = coalesce(o.last_error, 'It could not be sent for a day.')
  where o.channel = place.channel and o.sent_at is null and o.given_up_at is null and o.queued_at < core.now() - interval '24 hours'
    -- What waits for its time has not been tried.
    and o.due_at < core.now() - interval '23 hours';
  delete from core.alert_outbox as o using core.alerts as a
  where a.alert_id = o.alert_id and a.cleared_at is not null
    and o.channel = place.channel and o.event = 'changed' and o.message_id is null and o.sent_at is null and o.given_up_at is null;
  rows := core.next_message(place.channel);
  if rows is null then
    return null;
  end if;
  update core.alert_outbox as o set
    message_id = coalesce(o.message_id, token), lease_token = token,
    lease_expires_at = core.now() + interval '2 minutes', tries = o.tries + 1
  where o.outbox_id = any (rows);
  update core.alerts as a set told_at = core.now(), told_level = a.level, told_message = a.message, told_affected = a.affected
  from core.alert_outbox as o
  where o.outbox_id = any (rows) and a.alert_id = o.alert_id;
  return core.message_json(rows, token);
end
$$;
comment on function api.claim_alert_message(text) is
  'Takes the next message of a channel to send it within two minutes (client type AlertMessage); null when there is none, another server sends, or the channel rests.';
grant execute on function api.claim_alert_message(text) to service_role;

create function api.alert_message_sent(lease_token uuid) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  place text;
begin
  perform core.require('service');
  with sent as (
    update core.alert_outbox as o set sent_at = core.now(), lease_token = null, lease_expires_at = null, last_error = null
    where o.lease_token = alert_message_sent.lease_token
    returning o.channel
  )
  select min(s.channel) into place from sent as s;
  update core.alert_channels as c set failures = 0, rest_until = null, last_error = null, last_sent_at = core.now()
  where c.channel = place;
  return place is not null;
end
$$;
comment on function api.alert_message_sent(uuid) is 'The channel took the message. False when the lease is lost.';
grant execute on function api.alert_message_sent(uuid) to service_role;

create function api.alert_message_failed(
  lease_token uuid, error text, permanent boolean default false, retry_after_seconds integer default null
) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  place text;
begin
  perform core.require('service');
  with failed as (
    update core.alert_outbox as o set
      lease_token = null, lease_expires_at = null, last_error = left(error, 500),
      given_up_at = case when permanent then core.now() end
    where o.lease_token = alert_message_failed.lease_token
    returning o.channel
  )
  select min(f.channel) into place from failed as f;
  -- A message that is refused for itself says nothing about the channel.
  update core.alert_channels as c set
    failures = case when permanent then c.failures else c.failures + 1 end,
    rest_until = case when not permanent then core.now() + greatest(
      make_interval(secs => least(greatest(coalesce(retry_after_seconds, 0), 0), 3600)),
      least(interval '5 seconds' * 2 ^ least(c.failures, 10), interval '5 minutes')) end,
    last_error = left(error, 500)
  where c.channel = place;
  return place is not null;
end
$$;
comment on function api.alert_message_failed(uuid, text, boolean, integer) is
  'The message did not go through. It is sent again after a rest, longer each time and as long as the channel asks; permanent: it is given up. False when the lease is lost.';
grant execute on function api.alert_message_failed(uuid, text, boolean, integer) to service_role;

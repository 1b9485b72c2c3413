-- Every lane but the watchdog can be paused, in one place: also ingest and reconcile, which hold no calls.

create function core.pausable_lanes() returns text[]
language sql immutable set search_path = '' as $$
  -- In the order of the work.
  select array['ingest', 'vault', 'worker', 'judge', 'reconcile']
$$;
comment on function core.pausable_lanes() is 'The lanes that can be paused: all but the watchdog, which is the alarm.';

create table core.pauses (
  lane text primary key constraint lane_can_be_paused check (lane = any (core.pausable_lanes())),
  paused_since timestamptz not null default core.now(),
  paused_by text not null default core.operator() constraint pause_names_somebody check (paused_by ~ '\S')
);
alter table core.pauses enable row level security;
comment on table core.pauses is 'The lanes that are paused. A row pauses its lane, without the row it goes on; work in hand goes on in any case.';
comment on column core.pauses.lane is 'ingest, vault, worker, judge or reconcile.';
comment on column core.pauses.paused_since is 'Since when; kept by a trigger.';
comment on column core.pauses.paused_by is 'Who paused it; kept by a trigger.';
grant select on core.pauses to authenticated, service_role;
create policy "Reviewers and admins see what is paused" on core.pauses
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

insert into core.pauses (lane, paused_since, paused_by)
select l.lane, l.paused_since, l.paused_by from core.lanes as l where l.paused;

drop trigger pause_is_noted on core.lanes;
create or replace function core.note_pause() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  new.paused_since := core.now();
  new.paused_by := coalesce(auth.jwt() ->> 'email', core.operator());
  return new;
end
$$;
comment on function core.note_pause() is 'Keeps since when and by whom a lane is paused.';
create trigger pause_is_noted before insert on core.pauses
  for each row execute function core.note_pause();

-- Afterwards: who pauses a lane that is paused already has done nothing.
create function core.log_pause() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if tg_op = 'INSERT' then
    perform core.log_by_hand('lane_paused', null, jsonb_build_object('lane', new.lane));
  else
    perform core.log_by_hand('lane_resumed', null, jsonb_build_object('lane', old.lane, 'paused_since', old.paused_since));
  end if;
  return null;
end
$$;
comment on function core.log_pause() is 'Writes to the log who paused or resumed a lane.';
create trigger pause_is_logged after insert or delete on core.pauses
  for each row execute function core.log_pause();

-- A window that keeps failing is given up after a day, in which ingest has to be allowed to try.
create function core.extend_windows() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  update core.ingest_windows as w set
    first_fetched_at = w.first_fetched_at + (core.now() - greatest(w.first_fetched_at, old.paused_since))
  where w.state = 'open' and w.first_fetched_at is not null;
  return null;
end
$$;
comment on function core.extend_windows() is 'The time in which ingest was paused does not count against windows that are still to be read.';
create trigger extend_windows after delete on core.pauses
  for each row when (old.lane = 'ingest') execute function core.extend_windows();

create function core.is_paused(lane text) returns boolean
language sql stable set search_path = '' as $$
  select exists (select from core.pauses as p where p.lane = is_paused.lane)
$$;
comment on function core.is_paused(text) is 'Whether somebody has paused a lane.';

create function core.pause_in_words(lane text) returns text
language sql stable set search_path = '' as $$
  select format('is paused since %s by %s', core.utc_minute(p.paused_since), p.paused_by)
  from core.pauses as p where p.lane = pause_in_words.lane
$$;
comment on function core.pause_in_words(text) is 'Since when and by whom a lane is paused; null when it is not.';

create function api.paused_lanes() returns table (lane text, paused_since timestamptz, paused_by text)
language plpgsql stable security definer set search_path = '' as $$
begin
  perform core.require('service', 'reviewer', 'admin');
  return query
  select p.lane, p.paused_since, p.paused_by from core.pauses as p
  order by array_position(core.pausable_lanes(), p.lane);
end
$$;
comment on function api.paused_lanes() is
  'The lanes that are paused, in the order of the work, with since when and by whom (client type PausedLane). Ingest and reconcile ask before each pass.';
grant execute on function api.paused_lanes() to authenticated, service_role;

create or replace function core.set_pause(lane text, pause boolean, operator text) returns jsonb
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  changed boolean;
begin
  perform core.act_as(operator);
  if set_pause.lane = 'watchdog' then
    raise exception 'The lane watchdog cannot be paused: it is the alarm, which has to tell what goes wrong meanwhile.'
      using errcode = 'invalid_parameter_value', hint = 'Single alerts are kept back in core.alert_kinds and core.quiet_hours.';
  elsif set_pause.lane is null or set_pause.lane <> all (core.pausable_lanes()) then
    raise exception 'There is no lane "%" that could be paused: there are %.', left(set_pause.lane, 100),
      array_to_string(core.pausable_lanes(), ', ')
      using errcode = 'invalid_parameter_value';
  end if;
  if pause then
    insert into core.pauses (lane) values (set_pause.lane) on conflict (lane) do nothing;
  else
    delete from core.pauses as p where p.lane = set_pause.lane;
  end if;
  changed := found;
  return jsonb_build_object('lane', set_pause.lane, 'paused', false, 'paused_since', null, 'paused_by', null, 'changed', changed)
    || coalesce((
      select jsonb_build_object('paused', true, 'paused_since', p.paused_since, 'paused_by', p.paused_by)
      from core.pauses as p where p.lane = set_pause.lane
    ), '{}');
end
$$;
comment on function api.pause_lane(text, text) is
  'Lets a lane begin nothing; work in hand goes on. Tells since when and by whom it is paused, and whether that is new (client type LanePause). operator: who does it, where the service asks.';
comment on function api.resume_lane(text, text) is 'Lets a paused lane go on (client type LanePause). operator: as for api.pause_lane.';

-- As before, looking there.
create or replace function api.claim(lane text, worker text, max integer default 1)
returns table (
  call_id bigint,
  lease_token uuid,
  lease_expires_at timestamptz,
  account text,
  ringba_call_id text,
  start_time_utc timestamptz,
  call_length_seconds integer,
  vertical text,
  attempts integer,
  audio_url text,
  storage_path text,
  agent_channel smallint
)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  who constant text := core.require_lane(claim.lane);
  right_now constant timestamptz := core.now();
  line core.lanes;
  id bigint;
  taken core.calls;
begin
  select l.* into line from core.lanes as l where l.lane = claim.lane;
  if line.lane = 'worker' then
    perform core.note_sign_of_life('worker', claim.worker);
  end if;
  if core.is_paused(line.lane) then
    return;
  end if;
  update core.calls as c set delayed_until = null
  where c.call_id in (
    select d.call_id from core.calls as d
    where d.status = line.waiting_status and d.delayed_until <= right_now
    order by d.delayed_until limit 100 for update skip locked
  );
  for turn in 1 .. least(coalesce(claim.max, 1), 1000) loop
    id := core.next_claimable(line, nextval(format('core.%I', line.lane || '_turns')));
    exit when id is null;
    update core.calls as c set
      status = line.leased_status,
      lease_token = gen_random_uuid(),
      lease_owner = claim.worker,
      lease_user = case who when 'worker' then auth.uid() end,
      lease_expires_at = right_now + line.lease_length,
      leased_at = right_now,
      lease_progressed_at = right_now
    where c.call_id = id
    returning c.* into taken;
    insert into core.attempts (call_id, lane, round, lease_token, worker, user_id, started_at)
    values (taken.call_id, line.lane, taken.round, taken.lease_token, taken.lease_owner, taken.lease_user, right_now);
    return query select taken.call_id, taken.lease_token, taken.lease_expires_at, taken.account,
      taken.ringba_call_id, taken.start_time_utc, taken.call_length_seconds, taken.vertical, taken.attempts,
      case when line.lane = 'vault' then taken.audio_url end,
      case when line.lane <> 'vault' then taken.storage_path end,
      case when line.lane = 'worker' then (
        select a.agent_channel from core.ingest_accounts as a where a.account = taken.account
      ) end;
  end loop;
end
$$;

create or replace function api.lane_report() returns table (
  lane text, paused boolean, paused_since timestamptz, paused_by text, waiting bigint, delayed bigint,
  without_link bigint, oldest_waiting_since timestamptz, in_work bigint, failed bigint, done_last_hour bigint, done_today bigint, p50_seconds numeric, p95_seconds numeric
)
language plpgsql stable security definer set search_path = '' set jit = off as $$
#variable_conflict use_column
declare
  right_now constant timestamptz := core.now();
begin
  perform core.require('service', 'reviewer', 'admin');
  return query
  with counts as materialized (select k.status, k.calls from api.call_counts() as k),
  accepted as materialized (
    select a.lane, a.ended_at, a.ended_at >= date_trunc('day', right_now, 'UTC') as is_today,
      extract(epoch from a.ended_at - a.started_at) as seconds
    from core.attempts as a
    where a.outcome = 'accepted' and a.ended_at > least(date_trunc('day', right_now, 'UTC'), right_now - interval '1 hour')
  )
  select l.lane, p.lane is not null, p.paused_since, p.paused_by,
    (select k.calls from counts as k where k.status = l.waiting_status),
    (select count(*) from core.calls as c where c.status = l.waiting_status and c.delayed_until > right_now),
    case when l.lane = 'vault' then
      (select count(*) from core.calls as c where c.status = 'pending' and c.audio_url is null)
    else 0 end,
    (select min(greatest(c.status_changed_at, c.audio_url_seen_at)) from core.calls as c
      where c.claimable and c.status = l.waiting_status),
    (select k.calls from counts as k where k.status = l.leased_status),
    (select count(*) from core.calls as c where c.status = 'failed' and c.failed_lane = l.lane),
    today.done_last_hour, today.done, round(today.p50::numeric, 1), round(today.p95::numeric, 1)
  from core.lanes as l
  left join core.pauses as p on p.lane = l.lane
  cross join lateral (
    select
      count(*) filter (where a.ended_at > right_now - interval '1 hour') as done_last_hour,
      count(*) filter (where a.is_today) as done,
      percentile_disc(0.5) within group (order by a.seconds) filter (where a.is_today) as p50,
      percentile_disc(0.95) within group (order by a.seconds) filter (where a.is_today) as p95
    from accepted as a
    where a.lane = l.lane
  ) as today
  -- In the order of the work.
  order by array_position(array['vault', 'worker', 'judge'], l.lane);
end
$$;

create or replace function core.calls_stuck() returns setof core.fault
language sql stable set search_path = '' as $$
  select k.kind, l.lane, stuck.calls, format('%s for the lane %s%s, %s of them put off after failures; the oldest since %s.',
    core.counted(stuck.calls) || case when stuck.calls = 1 then ' waits' else ' wait' end, l.lane,
    coalesce(', which ' || core.pause_in_words(l.lane), ''),
    least(stuck.delayed, 10000), core.utc_minute(stuck.since))
  from core.alert_kinds as k
  cross join core.lanes as l
  cross join lateral (
    select count(*) as calls, count(*) filter (where w.delayed) as delayed, min(w.since) as since
    from (
      (select false as delayed, greatest(c.status_changed_at, c.audio_url_seen_at) as since from core.calls as c
        where c.claimable and c.status = l.waiting_status
          and greatest(c.status_changed_at, c.audio_url_seen_at) <= core.now() - k.lasting
        order by greatest(c.status_changed_at, c.audio_url_seen_at) limit 10001)
      union all
      (select true, c.status_changed_at from core.calls as c
        where c.status = l.waiting_status and c.delayed_until is not null limit 10001)
    ) as w
  ) as stuck
  where k.kind = 'calls_stuck' and k.enabled and stuck.calls >= k.limit_value
$$;

-- As before, and whether somebody wanted it so.
create or replace function core.ingest_behind() returns setof core.fault
language sql stable set search_path = '' as $$
  select k.kind, a.account, null::bigint, case when isempty(a.covered)
    then format('No calls of account %s were read yet.', a.account)
    else format('Calls of account %s have been read up to %s.', a.account, core.utc_minute(upper(a.covered))) end
    || coalesce(' The lane ingest ' || core.pause_in_words('ingest') || '.', '')
  from core.alert_kinds as k
  cross join core.ingest_accounts as a
  where k.kind = 'ingest_behind' and k.enabled and not a.retired
    and extract(epoch from core.now() - case when isempty(a.covered)
      -- A new account has as long for its first window.
      then (select min(w.first_fetched_at) from core.ingest_windows as w where w.account = a.account)
      else upper(a.covered) end) >= k.limit_value
$$;

-- As before, with the lanes that are paused.
create or replace function api.metrics() returns jsonb
language plpgsql stable security definer set search_path = '' set jit = off set enable_seqscan = off as $$
begin
  perform core.require('service');
  return jsonb_build_object(
    'measured_at', core.now(),
    'criteria', (select coalesce(jsonb_agg(to_jsonb(c) order by c.criterion, c.subject), '[]') from api.criteria() as c),
    'lanes', (select jsonb_agg(to_jsonb(l)) from api.lane_report() as l),
    'paused_lanes', (select coalesce(jsonb_agg(to_jsonb(p)), '[]') from api.paused_lanes() as p),
    'calls', (select jsonb_agg(to_jsonb(k) order by k.status) from api.call_counts() as k),
    -- Also the kinds of which none is open: a curve that begins with an alert has no beginning.
    'alerts', (
      select coalesce(jsonb_agg(to_jsonb(g) order by g.kind, g.level), '[]')
      from (
        select e.kind, e.level, count(*) filter (where e.is_open) as open
        from (
          select k.kind, k.level, false as is_open from core.alert_kinds as k
          union all
          select a.kind, a.level, true from core.alerts as a where a.cleared_at is null
        ) as e
        group by e.kind, e.level
      ) as g
    ),
    'model', api.model_use_today(),
    'stored_bytes', (select coalesce(sum(b.bytes), 0)::bigint from core.stored_bytes as b),
    'database_bytes', pg_catalog.pg_database_size(pg_catalog.current_database()),
    'workers_alive', core.alive('worker'),
    'servers_alive', core.alive('watchdog')
  );
end
$$;

alter table core.lanes drop column paused, drop column paused_since, drop column paused_by;
comment on table core.lanes is 'The lanes that work on calls, one row each. Only the lengths are meant to be edited; lanes are paused in core.pauses.';

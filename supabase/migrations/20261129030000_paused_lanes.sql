-- Lanes are paused and resumed by hand: since when and by whom is kept, however it was done.

-- The service's key is nobody's; the command line says who uses it.
create function core.act_as(operator text) returns void
language plpgsql volatile set search_path = '' as $$
declare
  who constant text := core.require('service', 'admin');
begin
  if who = 'service' and (coalesce(operator, '') !~ '\S' or length(operator) > 200) then
    raise exception 'What is done by hand names who does it, in 1 to 200 characters.' using errcode = 'invalid_parameter_value';
  end if;
  perform set_config('callscript.operator', case who when 'service' then btrim(operator) else '' end, true);
end
$$;
comment on function core.act_as(text) is
  'Notes for this transaction who acts by hand: a signed-in admin, or whom the service names. Refuses everybody else.';

create function core.operator() returns text
language sql stable set search_path = '' as $$
  select coalesce(
    nullif(pg_catalog.current_setting('callscript.operator', true), ''),
    -- Studio and psql.
    nullif(pg_catalog.current_setting('role', true), 'none'), session_user::text)
$$;
comment on function core.operator() is 'Who acts by hand, where nobody is signed in.';

create or replace function core.log_by_hand(event text, call_id bigint, data jsonb) returns void
language sql volatile set search_path = '' as $$
  insert into core.sys_logs (level, lane, event, call_id, user_id, data)
  values ('info', 'web', event, call_id, auth.uid(),
    data || case when auth.uid() is null then jsonb_build_object('by', core.operator()) else '{}' end)
$$;
comment on function core.log_by_hand(text, bigint, jsonb) is
  'Keeps who did what by hand: the signed-in user, or by name in the data where nobody is signed in.';

alter table core.lanes add column paused_since timestamptz, add column paused_by text;
update core.lanes set paused_since = core.now(), paused_by = 'unknown' where paused;
alter table core.lanes add constraint paused_lane_says_since_when check (
  paused = (paused_since is not null) and paused = (paused_by is not null)
);
comment on column core.lanes.paused is
  'Set to true, or by api.pause_lane, to let the lane claim nothing; work in hand goes on.';
comment on column core.lanes.paused_since is 'Since when it is paused; kept by a trigger.';
comment on column core.lanes.paused_by is 'Who paused it; kept by a trigger.';

create function core.note_pause() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform core.log_by_hand(case when new.paused then 'lane_paused' else 'lane_resumed' end, null,
    jsonb_build_object('lane', new.lane)
      || case when new.paused then '{}' else jsonb_build_object('paused_since', old.paused_since) end);
  new.paused_since := case when new.paused then core.now() end;
  new.paused_by := case when new.paused then coalesce(auth.jwt() ->> 'email', core.operator()) end;
  return new;
end
$$;
comment on function core.note_pause() is 'Keeps since when and by whom a lane is paused, and writes it to the log.';
create trigger pause_is_noted before update on core.lanes
  for each row when (old.paused is distinct from new.paused) execute function core.note_pause();

create function core.set_pause(lane text, pause boolean, operator text) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare
  changed boolean;
begin
  perform core.act_as(operator);
  update core.lanes as l set paused = pause where l.lane = set_pause.lane and l.paused <> pause;
  changed := found;
  if not exists (select from core.lanes as l where l.lane = set_pause.lane) then
    raise exception 'There is no lane "%" that could be paused: there are vault, worker and judge.', left(lane, 100)
      using errcode = 'invalid_parameter_value';
  end if;
  return (
    select jsonb_build_object('lane', l.lane, 'paused', l.paused, 'paused_since', l.paused_since, 'paused_by', l.paused_by,
      'changed', changed)
    from core.lanes as l where l.lane = set_pause.lane
  );
end
$$;
comment on function core.set_pause(text, boolean, text) is 'Pauses or resumes a lane, and tells how it stands.';

create function api.pause_lane(lane text, operator text default null) returns jsonb
language sql volatile security definer set search_path = '' as $$
  select core.set_pause(lane, true, operator)
$$;
comment on function api.pause_lane(text, text) is
  'Lets a lane claim nothing; work in hand goes on. Tells since when and by whom it is paused, and whether that is new (client type LanePause). operator: who does it, where the service asks.';
grant execute on function api.pause_lane(text, text) to authenticated, service_role;

create function api.resume_lane(lane text, operator text default null) returns jsonb
language sql volatile security definer set search_path = '' as $$
  select core.set_pause(lane, false, operator)
$$;
comment on function api.resume_lane(text, text) is 'Lets a paused lane claim again (client type LanePause). operator: as for api.pause_lane.';
grant execute on function api.resume_lane(text, text) to authenticated, service_role;

-- As before, and since when and by whom a lane is paused.
drop function api.lane_report();
create function api.lane_report() returns table (
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
  select l.lane, l.paused, l.paused_since, l.paused_by,
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
comment on function api.lane_report() is
  'The lanes as they stand (client type LaneReport): waiting calls with those delayed and, in the vault, without a link among them; the longest waiting of those that can be claimed; seconds from claim to accepted answer today (the UTC day).';
grant execute on function api.lane_report() to authenticated, service_role;

-- As before, with the same words.
create or replace function core.calls_stuck() returns setof core.fault
language sql stable set search_path = '' as $$
  select k.kind, l.lane, stuck.calls, format('%s for the lane %s%s, %s of them put off after failures; the oldest since %s.',
    core.counted(stuck.calls) || case when stuck.calls = 1 then ' waits' else ' wait' end, l.lane,
    case when l.paused then format(', which is paused since %s by %s', core.utc_minute(l.paused_since), l.paused_by) else '' end,
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

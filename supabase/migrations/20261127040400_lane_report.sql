-- How the lanes stand: what waits and since when, what is in work, what failed, how fast it goes today.

-- A call waits since it came into its state, or since its link came where that was later.
create index idx_calls_waiting_since on core.calls (status, greatest(status_changed_at, audio_url_seen_at)) where claimable;
create index idx_calls_failed_lane on core.calls (failed_lane) where status = 'failed';
create index attempts_accepted on core.attempts (ended_at) include (lane, started_at) where outcome = 'accepted';

create function api.lane_report() returns table (
  lane text, paused boolean, waiting bigint, delayed bigint, without_link bigint, oldest_waiting_since timestamptz,
  in_work bigint, failed bigint, done_last_hour bigint, done_today bigint, p50_seconds numeric, p95_seconds numeric
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
  select l.lane, l.paused,
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

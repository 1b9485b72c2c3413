-- What Prometheus is told, in one request: the same views and functions that the dashboard and doctor read.

create function core.alive(lane text) returns bigint
language sql stable security definer set search_path = '' as $$
  select count(*)
  from (
    select s.worker from core.signs_of_life as s
    where s.lane = alive.lane and s.seen_at > core.now() - interval '3 minutes'
    union
    -- A worker with all hands full asks for nothing, but keeps its leases.
    select c.lease_owner from core.calls as c
    where alive.lane = 'worker' and c.status = 'processing' and c.lease_token is not null and c.lease_expires_at > core.now()
  ) as heard
$$;
comment on function core.alive(text) is 'How many workers, or servers with a watchdog, were heard of in the last three minutes.';

create function api.metrics() returns jsonb
language plpgsql stable security definer set search_path = '' set jit = off set enable_seqscan = off as $$
begin
  perform core.require('service');
  return jsonb_build_object(
    'measured_at', core.now(),
    'criteria', (select coalesce(jsonb_agg(to_jsonb(c) order by c.criterion, c.subject), '[]') from api.criteria() as c),
    'lanes', (select jsonb_agg(to_jsonb(l)) from api.lane_report() as l),
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
comment on function api.metrics() is
  'Everything that the server''s /metrics tells (client type Metrics): criteria, lanes, calls by state, open alerts, the model''s day, bytes, and who is alive.';
grant execute on function api.metrics() to service_role;

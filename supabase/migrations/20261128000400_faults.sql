-- What is wrong at present, held against the limits of core.alert_kinds. All of it comes from kept counters and from
-- ranges of indexes that hold what waits or failed and nothing else; nothing counts beyond ten thousand.

create type core.fault as (kind text, subject text, affected bigint, message text);
comment on type core.fault is 'Something that has passed its limit: what, with what, how many, and a sentence.';

-- Calls that are over, have a recording, and no flags yet.
create index idx_calls_flags_awaited on core.calls (completed_at)
  where flags_readable_at is null and status <> 'failed'
    and (storage_path is not null or audio_url_seen_at is not null or has_recording);

create function core.counted(calls bigint) returns text
language sql immutable set search_path = '' as $$
  select case when calls > 10000 then 'more than 10000 calls' when calls = 1 then '1 call' else calls || ' calls' end
$$;
comment on function core.counted(bigint) is 'A number of calls in words.';

create function core.utc_minute(moment timestamptz) returns text
language sql immutable set search_path = '' as $$
  select to_char(moment at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC'
$$;
comment on function core.utc_minute(timestamptz) is 'A moment as people read it.';

-- After a restart of the database everybody needs a moment to be heard again.
create function core.heard_since(seen_at timestamptz) returns timestamptz
language sql stable set search_path = '' as $$
  select greatest(seen_at, pg_catalog.pg_postmaster_start_time() + (core.now() - pg_catalog.now()))
$$;
comment on function core.heard_since(timestamptz) is 'From when on silence counts: the last word, or the start of the database if that was later.';

create function core.calls_stuck() returns setof core.fault
language sql stable set search_path = '' as $$
  select k.kind, l.lane, stuck.calls, format('%s for the lane %s%s, %s of them put off after failures; the oldest since %s.',
    core.counted(stuck.calls) || case when stuck.calls = 1 then ' waits' else ' wait' end, l.lane,
    case when l.paused then ', which is paused' else '' end, least(stuck.delayed, 10000), core.utc_minute(stuck.since))
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
comment on function core.calls_stuck() is 'Lanes for which too many calls have waited too long, or were put off after failures.';

create function core.ingest_behind() returns setof core.fault
language sql stable set search_path = '' as $$
  select k.kind, a.account, null::bigint, case when isempty(a.covered)
    then format('No calls of account %s were read yet.', a.account)
    else format('Calls of account %s have been read up to %s.', a.account, core.utc_minute(upper(a.covered))) end
  from core.alert_kinds as k
  cross join core.ingest_accounts as a
  where k.kind = 'ingest_behind' and k.enabled and not a.retired
    and extract(epoch from core.now() - case when isempty(a.covered)
      -- A new account has as long for its first window.
      then (select min(w.first_fetched_at) from core.ingest_windows as w where w.account = a.account)
      else upper(a.covered) end) >= k.limit_value
$$;
comment on function core.ingest_behind() is 'Accounts of which nothing was read whole for too long.';

create function core.flags_late() returns setof core.fault
language sql stable set search_path = '' as $$
  select k.kind, '', late.calls, format('%s no flags %s s after hang-up; the longest since %s.',
    core.counted(late.calls) || case when late.calls = 1 then ' has' else ' have' end,
    trim_scale(k.limit_value), core.utc_minute(late.since))
  from core.alert_kinds as k
  cross join lateral (
    select count(*) as calls, min(w.completed_at) as since
    from (
      select c.completed_at from core.calls as c
      where c.flags_readable_at is null and c.status <> 'failed'
        and (c.storage_path is not null or c.audio_url_seen_at is not null or c.has_recording)
        and c.completed_at > core.now() - interval '24 hours'
        and c.completed_at <= core.now() - make_interval(secs => k.limit_value::float8)
      order by c.completed_at limit 10001
    ) as w
  ) as late
  where k.kind = 'flags_late' and k.enabled and late.calls > 0
$$;
comment on function core.flags_late() is
  'Calls of the last 24 hours without flags although they ended too long ago; what has failed is told as dead letters.';

create function core.dead_letters() returns setof core.fault
language sql stable set search_path = '' as $$
  select k.kind, l.lane, dead.calls, format('%s failed in the lane %s.',
    core.counted(dead.calls) || case when dead.calls = 1 then ' has' else ' have' end, l.lane)
  from core.alert_kinds as k
  cross join core.lanes as l
  cross join lateral (
    select count(*) as calls
    from (
      -- What somebody gave up by hand is known.
      select from core.calls as c
      where c.status = 'failed' and c.failed_lane = l.lane and c.last_error_code is distinct from 'given_up'
      limit 10001
    ) as f
  ) as dead
  -- Recordings that the vault gave up alert one by one.
  where k.kind = 'dead_letters' and k.enabled and l.lane <> 'vault' and dead.calls >= k.limit_value
$$;
comment on function core.dead_letters() is 'Lanes in which calls have failed for good.';

create function core.no_worker() returns setof core.fault
language sql stable set search_path = '' as $$
  select k.kind, '', waiting.calls, case when alive.seen_at is null
    then format('No worker was ever heard of, and %s for one.', core.counted(waiting.calls) || case when waiting.calls = 1 then ' waits' else ' wait' end)
    else format('No worker was heard of since %s; %s for one.', core.utc_minute(alive.seen_at),
      core.counted(waiting.calls) || case when waiting.calls = 1 then ' waits' else ' wait' end) end
  from core.alert_kinds as k
  join core.lanes as l on l.lane = 'worker'
  cross join lateral (
    -- A worker with all hands full asks for nothing, but keeps its leases.
    select greatest(
      (select max(s.seen_at) from core.signs_of_life as s where s.lane = 'worker'),
      (select max(c.lease_expires_at) - l.lease_length from core.calls as c
        where c.status = l.leased_status and c.lease_token is not null)
    ) as seen_at
  ) as alive
  cross join lateral (
    select count(*) as calls
    from (select from core.calls as c where c.claimable and c.status = l.waiting_status limit 10001) as w
  ) as waiting
  where k.kind = 'no_worker' and k.enabled
    -- Before the first worker was started, calls that wait are the sign that one is needed.
    and (alive.seen_at is not null or waiting.calls > 0)
    and extract(epoch from core.now() - core.heard_since(alive.seen_at)) >= k.limit_value
$$;
comment on function core.no_worker() is 'Whether no worker was heard of for too long.';

create function core.server_silent() returns setof core.fault
language sql stable set search_path = '' as $$
  select k.kind, '', null::bigint, format('No server was heard of since %s.', core.utc_minute(alive.seen_at))
  from core.alert_kinds as k
  cross join lateral (select max(s.seen_at) as seen_at from core.signs_of_life as s where s.lane = 'watchdog') as alive
  where k.kind = 'server_silent' and k.enabled and alive.seen_at is not null
    and extract(epoch from core.now() - core.heard_since(alive.seen_at)) >= k.limit_value
$$;
comment on function core.server_silent() is 'Whether no watchdog of a server was heard of for too long.';

create function core.space_used() returns setof core.fault
language sql stable set search_path = '' as $$
  select k.kind, '', null::bigint, format('%s of %s GB are used by %s.', round(used.gigabytes, 2), trim_scale(k.limit_value), used.by)
  from core.alert_kinds as k
  join (
    select 'storage_near_limit' as kind, coalesce(sum(b.bytes), 0) / 1e9 as gigabytes, 'recordings and review copies' as by
    from core.stored_bytes as b
    union all
    select 'database_near_limit', pg_catalog.pg_database_size(pg_catalog.current_database()) / 1e9, 'the database'
  ) as used using (kind)
  where k.enabled and used.gigabytes >= k.limit_value
$$;
comment on function core.space_used() is 'Whether Storage or the database has passed its limit.';

create function core.connections_near_limit() returns setof core.fault
language sql stable set search_path = '' as $$
  select k.kind, '', null::bigint, format('%s of %s connections to the database are taken.', taken.connections, taken.most)
  from core.alert_kinds as k
  cross join (
    select sum(d.numbackends) as connections, pg_catalog.current_setting('max_connections')::numeric as most
    from pg_catalog.pg_stat_database as d
  ) as taken
  where k.kind = 'connections_near_limit' and k.enabled and 100 * taken.connections / taken.most >= k.limit_value
$$;
comment on function core.connections_near_limit() is 'Whether the database runs out of connections.';

create function core.old_transaction() returns setof core.fault
language sql stable set search_path = '' as $$
  select k.kind, '', null::bigint, format('A transaction of %s (process %s, %s) is open since %s.',
    oldest.usename, oldest.pid, oldest.state, core.utc_minute(oldest.xact_start))
  from core.alert_kinds as k
  cross join lateral (
    -- Who may not read others' states sees their start as null; a vacuum is no hindrance.
    select s.pid, s.usename, s.state, s.xact_start from pg_catalog.pg_stat_activity as s
    where s.datname = pg_catalog.current_database() and s.xact_start is not null and s.backend_type = 'client backend'
    order by s.xact_start limit 1
  ) as oldest
  where k.kind = 'old_transaction' and k.enabled
    and extract(epoch from pg_catalog.clock_timestamp() - oldest.xact_start) >= k.limit_value
$$;
comment on function core.old_transaction() is 'Whether a transaction has been open for too long.';

-- Compiling the plans would take longer than the work; plans made while the tables were empty must not read them whole
-- once they are large; and a bitmap would gather a whole backlog before the ten thousandth call ends the count.
create function core.faults() returns setof core.fault
language sql stable security definer set search_path = '' set jit = off set enable_seqscan = off set enable_bitmapscan = off as $$
  select * from core.calls_stuck()
  union all select * from core.ingest_behind()
  union all select * from core.flags_late()
  union all select * from core.dead_letters()
  union all select * from core.no_worker()
  union all select * from core.server_silent()
  union all select * from core.space_used()
  union all select * from core.connections_near_limit()
  union all select * from core.old_transaction()
$$;
comment on function core.faults() is 'Everything that has passed its limit in core.alert_kinds.';

-- Other programs' transactions are seen by members of pg_monitor; on Supabase the role postgres is one.
do $$
begin
  if not pg_catalog.pg_has_role(current_user, 'pg_read_all_stats', 'usage') then
    raise notice 'Transactions of other roles stay hidden from the watchdog: grant pg_monitor to %.', current_user;
  end if;
end
$$;

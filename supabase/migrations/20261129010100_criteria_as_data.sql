-- The criteria as numbers, and since when each holds or does not. That is kept: the check that runs once a minute
-- writes it down when a criterion changes. One that has changed since the last check began to be so just now.

create table core.criterion_states (
  criterion integer not null constraint criterion_state_valid check (criterion between 1 and 5),
  subject text not null,
  holds boolean not null,
  since timestamptz not null default core.now(),
  primary key (criterion, subject)
);
alter table core.criterion_states enable row level security;
comment on table core.criterion_states is 'How each criterion stood at the last check, and since when.';
comment on column core.criterion_states.criterion is 'Number of the promise in the design.';
comment on column core.criterion_states.subject is 'Ringba account that it was measured for; empty where it is one for all.';
comment on column core.criterion_states.holds is 'Whether it held.';
comment on column core.criterion_states.since is 'The check at which that began.';
grant select on core.criterion_states to authenticated, service_role;
create policy "Reviewers and admins see how the criteria stood" on core.criterion_states
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

create function core.criterion_since(criterion integer, subject text, holds boolean) returns timestamptz
language sql stable set search_path = '' as $$
  select coalesce((
    select s.since from core.criterion_states as s
    where s.criterion = criterion_since.criterion and s.subject = criterion_since.subject and s.holds = criterion_since.holds
  ), core.now())
$$;
comment on function core.criterion_since(integer, text, boolean) is 'Since when a criterion has stood as it does; now, when the last check found it otherwise.';
grant execute on function core.criterion_since(integer, text, boolean) to authenticated, service_role;

create or replace view api.criterion_1_ingest_lag with (security_invoker = true) as
select
  1 as criterion,
  'Ingest is less than 2 minutes behind'::text as title,
  a.account as subject,
  case when isempty(a.covered) then 'nothing was read yet'
    else format('%s s behind', round(lag.seconds, 0)) end as measured,
  'less than 120 s'::text as target,
  lag.holds,
  jsonb_build_object(
    'watermark', core.watermark(a),
    'open_windows', (select count(*) from core.ingest_windows as w where w.account = a.account and w.state = 'open' and w.tries > 0),
    'oldest_open_window', (select min(w.window_start) from core.ingest_windows as w where w.account = a.account and w.state = 'open' and w.tries > 0)
  ) as details,
  lag.seconds as measured_value,
  120::numeric as target_value,
  'seconds'::text as unit,
  core.criterion_since(1, a.account, lag.holds) as since
from core.ingest_accounts as a
cross join lateral (
  select extract(epoch from core.now() - upper(a.covered)) as seconds,
    not isempty(a.covered) and core.now() - upper(a.covered) < interval '2 minutes' as holds
) as lag
where not a.retired;
comment on column api.criterion_1_ingest_lag.measured_value is 'What was measured as a number, in the unit beside it; empty where nothing could be measured.';
comment on column api.criterion_1_ingest_lag.target_value is 'The target as a number, in the same unit.';
comment on column api.criterion_1_ingest_lag.unit is 'seconds, recordings, calls or hours.';
comment on column api.criterion_1_ingest_lag.since is 'Since when it holds, or does not, to a minute.';

-- What is missing or was never checked is counted up to ten thousand.
create or replace view api.criterion_2_audio with (security_invoker = true) as
select
  2 as criterion,
  'Audio is never missing for a downloaded call'::text as title,
  ''::text as subject,
  format('%s missing', case when audit.missing > 10000 then 'more than 10000' else audit.missing::text end) as measured,
  '0 missing'::text as target,
  audit.missing = 0 as holds,
  jsonb_build_object(
    'never_checked', case when audit.never_checked > 10000 then to_jsonb('more than 10000'::text) else to_jsonb(audit.never_checked) end,
    'oldest_check', audit.oldest_check
  ) as details,
  audit.missing::numeric as measured_value,
  0::numeric as target_value,
  'recordings'::text as unit,
  core.criterion_since(2, '', audit.missing = 0) as since
from (
  select
    (select count(*) from (
      select from core.calls as c where c.audio_missing_at is not null and c.audio_deleted_at is null limit 10001
    ) as m) as missing,
    -- In the order of its index: nothing else would end early.
    (select count(*) from (
      select from core.calls as c
      where c.storage_path is not null and c.audio_deleted_at is null and c.audio_checked_at is null
      order by c.audio_checked_at nulls first, c.call_id limit 10001
    ) as n) as never_checked,
    (select min(c.audio_checked_at) from core.calls as c
      where c.storage_path is not null and c.audio_deleted_at is null) as oldest_check
) as audit
-- Who sees no calls would be told that none is missing.
where (select core.caller()) in ('service', 'reviewer', 'admin');
comment on column api.criterion_2_audio.measured_value is 'What was measured as a number, in the unit beside it, 10001 for more; empty where nothing could be measured.';
comment on column api.criterion_2_audio.target_value is 'The target as a number, in the same unit.';
comment on column api.criterion_2_audio.unit is 'seconds, recordings, calls or hours.';
comment on column api.criterion_2_audio.since is 'Since when it holds, or does not, to a minute.';

create or replace view api.criterion_3_once with (security_invoker = true) as
select
  3 as criterion,
  'No call is processed twice'::text as title,
  ''::text as subject,
  format('%s processed twice', found.calls) as measured,
  '0 processed twice'::text as target,
  found.calls = 0 as holds,
  jsonb_build_object(
    'overlapping_attempts', found.overlaps,
    'second_results', found.second_results,
    'newest', found.newest,
    'stale_answers_refused', core.stale_answers_refused()
  ) as details,
  found.calls::numeric as measured_value,
  0::numeric as target_value,
  'calls'::text as unit,
  core.criterion_since(3, '', found.calls = 0) as since
from (
  select
    count(distinct d.call_id) as calls,
    count(*) filter (where d.kind = 'overlap') as overlaps,
    count(*) filter (where d.kind = 'second_result') as second_results,
    max(d.noticed_at) as newest
  from core.double_work as d
) as found
-- Who sees no attempts would be told that all is well.
where (select core.caller()) in ('service', 'reviewer', 'admin');
comment on column api.criterion_3_once.measured_value is 'What was measured as a number, in the unit beside it; empty where nothing could be measured.';
comment on column api.criterion_3_once.target_value is 'The target as a number, in the same unit.';
comment on column api.criterion_3_once.unit is 'seconds, recordings, calls or hours.';
comment on column api.criterion_3_once.since is 'Since when it holds, or does not, to a minute.';

create or replace view api.criterion_4_flag_latency with (security_invoker = true) as
select
  4 as criterion,
  'Flags are readable within 5 minutes of hang-up'::text as title,
  ''::text as subject,
  case when today.calls = 0 then 'no recorded call has ended today'
    when today.late = 0 then format('%s s at worst', today.worst)
    else format('%s of %s calls late or failed, %s s at worst', today.late, today.calls, today.worst) end as measured,
  'none over 300 s'::text as target,
  today.late = 0 as holds,
  jsonb_build_object(
    'since', today.since,
    'calls', today.calls,
    'unfinished', today.unfinished,
    'failed', today.failed,
    'late', today.late,
    'p50_seconds', today.p50,
    'p95_seconds', today.p95,
    'worst_seconds', today.worst,
    'link_delay_p50_seconds', today.link_p50,
    'link_delay_p95_seconds', today.link_p95,
    'link_delay_worst_seconds', today.link_worst
  ) as details,
  today.worst_exact as measured_value,
  300::numeric as target_value,
  'seconds'::text as unit,
  core.criterion_since(4, '', today.late = 0) as since
from (
  select
    min(day.since) as since,
    count(timed.age) as calls,
    count(*) filter (where timed.state = 'unfinished') as unfinished,
    count(*) filter (where timed.state = 'failed') as failed,
    count(*) filter (where timed.state = 'failed' or timed.age > 300) as late,
    round(percentile_disc(0.5) within group (order by timed.age)) as p50,
    round(percentile_disc(0.95) within group (order by timed.age)) as p95,
    -- A breach by a fraction must not read as if there were none.
    ceil(max(timed.age)) as worst,
    max(timed.age) as worst_exact,
    round(percentile_disc(0.5) within group (order by timed.link_delay)) as link_p50,
    round(percentile_disc(0.95) within group (order by timed.link_delay)) as link_p95,
    round(max(timed.link_delay)) as link_worst
  from (select date_trunc('day', core.now(), 'UTC') as since, core.now() as right_now) as day
  left join lateral (
    select
      case when c.flags_readable_at is not null then 'readable' when c.status = 'failed' then 'failed' else 'unfinished' end as state,
      greatest(extract(epoch from coalesce(c.flags_readable_at, day.right_now) - c.completed_at), 0) as age,
      greatest(extract(epoch from c.audio_url_seen_at - c.completed_at), 0) as link_delay
    from core.calls as c
    where c.completed_at >= day.since and c.completed_at <= day.right_now
      and (c.storage_path is not null or c.audio_url_seen_at is not null or c.has_recording)
  ) as timed on true
) as today
-- Who sees no calls would be told that none is late.
where (select core.caller()) in ('service', 'reviewer', 'admin');
comment on column api.criterion_4_flag_latency.measured_value is 'What was measured as a number, in the unit beside it; a failed call breaks the promise whatever its age; empty where nothing could be measured.';
comment on column api.criterion_4_flag_latency.target_value is 'The target as a number, in the same unit.';
comment on column api.criterion_4_flag_latency.unit is 'seconds, recordings, calls or hours.';
comment on column api.criterion_4_flag_latency.since is 'Since when it holds, or does not, to a minute.';

create or replace view api.criterion_5_books with (security_invoker = true) as
select
  5 as criterion,
  'Volume and cost equal Ringba''s'::text as title,
  a.account as subject,
  case when hours.closed + books.differing + hours.unchecked = 0 then 'no hour is over yet'
    else format('%s of %s hours differ or are unchecked', books.differing + hours.unchecked, hours.closed) end
    || case when isempty(a.given_up) then '' else ', and some were not read whole' end as measured,
  '0 hours'::text as target,
  books.differing = 0 and hours.unchecked = 0 and isempty(a.given_up) as holds,
  jsonb_build_object(
    'differing_hours', books.differing,
    'unchecked_hours', hours.unchecked,
    'incomplete_windows', (select count(*) from unnest(a.given_up)),
    'last_check', hours.last_check
  ) as details,
  -- An hour may be wrong in more than one way.
  core.hours_in(books.stretches + hours.stretches + incomplete.stretches)::numeric as measured_value,
  0::numeric as target_value,
  'hours'::text as unit,
  core.criterion_since(5, a.account, books.differing = 0 and hours.unchecked = 0 and isempty(a.given_up)) as since
from core.ingest_accounts as a
cross join lateral (
  select count(*) as differing,
    coalesce(range_agg(tstzrange(d.hour_start, d.hour_start + interval '1 hour')), '{}') as stretches
  from core.books as d
  where d.account = a.account and not d.matches
) as books
cross join lateral (
  select core.never_compared(a) * tstzmultirange(tstzrange(null, date_trunc('hour', core.now() - interval '23 hours'))) as stretches
) as older
cross join lateral (
  select count(*) as closed,
    count(*) filter (where closed_hour.is_late) + core.hours_in(older.stretches) as unchecked,
    older.stretches + coalesce(
      range_agg(tstzrange(closed_hour.hour_start, closed_hour.hour_start + interval '1 hour')) filter (where closed_hour.is_late),
      '{}') as stretches,
    max(closed_hour.checked_at) as last_check
  from (
    select h.hour_start, b.checked_at,
      -- An hour that has just closed has 20 minutes to be compared.
      coalesce(b.checked_at < core.now() - interval '2 hours', h.hour_start < core.now() - interval '95 minutes') as is_late
    from core.closed_hours(a) as h(hour_start)
    -- Hour by hour: joined as a whole, all books would be read for the sake of a day.
    left join lateral (
      select c.checked_at from core.books as c where c.account = a.account and c.hour_start = h.hour_start offset 0
    ) as b on true
  ) as closed_hour
) as hours
cross join lateral (
  select coalesce(range_agg(tstzrange(
    date_trunc('hour', lower(s)), date_trunc('hour', upper(s) + interval '59 minutes 59.999999 seconds'))), '{}') as stretches
  from unnest(a.given_up) as s
) as incomplete
where not a.retired;
comment on column api.criterion_5_books.measured_value is 'What was measured as a number, in the unit beside it; empty where nothing could be measured.';
comment on column api.criterion_5_books.target_value is 'The target as a number, in the same unit.';
comment on column api.criterion_5_books.unit is 'seconds, recordings, calls or hours.';
comment on column api.criterion_5_books.since is 'Since when it holds, or does not, to a minute.';
comment on view api.criterion_5_books is
  'Criterion 5 per account (client type Criterion): closed hours whose count, revenue, payout or cost differ from Ringba''s in a comparison of the last 2 hours, or have none; hours of which not all calls were read count against it.';

-- Compiling the plan would take longer than the work, and one that was made while the tables were empty must not
-- read them whole once they are large.
drop function api.criteria();
create function api.criteria() returns table (
  criterion integer, title text, subject text, measured text, target text, holds boolean, details jsonb,
  measured_value numeric, target_value numeric, unit text, since timestamptz
)
language plpgsql stable set search_path = '' set jit = off set enable_seqscan = off as $$
begin
  perform core.require('service', 'reviewer', 'admin');
  return query
  select * from api.criterion_1_ingest_lag
  union all select * from api.criterion_2_audio
  union all select * from api.criterion_3_once
  union all select * from api.criterion_4_flag_latency
  union all select * from api.criterion_5_books
  order by 1, 3;
end
$$;
comment on function api.criteria() is 'The criteria as they stand (client type Criterion).';
grant execute on function api.criteria() to authenticated, service_role;

create function core.note_criteria() returns void
language sql volatile security definer set search_path = '' as $$
  with present as materialized (select c.criterion, c.subject, c.holds from api.criteria() as c),
  gone as (
    delete from core.criterion_states as s
    where not exists (select from present as p where p.criterion = s.criterion and p.subject = s.subject)
  )
  -- What has not changed is not even locked.
  insert into core.criterion_states (criterion, subject, holds)
  select p.criterion, p.subject, p.holds from present as p
  where not exists (
    select from core.criterion_states as s where s.criterion = p.criterion and s.subject = p.subject and s.holds = p.holds
  )
  on conflict (criterion, subject) do update set holds = excluded.holds, since = excluded.since
$$;
comment on function core.note_criteria() is 'Writes down which criteria hold, and when that has changed.';

-- As before, and how the criteria stand is kept.
create or replace function core.check_alerts() returns void
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
  perform core.note_criteria();
end
$$;
comment on function core.check_alerts() is
  'Raises an alert for every fault, clears those that are over, and writes down which criteria hold.';

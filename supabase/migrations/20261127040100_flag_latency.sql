-- Criterion 4: how long after hang-up the flags of a call are readable. The moment is kept with the call,
-- because judging again gives a later verdict that must not count.

alter table core.calls add column flags_readable_at timestamptz;
comment on column core.calls.flags_readable_at is
  'When the first verdict was shown; judging again does not move it. Empty before.';
grant select (flags_readable_at) on core.calls to authenticated;

update core.calls as c
set flags_readable_at = coalesce(
  (select min(j.judged_at) from core.judgements as j where j.call_id = c.call_id), c.status_changed_at)
where c.qa_version is not null;

create function core.note_first_verdict() returns trigger
language plpgsql set search_path = '' as $$
begin
  new.flags_readable_at := core.now();
  return new;
end
$$;
comment on function core.note_first_verdict() is 'Keeps when the first verdict of a call became readable.';
create trigger note_first_verdict before update on core.calls
  for each row when (old.qa_version is null and new.qa_version is not null and new.flags_readable_at is null)
  execute function core.note_first_verdict();
-- Calls that come with a verdict: imports.
create trigger note_first_verdict_of_new_call before insert on core.calls
  for each row when (new.qa_version is not null and new.flags_readable_at is null)
  execute function core.note_first_verdict();

-- Calls that are over and have a recording: stored, linked, or promised by Ringba.
create index idx_calls_hung_up on core.calls (completed_at)
  where storage_path is not null or audio_url_seen_at is not null or has_recording;

create view api.criterion_4_flag_latency with (security_invoker = true) as
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
  ) as details
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
comment on view api.criterion_4_flag_latency is
  'Criterion 4 (client type Criterion): all calls with a recording and hang-up today (the UTC day), from hang-up to the first verdict; unfinished ones at their present age, failed ones late whatever their age, judging again not counted. Ringba''s own delay, from hang-up to the link, beside it.';
comment on column api.criterion_4_flag_latency.criterion is 'Number of the promise in the design.';
comment on column api.criterion_4_flag_latency.title is 'The promise.';
comment on column api.criterion_4_flag_latency.subject is 'Ringba account that it was measured for; empty where it is one for all.';
comment on column api.criterion_4_flag_latency.measured is 'What was measured, with its unit.';
comment on column api.criterion_4_flag_latency.target is 'What it is held against.';
comment on column api.criterion_4_flag_latency.holds is 'Whether it holds.';
comment on column api.criterion_4_flag_latency.details is 'What stands beside it, by name.';
grant select on api.criterion_4_flag_latency to authenticated, service_role;

-- The criteria 1, 2 and 5 as views: what the dashboard and `callscript-server doctor` read. Each row says
-- what was measured, against what, whether it holds, and what stands beside it.

create view api.criterion_1_ingest_lag with (security_invoker = true) as
select
  1 as criterion,
  'Ingest is less than 2 minutes behind'::text as title,
  a.account as subject,
  case when isempty(a.covered) then 'nothing was read yet'
    else format('%s s behind', round(extract(epoch from core.now() - upper(a.covered)), 0)) end as measured,
  'less than 120 s'::text as target,
  not isempty(a.covered) and core.now() - upper(a.covered) < interval '2 minutes' as holds,
  jsonb_build_object(
    'watermark', core.watermark(a),
    'open_windows', (select count(*) from core.ingest_windows as w where w.account = a.account and w.state = 'open' and w.tries > 0),
    'oldest_open_window', (select min(w.window_start) from core.ingest_windows as w where w.account = a.account and w.state = 'open' and w.tries > 0)
  ) as details
from core.ingest_accounts as a
where not a.retired;
comment on view api.criterion_1_ingest_lag is
  'Criterion 1 per account (client type Criterion): now minus the end of the last window fetched whole; open older windows beside it.';
comment on column api.criterion_1_ingest_lag.criterion is 'Number of the promise in the design.';
comment on column api.criterion_1_ingest_lag.title is 'The promise.';
comment on column api.criterion_1_ingest_lag.subject is 'Ringba account that it was measured for; empty where it is one for all.';
comment on column api.criterion_1_ingest_lag.measured is 'What was measured, with its unit.';
comment on column api.criterion_1_ingest_lag.target is 'What it is held against.';
comment on column api.criterion_1_ingest_lag.holds is 'Whether it holds.';
comment on column api.criterion_1_ingest_lag.details is 'What stands beside it, by name.';
grant select on api.criterion_1_ingest_lag to authenticated, service_role;

create view api.criterion_2_audio with (security_invoker = true) as
select
  2 as criterion,
  'Audio is never missing for a downloaded call'::text as title,
  ''::text as subject,
  format('%s missing', audit.missing) as measured,
  '0 missing'::text as target,
  audit.missing = 0 as holds,
  jsonb_build_object('never_checked', audit.never_checked, 'oldest_check', audit.oldest_check) as details
from (
  select
    (select count(*) from core.calls as c where c.audio_missing_at is not null and c.audio_deleted_at is null) as missing,
    (select count(*) from core.calls as c
      where c.storage_path is not null and c.audio_deleted_at is null and c.audio_checked_at is null) as never_checked,
    (select min(c.audio_checked_at) from core.calls as c
      where c.storage_path is not null and c.audio_deleted_at is null) as oldest_check
) as audit
-- Who sees no calls would be told that none is missing.
where (select core.caller()) in ('service', 'reviewer', 'admin');
comment on view api.criterion_2_audio is
  'Criterion 2 (client type Criterion): recordings that the rolling audit did not find; calls never checked yet beside it.';
comment on column api.criterion_2_audio.criterion is 'Number of the promise in the design.';
comment on column api.criterion_2_audio.title is 'The promise.';
comment on column api.criterion_2_audio.subject is 'Ringba account that it was measured for; empty where it is one for all.';
comment on column api.criterion_2_audio.measured is 'What was measured, with its unit.';
comment on column api.criterion_2_audio.target is 'What it is held against.';
comment on column api.criterion_2_audio.holds is 'Whether it holds.';
comment on column api.criterion_2_audio.details is 'What stands beside it, by name.';
grant select on api.criterion_2_audio to authenticated, service_role;

create view api.criterion_5_books with (security_invoker = true) as
select
  5 as criterion,
  'Volume and cost equal Ringba''s'::text as title,
  a.account as subject,
  case when hours.closed + hours.differing + hours.unchecked = 0 then 'no hour is over yet'
    else format('%s of %s hours differ or are unchecked', hours.differing + hours.unchecked, hours.closed) end as measured,
  '0 hours'::text as target,
  hours.differing = 0 and hours.unchecked = 0 and isempty(a.given_up) as holds,
  jsonb_build_object(
    'differing_hours', hours.differing,
    'unchecked_hours', hours.unchecked,
    'incomplete_windows', (select count(*) from unnest(a.given_up)),
    'last_check', hours.last_check
  ) as details
from core.ingest_accounts as a
cross join lateral (
  select
    count(*) as closed,
    -- An hour that has just closed has 20 minutes to be compared.
    count(*) filter (
      where b.checked_at < core.now() - interval '2 hours'
        or b.checked_at is null and closed_hour < core.now() - interval '95 minutes'
    ) + (
      select count(*) from core.hours_never_compared(a) as older where older < core.now() - interval '24 hours'
    ) as unchecked,
    (select count(*) from core.books as d where d.account = a.account and not d.matches) as differing,
    max(b.checked_at) as last_check
  from core.closed_hours(a) as closed_hour
  left join core.books as b on b.account = a.account and b.hour_start = closed_hour
) as hours
where not a.retired;
comment on view api.criterion_5_books is
  'Criterion 5 per account (client type Criterion): closed hours whose count, revenue, payout or cost differ from Ringba''s in a comparison of the last 2 hours, or have none; incomplete windows count against it.';
comment on column api.criterion_5_books.criterion is 'Number of the promise in the design.';
comment on column api.criterion_5_books.title is 'The promise.';
comment on column api.criterion_5_books.subject is 'Ringba account that it was measured for; empty where it is one for all.';
comment on column api.criterion_5_books.measured is 'What was measured, with its unit.';
comment on column api.criterion_5_books.target is 'What it is held against.';
comment on column api.criterion_5_books.holds is 'Whether it holds.';
comment on column api.criterion_5_books.details is 'What stands beside it, by name.';
grant select on api.criterion_5_books to authenticated, service_role;

create function api.criteria() returns table (
  criterion integer, title text, subject text, measured text, target text, holds boolean, details jsonb
)
language plpgsql stable set search_path = '' as $$
begin
  perform core.require('service', 'reviewer', 'admin');
  return query
  select * from api.criterion_1_ingest_lag
  union all select * from api.criterion_2_audio
  union all select * from api.criterion_5_books
  order by 1, 3;
end
$$;
comment on function api.criteria() is 'The criteria as they stand (client type Criterion).';
grant execute on function api.criteria() to authenticated, service_role;

create function api.open_alert_list() returns setof api.open_alerts
language plpgsql stable set search_path = '' as $$
begin
  perform core.require('service', 'reviewer', 'admin');
  return query select v.* from api.open_alerts as v order by v.raised_at desc, v.alert_id desc limit 200;
end
$$;
comment on function api.open_alert_list() is 'What is wrong at present, newest first (client type Alert).';
grant execute on function api.open_alert_list() to authenticated, service_role;

do $$
begin
  if exists (select from pg_catalog.pg_extension where extname = 'pg_cron') then
    perform cron.schedule('callscript-trim-windows', '37 3 * * *', 'select core.trim_windows()');
  end if;
end
$$;

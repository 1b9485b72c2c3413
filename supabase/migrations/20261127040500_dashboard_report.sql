-- What the dashboard draws: volume and money per day beside Ringba's, where flags come from, and how often
-- reviewers agree with the judge. Days are UTC days.

create index idx_calls_flagged on core.calls (start_time_utc) where worst_severity is not null;
create index reviews_by_time on core.reviews (created_at);

create function core.hours_without_books(since timestamptz, until timestamptz) returns table (
  account text, reads_from timestamptz, hour_start timestamptz
)
language sql stable rows 48 set search_path = '' as $$
  select a.account, a.reads_from, h.hour_start
  from core.ingest_accounts as a
  cross join generate_series(since, until - interval '1 hour', interval '1 hour') as h(hour_start)
  where h.hour_start <= core.now()
    and not exists (select from core.books as b where b.account = a.account and b.hour_start = h.hour_start offset 0)
$$;
comment on function core.hours_without_books(timestamptz, timestamptz) is 'Hours that were never compared with Ringba, the present one among them.';
grant execute on function core.hours_without_books(timestamptz, timestamptz) to authenticated, service_role;

-- The sums of an hour are kept by its newest comparison with Ringba. Only hours that no comparison has seen, as the
-- present one, are added up from the calls, neighbours in one go.
create function core.day_sums(since timestamptz, until timestamptz) returns table (
  day_start timestamptz, compared boolean, hours bigint, differing bigint, overdue bigint,
  calls bigint, revenue numeric, payout numeric, cost numeric,
  ringba_calls bigint, ringba_revenue numeric, ringba_payout numeric, ringba_cost numeric
)
language sql stable set search_path = '' as $$
  select date_trunc('day', b.hour_start, 'UTC'), true, count(*), count(*) filter (where not b.matches), 0,
    sum(r.our_calls)::bigint, sum(r.our_revenue), sum(r.our_payout), sum(r.our_cost),
    sum(r.ringba_calls)::bigint, sum(r.ringba_revenue), sum(r.ringba_payout), sum(r.ringba_cost)
  from core.ingest_accounts as a
  cross join lateral (
    select * from core.books as b where b.account = a.account and b.hour_start >= since and b.hour_start < until offset 0
  ) as b
  join core.reconciliations as r on r.reconciliation_id = b.reconciliation_id
  group by 1
  union all
  select date_trunc('day', hour.hour_start, 'UTC'), false, count(*), 0,
    count(*) filter (where hour.hour_start >= hour.reads_from and hour.hour_start < date_trunc('hour', core.now() - interval '15 minutes')),
    0, 0, 0, 0, 0, 0, 0, 0
  from core.hours_without_books(since, until) as hour
  group by 1
  union all
  select date_trunc('day', c.start_time_utc, 'UTC'), false, 0, 0, 0,
    count(*), coalesce(sum(c.revenue), 0), coalesce(sum(c.payout), 0), coalesce(sum(c.cost), 0), 0, 0, 0, 0
  from (
    select hour.account, unnest(range_agg(tstzrange(hour.hour_start, hour.hour_start + interval '1 hour'))) as stretch
    from core.hours_without_books(since, until) as hour
    group by hour.account
  ) as open
  cross join lateral (
    select c.start_time_utc, c.revenue, c.payout, c.cost from core.calls as c
    where c.account = open.account and c.start_time_utc >= lower(open.stretch) and c.start_time_utc < upper(open.stretch) offset 0
  ) as c
  group by 1
$$;
comment on function core.day_sums(timestamptz, timestamptz) is
  'Count, revenue, payout and cost per UTC day: over the hours that were compared, with Ringba''s beside it, and over those that were not, as the calls stand (overdue: hours that should have been compared). Several rows a day.';
grant execute on function core.day_sums(timestamptz, timestamptz) to authenticated, service_role;

create function core.amounts(calls bigint, revenue numeric, payout numeric, cost numeric) returns jsonb
language sql immutable set search_path = '' as $$
  -- As text: a JSON number would be read as a float.
  select jsonb_build_object('calls', coalesce(calls, 0), 'revenue', trim_scale(coalesce(revenue, 0))::text,
    'payout', trim_scale(coalesce(payout, 0))::text, 'cost', trim_scale(coalesce(cost, 0))::text)
$$;
comment on function core.amounts(bigint, numeric, numeric, numeric) is 'Sums as the client''s type Amounts.';
grant execute on function core.amounts(bigint, numeric, numeric, numeric) to authenticated, service_role;

create function core.newest_words(since timestamptz) returns table (
  call_id bigint, flag_id text, rule_key text, verdict text, flag jsonb
)
language sql stable set search_path = '' as $$
  select word.call_id, word.flag_id, split_part(word.flag_id, ':', 1), word.verdict, word.flag
  from (
    select distinct on (v.call_id, v.flag_id) v.call_id, v.flag_id, v.verdict, v.flag
    from core.reviews as v
    where v.created_at >= since
    order by v.call_id, v.flag_id, v.created_at desc, v.review_id desc
  ) as word
  where word.verdict <> 'withdrawn'
$$;
comment on function core.newest_words(timestamptz) is
  'What people said since then about flags and undecided rules, the newest word on each; what they took back is left out.';
grant execute on function core.newest_words(timestamptz) to authenticated, service_role;

-- Compiling the plan would take longer than the work.
create function api.dashboard_report(days integer default 14) returns jsonb
language plpgsql stable set search_path = '' set jit = off as $$
#variable_conflict use_column
declare
  today constant timestamptz := date_trunc('day', core.now(), 'UTC');
  since timestamptz;
  report jsonb;
begin
  perform core.require('service', 'reviewer', 'admin');
  if dashboard_report.days is null or dashboard_report.days not between 1 and 90 then
    raise exception 'A report covers 1 to 90 days.' using errcode = 'invalid_parameter_value';
  end if;
  since := today - make_interval(hours => 24 * (dashboard_report.days - 1));

  with sums as materialized (
    select s.day_start, sum(s.calls)::bigint as calls, sum(s.revenue) as revenue, sum(s.payout) as payout, sum(s.cost) as cost,
      sum(s.calls) filter (where s.compared)::bigint as compared_calls,
      sum(s.revenue) filter (where s.compared) as compared_revenue,
      sum(s.payout) filter (where s.compared) as compared_payout,
      sum(s.cost) filter (where s.compared) as compared_cost,
      sum(s.ringba_calls)::bigint as ringba_calls, sum(s.ringba_revenue) as ringba_revenue,
      sum(s.ringba_payout) as ringba_payout, sum(s.ringba_cost) as ringba_cost,
      sum(s.hours) filter (where s.compared) as compared, sum(s.differing) as differing, sum(s.overdue) as overdue
    from core.day_sums(since, today + interval '24 hours') as s
    group by s.day_start
  )
  select jsonb_build_object('since', since, 'measured_at', core.now(), 'days', jsonb_agg(jsonb_build_object(
    'day', to_char(day.day_start at time zone 'UTC', 'YYYY-MM-DD'),
    'total', core.amounts(s.calls, s.revenue, s.payout, s.cost),
    'ours', core.amounts(s.compared_calls, s.compared_revenue, s.compared_payout, s.compared_cost),
    'ringba', core.amounts(s.ringba_calls, s.ringba_revenue, s.ringba_payout, s.ringba_cost),
    'hours_compared', coalesce(s.compared, 0), 'hours_differing', coalesce(s.differing, 0), 'hours_overdue', coalesce(s.overdue, 0)
  ) order by day.day_start)) into report
  from generate_series(since, today, interval '24 hours') as day(day_start)
  left join sums as s on s.day_start = day.day_start;

  with shown as materialized (
    select c.call_id, coalesce(c.publisher_name, '') as publisher, coalesce(c.campaign_name, '') as campaign,
      f ->> 'rule_key' as rule_key, f ->> 'rule_title' as rule_title, f ->> 'id' as flag_id
    from core.calls as c
    cross join jsonb_array_elements(c.flags) as f
    where c.worst_severity is not null and c.start_time_utc >= since
  ),
  -- What was said about a call was said after it began.
  words as materialized (select * from core.newest_words(since)),
  judged as materialized (
    select s.*, w.verdict from shown as s left join words as w on w.call_id = s.call_id and w.flag_id = s.flag_id
  ),
  groups as (
    select kind.kind, kind.key, max(kind.title) as title, count(*) as flags, count(distinct j.call_id) as calls,
      count(*) filter (where j.verdict = 'confirmed') as confirmed,
      count(*) filter (where j.verdict = 'dismissed') as dismissed,
      row_number() over (partition by kind.kind order by count(*) desc, kind.key) as place
    from judged as j
    cross join lateral (values
      ('by_rule', j.rule_key, j.rule_title), ('by_publisher', j.publisher, j.publisher), ('by_campaign', j.campaign, j.campaign)
    ) as kind(kind, key, title)
    group by kind.kind, kind.key
  ),
  tops as (
    select g.kind, jsonb_agg(jsonb_build_object('key', g.key, 'title', g.title, 'flags', g.flags, 'calls', g.calls,
      'confirmed', g.confirmed, 'dismissed', g.dismissed) order by g.place) as top
    from groups as g
    where g.place <= 10
    group by g.kind
  ),
  agreement as (
    select w.rule_key,
      coalesce(
        (select r.title from core.rules as r where r.key = w.rule_key order by r.enabled desc, r.updated_at desc limit 1),
        max(w.flag ->> 'rule_title'), w.rule_key) as title,
      count(*) filter (where w.verdict = 'confirmed') as confirmed,
      count(*) filter (where w.verdict = 'dismissed') as dismissed,
      count(*) filter (where w.verdict = 'added') as missed,
      count(*) filter (where w.verdict in ('violation', 'pass', 'not_applicable')) as settled
    from words as w
    group by w.rule_key
  )
  select report || jsonb_build_object(
    'flags', (select count(*) from shown), 'flagged_calls', (select count(distinct s.call_id) from shown as s),
    'by_rule', coalesce((select t.top from tops as t where t.kind = 'by_rule'), '[]'),
    'by_publisher', coalesce((select t.top from tops as t where t.kind = 'by_publisher'), '[]'),
    'by_campaign', coalesce((select t.top from tops as t where t.kind = 'by_campaign'), '[]'),
    'agreement', coalesce((
      select jsonb_agg(jsonb_build_object('rule_key', a.rule_key, 'title', a.title, 'confirmed', a.confirmed,
        'dismissed', a.dismissed, 'missed', a.missed, 'settled', a.settled)
        order by a.confirmed + a.dismissed + a.missed + a.settled desc, a.rule_key)
      from agreement as a
    ), '[]')
  ) into report;
  return report;
end
$$;
comment on function api.dashboard_report(integer) is
  'The last so many UTC days, today included, 90 at most (client type DashboardReport): volume and money per day and Ringba''s over the hours that were compared, flags of the shown verdicts by rule, publisher and campaign (ten each), and what people said per rule.';
grant execute on function api.dashboard_report(integer) to authenticated, service_role;

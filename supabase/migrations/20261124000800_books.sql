-- The books: our sums per hour against Ringba's own. Every comparison is kept in core.reconciliations,
-- the newest of each hour here.

create table core.books (
  account text not null,
  hour_start timestamptz not null,
  matches boolean not null,
  checked_at timestamptz not null,
  reconciliation_id bigint not null references core.reconciliations (reconciliation_id),
  primary key (account, hour_start)
);
alter table core.books enable row level security;
create index books_that_differ on core.books (account, hour_start) where not matches;
comment on table core.books is 'The newest comparison of each hour.';
comment on column core.books.account is 'Ringba account.';
comment on column core.books.hour_start is 'Start of the hour (of call starts).';
comment on column core.books.matches is 'Whether count, revenue, payout and cost agreed exactly.';
comment on column core.books.checked_at is 'When it was compared last.';
comment on column core.books.reconciliation_id is 'The comparison with its numbers.';
grant select on core.books to authenticated, service_role;
create policy "Reviewers and admins read the books" on core.books
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

-- Closed for a quarter of an hour, so that late records and payouts have had their chance.
create function core.closed_hours(known core.ingest_accounts) returns setof timestamptz
language sql stable set search_path = '' as $$
  select generate_series(
    date_trunc('hour', greatest(core.now() - interval '23 hours', known.reads_from + interval '59 minutes 59.999999 seconds')),
    date_trunc('hour', core.now() - interval '15 minutes') - interval '1 hour',
    interval '1 hour')
$$;
comment on function core.closed_hours(core.ingest_accounts) is
  'The hours of the last day that were read from their beginning and have been over for 15 minutes.';
grant execute on function core.closed_hours(core.ingest_accounts) to authenticated, service_role;

-- After a downtime of days there are older ones, too.
create function core.hours_never_compared(known core.ingest_accounts) returns setof timestamptz
language sql stable set search_path = '' as $$
  select closed.hour_start
  from generate_series(
    date_trunc('hour', known.reads_from + interval '59 minutes 59.999999 seconds'),
    date_trunc('hour', core.now() - interval '15 minutes') - interval '1 hour',
    interval '1 hour') as closed(hour_start)
  where not exists (select from core.books as b where b.account = known.account and b.hour_start = closed.hour_start)
$$;
comment on function core.hours_never_compared(core.ingest_accounts) is
  'Closed hours since the account is read that no comparison has seen.';
grant execute on function core.hours_never_compared(core.ingest_accounts) to authenticated, service_role;

create function api.hours_to_reconcile(account text, max integer default 100) returns setof timestamptz
language plpgsql stable security definer set search_path = '' as $$
begin
  perform core.require('service');
  return query
  select due.hour_start
  from (
    select hour_start from core.ingest_accounts as a cross join lateral core.closed_hours(a) as hour_start
    where a.account = hours_to_reconcile.account
    union
    select hour_start from core.ingest_accounts as a cross join lateral core.hours_never_compared(a) as hour_start
    where a.account = hours_to_reconcile.account
    union
    select b.hour_start from core.books as b where b.account = hours_to_reconcile.account and not b.matches
  ) as due
  order by due.hour_start desc
  limit greatest(max, 0);
end
$$;
comment on function api.hours_to_reconcile(text, integer) is
  'Hours to compare with Ringba, newest first: those of the last day, and older ones that still differ or were never compared.';
grant execute on function api.hours_to_reconcile(text, integer) to service_role;

create function api.record_reconciliation(account text, hour_start timestamptz, ringba jsonb, settled boolean default true)
returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  noted core.reconciliations;
  hour_name constant text := to_char(record_reconciliation.hour_start at time zone 'UTC', 'YYYY-MM-DD HH24:00');
begin
  perform core.require('service');
  insert into core.reconciliations (
    account, hour_start, our_calls, our_revenue, our_payout, our_cost,
    ringba_calls, ringba_revenue, ringba_payout, ringba_cost
  )
  select record_reconciliation.account, record_reconciliation.hour_start,
    count(*), coalesce(sum(c.revenue), 0), coalesce(sum(c.payout), 0), coalesce(sum(c.cost), 0),
    (ringba ->> 'calls')::bigint, (ringba ->> 'revenue')::numeric, (ringba ->> 'payout')::numeric, (ringba ->> 'cost')::numeric
  from core.calls as c
  where c.account = record_reconciliation.account
    and c.start_time_utc >= record_reconciliation.hour_start
    and c.start_time_utc < record_reconciliation.hour_start + interval '1 hour'
  returning * into noted;
  insert into core.books as b (account, hour_start, matches, checked_at, reconciliation_id)
  values (noted.account, noted.hour_start, noted.matches, noted.checked_at, noted.reconciliation_id)
  on conflict (account, hour_start) do update set
    matches = excluded.matches, checked_at = excluded.checked_at, reconciliation_id = excluded.reconciliation_id;
  if noted.matches then
    perform core.clear_alert('books_differ', noted.account || ' ' || hour_name);
  elsif settled then
    perform core.raise_alert('books_differ', noted.account || ' ' || hour_name, 'critical', format(
      'Account %s, hour %s UTC: %s calls, revenue %s, payout %s, cost %s here; %s calls, revenue %s, payout %s, cost %s at Ringba.',
      noted.account, hour_name, noted.our_calls, noted.our_revenue, noted.our_payout, noted.our_cost,
      noted.ringba_calls, noted.ringba_revenue, noted.ringba_payout, noted.ringba_cost));
  end if;
  return jsonb_build_object('matches', noted.matches,
    'ours', jsonb_build_object('calls', noted.our_calls, 'revenue', noted.our_revenue::text,
      'payout', noted.our_payout::text, 'cost', noted.our_cost::text));
end
$$;
comment on function api.record_reconciliation(text, timestamptz, jsonb, boolean) is
  'Compares an hour with Ringba''s totals {calls, revenue, payout, cost} and keeps both (client type Reconciled). A difference alerts once it is settled: found again after the hour was read again.';
grant execute on function api.record_reconciliation(text, timestamptz, jsonb, boolean) to service_role;

create view api.book_differences with (security_invoker = true) as
select r.account, r.hour_start, r.checked_at, r.our_calls, r.our_revenue::text as our_revenue, r.our_payout::text as our_payout,
  r.our_cost::text as our_cost, r.ringba_calls, r.ringba_revenue::text as ringba_revenue,
  r.ringba_payout::text as ringba_payout, r.ringba_cost::text as ringba_cost
from core.books as b
join core.reconciliations as r on r.reconciliation_id = b.reconciliation_id
where not b.matches;
comment on view api.book_differences is 'Hours in which our books and Ringba''s still differ, with both numbers.';
comment on column api.book_differences.account is 'Ringba account.';
comment on column api.book_differences.hour_start is 'Start of the hour (of call starts).';
comment on column api.book_differences.checked_at is 'When it was compared last.';
comment on column api.book_differences.our_calls is 'Calls here.';
comment on column api.book_differences.our_revenue is 'Revenue here, exact.';
comment on column api.book_differences.our_payout is 'Payout here, exact.';
comment on column api.book_differences.our_cost is 'Cost here, exact.';
comment on column api.book_differences.ringba_calls is 'Calls at Ringba.';
comment on column api.book_differences.ringba_revenue is 'Revenue at Ringba, exact.';
comment on column api.book_differences.ringba_payout is 'Payout at Ringba, exact.';
comment on column api.book_differences.ringba_cost is 'Cost at Ringba, exact.';
grant select on api.book_differences to authenticated, service_role;

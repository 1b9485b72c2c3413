-- What the language model may use in a day. Every request reserves what it may cost before it is sent and
-- settles what it did cost afterwards, so that no number of judges together passes a limit.

create table core.model_days (
  day date primary key,
  tokens bigint not null default 0 constraint day_tokens_not_negative check (tokens >= 0),
  cost_usd numeric not null default 0 constraint day_cost_not_negative check (cost_usd >= 0 and cost_usd < 'infinity'),
  refused_under_tokens bigint,
  refused_under_usd numeric
);
alter table core.model_days enable row level security;
comment on table core.model_days is 'What the language model used, day by day (UTC).';
comment on column core.model_days.day is 'The day, in UTC.';
comment on column core.model_days.tokens is 'Tokens there and back; for requests that are still under way, the most they may use.';
comment on column core.model_days.cost_usd is 'What they cost in US dollars, counted likewise.';
comment on column core.model_days.refused_under_tokens is 'The limit of tokens when a request was last refused; empty for none.';
comment on column core.model_days.refused_under_usd is 'The limit of US dollars at that time; empty for none.';
grant select on core.model_days to authenticated, service_role;
create policy "Reviewers and admins read what the model used" on core.model_days
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

create table core.model_reservations (
  reservation uuid primary key,
  day date not null references core.model_days (day) on delete cascade,
  tokens bigint not null constraint reserved_tokens_not_negative check (tokens >= 0),
  cost_usd numeric not null constraint reserved_cost_not_negative check (cost_usd >= 0 and cost_usd < 'infinity'),
  reserved_at timestamptz not null default core.now()
);
alter table core.model_reservations enable row level security;
create index model_reservations_of_day on core.model_reservations (day);
comment on table core.model_reservations is
  'Requests to the language model and what each counts for; forgotten after two days. One that never came back keeps its estimate.';
comment on column core.model_reservations.reservation is 'Name that the judge gave the request.';
comment on column core.model_reservations.day is 'The day that it counts for.';
comment on column core.model_reservations.tokens is 'The most tokens it may use; afterwards what it used.';
comment on column core.model_reservations.cost_usd is 'The most it may cost in US dollars; afterwards what it cost.';
comment on column core.model_reservations.reserved_at is 'When it was reserved.';
grant select on core.model_reservations to service_role;

create function core.utc_day() returns date
language sql stable set search_path = '' as $$ select (core.now() at time zone 'UTC')::date $$;
comment on function core.utc_day() is 'The present day in UTC: limits of the language model begin anew with it.';
grant execute on function core.utc_day() to authenticated, service_role;

create function core.check_model_use(tokens bigint, cost_usd numeric) returns void
language plpgsql immutable set search_path = '' as $$
begin
  if (tokens >= 0 and cost_usd >= 0 and cost_usd < 'infinity') is not true then
    raise exception 'What a request uses is a number of tokens and of US dollars, none of them negative.'
      using errcode = 'invalid_parameter_value';
  end if;
end
$$;
comment on function core.check_model_use(bigint, numeric) is 'Refuses what no request can use.';

-- Locks the day: reservations of one day are granted one after the other.
create function core.begin_model_day(today date) returns core.model_days
language plpgsql volatile set search_path = '' as $$
declare
  known core.model_days;
begin
  insert into core.model_days (day) values (today) on conflict (day) do nothing;
  if found then
    delete from core.model_reservations as r where r.day < today - 1;
  end if;
  select d.* into known from core.model_days as d where d.day = today for update;
  return known;
end
$$;
comment on function core.begin_model_day(date) is 'Locks and returns a day; the first of a day forgets old reservations.';

create function core.alert_budget_spent(spent core.model_days) returns void
language sql volatile set search_path = '' as $$
  select core.raise_alert('judge_budget_spent', spent.day::text, 'warning', format(
    'The language model has used its limit of %s for %s (UTC). Rules that need it stay undecided until the next day, or until the limit is raised.',
    array_to_string(array[spent.refused_under_tokens || ' tokens', spent.refused_under_usd || ' US dollars'], ' and '), spent.day))
$$;
comment on function core.alert_budget_spent(core.model_days) is 'Tells that a request was refused, and under which limits.';

create function core.end_model_days() returns void
language sql volatile security definer set search_path = '' as $$
  select core.clear_alert(a.kind, a.subject)
  from core.alerts as a
  where a.kind = 'judge_budget_spent' and a.cleared_at is null and a.subject <> core.utc_day()::text
$$;
comment on function core.end_model_days() is 'Clears the alerts of days that are over, whether or not the model is asked any more.';

create function core.clear_budget_alert(today core.model_days, tokens_per_day bigint, usd_per_day numeric) returns void
language sql volatile set search_path = '' as $$
  select core.clear_alert('judge_budget_spent', today.day::text)
  -- A smaller request that still fits under the same limits changes nothing.
  where coalesce(tokens_per_day, 'infinity'::numeric) > coalesce(today.refused_under_tokens, 'infinity'::numeric)
    or coalesce(usd_per_day, 'infinity'::numeric) > coalesce(today.refused_under_usd, 'infinity'::numeric)
$$;
comment on function core.clear_budget_alert(core.model_days, bigint, numeric) is
  'Called when a request is granted: today''s alert is over once a limit was raised.';

create function api.reserve_model_use(
  reservation uuid, tokens bigint, cost_usd numeric, tokens_per_day bigint default null, usd_per_day numeric default null
) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
declare
  today core.model_days;
begin
  perform core.require('service');
  perform core.check_model_use(tokens, cost_usd);
  if reservation is null then
    raise exception 'A reservation needs a name.' using errcode = 'invalid_parameter_value';
  end if;
  today := core.begin_model_day(core.utc_day());
  perform core.end_model_days();
  if exists (select from core.model_reservations as r where r.reservation = reserve_model_use.reservation) then
    return true;
  end if;
  if today.tokens + reserve_model_use.tokens > tokens_per_day or today.cost_usd + reserve_model_use.cost_usd > usd_per_day then
    update core.model_days as d set refused_under_tokens = tokens_per_day, refused_under_usd = usd_per_day
    where d.day = today.day
    returning d.* into today;
    perform core.alert_budget_spent(today);
    return false;
  end if;
  insert into core.model_reservations (reservation, day, tokens, cost_usd)
  values (reserve_model_use.reservation, today.day, reserve_model_use.tokens, reserve_model_use.cost_usd);
  update core.model_days as d set
    tokens = d.tokens + reserve_model_use.tokens, cost_usd = d.cost_usd + reserve_model_use.cost_usd
  where d.day = today.day;
  perform core.clear_budget_alert(today, tokens_per_day, usd_per_day);
  return true;
end
$$;
comment on function api.reserve_model_use(uuid, bigint, numeric, bigint, numeric) is
  'Reserves what a request may use at most, under the limits of a day (null for none). False when it would pass one: then the request must not be sent. The same reservation twice is one.';
grant execute on function api.reserve_model_use(uuid, bigint, numeric, bigint, numeric) to service_role;

create function api.settle_model_use(reservation uuid, tokens bigint, cost_usd numeric) returns void
language plpgsql volatile security definer set search_path = '' as $$
declare
  reserved core.model_reservations;
begin
  perform core.require('service');
  perform core.check_model_use(tokens, cost_usd);
  -- The day first, as when reserving: two that lock in the same order do not wait for each other.
  perform from core.model_days as d
  where d.day = (select r.day from core.model_reservations as r where r.reservation = settle_model_use.reservation)
  for update;
  select r.* into reserved from core.model_reservations as r
  where r.reservation = settle_model_use.reservation for update;
  if not found then
    return;
  end if;
  update core.model_reservations as r set tokens = settle_model_use.tokens, cost_usd = settle_model_use.cost_usd
  where r.reservation = reserved.reservation;
  update core.model_days as d set
    tokens = d.tokens - reserved.tokens + settle_model_use.tokens,
    cost_usd = d.cost_usd - reserved.cost_usd + settle_model_use.cost_usd
  where d.day = reserved.day;
end
$$;
comment on function api.settle_model_use(uuid, bigint, numeric) is
  'Replaces what was reserved for a request by what it used; sent again it changes nothing, and an unknown reservation is no error.';
grant execute on function api.settle_model_use(uuid, bigint, numeric) to service_role;

create function api.model_use_today() returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  perform core.require('service', 'reviewer', 'admin');
  return (
    select jsonb_build_object('day', today.day, 'tokens', coalesce(d.tokens, 0), 'cost_usd', coalesce(d.cost_usd, 0)::text)
    from (select core.utc_day() as day) as today
    left join core.model_days as d on d.day = today.day
  );
end
$$;
comment on function api.model_use_today() is
  'What the language model used today, in UTC (client type ModelDay); requests under way count with what they reserved.';
grant execute on function api.model_use_today() to authenticated, service_role;

do $$
begin
  if exists (select from pg_catalog.pg_extension where extname = 'pg_cron') then
    perform cron.schedule('callscript-end-model-days', '7 * * * *', 'select core.end_model_days()');
  end if;
end
$$;

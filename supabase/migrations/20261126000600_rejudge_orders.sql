-- An admin has many calls judged again by an order, by hand in Studio or from the app. It is worked off
-- bit by bit, newest call first, so that new calls find the judge free.

create index idx_calls_judged on core.calls (start_time_utc desc, call_id desc) where judgement_id is not null;

create table core.rejudge_orders (
  order_id bigint generated always as identity primary key,
  vertical text references core.verticals (vertical),
  from_time timestamptz,
  to_time timestamptz,
  call_id bigint references core.calls (call_id),
  reason text,
  requested_by text,
  created_at timestamptz not null default core.now(),
  calls_done bigint not null default 0,
  finished_at timestamptz,
  reached_time timestamptz not null,
  reached_call bigint not null
);
alter table core.rejudge_orders enable row level security;
create index rejudge_orders_open on core.rejudge_orders (order_id) where finished_at is null;
comment on table core.rejudge_orders is
  'Orders to judge calls again under the present rules. Add a row that names a call, or a vertical, a range of call starts, or both; it is worked off by itself. Verdicts whose judging began after the order stay.';
comment on column core.rejudge_orders.order_id is 'Number of the order.';
comment on column core.rejudge_orders.vertical is 'Only calls that were judged under this vertical; common for calls whose campaign is not mapped. Empty for all.';
comment on column core.rejudge_orders.from_time is 'Calls that started at this moment or later; empty for no bound.';
comment on column core.rejudge_orders.to_time is 'Calls that started before this moment; empty for no bound.';
comment on column core.rejudge_orders.call_id is 'This call alone; then everything else stays empty.';
comment on column core.rejudge_orders.reason is 'Why, for other admins.';
comment on column core.rejudge_orders.requested_by is 'E-mail of the admin; empty for a row that was added in Studio.';
comment on column core.rejudge_orders.created_at is 'When it was given; filled by itself.';
comment on column core.rejudge_orders.calls_done is 'How many calls were sent back to the judge so far; filled by itself.';
comment on column core.rejudge_orders.finished_at is 'When the last one was; empty while it is worked off. Fill it to stop the order.';
comment on column core.rejudge_orders.reached_time is 'How far it is: start of the last call that was looked at; filled by itself.';
comment on column core.rejudge_orders.reached_call is 'And that call''s number.';

create function core.check_rejudge_order() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  broken text;
  name text;
begin
  select problem.sentence, problem.name into broken, name
  from (values
    (1, num_nonnulls(new.call_id, new.vertical, new.from_time, new.to_time) > 0, 'order_names_calls',
      'Say which calls: a call, a vertical, or a range of call starts.'),
    (2, new.call_id is null or num_nonnulls(new.vertical, new.from_time, new.to_time) = 0, 'order_of_one_call',
      'An order names one call, or a vertical and a range of call starts, not both.'),
    (3, new.from_time is null or new.to_time is null or new.from_time < new.to_time, 'order_range_runs_forward',
      'The range of call starts must end after it begins.'),
    (4, new.vertical is null or exists (select from core.verticals as v where v.vertical = new.vertical), 'order_vertical_exists',
      format('There is no vertical "%s".', new.vertical)),
    (5, new.call_id is null or exists (select from core.calls as c where c.call_id = new.call_id), 'order_call_exists',
      format('There is no call %s.', new.call_id)),
    (6, new.reason is null or length(new.reason) <= 2000, 'order_reason_short',
      'The reason is too long: 2000 characters at most.')
  ) as problem(place, holds, name, sentence)
  where not problem.holds
  order by problem.place
  limit 1;
  if broken is not null then
    raise exception '%', broken using errcode = 'check_violation', constraint = name;
  end if;
  new.reason := nullif(btrim(new.reason), '');
  new.created_at := core.now();
  new.calls_done := 0;
  new.finished_at := null;
  -- No call has the number 0: whatever starts at the end of the range is behind it.
  new.reached_time := coalesce(new.to_time, 'infinity');
  new.reached_call := 0;
  return new;
end
$$;
comment on function core.check_rejudge_order() is 'Refuses an order that makes no sense with a sentence for the person in Studio, and begins it.';
create trigger check_rejudge_order before insert or update of vertical, from_time, to_time, call_id on core.rejudge_orders
  for each row execute function core.check_rejudge_order();

grant select on core.rejudge_orders to authenticated, service_role;
create policy "Reviewers and admins read orders to judge again" on core.rejudge_orders
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

create function core.judge_anew(call_ids bigint[]) returns integer
language plpgsql volatile set search_path = '' as $$
declare
  sent integer;
begin
  -- The verdict stays shown until there is a new one; the campaign may be mapped otherwise by now.
  -- Every rule is asked, not only what was left unasked.
  update core.calls as c set
    status = 'transcribed', verdict_before = coalesce(c.verdict_before, c.status), attempts = 0, last_error = null,
    round = c.round + 1, vertical = core.vertical_of(c.account, c.campaign_id, c.campaign_name),
    ask_again_at = null, ask_again_tries = 0
  where c.call_id = any (call_ids)
    and (c.status in ('flagged', 'safe', 'undecided') or c.status = 'transcribed' and c.ask_again_at is not null);
  get diagnostics sent = row_count;
  return sent;
end
$$;
comment on function core.judge_anew(bigint[]) is 'Sends calls with a verdict back to the judge, who asks every rule under the present rules; returns how many.';

create or replace function api.rejudge_call(call_id bigint) returns text
language plpgsql volatile security definer set search_path = '' as $$
declare
  judged core.calls;
begin
  perform core.require('service', 'admin');
  select c.* into judged from core.calls as c where c.call_id = rejudge_call.call_id for update;
  if not found then
    raise exception 'There is no call %.', call_id using errcode = 'invalid_parameter_value';
  elsif judged.status not in ('flagged', 'safe', 'undecided') then
    raise exception 'Only a call with a verdict can be judged again; this one is %.', replace(judged.status, '_', ' ')
      using errcode = 'invalid_parameter_value';
  end if;
  perform core.judge_anew(array[judged.call_id]);
  perform core.log_by_hand('call_judged_again', judged.call_id,
    jsonb_build_object('verdict', judged.status, 'qa_version', judged.qa_version));
  return 'transcribed';
end
$$;

create function core.work_off_rejudge_order(this core.rejudge_orders, room integer) returns integer
language plpgsql volatile set search_path = '' as $$
declare
  -- Looked at in one go, however many calls an order is about and however few of them it wants.
  most constant integer := 5000;
  upper_time timestamptz := this.reached_time;
  upper_call bigint := this.reached_call;
  lower_time timestamptz := coalesce(this.from_time, '-infinity');
  found_ids bigint[];
  looked_at integer;
  passed integer;
  sent integer;
begin
  -- Who claimed a call before the order may judge it by the rules of that time: it waits for their verdicts.
  if exists (
    select from core.calls as c
    where c.lease_token is not null and c.status = 'judging' and c.leased_at < this.created_at
  ) then
    return 0;
  end if;
  if this.call_id is not null then
    select c.start_time_utc, c.call_id + 1, c.start_time_utc into upper_time, upper_call, lower_time
    from core.calls as c where c.call_id = this.call_id;
  end if;
  with looked as materialized (
    select c.call_id, c.start_time_utc, c.vertical, c.judgement_id
    from core.calls as c
    where c.judgement_id is not null
      -- One that waits for only its unasked rules to be asked is to have all of them asked as well.
      and (c.status in ('flagged', 'safe', 'undecided') or c.status = 'transcribed' and c.ask_again_at is not null)
      and (c.start_time_utc, c.call_id) < (upper_time, upper_call) and c.start_time_utc >= lower_time
    order by c.start_time_utc desc, c.call_id desc
    limit most
  ),
  sifted as (
    select l.call_id, l.start_time_utc,
      (this.call_id is null or l.call_id = this.call_id)
        and (this.vertical is null or coalesce(l.vertical, 'common') = this.vertical)
        and coalesce(coalesce(a.started_at, j.judged_at) < this.created_at, true) as wanted
    from looked as l
    left join core.judgements as j on j.judgement_id = l.judgement_id
    left join core.attempts as a on a.call_id = j.call_id and a.lane = 'judge' and a.round = j.round and a.outcome = 'accepted'
  ),
  numbered as (
    select s.*, row_number() over newest_first as place, count(*) filter (where s.wanted) over newest_first as nth
    from sifted as s
    window newest_first as (order by s.start_time_utc desc, s.call_id desc)
  ),
  locked as (
    select c.call_id from core.calls as c
    where c.call_id in (select n.call_id from numbered as n where n.wanted and n.nth <= room)
      and (c.status in ('flagged', 'safe', 'undecided') or c.status = 'transcribed' and c.ask_again_at is not null)
    for update skip locked
  ),
  taken as (
    select n.*, l.call_id is not null as locked from numbered as n left join locked as l on l.call_id = n.call_id
    where n.nth <= room
  ),
  -- A call that somebody holds just now is left for the next time, and the order goes no further than it.
  held as (
    select coalesce(min(t.place), most + 1) as place from taken as t where t.wanted and not t.locked
  )
  select array_agg(t.call_id) filter (where t.locked), (select count(*) from looked),
    count(*) filter (where t.place < h.place),
    coalesce((array_agg(t.start_time_utc order by t.place desc) filter (where t.place < h.place))[1], this.reached_time),
    coalesce((array_agg(t.call_id order by t.place desc) filter (where t.place < h.place))[1], this.reached_call)
  into found_ids, looked_at, passed, upper_time, upper_call
  from taken as t
  cross join held as h;
  sent := core.judge_anew(coalesce(found_ids, '{}'));
  update core.rejudge_orders as o set
    calls_done = o.calls_done + sent, reached_time = upper_time, reached_call = upper_call,
    finished_at = case when passed = looked_at and looked_at < most then core.now() end
  where o.order_id = this.order_id;
  return sent;
end
$$;
comment on function core.work_off_rejudge_order(core.rejudge_orders, integer) is
  'Sends up to so many calls of one order back to the judge and keeps how far it came; returns how many.';

create function core.work_off_rejudge_orders() returns integer
language plpgsql volatile security definer set search_path = '' as $$
declare
  most constant integer := 500;
  sent integer := 0;
  next_order core.rejudge_orders;
begin
  for next_order in
    select o.* from core.rejudge_orders as o where o.finished_at is null order by o.order_id for update skip locked
  loop
    sent := sent + core.work_off_rejudge_order(next_order, most - sent);
    exit when sent >= most;
  end loop;
  return sent;
end
$$;
comment on function core.work_off_rejudge_orders() is
  'Sends up to 500 calls back to the judge, by the oldest open order first, newest call first; returns how many.';

create function core.rejudge_order_json(o core.rejudge_orders) returns jsonb
language sql immutable set search_path = '' as $$
  select jsonb_build_object('order_id', o.order_id, 'vertical', o.vertical, 'from_time', o.from_time, 'to_time', o.to_time,
    'call_id', o.call_id, 'reason', o.reason, 'requested_by', o.requested_by, 'created_at', o.created_at,
    'calls_done', o.calls_done, 'finished_at', o.finished_at)
$$;

create function api.order_rejudging(
  vertical text default null, from_time timestamptz default null, to_time timestamptz default null,
  call_id bigint default null, reason text default null
) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  given core.rejudge_orders;
begin
  perform core.require('service', 'admin');
  insert into core.rejudge_orders (vertical, from_time, to_time, call_id, reason, requested_by)
  values (order_rejudging.vertical, order_rejudging.from_time, order_rejudging.to_time, order_rejudging.call_id,
    order_rejudging.reason, auth.jwt() ->> 'email')
  returning * into given;
  perform core.log_by_hand('rejudging_ordered', given.call_id, core.rejudge_order_json(given));
  return core.rejudge_order_json(given);
end
$$;
comment on function api.order_rejudging(text, timestamptz, timestamptz, bigint, text) is
  'Has calls judged again under the present rules: one, or those of a vertical, of a range of call starts, or of both. Returns the order (client type RejudgeOrder).';
grant execute on function api.order_rejudging(text, timestamptz, timestamptz, bigint, text) to authenticated, service_role;

do $$
begin
  if exists (select from pg_catalog.pg_extension where extname = 'pg_cron') then
    perform cron.schedule('callscript-judge-again', '* * * * *', 'select core.work_off_rejudge_orders()');
  end if;
end
$$;

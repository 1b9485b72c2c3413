-- Windows are work: planned, leased like calls, fetched, halved, given up.

alter table core.ingest_windows
  alter column fetched drop not null,
  alter column total drop not null,
  alter column partial drop not null,
  alter column stop_reason drop not null,
  alter column tries set default 0,
  alter column first_fetched_at drop not null,
  alter column first_fetched_at drop default,
  alter column last_fetched_at drop not null,
  alter column last_fetched_at drop default,
  add column purpose text not null default 'live'
    constraint window_purpose_valid check (purpose in ('live', 'gap', 'reread', 'asked', 'books')),
  add column half_of bigint references core.ingest_windows (window_id),
  add column planned_at timestamptz not null default core.now(),
  add column next_try_at timestamptz not null default core.now(),
  add column lease_token uuid unique,
  add column lease_owner text,
  add column lease_expires_at timestamptz,
  add column answered_token uuid,
  drop constraint window_once,
  drop constraint window_state_valid,
  drop constraint whole_window_is_whole,
  drop constraint stop_reason_valid;
alter table core.ingest_windows
  add constraint window_state_valid check (state in ('open', 'whole', 'halved', 'replaced', 'incomplete')),
  add constraint stop_reason_valid
    check (stop_reason in ('short_page', 'partial_result', 'all_fetched', 'page_limit', 'error')),
  add constraint whole_window_is_whole check (
    state <> 'whole' or coalesce(not partial and fetched >= total and stop_reason <> 'error', false)
  ),
  add constraint given_up_window_says_why check (state not in ('halved', 'incomplete') or stop_reason is not null),
  add constraint window_lease_complete check (
    (lease_token is null) = (lease_owner is null) and (lease_token is null) = (lease_expires_at is null)
    and (lease_token is null or state = 'open')
  );
-- The same stretch may be read again later, but never by two at the same time.
create unique index window_open_once on core.ingest_windows (account, window_start, window_end) where state = 'open';
create index ingest_windows_open on core.ingest_windows (account, window_end desc) where state = 'open';
create index ingest_windows_whole on core.ingest_windows (account, last_fetched_at) where state = 'whole';
create index ingest_windows_halves on core.ingest_windows (half_of) where half_of is not null;
comment on column core.ingest_windows.state is
  'open: to be fetched. whole: everything came. halved: cut in two windows. replaced: other windows read the same stretch. incomplete: given up, and told.';
comment on column core.ingest_windows.fetched is 'Different calls that came; empty before the first try ended.';
comment on column core.ingest_windows.stop_reason is 'Why paging stopped: short_page, partial_result, all_fetched, page_limit or error.';
comment on column core.ingest_windows.tries is 'How often it was claimed.';
comment on column core.ingest_windows.purpose is
  'live: the last minutes. gap: left by a downtime. reread: payouts change. asked: by hand. books: an hour that differed.';
comment on column core.ingest_windows.half_of is 'The window that was cut in two.';
comment on column core.ingest_windows.planned_at is 'When it was planned.';
comment on column core.ingest_windows.first_fetched_at is 'End of the first try at it, or at the window that it is a half of; a day later it is given up.';
comment on column core.ingest_windows.next_try_at is 'Not fetched again before.';
comment on column core.ingest_windows.lease_token is 'Secret of the server that fetches it now.';
comment on column core.ingest_windows.lease_owner is 'Name of that server.';
comment on column core.ingest_windows.lease_expires_at is 'When another server may take it.';
comment on column core.ingest_windows.answered_token is 'The lease that ended it or its last try: the same answer sent twice changes nothing.';

drop function api.record_window(jsonb);

create function core.stretch(w core.ingest_windows) returns tstzrange
language sql immutable set search_path = '' as $$
  select tstzrange(w.window_start, w.window_end)
$$;
comment on function core.stretch(core.ingest_windows) is 'The call starts of a window: with the first moment, without the last.';

-- One page takes at most eight minutes, waits that Ringba asks for included; the lease is renewed before
-- each.
create function core.window_lease_length() returns interval
language sql immutable set search_path = '' as $$ select interval '10 minutes' $$;
comment on function core.window_lease_length() is 'How long a window is held after the last sign of life.';

create function core.window_patience(tries integer) returns interval
language sql volatile set search_path = '' as $$
  select least(interval '15 seconds' * power(2, least(tries, 10) - 1), interval '15 minutes') * (0.75 + random() / 2)
$$;
comment on function core.window_patience(integer) is 'Wait before a window is fetched again: doubles with each try, jittered.';

create function core.lease_window(id bigint, worker text)
returns table (window_id bigint, lease_token uuid, window_start timestamptz, window_end timestamptz, purpose text)
language sql volatile set search_path = '' as $$
  update core.ingest_windows as w set
    lease_token = gen_random_uuid(),
    lease_owner = lease_window.worker,
    lease_expires_at = core.now() + core.window_lease_length(),
    tries = w.tries + 1
  where w.window_id = id
  returning w.window_id, w.lease_token, w.window_start, w.window_end, w.purpose
$$;
comment on function core.lease_window(bigint, text) is 'Puts a window under a fresh lease.';

create function core.open_windows(account text, stretch tstzrange, purpose text, width interval default '15 minutes')
returns setof bigint
language sql volatile set search_path = '' as $$
  insert into core.ingest_windows (account, window_start, window_end, state, purpose)
  select open_windows.account, piece, least(piece + width, upper(stretch)), 'open', open_windows.purpose
  from generate_series(lower(stretch), upper(stretch) - interval '1 microsecond', width) as piece
  on conflict (account, window_start, window_end) where state = 'open'
  do update set purpose = excluded.purpose
  returning window_id
$$;
comment on function core.open_windows(text, tstzrange, text, interval) is 'Plans the windows of a stretch; returns their ids, those of windows that were open already too.';

create function core.plan_gaps(account text, until timestamptz) returns void
language plpgsql volatile set search_path = '' as $$
declare
  known core.ingest_accounts;
  missing tstzmultirange;
begin
  select a.* into known from core.ingest_accounts as a where a.account = plan_gaps.account;
  missing := tstzmultirange(tstzrange(known.reads_from, greatest(until, known.reads_from))) - known.covered - known.given_up
    - coalesce((
        select range_agg(core.stretch(w)) from core.ingest_windows as w
        where w.account = plan_gaps.account and w.state = 'open'
      ), '{}');
  perform core.open_windows(plan_gaps.account, gap, 'gap') from unnest(missing) as gap;
  -- What began before a long downtime was not read again when it ended, was paid or came late.
  perform core.open_windows(plan_gaps.account, tstzrange(lower(gap) - interval '24 hours', lower(gap)), 'reread', interval '4 hours')
  from unnest(missing) as gap
  where lower(gap) < core.now() - interval '4 hours' and lower(gap) > known.reads_from;
end
$$;
comment on function core.plan_gaps(text, timestamptz) is 'Plans windows of 15 minutes for whatever was neither read nor given up nor is planned.';

create function api.begin_live_window(account text, worker text, width_seconds integer default 900, every_seconds integer default 60)
returns table (window_id bigint, lease_token uuid, window_start timestamptz, window_end timestamptz, purpose text)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  right_now constant timestamptz := core.now();
  begins constant timestamptz := right_now - make_interval(secs => width_seconds);
  id bigint;
begin
  perform core.require('service');
  if width_seconds not between 60 and 86400 or every_seconds not between 1 and 3600 then
    raise exception 'A live window is a minute to a day wide and comes every second to every hour.'
      using errcode = 'invalid_parameter_value';
  end if;
  insert into core.ingest_accounts (account, reads_from) values (begin_live_window.account, begins)
  on conflict (account) do nothing;
  -- One server at a time: of two that come together the second finds the window of the first.
  perform from core.ingest_accounts as a where a.account = begin_live_window.account for update;
  if exists (
    select from core.ingest_windows as w
    where w.account = begin_live_window.account and w.purpose = 'live' and w.half_of is null
      and w.window_end > right_now - make_interval(secs => every_seconds / 2.0)
  ) then
    return;
  end if;
  -- Earlier live windows that are still open keep only what this one does not read; those that could not be
  -- had at all leave a gap, which is planned in one piece once Ringba answers again.
  update core.ingest_windows as w set
    state = case when w.window_start >= begins or coalesce(w.stop_reason, 'error') = 'error' then 'replaced' else 'open' end,
    purpose = 'gap',
    window_end = case
      when w.window_start >= begins or coalesce(w.stop_reason, 'error') = 'error' then w.window_end
      else least(w.window_end, begins)
    end,
    lease_token = null, lease_owner = null, lease_expires_at = null
  where w.account = begin_live_window.account and w.state = 'open' and w.purpose = 'live'
    and (w.lease_token is null or w.lease_expires_at < right_now)
    and not exists (
      select from core.ingest_windows as twin
      where twin.account = w.account and twin.state = 'open' and twin.window_id <> w.window_id
        and twin.window_start = w.window_start and twin.window_end = least(w.window_end, begins)
    );
  insert into core.ingest_windows (account, window_start, window_end, state, purpose)
  values (begin_live_window.account, begins, right_now, 'open', 'live')
  returning ingest_windows.window_id into id;
  return query select * from core.lease_window(id, begin_live_window.worker);
end
$$;
comment on function api.begin_live_window(text, text, integer, integer) is
  'Leases the window of the last minutes of call starts (client type LeasedWindow); nothing when another server did so just now.';
grant execute on function api.begin_live_window(text, text, integer, integer) to service_role;

create function core.plan_rereads(account text) returns void
language plpgsql volatile set search_path = '' as $$
declare
  right_now constant timestamptz := core.now();
begin
  update core.ingest_accounts as a set reread_recent_at = right_now
  where a.account = plan_rereads.account
    and (a.reread_recent_at is null or a.reread_recent_at <= right_now - interval '5 minutes');
  if found then
    -- The new one reads what is left of the one before.
    update core.ingest_windows as w set state = 'replaced'
    where w.account = plan_rereads.account and w.state = 'open' and w.purpose = 'reread' and w.lease_token is null
      and w.window_start >= right_now - interval '4 hours 15 minutes';
    perform core.open_windows(plan_rereads.account,
      tstzrange(right_now - interval '4 hours', right_now - interval '15 minutes'), 'reread', interval '4 hours');
  end if;
  update core.ingest_accounts as a set reread_day_at = right_now
  where a.account = plan_rereads.account
    and (a.reread_day_at is null or a.reread_day_at <= right_now - interval '1 hour');
  if found then
    update core.ingest_windows as w set state = 'replaced'
    where w.account = plan_rereads.account and w.state = 'open' and w.purpose = 'reread' and w.lease_token is null
      and w.window_start >= right_now - interval '25 hours 15 minutes'
      and w.window_end <= right_now - interval '4 hours';
    perform core.open_windows(plan_rereads.account,
      tstzrange(right_now - interval '24 hours', right_now - interval '4 hours'), 'reread', interval '4 hours');
  end if;
end
$$;
comment on function core.plan_rereads(text) is
  'Payouts change and records come late: starts of the last 4 hours are read again every 5 minutes, those of 24 hours every hour.';

create function api.claim_window(account text, worker text, among bigint[] default null)
returns table (window_id bigint, lease_token uuid, window_start timestamptz, window_end timestamptz, purpose text)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  right_now constant timestamptz := core.now();
  id bigint;
begin
  perform core.require('service');
  if among is null then
    perform core.plan_rereads(claim_window.account);
  end if;
  update core.ingest_windows as w set state = 'replaced'
  from core.ingest_accounts as a
  where w.account = claim_window.account and a.account = w.account
    and w.state = 'open' and w.lease_token is null and w.purpose in ('live', 'gap')
    and core.stretch(w) <@ a.covered;
  select w.window_id into id
  from core.ingest_windows as w
  where w.account = claim_window.account and w.state = 'open' and w.next_try_at <= right_now
    and (w.lease_token is null or w.lease_expires_at < right_now)
    and (among is null or w.window_id = any (among) or w.half_of = any (among))
  -- Somebody waits for what was asked for.
  order by w.purpose in ('asked', 'books') desc, w.window_end desc
  limit 1
  for update skip locked;
  if id is not null then
    return query select * from core.lease_window(id, claim_window.worker);
  end if;
end
$$;
comment on function api.claim_window(text, text, bigint[]) is
  'Leases the newest window whose turn it is, of all or among some (client type LeasedWindow); nothing when none waits.';
grant execute on function api.claim_window(text, text, bigint[]) to service_role;

create function api.beat_window(lease_token uuid) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform core.require('service');
  update core.ingest_windows as w set lease_expires_at = core.now() + core.window_lease_length()
  where w.lease_token = beat_window.lease_token;
  return found;
end
$$;
comment on function api.beat_window(uuid) is 'Keeps the lease of a window; false when it is lost.';
grant execute on function api.beat_window(uuid) to service_role;

create function core.window_end_state(w core.ingest_windows) returns text
language sql stable set search_path = '' as $$
  select case
    when not w.partial and w.fetched >= w.total and w.stop_reason <> 'error' then 'whole'
    when w.first_fetched_at <= core.now() - interval '24 hours' then 'incomplete'
    -- An outage says nothing about the window: it only waits. When others come whole, this one is too much.
    when w.stop_reason = 'error' then case
      when w.tries >= 4 and w.window_end - w.window_start > interval '1 minute' and exists (
        select from core.ingest_windows as other
        where other.account = w.account and other.state = 'whole' and other.last_fetched_at > w.first_fetched_at
      ) then 'halved'
      else 'open'
    end
    when w.window_end - w.window_start > interval '1 minute' then case when w.tries >= 2 then 'halved' else 'open' end
    -- About half an hour of growing patience.
    when w.tries >= 8 then 'incomplete'
    else 'open'
  end
$$;
comment on function core.window_end_state(core.ingest_windows) is 'Where a try leaves its window. Whole is only what Ringba''s own count confirms.';

create function api.complete_window(lease_token uuid, report jsonb) returns text
language plpgsql volatile security definer set search_path = '' as $$
declare
  right_now constant timestamptz := core.now();
  held core.ingest_windows;
  middle timestamptz;
  lost tstzmultirange;
begin
  perform core.require('service');
  select w.* into held from core.ingest_windows as w where w.lease_token = complete_window.lease_token for update;
  if not found then
    select w.* into held from core.ingest_windows as w where w.answered_token = complete_window.lease_token;
    if found then
      return held.state;
    end if;
    raise sqlstate 'PT409' using message = 'lease lost', detail = 'Another server reads this window now; nothing was changed.';
  end if;
  held.fetched := (report ->> 'fetched')::bigint;
  held.total := (report ->> 'total')::bigint;
  held.partial := (report ->> 'partial')::boolean;
  held.stop_reason := report ->> 'stop_reason';
  held.state := core.window_end_state(held);
  update core.ingest_windows as w set
    fetched = held.fetched, total = held.total, partial = held.partial, stop_reason = held.stop_reason,
    state = held.state,
    first_fetched_at = coalesce(w.first_fetched_at, right_now), last_fetched_at = right_now,
    next_try_at = right_now + greatest(
      core.window_patience(w.tries),
      least(make_interval(secs => coalesce((report ->> 'retry_after_seconds')::double precision, 0)), interval '1 hour')),
    lease_token = null, lease_owner = null, lease_expires_at = null, answered_token = complete_window.lease_token
  where w.window_id = held.window_id;

  case held.state
    when 'whole' then
      perform core.cover(held.account, core.stretch(held));
      if held.purpose = 'live' then
        perform core.plan_gaps(held.account, held.window_start);
      end if;
    when 'halved' then
      middle := held.window_start + (held.window_end - held.window_start) / 2;
      insert into core.ingest_windows (account, window_start, window_end, state, purpose, half_of, first_fetched_at)
      select held.account, half.starts, half.ends, 'open', held.purpose, coalesce(held.half_of, held.window_id),
        coalesce(held.first_fetched_at, right_now)
      from (values (held.window_start, middle), (middle, held.window_end)) as half(starts, ends)
      on conflict (account, window_start, window_end) where state = 'open' do nothing;
    when 'incomplete' then
      -- Too few calls came: something is missing, whatever was read earlier. An error takes nothing back.
      select tstzmultirange(core.stretch(held)) - case when held.stop_reason = 'error' then a.covered else '{}' end
      into lost
      from core.ingest_accounts as a where a.account = held.account;
      update core.ingest_accounts as a set given_up = a.given_up + lost, covered = a.covered - lost
      where a.account = held.account;
      perform core.alert_given_up(held.account);
    else null;
  end case;
  return held.state;
end
$$;
comment on function api.complete_window(uuid, jsonb) is
  'Keeps what became of a try (client type WindowReport) and returns the window''s state: whole, open (later again), halved or incomplete.';
grant execute on function api.complete_window(uuid, jsonb) to service_role;

create function api.release_window(lease_token uuid) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform core.require('service');
  update core.ingest_windows as w set
    lease_token = null, lease_owner = null, lease_expires_at = null, tries = greatest(w.tries - 1, 0)
  where w.lease_token = release_window.lease_token;
end
$$;
comment on function api.release_window(uuid) is 'Gives a window back unread; costs no try.';
grant execute on function api.release_window(uuid) to service_role;

create function api.reingest(account text, starts timestamptz, ends timestamptz, purpose text default 'asked') returns setof bigint
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
begin
  perform core.require('service');
  if starts is null or ends is null or starts >= least(ends, core.now()) or ends > starts + interval '400 days' then
    raise exception 'A range to read again runs forward, lies in the past and has at most 400 days.'
      using errcode = 'invalid_parameter_value';
  end if;
  insert into core.ingest_accounts (account, reads_from) values (reingest.account, core.now()) on conflict (account) do nothing;
  return query select core.open_windows(reingest.account, tstzrange(starts, least(ends, core.now())), reingest.purpose);
end
$$;
comment on function api.reingest(text, timestamptz, timestamptz, text) is
  'Lines up a range of call starts to be read again, in windows of 15 minutes; returns their ids.';
grant execute on function api.reingest(text, timestamptz, timestamptz, text) to service_role;

create function api.windows_left(ids bigint[]) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform core.require('service');
  return (
    select jsonb_build_object(
      'open', count(*) filter (where w.state = 'open'), 'incomplete', count(*) filter (where w.state = 'incomplete'))
    from core.ingest_windows as w
    where w.window_id = any (ids) or w.half_of = any (ids)
  );
end
$$;
comment on function api.windows_left(bigint[]) is
  'How many of these windows and of their halves are still open, and how many were given up (client type WindowsLeft).';
grant execute on function api.windows_left(bigint[]) to service_role;

create function core.trim_windows() returns bigint
language sql volatile security definer set search_path = '' as $$
  with gone as (
    delete from core.ingest_windows as w
    where w.state in ('whole', 'halved', 'replaced') and w.window_end < core.now() - interval '30 days'
      and w.planned_at < core.now() - interval '30 days'
      and not exists (select from core.ingest_windows as half where half.half_of = w.window_id)
    returning 1
  )
  select count(*) from gone
$$;
comment on function core.trim_windows() is 'Forgets windows that have been whole for 30 days; returns how many.';

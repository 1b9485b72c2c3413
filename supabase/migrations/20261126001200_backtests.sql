-- Backtests: a draft held against calls of the past, beside the verdicts that they have. The calls
-- themselves are never changed.

create table core.backtests (
  backtest_id bigint generated always as identity primary key,
  draft text not null,
  vertical text not null,
  from_time timestamptz not null,
  to_time timestamptz not null,
  most_calls integer not null default 1000,
  requested_by text,
  created_at timestamptz not null default core.now(),
  status text not null default 'waiting'
    constraint backtest_status_valid check (status in ('waiting', 'running', 'done', 'failed')),
  ruleset jsonb not null default '{}',
  calls_total integer not null default 0,
  calls_done integer not null default 0
    constraint backtest_calls_done_valid check (calls_done between 0 and calls_total),
  cursor_start timestamptz,
  cursor_call_id bigint,
  requests bigint not null default 0 constraint backtest_requests_not_negative check (requests >= 0),
  tokens bigint not null default 0 constraint backtest_tokens_not_negative check (tokens >= 0),
  cost_usd numeric not null default 0
    constraint backtest_cost_not_negative check (cost_usd >= 0 and cost_usd < 'infinity'),
  report jsonb,
  error text,
  lease_token uuid unique,
  lease_owner text,
  lease_expires_at timestamptz,
  answered_token uuid,
  started_at timestamptz,
  finished_at timestamptz,
  constraint backtest_lease_complete check (
    case when status = 'running' then num_nulls(lease_token, lease_owner, lease_expires_at) = 0
      else num_nonnulls(lease_token, lease_owner, lease_expires_at) = 0 end
  ),
  constraint backtest_cursor_complete check ((cursor_start is null) = (cursor_call_id is null)),
  constraint failed_backtest_says_why check ((status = 'failed') = (coalesce(error, '') ~ '\S')),
  constraint finished_backtest_reports check (
    case when status in ('done', 'failed') then num_nulls(report, finished_at) = 0
      else num_nonnulls(report, finished_at) = 0 end
  )
);
alter table core.backtests enable row level security;
create index backtests_open on core.backtests (backtest_id) where status in ('waiting', 'running');
comment on table core.backtests is
  'Drafts tried on calls of the past. Add a row with draft, vertical, from_time and to_time only: the rest comes by itself, and after a while the report.';
comment on column core.backtests.backtest_id is 'Number of the backtest; comes by itself.';
comment on column core.backtests.draft is 'Name of the draft in core.draft_rules. Its rules are read when the row is added; later changes of the draft need another backtest.';
comment on column core.backtests.vertical is 'Calls of this vertical are tried; common for those whose campaign is not mapped.';
comment on column core.backtests.from_time is 'First call start.';
comment on column core.backtests.to_time is 'End of the range: calls that start before it.';
comment on column core.backtests.most_calls is 'No more calls than this, the newest of the range: 1 to 20000, 1000 unless changed.';
comment on column core.backtests.requested_by is 'Who asked, by e-mail; empty where it was the service or Studio.';
comment on column core.backtests.created_at is 'When; comes by itself.';
comment on column core.backtests.status is 'waiting, running, done, or failed with an error; comes by itself.';
comment on column core.backtests.ruleset is 'The rules of the vertical with the draft, as they are tried; comes by itself.';
comment on column core.backtests.calls_total is 'How many calls there are to try; comes by itself.';
comment on column core.backtests.calls_done is 'How many were tried; comes by itself.';
comment on column core.backtests.cursor_start is 'Start of the call at which the next batch begins; comes by itself.';
comment on column core.backtests.cursor_call_id is 'That call. Newer ones were tried; comes by itself.';
comment on column core.backtests.requests is 'Requests to the language model; comes by itself.';
comment on column core.backtests.tokens is 'Tokens there and back; comes by itself.';
comment on column core.backtests.cost_usd is 'What they cost in US dollars; comes by itself.';
comment on column core.backtests.report is
  'What came of it, once it is done: verdicts before and after; per rule the flags before and after, added and removed, and precision and recall where people have reviewed flags; the first 200 added and removed flags with links.';
comment on column core.backtests.error is 'Why it failed.';
comment on column core.backtests.lease_token is 'Secret of the server that works on it.';
comment on column core.backtests.lease_owner is 'Name of that server.';
comment on column core.backtests.lease_expires_at is 'When another server may go on with it.';
comment on column core.backtests.answered_token is 'The lease that ended it: the same answer sent twice changes nothing.';
comment on column core.backtests.started_at is 'When the first server began.';
comment on column core.backtests.finished_at is 'When it was done or failed.';
grant select (
  backtest_id, draft, vertical, from_time, to_time, most_calls, requested_by, created_at, status, ruleset, calls_total,
  calls_done, cursor_start, cursor_call_id, requests, tokens, cost_usd, report, error, started_at, finished_at
) on core.backtests to authenticated;
grant select on core.backtests to service_role;
create policy "Reviewers and admins read backtests" on core.backtests
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

create table core.backtest_calls (
  backtest_id bigint not null references core.backtests (backtest_id) on delete cascade,
  call_id bigint not null references core.calls (call_id),
  verdict_before text not null constraint backtest_verdict_before_valid check (verdict_before in ('flagged', 'safe', 'undecided')),
  verdict text not null constraint backtest_verdict_valid check (verdict in ('flagged', 'safe', 'undecided')),
  added jsonb not null constraint backtest_added_well_formed check (core.flags_are_well_formed(added)),
  removed jsonb not null constraint backtest_removed_well_formed check (core.flags_are_well_formed(removed)),
  kept jsonb not null constraint backtest_kept_well_formed check (core.flags_are_well_formed(kept)),
  undecided jsonb not null constraint backtest_undecided_is_a_list
    check (jsonb_typeof(undecided) = 'array' and not undecided @? 'lax $[*] ? (@.type() != "string")'),
  primary key (backtest_id, call_id),
  constraint backtest_flagged_has_flags check ((verdict = 'flagged') = (jsonb_array_length(added) + jsonb_array_length(kept) > 0))
);
alter table core.backtest_calls enable row level security;
create index backtest_calls_of_call on core.backtest_calls (call_id);
comment on table core.backtest_calls is 'What a draft made of each call that it was tried on.';
comment on column core.backtest_calls.backtest_id is 'The backtest.';
comment on column core.backtest_calls.call_id is 'The call.';
comment on column core.backtest_calls.verdict_before is 'The verdict that the call shows.';
comment on column core.backtest_calls.verdict is 'The verdict under the draft.';
comment on column core.backtest_calls.added is 'Flags that only the draft finds.';
comment on column core.backtest_calls.removed is 'Flags that the call shows and the draft does not find.';
comment on column core.backtest_calls.kept is 'Flags of both.';
comment on column core.backtest_calls.undecided is 'Keys of the rules that could not be decided under the draft.';
grant select on core.backtest_calls to authenticated, service_role;
create policy "Reviewers and admins read what drafts make of calls" on core.backtest_calls
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

-- Bound when it is made and without settings, so that it becomes part of the asking query: a LIMIT there ends
-- the walk along idx_calls_judged. Only plain columns are compared: of an expression the planner would expect
-- next to no calls, and read and sort them all.
create function core.backtest_candidates(b core.backtests) returns table (call_id bigint)
language sql stable
begin atomic
  select c.call_id
  from core.calls as c
  where c.judgement_id is not null
    and c.start_time_utc >= b.from_time and c.start_time_utc < b.to_time
    and (c.start_time_utc, c.call_id) <= (coalesce(b.cursor_start, b.to_time), coalesce(b.cursor_call_id, 9223372036854775807))
    and (c.vertical = b.vertical or c.vertical is null and b.vertical = 'common')
    and exists (select from core.transcripts as t where t.call_id = c.call_id)
    and not exists (select from core.backtest_calls as d where d.backtest_id = b.backtest_id and d.call_id = c.call_id)
  order by c.start_time_utc desc, c.call_id desc;
end;
comment on function core.backtest_candidates(core.backtests) is
  'Calls with a verdict and a transcript that a backtest has still to try, newest first, from its cursor on.';

create function core.begin_backtest() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  new.draft := btrim(new.draft);
  new.most_calls := coalesce(new.most_calls, 1000);
  if (new.from_time < new.to_time) is not true then
    raise exception 'A backtest needs a range of call starts that runs forward: from_time before to_time.'
      using errcode = 'invalid_parameter_value';
  elsif new.most_calls not between 1 and 20000 then
    raise exception 'A backtest tries 1 to 20000 calls, not %.', new.most_calls using errcode = 'invalid_parameter_value';
  end if;
  new.ruleset := core.draft_ruleset(new.draft, new.vertical);
  new.requested_by := coalesce(nullif(btrim(new.requested_by), ''), auth.jwt() ->> 'email');
  new.created_at := core.now();
  new.status := 'waiting';
  new.calls_done := 0;
  new.requests := 0;
  new.tokens := 0;
  new.cost_usd := 0;
  new.cursor_start := null;
  new.cursor_call_id := null;
  new.report := null;
  new.error := null;
  new.lease_token := null;
  new.lease_owner := null;
  new.lease_expires_at := null;
  new.answered_token := null;
  new.started_at := null;
  new.finished_at := null;
  select count(*) into new.calls_total
  from (select from core.backtest_candidates(new) limit new.most_calls) as candidate;
  if new.calls_total = 0 then
    raise exception 'No call of the vertical % that started in this range has a verdict and a transcript.', new.vertical
      using errcode = 'invalid_parameter_value';
  end if;
  return new;
end
$$;
comment on function core.begin_backtest() is
  'Fills everything of a new backtest that people leave out, and refuses a bad one with a sentence.';
create trigger begin_backtest before insert on core.backtests
  for each row execute function core.begin_backtest();

create function core.keep_backtest_order() returns trigger
language plpgsql set search_path = '' as $$
begin
  raise exception 'A backtest stays as it was asked for: add another row instead.' using errcode = 'invalid_parameter_value';
end
$$;
comment on function core.keep_backtest_order() is 'Refuses changes of what a backtest tries.';
create trigger keep_order before update on core.backtests
  for each row when (
    (old.draft, old.vertical, old.from_time, old.to_time, old.most_calls, old.ruleset, old.calls_total)
      is distinct from (new.draft, new.vertical, new.from_time, new.to_time, new.most_calls, new.ruleset, new.calls_total)
  )
  execute function core.keep_backtest_order();

create function api.order_backtest(
  draft text, vertical text, from_time timestamptz, to_time timestamptz, most_calls integer default 1000
) returns bigint
language plpgsql volatile security definer set search_path = '' as $$
declare
  ordered bigint;
begin
  perform core.require('service', 'admin');
  insert into core.backtests as b (draft, vertical, from_time, to_time, most_calls)
  values (order_backtest.draft, order_backtest.vertical, order_backtest.from_time, order_backtest.to_time,
    order_backtest.most_calls)
  returning b.backtest_id into ordered;
  return ordered;
end
$$;
comment on function api.order_backtest(text, text, timestamptz, timestamptz, integer) is
  'Lines up a draft to be tried on the newest calls of a vertical that started in a range, the end left out. Returns the number of the backtest.';
grant execute on function api.order_backtest(text, text, timestamptz, timestamptz, integer) to authenticated, service_role;

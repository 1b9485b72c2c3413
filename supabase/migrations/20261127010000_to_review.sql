-- What is left for people to decide about a call, and its place in their queue. Both are kept on the call, so that
-- the queue reads one index and joins nothing.

-- What people took back counts as not said.
create or replace function core.settled_as(call_id bigint, judgement_id bigint) returns text
language sql stable set search_path = '' as $$
  select case when bool_and(said.verdict <> 'withdrawn') then
    case when bool_or(said.verdict = 'violation') then 'flagged' else 'safe' end
  end
  from (
    select distinct r ->> 'rule_key' as rule_key
    from core.judgements as j
    cross join jsonb_array_elements(j.rule_results) as r
    where j.judgement_id = settled_as.judgement_id and r ->> 'outcome' = 'undecided'
  ) as undecided
  left join lateral (
    select coalesce(min(newest.verdict), 'withdrawn') as verdict
    from (
      select v.verdict
      from core.reviews as v
      where v.call_id = settled_as.call_id and v.flag_id = undecided.rule_key || ':undecided'
      order by v.created_at desc, v.review_id desc
      limit 1
    ) as newest
  ) as said on true
$$;

create function core.review_items(call_id bigint, flags jsonb, judgement_id bigint)
returns table (flag_id text, decided boolean)
language sql stable set search_path = '' as $$
  select item.flag_id, coalesce((
    select v.verdict <> 'withdrawn'
    from core.reviews as v
    where v.call_id = review_items.call_id and v.flag_id = item.flag_id
    order by v.created_at desc, v.review_id desc
    limit 1
  ), false)
  from (
    -- Whatever else flags are is refused by its own constraint, not here.
    select f ->> 'id' as flag_id
    from jsonb_array_elements(case jsonb_typeof(review_items.flags) when 'array' then review_items.flags end) as f
    union
    select (r ->> 'rule_key') || ':undecided'
    from core.judgements as j
    cross join jsonb_array_elements(j.rule_results) as r
    where j.judgement_id = review_items.judgement_id and r ->> 'outcome' = 'undecided'
  ) as item
$$;
comment on function core.review_items(bigint, jsonb, bigint) is
  'What a verdict asks of people, each flag and each undecided rule, and whether the newest word about it decides it.';
grant execute on function core.review_items(bigint, jsonb, bigint) to authenticated, service_role;

create function core.left_to_review(call_id bigint, verdict text, flags jsonb, judgement_id bigint) returns smallint
language sql stable set search_path = '' as $$
  select case when verdict in ('flagged', 'undecided') then (
    -- An undecided verdict that names no rule needs somebody all the same.
    select case when count(*) = 0 then 1 else count(*) filter (where not item.decided) end
    from core.review_items(call_id, flags, judgement_id) as item
  ) else 0 end::smallint
$$;
comment on function core.left_to_review(bigint, text, jsonb, bigint) is
  'How many flags and undecided rules of a shown verdict nobody has decided.';

alter table core.calls drop column urgency;
drop function core.urgency(text, jsonb, text);

create function core.urgency(verdict text, flags jsonb, to_review smallint) returns smallint
language sql immutable
return (case
  when to_review = 0 then 0
  when verdict = 'flagged' then case core.worst_severity(flags) when 'critical' then 4 when 'major' then 3 else 2 end
  when verdict = 'undecided' then 1
  else 0
end)::smallint;
comment on function core.urgency(text, jsonb, smallint) is
  'Place in the queue: flagged by worst severity, then undecided, then what needs nobody, whatever its verdict.';

-- `at time zone` because only a time without zone has the same number of seconds everywhere.
create function core.queue_place(urgency smallint, started timestamptz, completed timestamptz) returns bigint
language sql immutable
return case when urgency > 0
  then -(extract(epoch from coalesce(completed, started) at time zone 'UTC') * 1000000)::bigint
  else (extract(epoch from started at time zone 'UTC') * 1000000)::bigint
end;
comment on function core.queue_place(smallint, timestamptz, timestamptz) is
  'Orders calls of one urgency, highest first: those that need somebody by how long ago they ended, the rest newest first.';

alter table core.calls add column to_review smallint not null default 0;
update core.calls as c
set to_review = core.left_to_review(c.call_id, coalesce(c.verdict_before, c.status), c.flags, c.judgement_id)
where coalesce(c.verdict_before, c.status) in ('flagged', 'undecided');
alter table core.calls
  add constraint to_review_fits_verdict check (
    to_review = 0 or to_review > 0 and coalesce(verdict_before, status) in ('flagged', 'undecided')
  ),
  add column urgency smallint
    generated always as (core.urgency(coalesce(verdict_before, status), flags, to_review)) stored,
  add column queue_place bigint generated always as (
    core.queue_place(core.urgency(coalesce(verdict_before, status), flags, to_review), start_time_utc, completed_at)
  ) stored;
comment on column core.calls.to_review is
  'Flags and undecided rules of the shown verdict about which no word of a person counts; 0 needs nobody.';
comment on column core.calls.urgency is 'Place in the reviewers'' queue, 4 first; 0 when nothing is left to review.';
comment on column core.calls.queue_place is
  'Orders calls of one urgency, highest first: longest waiting where somebody is needed, else newest.';
grant select (to_review, urgency, queue_place) on core.calls to authenticated;

create function core.keep_to_review() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  new.to_review := core.left_to_review(new.call_id, coalesce(new.verdict_before, new.status), new.flags, new.judgement_id);
  return new;
end
$$;
comment on function core.keep_to_review() is 'Counts anew what is left to review when another verdict is shown.';
create trigger keep_to_review_of_new before insert on core.calls
  for each row when (new.flags is not null)
  execute function core.keep_to_review();
-- The lanes' own steps leave the shown verdict alone, and this trigger asleep.
create trigger keep_to_review before update on core.calls
  for each row when (
    (new.flags is not null or old.to_review > 0)
    and (old.judgement_id is distinct from new.judgement_id or old.flags is distinct from new.flags
      or coalesce(old.verdict_before, old.status) is distinct from coalesce(new.verdict_before, new.status))
  )
  execute function core.keep_to_review();

create function core.count_review() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  -- One word at a time: what is counted next includes those given before. The key is not locked, so that the foreign
  -- keys of words being given at this moment do not have to wait.
  perform from core.calls as c where c.call_id = new.call_id for no key update;
  update core.calls as c set to_review = now_left.to_review, settled_as = now_left.settled_as
  from (
    select
      core.left_to_review(d.call_id, coalesce(d.verdict_before, d.status), d.flags, d.judgement_id) as to_review,
      case when coalesce(d.verdict_before, d.status) = 'undecided' then core.settled_as(d.call_id, d.judgement_id)
        else d.settled_as end as settled_as
    from core.calls as d
    where d.call_id = new.call_id
  ) as now_left
  where c.call_id = new.call_id
    and (c.to_review, c.settled_as) is distinct from (now_left.to_review, now_left.settled_as);
  return null;
end
$$;
comment on function core.count_review() is 'Keeps what is left to review, and whether the call is settled, when somebody has said a word.';
create trigger count_review after insert on core.reviews for each row execute function core.count_review();

-- Criterion 3: no call is processed twice. The unique indexes one_live_attempt and one_accepted_result refuse it;
-- this looks at every attempt once more as it is written, by its times, and keeps what it finds, so that the
-- criterion is a count of a small table and holds for all that ever was.

create table core.double_work (
  finding_id bigint generated always as identity primary key,
  kind text not null constraint double_work_kind_valid check (kind in ('overlap', 'second_result')),
  call_id bigint not null,
  lane text not null,
  attempt_id bigint not null,
  other_attempt_id bigint not null,
  noticed_at timestamptz not null default core.now()
);
alter table core.double_work enable row level security;
comment on table core.double_work is
  'Pairs of attempts that processed a call twice: there should be none. A row may be deleted by hand once somebody knows how it came about.';
comment on column core.double_work.finding_id is 'Number of the finding.';
comment on column core.double_work.kind is
  'overlap: two attempts of a call and lane at the same time. second_result: two accepted results in one round.';
comment on column core.double_work.call_id is 'The call.';
comment on column core.double_work.lane is 'The lane.';
comment on column core.double_work.attempt_id is 'The later attempt.';
comment on column core.double_work.other_attempt_id is 'The one before.';
comment on column core.double_work.noticed_at is 'When it was noticed.';
grant select on core.double_work to authenticated, service_role;
create policy "Reviewers and admins see what was processed twice" on core.double_work
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

create function core.attempts_overlap(one core.attempts, other core.attempts) returns boolean
language sql stable set search_path = '' as $$
  -- Both ends are the starts of transactions, which may lie some moments before the change itself: an attempt
  -- that ends and the next that begins may seem to overlap by so much.
  select one.started_at < coalesce(other.ended_at - interval '1 second', 'infinity')
    and other.started_at < coalesce(one.ended_at - interval '1 second', 'infinity')
$$;
comment on function core.attempts_overlap(core.attempts, core.attempts) is
  'Whether two attempts were live at the same time for more than a second.';

-- A plan made while the table was empty must not read it whole once it is large.
create function core.notice_double_work() returns trigger
language plpgsql security definer set search_path = '' set enable_seqscan = off as $$
begin
  if tg_op = 'INSERT' then
    insert into core.double_work (kind, call_id, lane, attempt_id, other_attempt_id)
    select 'overlap', new.call_id, new.lane, new.attempt_id, a.attempt_id
    from core.attempts as a
    where a.call_id = new.call_id and a.lane = new.lane and a.attempt_id <> new.attempt_id
      and core.attempts_overlap(new, a);
  end if;
  if new.outcome = 'accepted' then
    insert into core.double_work (kind, call_id, lane, attempt_id, other_attempt_id)
    select 'second_result', new.call_id, new.lane, new.attempt_id, a.attempt_id
    from core.attempts as a
    where a.call_id = new.call_id and a.lane = new.lane and a.attempt_id <> new.attempt_id
      and a.round = new.round and a.outcome = 'accepted';
  end if;
  return null;
end
$$;
comment on function core.notice_double_work() is 'Compares an attempt that begins, or is accepted, with the others of its call and lane.';
create trigger notice_double_work after insert on core.attempts
  for each row execute function core.notice_double_work();
create trigger notice_second_result after update on core.attempts
  for each row when (new.outcome = 'accepted') execute function core.notice_double_work();

-- What there was before anybody looked.
insert into core.double_work (kind, call_id, lane, attempt_id, other_attempt_id)
select 'overlap', later.call_id, later.lane, later.attempt_id, earlier.attempt_id
from core.attempts as later
join core.attempts as earlier
  on earlier.call_id = later.call_id and earlier.lane = later.lane and earlier.attempt_id < later.attempt_id
where core.attempts_overlap(later, earlier);

-- The sequence itself is private. It counts since the database was made and has no time.
create function core.stale_answers_refused() returns bigint
language sql stable security definer set search_path = '' as $$
  select last_value from core.stale_answers
  where core.caller() in ('service', 'reviewer', 'admin')
$$;
comment on function core.stale_answers_refused() is
  'How many answers with a stale token were refused, ever; null for who may not know.';
grant execute on function core.stale_answers_refused() to authenticated, service_role;

create view api.criterion_3_once with (security_invoker = true) as
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
  ) as details
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
comment on view api.criterion_3_once is
  'Criterion 3 (client type Criterion): calls with attempts of one lane that overlapped, or with a second accepted result in a round; answers that were refused as stale beside it.';
comment on column api.criterion_3_once.criterion is 'Number of the promise in the design.';
comment on column api.criterion_3_once.title is 'The promise.';
comment on column api.criterion_3_once.subject is 'Ringba account that it was measured for; empty where it is one for all.';
comment on column api.criterion_3_once.measured is 'What was measured, with its unit.';
comment on column api.criterion_3_once.target is 'What it is held against.';
comment on column api.criterion_3_once.holds is 'Whether it holds.';
comment on column api.criterion_3_once.details is 'What stands beside it, by name.';
grant select on api.criterion_3_once to authenticated, service_role;

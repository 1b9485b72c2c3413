-- The lanes that claim calls, and the pairs of states a call may go between.

create table core.lanes (
  lane text primary key,
  waiting_status text not null unique,
  leased_status text not null unique,
  next_status text,
  lease_length interval not null default interval '90 seconds',
  patience interval not null default interval '30 minutes',
  hold_at_least interval not null default interval '30 minutes',
  hold_factor integer not null default 4,
  oldest_every integer not null default 4 constraint oldest_every_positive check (oldest_every > 1),
  retry_delay interval not null default interval '30 seconds',
  retry_delay_max interval not null default interval '15 minutes',
  paused boolean not null default false
);
alter table core.lanes enable row level security;
comment on table core.lanes is 'The lanes that work on calls, one row each. Only `paused` and the lengths are meant to be edited.';
comment on column core.lanes.lane is 'vault, worker or judge.';
comment on column core.lanes.waiting_status is 'State in which calls wait for this lane.';
comment on column core.lanes.leased_status is 'State of a call that the lane works on.';
comment on column core.lanes.next_status is 'State after the work; empty where the verdict decides.';
comment on column core.lanes.lease_length is 'A call is taken back by the first minute tick after this time without a heartbeat: 90 seconds makes 90 to 150.';
comment on column core.lanes.patience is 'A call is taken back after this time without progress, heartbeat or not.';
comment on column core.lanes.hold_at_least is 'No call is held longer than this or hold_factor times its duration, whichever is more.';
comment on column core.lanes.hold_factor is 'See hold_at_least.';
comment on column core.lanes.oldest_every is 'Every so many-th claim takes the oldest call (in vault: the link nearest its end) instead of the newest.';
comment on column core.lanes.retry_delay is 'Mean wait after the first failure; it doubles with each further one and is jittered by half.';
comment on column core.lanes.retry_delay_max is 'No wait is longer than this.';
comment on column core.lanes.paused is 'Set to true to let the lane claim nothing; work in hand goes on.';

insert into core.lanes (lane, waiting_status, leased_status, next_status) values
  ('vault', 'pending', 'downloading', 'downloaded'),
  ('worker', 'downloaded', 'processing', 'transcribed'),
  ('judge', 'transcribed', 'judging', null);

-- Kept sequences, so that claims of one call take turns too.
create sequence core.vault_turns;
create sequence core.worker_turns;
create sequence core.judge_turns;
comment on sequence core.vault_turns is 'Counts claims of the lane vault.';
comment on sequence core.worker_turns is 'Counts claims of the lane worker.';
comment on sequence core.judge_turns is 'Counts claims of the lane judge.';

create table core.transitions (
  from_status text not null,
  to_status text not null,
  meaning text not null,
  primary key (from_status, to_status)
);
alter table core.transitions enable row level security;
comment on table core.transitions is 'The pairs of states a call may go between; every other pair is refused.';
comment on column core.transitions.from_status is 'State before.';
comment on column core.transitions.to_status is 'State after.';
comment on column core.transitions.meaning is 'When this happens.';

insert into core.transitions (from_status, to_status, meaning) values
  ('pending', 'downloading', 'claimed by the vault lane'),
  ('pending', 'no_recording', 'the call is over and Ringba denies a recording'),
  ('downloading', 'downloaded', 'the recording is stored'),
  ('downloading', 'pending', 'failed, released or lost: again'),
  ('downloading', 'failed', 'failed for good'),
  ('downloaded', 'processing', 'claimed by the worker lane'),
  ('processing', 'transcribed', 'the transcript is stored'),
  ('processing', 'downloaded', 'failed, released or lost: again'),
  ('processing', 'failed', 'failed for good'),
  ('transcribed', 'judging', 'claimed by the judge lane'),
  ('judging', 'flagged', 'verdict, or back to it when judging again failed'),
  ('judging', 'safe', 'verdict, or back to it when judging again failed'),
  ('judging', 'undecided', 'verdict, or back to it when judging again failed'),
  ('judging', 'transcribed', 'failed, released or lost: again'),
  ('judging', 'failed', 'failed for good'),
  ('no_recording', 'pending', 'a link came after all'),
  ('flagged', 'transcribed', 'judge again'),
  ('safe', 'transcribed', 'judge again'),
  ('undecided', 'transcribed', 'judge again'),
  ('failed', 'pending', 'tried again, if the vault lane had failed'),
  ('failed', 'downloaded', 'tried again, if the worker lane had failed'),
  ('failed', 'transcribed', 'tried again, if the judge lane had failed'),
  ('pending', 'failed', 'given up by hand'),
  ('downloaded', 'failed', 'given up by hand'),
  ('transcribed', 'failed', 'given up by hand');

-- Not transactional on purpose: a refused answer rolls back, its count stays.
create sequence core.stale_answers minvalue 0 start 0;
select pg_catalog.nextval('core.stale_answers');
comment on sequence core.stale_answers is 'How many answers with a stale token were refused.';

grant select on core.lanes, core.transitions to authenticated, service_role;
create policy "Reviewers and admins read lanes" on core.lanes
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));
create policy "Reviewers and admins read transitions" on core.transitions
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

create function core.require_lane(lane text) returns text
language plpgsql stable set search_path = '' as $$
declare
  who constant text := core.require('service', 'worker');
begin
  if not exists (select from core.lanes as l where l.lane = require_lane.lane) then
    raise exception 'There is no lane "%".', lane using errcode = 'invalid_parameter_value';
  end if;
  if who = 'worker' and lane <> 'worker' then
    raise exception 'A worker works in the lane worker only, not in "%".', lane
      using errcode = 'insufficient_privilege';
  end if;
  return who;
end
$$;
comment on function core.require_lane(text) is 'The service works in every lane, a worker in its own.';

-- Every try of a lane at a call. Rows are added and closed once, never changed or removed.

create table core.attempts (
  attempt_id bigint generated always as identity primary key,
  call_id bigint not null references core.calls (call_id),
  lane text not null references core.lanes (lane),
  round integer not null,
  lease_token uuid not null unique,
  worker text not null,
  user_id uuid,
  started_at timestamptz not null default core.now(),
  ended_at timestamptz,
  outcome text constraint outcome_valid check (outcome in ('accepted', 'failed', 'released', 'lost')),
  error text,
  answer text,
  answer_digest text,
  constraint attempt_ends_with_outcome check ((ended_at is null) = (outcome is null)),
  constraint attempt_ends_after_start check (ended_at >= started_at)
);
alter table core.attempts enable row level security;
create unique index one_accepted_result on core.attempts (call_id, lane, round) where outcome = 'accepted';
create unique index one_live_attempt on core.attempts (call_id, lane) where ended_at is null;
create index attempts_of_call on core.attempts (call_id, started_at);

comment on table core.attempts is 'Lane history: every try at a call, how it ended, and the answer that its worker was given.';
comment on column core.attempts.attempt_id is 'Number of the try.';
comment on column core.attempts.call_id is 'The call.';
comment on column core.attempts.lane is 'The lane.';
comment on column core.attempts.round is 'The call''s round at the time: one accepted result per call, lane and round.';
comment on column core.attempts.lease_token is 'The lease''s secret.';
comment on column core.attempts.worker is 'Name of the worker.';
comment on column core.attempts.user_id is 'Signed-in user of the worker; empty for the server''s lanes.';
comment on column core.attempts.started_at is 'When the call was claimed.';
comment on column core.attempts.ended_at is 'When it ended.';
comment on column core.attempts.outcome is 'accepted, failed, released (a graceful stop) or lost (taken back).';
comment on column core.attempts.error is 'Why it failed.';
comment on column core.attempts.answer is 'The state that the worker was told; told again when the same answer comes twice.';
comment on column core.attempts.answer_digest is 'SHA-256 of what the worker sent, to know the same answer again.';

create function core.keep_attempts() returns trigger
language plpgsql set search_path = '' as $$
begin
  if tg_op = 'UPDATE' and old.ended_at is null and new.ended_at is not null
    and (new.attempt_id, new.call_id, new.lane, new.round, new.lease_token, new.worker, new.started_at)
      = (old.attempt_id, old.call_id, old.lane, old.round, old.lease_token, old.worker, old.started_at)
    and new.user_id is not distinct from old.user_id
  then
    return new;
  end if;
  raise exception 'core.attempts keeps what was written: an attempt is closed once and never removed.'
    using errcode = 'check_violation', constraint = 'append_only';
end
$$;
create trigger append_only before update or delete on core.attempts
  for each row execute function core.keep_attempts();

grant select (attempt_id, call_id, lane, round, worker, started_at, ended_at, outcome, error)
  on core.attempts to authenticated;
grant select on core.attempts to service_role;
create policy "Reviewers and admins read the lane history" on core.attempts
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

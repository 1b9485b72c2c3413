-- Each kind of failure has a short lasting name beside its sentence, for alerts and for counting.

alter table core.calls add column last_error_code text
  constraint last_error_code_valid check (last_error_code ~ '^[a-z][a-z0-9_]{1,63}$');
comment on column core.calls.last_error_code is 'Kind of the newest failure, for example recording_gone; empty where it has no name.';
grant select (last_error_code) on core.calls to authenticated;
alter table core.attempts add column error_code text
  constraint error_code_valid check (error_code ~ '^[a-z][a-z0-9_]{1,63}$');
comment on column core.attempts.error_code is 'Kind of the failure, for example recording_gone; empty where it has no name.';
grant select (error_code) on core.attempts to authenticated;

-- Whatever clears the sentence clears its name.
create function core.keep_error_code() returns trigger
language plpgsql set search_path = '' as $$
begin
  if new.last_error is null then
    new.last_error_code := null;
  end if;
  return new;
end
$$;
comment on function core.keep_error_code() is 'Forgets the code of an error that is no longer told.';
-- By its name after link_revives_call, which clears errors.
create trigger stale_error_code_goes before update on core.calls
  for each row when (old.last_error_code is not null) execute function core.keep_error_code();

drop function core.give_up_attempt(core.calls, core.lanes, text, text, boolean, text);

create function core.give_up_attempt(
  call core.calls, lane core.lanes, outcome text, error text, permanent boolean, digest text, code text default null
) returns text
language plpgsql volatile set search_path = '' as $$
declare
  failures constant integer := call.attempts + 1;
  ends constant boolean := permanent or failures >= 3;
  reason constant text := left(coalesce(nullif(btrim(error), ''), 'no reason was given'), 2000);
  answer constant text := case
    when not ends then lane.waiting_status
    -- Judging again that fails leaves the verdict that stood before.
    else coalesce(call.verdict_before, 'failed')
  end;
begin
  update core.calls as c set
    status = answer,
    failed_lane = case when answer = 'failed' then lane.lane end,
    attempts = case when answer = call.verdict_before then 0 else least(failures, 3) end,
    verdict_before = case when ends then null else c.verdict_before end,
    last_error = reason,
    last_error_code = code,
    -- A lost lease has waited long enough already.
    delayed_until = case when not ends and outcome = 'failed' then core.now() + core.retry_wait(lane, failures) end,
    lease_token = null, lease_owner = null, lease_user = null, lease_expires_at = null, leased_at = null,
    lease_progress = null, lease_progressed_at = null
  where c.call_id = call.call_id;
  -- Before the attempt is closed: afterwards it is kept as it was.
  update core.attempts as a set error_code = code where a.lease_token = call.lease_token;
  perform core.close_attempt(call.lease_token, outcome, reason, answer, digest);
  return answer;
end
$$;
comment on function core.give_up_attempt(core.calls, core.lanes, text, text, boolean, text, text) is
  'Counts a failure: back to waiting, or after the third or a permanent one to failed (to the earlier verdict when judging again).';

drop function api.fail(uuid, text, boolean);

create function api.fail(lease_token uuid, error text, permanent boolean default false, code text default null) returns text
language plpgsql volatile security definer set search_path = '' as $$
declare
  digest constant text := core.digest('fail', error, permanent::text, code);
  held constant core.held_call := core.hold(lease_token, null, digest);
begin
  if held.earlier_answer is not null then
    return held.earlier_answer;
  end if;
  return core.give_up_attempt(held.call, held.lane, 'failed', error, coalesce(permanent, false), digest, code);
end
$$;
comment on function api.fail(uuid, text, boolean, text) is
  'The work failed, with a sentence and a lasting name for it. It comes back after a delay; the third failure, or a permanent one, ends in failed. Returns the new state.';
grant execute on function api.fail(uuid, text, boolean, text) to authenticated, service_role;

create or replace function core.keep_attempts() returns trigger
language plpgsql set search_path = '' as $$
begin
  if tg_op = 'UPDATE' and old.ended_at is null
    and (new.attempt_id, new.call_id, new.lane, new.round, new.lease_token, new.worker, new.started_at)
      = (old.attempt_id, old.call_id, old.lane, old.round, old.lease_token, old.worker, old.started_at)
    and new.user_id is not distinct from old.user_id
    and (new.ended_at is not null or (new.outcome, new.error, new.answer) is not distinct from (old.outcome, old.error, old.answer))
  then
    return new;
  end if;
  raise exception 'core.attempts keeps what was written: an attempt is closed once and never removed.'
    using errcode = 'check_violation', constraint = 'append_only';
end
$$;
create trigger append_only_truncate before truncate on core.attempts
  for each statement execute function core.refuse_change();

-- A recording that is gone (404 or 410) cannot be mended here: somebody must know at once. So must they
-- when one could not be kept for another reason, before its link dies.
create function core.alert_recording_lost() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if new.status <> 'failed' then
    perform core.clear_alert('recording_gone', new.ringba_call_id);
    perform core.clear_alert('recording_not_kept', new.ringba_call_id);
  elsif new.last_error_code = 'recording_gone' then
    perform core.raise_alert('recording_gone', new.ringba_call_id, 'critical', format(
      'The recording of call %s (account %s) is gone at Ringba before it could be kept. %s Ask Ringba for it; a new link brings the call back.',
      new.ringba_call_id, new.account, new.last_error));
  elsif new.last_error_code is distinct from 'given_up' then
    perform core.raise_alert('recording_not_kept', new.ringba_call_id, 'warning', format(
      'The recording of call %s (account %s) could not be kept. %s Its link ends at %s UTC: have the call tried again before.',
      new.ringba_call_id, new.account, new.last_error, to_char(new.link_expires_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI')));
  end if;
  return null;
end
$$;
comment on function core.alert_recording_lost() is 'Alerts when the vault gives a call up, and clears the alert when the call comes back.';
create trigger recording_lost_alerts after update on core.calls
  for each row when (
    new.failed_lane = 'vault' and (old.status <> 'failed' or old.last_error_code is distinct from new.last_error_code)
    or old.failed_lane = 'vault' and new.status <> 'failed'
  )
  execute function core.alert_recording_lost();

-- What failed was not the call: a host or storage is away. The call waits, longer each time, and keeps its
-- attempts for failures of its own, until its link has been dead for a day.
create function api.postpone(lease_token uuid, error text, code text default null) returns text
language plpgsql volatile security definer set search_path = '' as $$
declare
  digest constant text := core.digest('postpone', error, code);
  held constant core.held_call := core.hold(lease_token, null, digest);
  tries integer;
begin
  if held.earlier_answer is not null then
    return held.earlier_answer;
  end if;
  if (held.call).link_expires_at < core.now() - interval '24 hours' then
    return api.fail(lease_token, error, false, code);
  end if;
  select count(*) into tries from core.attempts as a
  where a.call_id = (held.call).call_id and a.round = (held.call).round and a.outcome = 'released' and a.error is not null;
  update core.attempts as a set error_code = postpone.code where a.lease_token = postpone.lease_token;
  update core.calls as c set
    status = (held.lane).waiting_status,
    last_error = left(error, 2000), last_error_code = postpone.code,
    delayed_until = core.now() + core.retry_wait(held.lane, least(tries, 10) + 1),
    lease_token = null, lease_owner = null, lease_user = null, lease_expires_at = null, leased_at = null,
    lease_progress = null, lease_progressed_at = null
  where c.call_id = (held.call).call_id;
  perform core.close_attempt(postpone.lease_token, 'released', error, (held.lane).waiting_status, digest);
  return (held.lane).waiting_status;
end
$$;
comment on function api.postpone(uuid, text, text) is
  'Gives a call back because something else is away: it comes again after a growing delay and costs no attempt. Returns the new state.';
grant execute on function api.postpone(uuid, text, text) to authenticated, service_role;

-- Each kind of failure has a short lasting name beside its sentence, for alerts and for counting.

alter table core.calls add column last_error_code text
  constraint last_error_code_valid check (last_error_code ~ '^[a-z][a-z0-9_]{1,63}$');
comment on column core.calls.last_error_code is 'Kind of the newest failure, for example recording_gone; empty where it has no name.';
grant select (last_error_code) on core.calls to authenticated;
alter table core.attempts add column error_code text
  constraint error_code_valid check (error_code ~ '^[a-z][a-z0-9_]{1,63}$');
comment on column core.attempts.error_code is 'Kind of the failure, for example recording_gone; empty where it has no name.';
grant select (error_code) on core.attempts to authenticated;

-- The code belongs to the sentence: whatever clears or replaces the one clears the other.
create function core.keep_error_code() returns trigger
language plpgsql set search_path = '' as $$
begin
  if new.last_error is distinct from old.last_error and new.last_error_code is not distinct from old.last_error_code then
    new.last_error_code := null;
  end if;
  return new;
end
$$;
comment on function core.keep_error_code() is 'Forgets the code of an error that is no longer the newest.';
-- By its name after link_revives_call, which clears errors.
create trigger stale_error_code_goes before update on core.calls
  for each row when (old.last_error_code is not null) execute function core.keep_error_code();

drop function api.fail(uuid, text, boolean);

create function api.fail(lease_token uuid, error text, permanent boolean default false, code text default null) returns text
language plpgsql volatile security definer set search_path = '' as $$
declare
  digest constant text := core.digest('fail', error, permanent::text, code);
  held constant core.held_call := core.hold(lease_token, null, digest);
  answer text;
begin
  if held.earlier_answer is not null then
    return held.earlier_answer;
  end if;
  -- Before the attempt is closed: afterwards it is kept as it was.
  update core.attempts as a set error_code = fail.code where a.lease_token = fail.lease_token;
  answer := core.give_up_attempt(held.call, held.lane, 'failed', error, coalesce(permanent, false), digest);
  update core.calls as c set last_error_code = fail.code where c.call_id = (held.call).call_id and fail.code is not null;
  return answer;
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

-- A recording that is gone cannot be mended here: somebody must know at once.
create function core.alert_recording_gone() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if new.status = 'failed' and new.last_error_code = 'recording_gone' then
    perform core.raise_alert('recording_gone', new.ringba_call_id, 'critical', format(
      'The recording of call %s (account %s) is gone at Ringba before it could be kept. %s Ask Ringba for it; a new link brings the call back.',
      new.ringba_call_id, new.account, new.last_error));
  elsif old.status = 'failed' and new.status <> 'failed' then
    perform core.clear_alert('recording_gone', new.ringba_call_id);
  end if;
  return null;
end
$$;
comment on function core.alert_recording_gone() is 'Alerts when a recording is gone (404 or 410), and clears the alert when the call comes back.';
create trigger recording_gone_alerts after update on core.calls
  for each row when (
    new.last_error_code = 'recording_gone' and old.last_error_code is distinct from 'recording_gone'
    or old.last_error_code = 'recording_gone' and old.status = 'failed' and new.status <> 'failed'
  )
  execute function core.alert_recording_gone();

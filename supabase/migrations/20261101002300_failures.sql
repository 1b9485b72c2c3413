-- What does not succeed: failures, lost leases, graceful stops.

create function core.retry_wait(lane core.lanes, failures integer) returns interval
language sql volatile set search_path = '' as $$
  select least(lane.retry_delay * power(2, failures - 1) * (0.5 + random()), lane.retry_delay_max)
$$;
comment on function core.retry_wait(core.lanes, integer) is 'Doubles with each failure; the jitter keeps calls that failed together apart.';

create function core.give_up_attempt(
  call core.calls, lane core.lanes, outcome text, error text, permanent boolean, digest text
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
    -- A lost lease has waited long enough already.
    delayed_until = case when not ends and outcome = 'failed' then core.now() + core.retry_wait(lane, failures) end,
    lease_token = null, lease_owner = null, lease_user = null, lease_expires_at = null, leased_at = null,
    lease_progress = null, lease_progressed_at = null
  where c.call_id = call.call_id;
  perform core.close_attempt(call.lease_token, outcome, reason, answer, digest);
  return answer;
end
$$;
comment on function core.give_up_attempt(core.calls, core.lanes, text, text, boolean, text) is
  'Counts a failure: back to waiting, or after the third or a permanent one to failed (to the earlier verdict when judging again).';

create function api.fail(lease_token uuid, error text, permanent boolean default false) returns text
language plpgsql volatile security definer set search_path = '' as $$
declare
  digest constant text := core.digest('fail', error, permanent::text);
  held constant core.held_call := core.hold(lease_token, null, digest);
begin
  if held.earlier_answer is not null then
    return held.earlier_answer;
  end if;
  return core.give_up_attempt(held.call, held.lane, 'failed', error, coalesce(permanent, false), digest);
end
$$;
comment on function api.fail(uuid, text, boolean) is
  'The work failed. It comes back after a delay; the third failure, or a permanent one, ends in failed. Returns the new state.';
grant execute on function api.fail(uuid, text, boolean) to authenticated, service_role;

create function api.release(lease_token uuid) returns text
language plpgsql volatile security definer set search_path = '' as $$
declare
  digest constant text := core.digest('release');
  held constant core.held_call := core.hold(lease_token, null, digest);
begin
  if held.earlier_answer is not null then
    return held.earlier_answer;
  end if;
  update core.calls as c set
    status = (held.lane).waiting_status,
    lease_token = null, lease_owner = null, lease_user = null, lease_expires_at = null, leased_at = null,
    lease_progress = null, lease_progressed_at = null
  where c.call_id = (held.call).call_id;
  perform core.close_attempt(release.lease_token, 'released', null, (held.lane).waiting_status, digest);
  return (held.lane).waiting_status;
end
$$;
comment on function api.release(uuid) is 'Gives a call back unfinished, without costing an attempt. Returns the new state.';
grant execute on function api.release(uuid) to authenticated, service_role;

-- A link that is long dead ends the patience of the vault only: the worker and the judge need no link.
create or replace function api.postpone(lease_token uuid, error text, code text default null) returns text
language plpgsql volatile security definer set search_path = '' as $$
declare
  digest constant text := core.digest('postpone', error, code);
  held constant core.held_call := core.hold(lease_token, null, digest);
  tries integer;
begin
  if held.earlier_answer is not null then
    return held.earlier_answer;
  end if;
  if (held.lane).lane = 'vault' and (held.call).link_expires_at < core.now() - interval '24 hours' then
    return api.fail(lease_token, error, false, code);
  end if;
  select count(*) into tries from core.attempts as a
  where a.call_id = (held.call).call_id and a.lane = (held.lane).lane and a.round = (held.call).round
    and a.outcome = 'released' and a.error is not null;
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

-- A waiting call that nobody wants worked on any more is given up by hand, with a reason.

create function api.give_up_call(call_id bigint, reason text) returns text
language plpgsql volatile security definer set search_path = '' as $$
declare
  why constant text := btrim(reason);
  waiting core.calls;
  waits_for text;
begin
  perform core.require('service', 'admin');
  if coalesce(why, '') !~ '\S' then
    raise exception 'Giving a call up needs a reason.' using errcode = 'invalid_parameter_value';
  elsif length(why) > 2000 then
    raise exception 'The reason is too long: 2000 characters at most.' using errcode = 'invalid_parameter_value';
  end if;
  select c.* into waiting from core.calls as c where c.call_id = give_up_call.call_id for update;
  if not found then
    raise exception 'There is no call %.', call_id using errcode = 'invalid_parameter_value';
  end if;
  select l.lane into waits_for from core.lanes as l where l.waiting_status = waiting.status;
  if waits_for is null then
    raise exception 'Only a waiting call can be given up; this one is %.', replace(waiting.status, '_', ' ')
      using errcode = 'invalid_parameter_value';
  elsif waiting.verdict_before is not null then
    -- Nothing is lost by letting it be judged, and its verdict must not disappear behind a failure.
    raise exception 'This call has a verdict and waits to be judged again; it cannot be given up.'
      using errcode = 'invalid_parameter_value';
  end if;
  update core.calls as c set
    status = 'failed', failed_lane = waits_for, last_error = why, last_error_code = 'given_up', delayed_until = null
  where c.call_id = waiting.call_id;
  perform core.log_by_hand('call_given_up', waiting.call_id, jsonb_build_object('lane', waits_for, 'reason', why));
  return 'failed';
end
$$;
comment on function api.give_up_call(bigint, text) is
  'Moves a waiting call to failed, with a reason; the log keeps who did it. Refused for a call that is being judged again: its verdict stays. Returns the new state.';
grant execute on function api.give_up_call(bigint, text) to authenticated, service_role;

-- What was given up by hand comes back by hand only; a pending call may get its first link afterwards.
create or replace function core.revive_by_link() returns trigger
language plpgsql set search_path = '' as $$
begin
  if old.status = 'no_recording' then
    new.status := 'pending';
  elsif old.status = 'failed' and old.failed_lane = 'vault' and old.link_revivals < 3
    and old.last_error_code is distinct from 'given_up'
  then
    new.status := 'pending';
    new.failed_lane := null;
    new.last_error := null;
    new.attempts := 0;
    new.round := old.round + 1;
    new.link_revivals := old.link_revivals + 1;
  end if;
  return new;
end
$$;
comment on function core.revive_by_link() is
  'Returns a call to the vault lane when its link is a new one, unless it was given up by hand.';

-- Every answer of a lane goes through here: the token is checked, the same answer sent twice gets the
-- first reply again, and anything stale is refused.

create function core.digest(variadic parts text[]) returns text
language sql immutable set search_path = '' as $$
  select encode(sha256(convert_to(array_to_json(parts)::text, 'UTF8')), 'hex')
$$;

create type core.held_call as (call core.calls, lane core.lanes, earlier_answer text);
comment on type core.held_call is 'A call locked for an answer, or the reply that the same answer got before.';

create function core.hold(token uuid, lane text, digest text) returns core.held_call
language plpgsql volatile set search_path = '' as $$
declare
  who constant text := core.require('service', 'worker');
  attempt core.attempts;
  held core.held_call;
begin
  select a.* into attempt from core.attempts as a where a.lease_token = token;
  if found then
    if who = 'worker' and (attempt.lane <> 'worker' or attempt.user_id is distinct from auth.uid()) then
      raise exception 'A worker answers for its own calls only.' using errcode = 'insufficient_privilege';
    end if;
    if hold.lane is not null and attempt.lane <> hold.lane then
      raise exception 'This lease belongs to the lane %, not to %.', attempt.lane, hold.lane
        using errcode = 'invalid_parameter_value';
    end if;
    select c into held.call from core.calls as c where c.lease_token = token for update;
    if found then
      select l into held.lane from core.lanes as l where l.lane = attempt.lane;
      return held;
    end if;
    -- Read again: the first sending may have been answered while this one waited for the lock.
    select a.* into attempt from core.attempts as a where a.lease_token = token;
    if attempt.answer_digest = digest then
      held.earlier_answer := attempt.answer;
      return held;
    end if;
  elsif who = 'worker' and hold.lane <> 'worker' then
    raise exception 'A worker answers for its own calls only.' using errcode = 'insufficient_privilege';
  end if;
  perform nextval('core.stale_answers');
  raise sqlstate 'PT409' using message = 'lease lost',
    detail = 'The call was taken back or answered already; nothing was changed.';
end
$$;
comment on function core.hold(uuid, text, text) is
  'Locks the call of a lease token for its answer; refuses a stale token with PT409.';

create function core.close_attempt(token uuid, outcome text, error text, answer text, digest text) returns void
language sql volatile set search_path = '' as $$
  update core.attempts as a set
    ended_at = greatest(core.now(), a.started_at),
    outcome = close_attempt.outcome,
    error = close_attempt.error,
    answer = close_attempt.answer,
    answer_digest = close_attempt.digest
  where a.lease_token = token
$$;
comment on function core.close_attempt(uuid, text, text, text, text) is 'Closes the try that a lease token stands for.';

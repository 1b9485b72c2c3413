-- What reviewers and admins do; each function keeps who did it.

create function api.review_flag(call_id bigint, flag_id text, verdict text, reason text default null) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  given core.reviews;
begin
  perform core.require('reviewer', 'admin');
  if not exists (
    select from core.calls as c
    where c.call_id = review_flag.call_id
      and c.flags @> jsonb_build_array(jsonb_build_object('id', review_flag.flag_id))
  ) then
    raise exception 'This call has no such flag any more. Load the page again.'
      using errcode = 'invalid_parameter_value';
  end if;
  insert into core.reviews (call_id, flag_id, verdict, reason, reviewer_id, reviewer_email)
  values (review_flag.call_id, review_flag.flag_id, review_flag.verdict, nullif(btrim(review_flag.reason), ''),
    auth.uid(), auth.jwt() ->> 'email')
  returning * into given;
  return core.review_json(given);
end
$$;
comment on function api.review_flag(bigint, text, text, text) is
  'Confirms or dismisses a flag of the shown verdict, a dismissal with a reason. Returns the review (client type Review).';
grant execute on function api.review_flag(bigint, text, text, text) to authenticated;

create function core.log_by_hand(event text, call_id bigint, data jsonb) returns void
language sql volatile set search_path = '' as $$
  insert into core.sys_logs (level, lane, event, call_id, user_id, data)
  values ('info', 'web', event, call_id, auth.uid(), data)
$$;
comment on function core.log_by_hand(text, bigint, jsonb) is 'Keeps who did what by hand.';

create function api.retry_call(call_id bigint) returns text
language plpgsql volatile security definer set search_path = '' as $$
declare
  given_up core.calls;
  waiting text;
begin
  perform core.require('service', 'admin');
  select c.* into given_up from core.calls as c where c.call_id = retry_call.call_id for update;
  if not found then
    raise exception 'There is no call %.', call_id using errcode = 'invalid_parameter_value';
  elsif given_up.status <> 'failed' then
    raise exception 'Only a failed call can be tried again; this one is %.', replace(given_up.status, '_', ' ')
      using errcode = 'invalid_parameter_value';
  end if;
  select l.waiting_status into waiting from core.lanes as l where l.lane = given_up.failed_lane;
  update core.calls as c set
    status = waiting, failed_lane = null, last_error = null, attempts = 0, delayed_until = null, round = c.round + 1
  where c.call_id = given_up.call_id;
  perform core.log_by_hand('call_retried', given_up.call_id,
    jsonb_build_object('lane', given_up.failed_lane, 'last_error', given_up.last_error));
  return waiting;
end
$$;
comment on function api.retry_call(bigint) is 'Gives a failed call back to the lane that gave it up. Returns the new state.';
grant execute on function api.retry_call(bigint) to authenticated, service_role;

create function api.rejudge_call(call_id bigint) returns text
language plpgsql volatile security definer set search_path = '' as $$
declare
  judged core.calls;
begin
  perform core.require('service', 'admin');
  select c.* into judged from core.calls as c where c.call_id = rejudge_call.call_id for update;
  if not found then
    raise exception 'There is no call %.', call_id using errcode = 'invalid_parameter_value';
  elsif judged.status not in ('flagged', 'safe', 'undecided') then
    raise exception 'Only a call with a verdict can be judged again; this one is %.', replace(judged.status, '_', ' ')
      using errcode = 'invalid_parameter_value';
  end if;
  -- The verdict stays shown until there is a new one; the campaign may be mapped otherwise by now.
  update core.calls as c set
    status = 'transcribed', verdict_before = c.status, attempts = 0, last_error = null, round = c.round + 1,
    vertical = core.vertical_of(c.account, c.campaign_id, c.campaign_name)
  where c.call_id = judged.call_id;
  perform core.log_by_hand('call_judged_again', judged.call_id,
    jsonb_build_object('verdict', judged.status, 'qa_version', judged.qa_version));
  return 'transcribed';
end
$$;
comment on function api.rejudge_call(bigint) is 'Has a call judged again under the present rules; the verdict stays shown meanwhile. Returns the new state.';
grant execute on function api.rejudge_call(bigint) to authenticated, service_role;

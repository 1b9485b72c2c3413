-- A person's word on a flag or an undecided rule can be taken back: the newest word counts, and "withdrawn" is none.

create or replace function core.review_json(r core.reviews) returns jsonb
language sql immutable set search_path = '' as $$
  select jsonb_build_object('review_id', r.review_id, 'flag_id', r.flag_id, 'verdict', r.verdict,
    'reason', r.reason, 'flag', r.flag, 'reviewer_email', r.reviewer_email, 'created_at', r.created_at)
$$;

create or replace function core.settled_as(call_id bigint, judgement_id bigint) returns text
language sql stable set search_path = '' as $$
  select case when bool_and(coalesce(said.verdict <> 'withdrawn', false)) then
    case when bool_or(said.verdict = 'violation') then 'flagged' else 'safe' end
  end
  from (
    select distinct r ->> 'rule_key' as rule_key
    from core.judgements as j
    cross join jsonb_array_elements(j.rule_results) as r
    where j.judgement_id = settled_as.judgement_id and r ->> 'outcome' = 'undecided'
  ) as undecided
  left join lateral (
    select v.verdict
    from core.reviews as v
    where v.call_id = settled_as.call_id and v.flag_id = undecided.rule_key || ':undecided'
    order by v.created_at desc, v.review_id desc
    limit 1
  ) as said on true
$$;

create function api.withdraw_review(call_id bigint, flag_id text) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  before text;
  given core.reviews;
begin
  perform core.require('reviewer', 'admin');
  -- Locked, so that no other person's word comes in between.
  perform from core.calls as c where c.call_id = withdraw_review.call_id for update;
  select r.verdict into before
  from core.reviews as r
  where r.call_id = withdraw_review.call_id and r.flag_id = withdraw_review.flag_id
  order by r.created_at desc, r.review_id desc
  limit 1;
  if coalesce(before, 'withdrawn') = 'withdrawn' then
    raise exception 'There is nothing to take back: nobody has said anything about this, or it was taken back already.'
      using errcode = 'invalid_parameter_value';
  end if;
  insert into core.reviews (call_id, flag_id, verdict, reviewer_id, reviewer_email)
  values (withdraw_review.call_id, withdraw_review.flag_id, 'withdrawn', auth.uid(), auth.jwt() ->> 'email')
  returning * into given;
  update core.calls as c set settled_as = core.settled_as(c.call_id, c.judgement_id)
  where c.call_id = withdraw_review.call_id and coalesce(c.verdict_before, c.status) = 'undecided';
  return core.review_json(given);
end
$$;
comment on function api.withdraw_review(bigint, text) is
  'Takes back what was last said about a flag or an undecided rule; a flag that was added goes. Returns the review (client type Review).';
grant execute on function api.withdraw_review(bigint, text) to authenticated;

-- A rule that the judge left undecided is settled by a person. Once all of a call's are, the call is, and
-- takes another place in the queue.

alter table core.reviews
  drop constraint flag_id_valid,
  add constraint flag_id_valid check (flag_id ~ '^[a-z][a-z0-9_]*:([0-9]+-[0-9]+|missing|undecided)$'),
  drop constraint review_verdict_valid,
  add constraint review_verdict_valid check (verdict in ('confirmed', 'dismissed', 'violation', 'pass', 'not_applicable')),
  add constraint review_fits_subject check (
    (verdict in ('violation', 'pass', 'not_applicable')) = (flag_id like '%:undecided')
  ),
  add constraint not_applicable_has_reason check (verdict <> 'not_applicable' or coalesce(reason ~ '\S', false));
comment on table core.reviews is
  'Who confirmed or dismissed which flag, and who settled which undecided rule, why and when. The newest row counts; none is ever changed.';
comment on column core.reviews.flag_id is
  'Rule key and word range: the same flag after judging again. Rule key and :undecided for a rule that was settled.';
comment on column core.reviews.verdict is 'Of a flag: confirmed or dismissed. Of an undecided rule: violation, pass or not_applicable.';
comment on column core.reviews.reason is 'Why; a dismissal and a rule that does not apply need one.';

-- A stored column cannot be given another expression; it goes and comes back, and so does its index.
alter table core.calls drop column urgency;
drop function core.urgency(text, jsonb);

create function core.urgency(verdict text, flags jsonb, settled_as text) returns smallint
language sql immutable
return (case verdict
  when 'flagged' then case core.worst_severity(flags) when 'critical' then 4 when 'major' then 3 else 2 end
  when 'undecided' then case settled_as when 'safe' then 0 when 'flagged' then 2 else 1 end
  else 0
end)::smallint;
comment on function core.urgency(text, jsonb, text) is
  'Place in the queue: flagged by worst severity, settled as flagged beside minor flags, then undecided, then the rest.';

alter table core.calls
  add column settled_as text,
  add constraint settled_as_valid check (
    settled_as is null or settled_as in ('flagged', 'safe') and coalesce(verdict_before, status) = 'undecided'
  );
alter table core.calls
  add column urgency smallint
    generated always as (core.urgency(coalesce(verdict_before, status), flags, settled_as)) stored;
comment on column core.calls.settled_as is
  'What people made of an undecided verdict: flagged or safe, once every undecided rule of it is settled.';
comment on column core.calls.urgency is 'Place in the reviewers'' queue, 4 first.';
create index idx_calls_urgency on core.calls (urgency desc, start_time_utc desc, call_id desc);
grant select (settled_as, urgency) on core.calls to authenticated;

create or replace view api.calls with (security_invoker = true) as
select
  c.call_id, c.ringba_call_id, c.account, c.start_time_utc, c.completed_at, c.call_length_seconds,
  c.status, c.failed_lane, c.last_error, c.vertical,
  c.campaign_name, c.publisher_name, c.target_name, c.buyer_name,
  c.caller_number_masked, c.dialled_number_masked,
  -- As text: a JSON number would be read as a float.
  c.revenue::text as revenue, c.payout::text as payout, c.cost::text as cost,
  c.worst_severity, coalesce(c.flags, '[]') as flags, c.settled_as
from core.calls as c;
comment on column api.calls.settled_as is 'What people made of an undecided verdict: flagged or safe, once every undecided rule is settled.';

create function core.settled_as(call_id bigint, judgement_id bigint) returns text
language sql stable set search_path = '' as $$
  select case when bool_and(said.verdict is not null) then
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
comment on function core.settled_as(bigint, bigint) is
  'flagged or safe when the newest word of people settles every undecided rule of a verdict, else null.';

-- What people said holds for the next verdict as well, as far as that leaves the same rules undecided.
create function core.keep_settling() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  new.settled_as := case when coalesce(new.verdict_before, new.status) = 'undecided'
    then core.settled_as(new.call_id, new.judgement_id) end;
  return new;
end
$$;
comment on function core.keep_settling() is 'Works out anew whether a call is settled when another verdict is shown.';
create trigger keep_settling before update on core.calls
  for each row when (old.judgement_id is distinct from new.judgement_id)
  execute function core.keep_settling();

create function api.settle_rule(call_id bigint, rule_key text, outcome text, reason text default null) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  judged core.calls;
  given core.reviews;
begin
  perform core.require('reviewer', 'admin');
  if outcome is null or outcome not in ('violation', 'pass', 'not_applicable') then
    raise exception 'A rule is settled as violation, pass or not_applicable.' using errcode = 'invalid_parameter_value';
  end if;
  -- Locked, so that no other verdict and no other person's word comes in between.
  select c.* into judged from core.calls as c where c.call_id = settle_rule.call_id for update;
  if not exists (
    select from core.judgements as j
    where j.judgement_id = judged.judgement_id
      and j.rule_results @> jsonb_build_array(jsonb_build_object('rule_key', settle_rule.rule_key, 'outcome', 'undecided'))
  ) then
    raise exception 'This call has no such undecided rule any more. Load the page again.'
      using errcode = 'invalid_parameter_value';
  end if;
  insert into core.reviews (call_id, flag_id, verdict, reason, reviewer_id, reviewer_email)
  values (judged.call_id, settle_rule.rule_key || ':undecided', outcome, nullif(btrim(settle_rule.reason), ''),
    auth.uid(), auth.jwt() ->> 'email')
  returning * into given;
  update core.calls as c set settled_as = core.settled_as(c.call_id, c.judgement_id)
  where c.call_id = judged.call_id and coalesce(c.verdict_before, c.status) = 'undecided';
  return core.review_json(given);
end
$$;
comment on function api.settle_rule(bigint, text, text, text) is
  'Settles a rule that the shown verdict left undecided: violation, pass, or not_applicable with a reason. Returns the review (client type Review).';
grant execute on function api.settle_rule(bigint, text, text, text) to authenticated;

-- Rules that could not be asked are asked again when that is over: each call knows when its turn is, and
-- whoever can ask takes those whose turn has come.

alter table core.calls
  add column ask_again_at timestamptz,
  add column ask_again_tries integer not null default 0
    constraint ask_again_tries_not_negative check (ask_again_tries >= 0),
  add constraint asked_again_has_verdict check (
    ask_again_at is null or coalesce(verdict_before, status) in ('flagged', 'safe', 'undecided')
  );
comment on column core.calls.ask_again_at is
  'When the rules that could not be asked are asked again; empty when none wait. Kept while the call is judged for it.';
comment on column core.calls.ask_again_tries is 'How often asking ended in answers that cannot be used, or in a failure.';
grant select (ask_again_at, ask_again_tries) on core.calls to authenticated;
create index idx_calls_asking_again on core.calls (ask_again_at)
  where ask_again_at is not null and status in ('flagged', 'safe', 'undecided');

create function core.plan_asking_again() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  right_now constant timestamptz := core.now();
  next_day constant timestamptz := (date_trunc('day', right_now at time zone 'UTC') + interval '1 day') at time zone 'UTC';
  growing constant interval := interval '10 minutes' * power(4, least(old.ask_again_tries, 4));
  soon interval := '0';
  unasked text[];
begin
  select array_agg(r ->> 'unasked') into unasked
  from core.judgements as j
  cross join jsonb_array_elements(j.rule_results) as r
  where j.judgement_id = new.judgement_id and r ? 'unasked';
  -- A call that finds the endpoint away each time, because it is or because of the call, must come ever more
  -- seldom: each judging may cost something, and is kept.
  if old.verdict_before is not null and old.ask_again_at is not null then
    soon := coalesce((
      select least(greatest(2 * (old.ask_again_at - j.judged_at), interval '1 minute'), interval '6 hours')
      from core.judgements as j
      where j.judgement_id = old.judgement_id and j.rule_results @? 'lax $[*] ? (@.unasked == "endpoint_away")'
    ), interval '1 minute');
  end if;
  if unasked is null then
    new.ask_again_at := null;
    new.ask_again_tries := 0;
  elsif new.judgement_id is not distinct from old.judgement_id then
    -- Judging again failed, and what was not asked before still waits.
    new.ask_again_at := right_now + growing;
    new.ask_again_tries := old.ask_again_tries + 1;
  else
    new.ask_again_at := greatest(
      case when unasked && array['no_endpoint', 'endpoint_away'] then right_now + soon end,
      case when 'budget_spent' = any (unasked) then next_day end,
      case when 'bad_answers' = any (unasked) and old.ask_again_tries < 5 then right_now + growing end
    );
    new.ask_again_tries := old.ask_again_tries + ('bad_answers' = any (unasked))::integer;
  end if;
  return new;
end
$$;
comment on function core.plan_asking_again() is
  'By what the shown verdict left unasked: at once without an endpoint, then ever later up to six hours; the next day without budget; five times and ever later after bad answers; the latest counts.';
create trigger plan_asking_again before update on core.calls
  for each row when (
    new.status in ('flagged', 'safe', 'undecided') and (
      old.judgement_id is distinct from new.judgement_id
      or old.verdict_before is not null and new.verdict_before is null
    )
  )
  execute function core.plan_asking_again();

create function api.ask_unasked(max integer default 100) returns integer
language plpgsql volatile security definer set search_path = '' as $$
declare
  sent integer;
begin
  perform core.require('service');
  -- ask_again_at stays: it tells the judge that only what was not asked is to be asked.
  with due as (
    select c.call_id from core.calls as c
    where c.ask_again_at <= core.now() and c.status in ('flagged', 'safe', 'undecided')
    order by c.ask_again_at
    limit least(greatest(coalesce(max, 100), 0), 1000)
    for update skip locked
  )
  update core.calls as c set
    status = 'transcribed', verdict_before = c.status, attempts = 0, last_error = null, round = c.round + 1
  from due
  where c.call_id = due.call_id;
  get diagnostics sent = row_count;
  return sent;
end
$$;
comment on function api.ask_unasked(integer) is
  'Sends up to max calls (1000 at most) back to the judge whose unasked rules can be asked again, longest waiting first; their verdicts stay shown meanwhile. Returns how many.';
grant execute on function api.ask_unasked(integer) to service_role;

create or replace function api.judge_material(call_id bigint) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  material jsonb;
begin
  perform core.require('service');
  select jsonb_build_object(
    'transcript', core.transcript_json(t),
    'ruleset', jsonb_build_object('ruleset_id', s.ruleset_id, 'vertical', s.vertical, 'rules', s.rules),
    'unfinished', case when c.ask_again_at is not null then shown.judgement end,
    'shown', shown.judgement
  )
  into material
  from core.calls as c
  join core.transcripts as t on t.call_id = c.call_id
  join core.verticals as v on v.vertical = coalesce(c.vertical, 'common')
  left join lateral (
    select j.ruleset_id, jsonb_build_object('ruleset_id', j.ruleset_id, 'prompt_version', j.prompt_version,
      'judge_model', j.judge_model, 'returned_model', j.returned_model, 'endpoint', j.endpoint, 'flags', j.flags,
      'rule_results', j.rule_results) as judgement
    from core.judgements as j
    where j.judgement_id = c.judgement_id and c.verdict_before is not null
  ) as shown on true
  -- Open rules are asked as they were: nobody has asked for a verdict under other ones.
  join core.rulesets as s
    on s.ruleset_id = coalesce(case when c.ask_again_at is not null then shown.ruleset_id end, v.ruleset_id)
  where c.call_id = judge_material.call_id;
  if material is null then
    raise exception 'There is no transcript of call %.', call_id using errcode = 'invalid_parameter_value';
  end if;
  return material;
end
$$;
comment on function api.judge_material(bigint) is
  'Transcript of a call and the ruleset of its vertical (the common one when its campaign is not mapped), and the verdict that it shows meanwhile; where only unasked rules of that are to be asked, once more as unfinished and with its own ruleset (client type JudgeMaterial).';

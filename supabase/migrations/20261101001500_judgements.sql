-- Every verdict ever given. The call shows one of them; the others stay readable.

create table core.judgements (
  judgement_id bigint generated always as identity primary key,
  call_id bigint not null references core.calls (call_id),
  round integer not null,
  ruleset_id text not null references core.rulesets (ruleset_id),
  prompt_version text not null constraint prompt_version_named check (prompt_version ~ '\S'),
  qa_version text not null generated always as (ruleset_id || '/' || prompt_version) stored,
  verdict text not null constraint verdict_valid check (verdict in ('flagged', 'safe', 'undecided')),
  judge_model text not null constraint judge_model_named check (judge_model ~ '\S'),
  flags jsonb not null constraint judgement_flags_well_formed check (core.flags_are_well_formed(flags)),
  rule_results jsonb not null,
  tokens_in bigint not null default 0 constraint tokens_in_not_negative check (tokens_in >= 0),
  tokens_out bigint not null default 0 constraint tokens_out_not_negative check (tokens_out >= 0),
  cost_usd numeric not null default 0 constraint cost_usd_not_negative check (cost_usd >= 0 and cost_usd < 'infinity'),
  judged_at timestamptz not null default core.now(),
  constraint flagged_has_flags check ((jsonb_array_length(flags) > 0) = (verdict = 'flagged')),
  constraint rule_results_well_formed check (
    jsonb_typeof(rule_results) = 'array'
    and not rule_results @? 'lax $[*] ? (!(exists(@.rule_key)) || !(exists(@.rule_title))
      || !(@.outcome == "violation" || @.outcome == "pass" || @.outcome == "not_applicable" || @.outcome == "undecided"))'
  )
);
alter table core.judgements enable row level security;
create index judgements_of_call on core.judgements (call_id, judged_at desc);
comment on table core.judgements is 'Every verdict ever given, with the rules, prompt and model it was given under, and what it cost.';
comment on column core.judgements.judgement_id is 'Number of the verdict.';
comment on column core.judgements.call_id is 'The call.';
comment on column core.judgements.round is 'The call''s round.';
comment on column core.judgements.ruleset_id is 'The rules.';
comment on column core.judgements.prompt_version is 'The prompt.';
comment on column core.judgements.qa_version is 'Both together.';
comment on column core.judgements.verdict is 'flagged, safe or undecided.';
comment on column core.judgements.judge_model is 'Model id, or phrases where no model was asked.';
comment on column core.judgements.flags is 'The proven violations.';
comment on column core.judgements.rule_results is 'How each rule ended: violation, pass, not_applicable or undecided with a reason.';
comment on column core.judgements.tokens_in is 'Tokens sent to a model.';
comment on column core.judgements.tokens_out is 'Tokens that came back.';
comment on column core.judgements.cost_usd is 'What they cost.';
comment on column core.judgements.judged_at is 'When the verdict was given.';

create function core.check_judged_rules() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  stranger text;
begin
  select named.key into stranger
  from (
    select f ->> 'rule_key' as key from jsonb_array_elements(new.flags) as f
    union
    select r ->> 'rule_key' from jsonb_array_elements(new.rule_results) as r
  ) as named
  where not exists (
    select from core.rulesets as s
    where s.ruleset_id = new.ruleset_id
      and s.rules @> jsonb_build_array(jsonb_build_object('key', named.key))
  )
  limit 1;
  if stranger is not null then
    raise exception 'The ruleset % has no rule "%".', new.ruleset_id, stranger
      using errcode = 'check_violation', constraint = 'judged_rules_exist';
  end if;
  return new;
end
$$;
create trigger judged_rules_exist before insert on core.judgements
  for each row execute function core.check_judged_rules();
create trigger append_only before update or delete on core.judgements
  for each row execute function core.refuse_change();
create trigger append_only_truncate before truncate on core.judgements
  for each statement execute function core.refuse_change();

alter table core.calls add constraint shown_judgement_exists
  foreign key (judgement_id) references core.judgements (judgement_id);

grant select on core.judgements to authenticated, service_role;
create policy "Reviewers and admins read judgements" on core.judgements
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

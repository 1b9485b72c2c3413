-- What a language model said and the transcript does not bear out is kept for admins: it tells how far a
-- model can be trusted, and it is never shown as a flag.

create table core.refused_findings (
  judgement_id bigint not null references core.judgements (judgement_id),
  place integer not null constraint refused_finding_place_positive check (place >= 1),
  call_id bigint not null references core.calls (call_id),
  rule_key text not null constraint refused_rule_key_short check (length(rule_key) <= 200),
  line bigint,
  speaker text constraint refused_speaker_short check (length(speaker) <= 50),
  quote text not null constraint refused_quote_short check (length(quote) <= 2000),
  reason text not null constraint refusal_reason_valid
    check (reason in ('unknown_rule', 'quote_not_found', 'wrong_speaker', 'too_late')),
  primary key (judgement_id, place)
);
alter table core.refused_findings enable row level security;
create index refused_findings_of_call on core.refused_findings (call_id);
create trigger append_only before update or delete on core.refused_findings
  for each row execute function core.refuse_change();
create trigger append_only_truncate before truncate on core.refused_findings
  for each statement execute function core.refuse_change();
comment on table core.refused_findings is 'Findings of a language model that were refused, because the transcript does not bear them out. For admins; none of it is shown as a flag.';
comment on column core.refused_findings.judgement_id is 'The verdict that was given without it.';
comment on column core.refused_findings.place is 'Which of that verdict''s refused findings, from 1.';
comment on column core.refused_findings.call_id is 'The call.';
comment on column core.refused_findings.rule_key is 'The rule as the model named it; it need not exist.';
comment on column core.refused_findings.line is 'Line of the transcript, by the model; empty where it named none.';
comment on column core.refused_findings.speaker is 'Who speaks, by the model.';
comment on column core.refused_findings.quote is 'What was said, by the model.';
comment on column core.refused_findings.reason is
  'unknown_rule: the request had no such rule. quote_not_found: nobody said so there. wrong_speaker: somebody else said it. too_late: it was said later than the rule looks.';

grant select on core.refused_findings to authenticated, service_role;
create policy "Admins read refused findings" on core.refused_findings
  for select to authenticated using ((select core.caller()) = 'admin');

create or replace function api.complete_judgement(lease_token uuid, judgement jsonb) returns text
language plpgsql volatile security definer set search_path = '' as $$
declare
  digest constant text := core.digest('judgement', judgement::text);
  held constant core.held_call := core.hold(lease_token, 'judge', digest);
  given core.judgements;
begin
  if held.earlier_answer is not null then
    return held.earlier_answer;
  end if;
  insert into core.judgements (
    call_id, round, ruleset_id, prompt_version, verdict, judge_model, returned_model, endpoint, flags, rule_results,
    requests, tokens_in, tokens_out, cost_usd
  )
  values (
    (held.call).call_id, (held.call).round, judgement ->> 'ruleset_id', judgement ->> 'prompt_version',
    judgement ->> 'verdict', judgement ->> 'judge_model',
    -- What an endpoint calls itself must not keep a verdict from being stored.
    left(judgement ->> 'returned_model', 1000), left(judgement ->> 'endpoint', 1000),
    judgement -> 'flags', judgement -> 'rule_results',
    coalesce((judgement ->> 'requests')::bigint, 0),
    coalesce((judgement ->> 'tokens_in')::bigint, 0), coalesce((judgement ->> 'tokens_out')::bigint, 0),
    coalesce((judgement ->> 'cost_usd')::numeric, 0)
  )
  returning * into given;
  insert into core.refused_findings (judgement_id, place, call_id, rule_key, line, speaker, quote, reason)
  select given.judgement_id, f.place, given.call_id, left(f.finding ->> 'rule_key', 200), (f.finding ->> 'line')::bigint,
    left(f.finding ->> 'speaker', 50), left(f.finding ->> 'quote', 2000), f.finding ->> 'reason'
  from jsonb_array_elements(coalesce(nullif(judgement -> 'refused_findings', 'null'), '[]')) with ordinality as f(finding, place);
  -- One update, because verdict_complete ties the state and what is shown together.
  update core.calls as c set
    status = given.verdict,
    flags = given.flags,
    qa_version = given.qa_version,
    judge_model = given.judge_model,
    judgement_id = given.judgement_id,
    verdict_before = null,
    attempts = 0, last_error = null, delayed_until = null,
    lease_token = null, lease_owner = null, lease_user = null, lease_expires_at = null, leased_at = null,
    lease_progress = null, lease_progressed_at = null
  where c.call_id = given.call_id;
  perform core.close_attempt(complete_judgement.lease_token, 'accepted', null, given.verdict, digest);
  return given.verdict;
end
$$;

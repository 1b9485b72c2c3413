-- A verdict tells which model answered, where, and how often it was asked; it follows from how the rules
-- ended; and its flags say how surely their words were found.

create or replace function core.flags_are_well_formed(flags jsonb) returns boolean
language sql immutable set search_path = '' as $$
  select case when jsonb_typeof(flags) = 'array' then
    not exists (
      select
      from jsonb_array_elements(flags) as f(flag)
      where not coalesce(
        flag @? 'strict $ ? (
          @.rule_key.type() == "string" && @.rule_title.type() == "string"
          && (@.severity == "minor" || @.severity == "major" || @.severity == "critical")
          && (@.speaker == "agent" || @.speaker == "caller" || @.speaker == "unknown")
          && @.quote.type() == "string"
          && @.start_ms >= 0 && @.end_ms >= @.start_ms)'
        and (not flag ? 'proof' or flag -> 'proof' in ('"exact"', '"approximate"'))
        and (not flag ? 'doubtful' or flag -> 'doubtful' in ('true', 'false'))
        and case
          when flag @? 'strict $ ? (@.words.size() == 2 && @.words[0] >= 0 && @.words[1] >= @.words[0])'
          then flag ->> 'quote' <> ''
            and flag ->> 'id' = format('%s:%s-%s', flag ->> 'rule_key', flag -> 'words' ->> 0, flag -> 'words' ->> 1)
          when coalesce(jsonb_typeof(flag -> 'words'), 'null') = 'null'
          then flag ->> 'quote' = '' and flag ->> 'id' = (flag ->> 'rule_key') || ':missing'
        end, false)
    )
    and (
      select count(distinct flag ->> 'id') = count(*) from jsonb_array_elements(flags) as f(flag)
    )
  else false end
$$;

-- Not valid: what was judged before stays as it was given, whatever it says.
alter table core.judgements
  add column returned_model text,
  add column endpoint text,
  add column requests bigint not null default 0 constraint requests_not_negative check (requests >= 0),
  add constraint unasked_reason_valid check (
    not rule_results @? 'lax $[*].unasked ? (
      @.type() != "string" || !(@ == "no_endpoint" || @ == "endpoint_away" || @ == "budget_spent" || @ == "bad_answers"))'
  ) not valid,
  add constraint verdict_follows_rules check (
    case verdict
      when 'flagged' then rule_results @? 'lax $[*] ? (@.outcome == "violation")'
      when 'undecided' then rule_results @? 'lax $[*] ? (@.outcome == "undecided")'
        and not rule_results @? 'lax $[*] ? (@.outcome == "violation")'
      when 'safe' then not rule_results @? 'lax $[*] ? (
        @.outcome.type() != "string" || !(@.outcome == "pass" || @.outcome == "not_applicable"))'
      else true
    end
  ) not valid;
comment on column core.judgements.judge_model is 'Model id that was asked for, or phrases where no model was asked.';
comment on column core.judgements.returned_model is 'Which model answered, by the endpoint''s own word; several are joined by commas. Empty where none was asked.';
comment on column core.judgements.endpoint is 'Base URL of the endpoint; empty where no model was asked.';
comment on column core.judgements.requests is 'Requests to the endpoint, those asked again included.';
comment on column core.judgements.rule_results is
  'How each rule ended: violation, pass, not_applicable or undecided with a reason; unasked says what kept it from being asked: no_endpoint, endpoint_away, budget_spent or bad_answers.';

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

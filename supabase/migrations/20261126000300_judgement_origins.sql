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

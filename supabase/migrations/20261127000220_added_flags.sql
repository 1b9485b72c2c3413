-- A violation that the judge missed: a person names the rule and the words, the database makes the flag of them.

create function api.add_flag(call_id bigint, rule_key text, first_word integer, last_word integer, reason text default null)
returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  judged core.calls;
  rule jsonb;
  said record;
  flag_id constant text := format('%s:%s-%s', rule_key, first_word, last_word);
  given core.reviews;
begin
  perform core.require('reviewer', 'admin');
  select c.* into judged from core.calls as c where c.call_id = add_flag.call_id for update;
  select r into rule
  from core.judgements as j
  join core.rulesets as s on s.ruleset_id = j.ruleset_id
  cross join jsonb_array_elements(s.rules) as r
  where j.judgement_id = judged.judgement_id and r ->> 'key' = add_flag.rule_key;
  if rule is null then
    raise exception 'The rules that this call was judged by have no such rule. Load the page again.'
      using errcode = 'invalid_parameter_value';
  end if;
  if last_word - first_word not between 0 and 199 then
    raise exception 'A flag quotes between 1 and 200 words.' using errcode = 'invalid_parameter_value';
  end if;
  select count(*) as words, count(distinct w.speaker) as speakers, min(w.speaker) as speaker,
    string_agg(w.word ->> 0, ' ' order by w.position) as quote,
    min((w.word ->> 1)::integer) as start_ms, max((w.word ->> 2)::integer) as end_ms
  into said
  from (
    select s.segment ->> 'speaker' as speaker, word, row_number() over (order by s.number, number_in_line) - 1 as position
    from core.transcripts as t
    cross join lateral jsonb_array_elements(t.segments) with ordinality as s(segment, number)
    cross join lateral jsonb_array_elements(s.segment -> 'words') with ordinality as w(word, number_in_line)
    where t.call_id = judged.call_id
  ) as w
  where w.position between first_word and last_word;
  if said.words is distinct from last_word - first_word + 1 or said.quote !~ '\S' then
    raise exception 'The transcript has no such words any more. Load the page again.' using errcode = 'invalid_parameter_value';
  elsif said.speakers > 1 then
    raise exception 'A flag quotes one speaker: select words of one of them.' using errcode = 'invalid_parameter_value';
  elsif judged.flags @> jsonb_build_array(jsonb_build_object('id', flag_id)) then
    raise exception 'The judge flagged these very words under this rule already.' using errcode = 'invalid_parameter_value';
  end if;
  insert into core.reviews (call_id, flag_id, verdict, reason, flag, reviewer_id, reviewer_email)
  values (judged.call_id, flag_id, 'added', nullif(btrim(add_flag.reason), ''), jsonb_build_object(
      'id', flag_id, 'rule_key', rule_key, 'rule_title', rule ->> 'title', 'severity', rule ->> 'severity',
      'speaker', said.speaker, 'quote', said.quote, 'start_ms', said.start_ms, 'end_ms', said.end_ms,
      'words', jsonb_build_array(first_word, last_word)
    ), auth.uid(), auth.jwt() ->> 'email')
  returning * into given;
  return core.review_json(given);
end
$$;
comment on function api.add_flag(bigint, text, integer, integer, text) is
  'Adds a violation that the judge missed: a rule of the shown verdict and the words, counted from 0 over the whole transcript, both included. Returns the review (client type Review).';
grant execute on function api.add_flag(bigint, text, integer, integer, text) to authenticated;

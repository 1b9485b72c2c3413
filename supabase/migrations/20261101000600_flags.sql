-- What a flag looks like, and what follows from a call's flags.

create function core.flags_are_well_formed(flags jsonb) returns boolean
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
comment on function core.flags_are_well_formed(jsonb) is
  'An array of flags as the client''s type Flag has them: quoted words have a range and an id made of it, a missing sentence has neither.';

-- The next three make stored columns. Their bodies are parsed here and now, so no search path is
-- read at run time, and the planner can write them into the expression.
create function core.worst_severity(flags jsonb) returns text
language sql immutable
return case
  when flags @> '[{"severity": "critical"}]' then 'critical'
  when flags @> '[{"severity": "major"}]' then 'major'
  when flags @> '[{"severity": "minor"}]' then 'minor'
end;
comment on function core.worst_severity(jsonb) is 'The gravest severity among the flags.';

create function core.urgency(verdict text, flags jsonb) returns smallint
language sql immutable
return (case verdict
  when 'flagged' then case core.worst_severity(flags) when 'critical' then 4 when 'major' then 3 else 2 end
  when 'undecided' then 1
  else 0
end)::smallint;
comment on function core.urgency(text, jsonb) is 'Place in the queue: flagged by worst severity, then undecided, then the rest.';

create function core.mask_number(number text) returns text
language sql immutable
return case
  when number !~ '\S' then null
  when number !~ '[0-9]' then 'withheld'
  when length(regexp_replace(number, '[^0-9]', '', 'g')) < 7 then '••••'
  else '•••• ' || right(regexp_replace(number, '[^0-9]', '', 'g'), 4)
end;
comment on function core.mask_number(text) is 'A phone number by its last four digits; short numbers not even that.';

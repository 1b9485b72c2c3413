-- The rules that admins edit in Studio. A trigger refuses a bad row with a sentence, because a check
-- constraint can only name itself there.

create table core.rules (
  rule_id bigint generated always as identity primary key,
  vertical text not null default 'common' references core.verticals (vertical),
  key text not null,
  title text not null,
  severity text not null,
  instruction text not null,
  kind text not null default 'phrases',
  form text not null default 'must_not_happen',
  speaker text,
  phrases text[] not null default '{}',
  after_phrases text[] not null default '{}',
  within_first_seconds integer,
  examples_violating text[] not null default '{}',
  examples_passing text[] not null default '{}',
  enabled boolean not null default true,
  created_at timestamptz not null default core.now(),
  updated_at timestamptz not null default core.now(),
  constraint rule_key_once_per_vertical unique (vertical, key)
);
alter table core.rules enable row level security;

comment on table core.rules is 'What calls are held against. Every change makes a new ruleset for the calls to come; verdicts already given stay as they are.';
comment on column core.rules.rule_id is 'Number of the rule.';
comment on column core.rules.vertical is 'Line of business. Rules of common hold for all; a rule here with the key of a common one takes its place.';
comment on column core.rules.key is 'Short lasting name, lower case with underscores. Reviews hang on it: do not reuse it for another meaning.';
comment on column core.rules.title is 'What reviewers read on the flag.';
comment on column core.rules.severity is 'minor, major or critical: the order of the queue.';
comment on column core.rules.instruction is 'What the rule means, in full sentences. A language model is asked with these words.';
comment on column core.rules.kind is 'phrases: matched word by word, no model needed. judged: asked of a language model.';
comment on column core.rules.form is 'must_not_happen: saying it is the violation. must_happen: not saying it is.';
comment on column core.rules.speaker is 'agent or caller: whose words count. Empty for anybody''s.';
comment on column core.rules.phrases is
  'Patterns; any one of them is a hit. A pattern is items separated by single spaces; upper and lower case and punctuation do not matter. '
  'An item is: a word (letters, digits, apostrophes); a list (enroll|sign up) whose branches are one or more words; a word? or (list)? that may be missing; '
  '# for any number, spelled or in digits; *5 for up to 5 words of any kind (1 to 20). '
  'At least one word or list must not be optional, and a pattern neither begins nor ends with a gap. Example: (send you|get) a *4 gift card';
comment on column core.rules.after_phrases is 'Patterns of the same kind, spoken by the other side: the rule only looks at what follows one of them.';
comment on column core.rules.within_first_seconds is 'The rule only looks at so many seconds from the start. Empty for the whole call.';
comment on column core.rules.examples_violating is 'Sentences that break the rule, for people and for language models.';
comment on column core.rules.examples_passing is 'Sentences that come close and do not break it.';
comment on column core.rules.enabled is 'Switched off, the rule is left out; in a vertical it also switches off the common rule of the same key.';
comment on column core.rules.created_at is 'When the rule was added.';
comment on column core.rules.updated_at is 'When it was last changed.';

create function core.check_rule() returns trigger
language plpgsql set search_path = '' as $$
declare
  broken text;
  name text;
begin
  new.phrases := coalesce(new.phrases, '{}');
  new.after_phrases := coalesce(new.after_phrases, '{}');
  new.examples_violating := coalesce(new.examples_violating, '{}');
  new.examples_passing := coalesce(new.examples_passing, '{}');
  new.updated_at := core.now();

  select problem.sentence, problem.name into broken, name
  from (values
    (1, new.key ~ '^[a-z][a-z0-9_]{0,79}$', 'rule_key_valid',
      'The key must be lower-case letters, digits and underscores, beginning with a letter.'),
    (2, new.title ~ '\S', 'rule_has_title', 'The rule needs a title: reviewers read it on the flag.'),
    (3, new.instruction ~ '\S', 'rule_has_instruction', 'The rule needs an instruction that says what it means.'),
    (4, new.severity in ('minor', 'major', 'critical'), 'rule_severity_valid',
      'The severity must be minor, major or critical.'),
    (5, new.kind in ('phrases', 'judged'), 'rule_kind_valid', 'The kind must be phrases or judged.'),
    (6, new.form in ('must_not_happen', 'must_happen'), 'rule_form_valid',
      'The form must be must_not_happen or must_happen.'),
    (7, coalesce(new.speaker in ('agent', 'caller'), true), 'rule_speaker_valid',
      'The speaker must be agent or caller, or empty for anybody.'),
    (8, coalesce(new.within_first_seconds between 1 and 86400, true), 'rule_within_valid',
      'The first seconds must be a number from 1 to 86400, or empty for the whole call.'),
    (9, new.kind <> 'phrases' or cardinality(new.phrases) > 0, 'rule_has_phrases',
      'A rule of the kind phrases needs at least one phrase.'),
    (10, new.kind <> 'judged' or cardinality(new.phrases) = 0 and cardinality(new.after_phrases) = 0,
      'judged_rule_without_phrases', 'A rule of the kind judged has no phrases: say it in the instruction.')
  ) as problem(place, holds, name, sentence)
  where problem.holds is not true
  order by problem.place
  limit 1;
  if broken is not null then
    raise exception '%', broken using errcode = 'check_violation', constraint = name;
  end if;

  select format('The phrase "%s" cannot be read: %s.', p.phrase, core.phrase_problem(p.phrase)) into broken
  from unnest(new.phrases || new.after_phrases) as p(phrase)
  where core.phrase_problem(p.phrase) is not null
  limit 1;
  if broken is not null then
    raise exception '%', broken using errcode = 'check_violation', constraint = 'rule_phrases_valid';
  end if;
  return new;
end
$$;
comment on function core.check_rule() is 'Refuses a bad rule with a sentence for the person in Studio.';
create trigger check_rule before insert or update on core.rules
  for each row execute function core.check_rule();

grant select on core.rules to authenticated, service_role;
create policy "Reviewers and admins read rules" on core.rules
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

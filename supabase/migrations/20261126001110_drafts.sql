-- Drafts: rules that are tried out on calls of the past before they count. Admins edit them in Studio like
-- the rules themselves.

create table core.draft_rules (
  draft_rule_id bigint generated always as identity primary key,
  draft text not null constraint draft_named check (draft ~ '^\S(.{0,98}\S)?$'),
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
  constraint draft_rule_key_once unique (draft, vertical, key)
);
alter table core.draft_rules enable row level security;
comment on table core.draft_rules is
  'Rules that do not count yet. A row takes the place of the rule with the same vertical and key, or is a new one. '
  'Try a draft on calls of the past by a row in core.backtests; select api.publish_draft(''name'') makes it count.';
comment on column core.draft_rules.draft_rule_id is 'Number of the row.';
comment on column core.draft_rules.draft is 'Name of the draft; rows of the same name belong together.';
comment on column core.draft_rules.vertical is 'Line of business. Rules of common hold for all; a rule here with the key of a common one takes its place.';
comment on column core.draft_rules.key is 'Key of the rule that is to change, or of a new one: lower case with underscores.';
comment on column core.draft_rules.title is 'What reviewers read on the flag.';
comment on column core.draft_rules.severity is 'minor, major or critical: the order of the queue.';
comment on column core.draft_rules.instruction is 'What the rule means, in full sentences. A language model is asked with these words.';
comment on column core.draft_rules.kind is 'phrases: matched word by word, no model needed. judged: asked of a language model.';
comment on column core.draft_rules.form is 'must_not_happen: saying it is the violation. must_happen: not saying it is.';
comment on column core.draft_rules.speaker is 'agent or caller: whose words count. Empty for anybody''s.';
comment on column core.draft_rules.phrases is 'Patterns; any one of them is a hit. Written as in core.rules.phrases.';
comment on column core.draft_rules.after_phrases is
  'Patterns of the same kind, spoken by the other side: the rule only looks at what follows one of them.';
comment on column core.draft_rules.within_first_seconds is
  'The rule only looks at so many seconds from the start. Empty for the whole call.';
comment on column core.draft_rules.examples_violating is 'Sentences that break the rule, for people and for language models.';
comment on column core.draft_rules.examples_passing is 'Sentences that come close and do not break it.';
comment on column core.draft_rules.enabled is
  'Switched off, the draft does without the rule; in a vertical also without the common rule of the same key.';
comment on column core.draft_rules.created_at is 'When the row was added.';
comment on column core.draft_rules.updated_at is 'When it was last changed.';
create trigger check_rule before insert or update on core.draft_rules
  for each row execute function core.check_rule();

grant select on core.draft_rules to authenticated, service_role;
create policy "Reviewers and admins read drafts" on core.draft_rules
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

create function core.draft_ruleset(draft text, vertical text) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  content jsonb;
begin
  if not exists (select from core.verticals as v where v.vertical = draft_ruleset.vertical) then
    raise exception 'There is no vertical "%".', vertical using errcode = 'invalid_parameter_value';
  elsif not exists (
    select from core.draft_rules as d
    where d.draft = draft_ruleset.draft and d.vertical in ('common', draft_ruleset.vertical)
  ) then
    raise exception 'The draft "%" has no rules for the vertical % or for all: add them to core.draft_rules first.',
      draft, vertical using errcode = 'invalid_parameter_value';
  end if;
  select coalesce(jsonb_agg(core.rule_json(chosen.rule) order by chosen.rule ->> 'key' collate "C"), '[]')
  into content
  from (
    -- Of the rules with one key, the vertical's own comes before the common one; a draft's row stands for
    -- the rule that it changes.
    select distinct on (known.key) known.enabled, known.rule
    from (
      select d.key, d.vertical, d.enabled, true as drafted, to_jsonb(d) as rule
      from core.draft_rules as d where d.draft = draft_ruleset.draft
      union all
      select r.key, r.vertical, r.enabled, false, to_jsonb(r) from core.rules as r
    ) as known
    where known.vertical in ('common', draft_ruleset.vertical)
    order by known.key, known.vertical = draft_ruleset.vertical desc, known.drafted desc
  ) as chosen
  where chosen.enabled;
  return jsonb_build_object(
    'ruleset_id', 'draft-' || left(encode(sha256(convert_to(content::text, 'UTF8')), 'hex'), 16),
    'vertical', vertical, 'rules', content
  );
end
$$;
comment on function core.draft_ruleset(text, text) is
  'The ruleset that a vertical would have with a draft (client type Ruleset), named by its content.';

create function api.publish_draft(draft text) returns integer
language plpgsql volatile security definer set search_path = '' as $$
declare
  published integer;
begin
  perform core.require('service', 'admin');
  with moved as (
    delete from core.draft_rules as d where d.draft = publish_draft.draft returning d.*
  )
  insert into core.rules as r (
    vertical, key, title, severity, instruction, kind, form, speaker, phrases, after_phrases, within_first_seconds,
    examples_violating, examples_passing, enabled
  )
  select m.vertical, m.key, m.title, m.severity, m.instruction, m.kind, m.form, m.speaker, m.phrases, m.after_phrases,
    m.within_first_seconds, m.examples_violating, m.examples_passing, m.enabled
  from moved as m
  on conflict on constraint rule_key_once_per_vertical do update set
    title = excluded.title, severity = excluded.severity, instruction = excluded.instruction, kind = excluded.kind,
    form = excluded.form, speaker = excluded.speaker, phrases = excluded.phrases, after_phrases = excluded.after_phrases,
    within_first_seconds = excluded.within_first_seconds, examples_violating = excluded.examples_violating,
    examples_passing = excluded.examples_passing, enabled = excluded.enabled;
  get diagnostics published = row_count;
  if published = 0 then
    raise exception 'There is no draft "%".', draft using errcode = 'invalid_parameter_value';
  end if;
  perform core.log_by_hand('draft_published', null, jsonb_build_object('draft', draft, 'rules', published));
  return published;
end
$$;
comment on function api.publish_draft(text) is
  'Makes the rules of a draft count for the calls to come, all at once, and empties the draft. Returns how many rules it had.';
grant execute on function api.publish_draft(text) to authenticated, service_role;

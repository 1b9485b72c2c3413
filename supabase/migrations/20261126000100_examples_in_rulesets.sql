-- A language model is asked with a rule's examples as well, so they belong to the rules that a verdict
-- names. Earlier rulesets stay as they are.

create function core.rule_json(rule jsonb) returns jsonb
language sql immutable set search_path = '' as $$
  select jsonb_object_agg(key, rule -> key)
  from unnest(array['key', 'title', 'severity', 'instruction', 'kind', 'form', 'speaker', 'phrases', 'after_phrases',
    'within_first_seconds', 'examples_violating', 'examples_passing']) as key
$$;
comment on function core.rule_json(jsonb) is 'What a ruleset keeps of a row of rules (client type Rule).';

create or replace function core.publish_rulesets() returns void
language plpgsql security definer set search_path = '' as $$
declare
  line record;
  content jsonb;
  id text;
begin
  -- Waits for whoever publishes at the same time; every statement below then sees their rules.
  perform from core.verticals as v order by v.vertical for update;
  for line in select v.vertical, v.ruleset_id from core.verticals as v order by v.vertical loop
    select coalesce(jsonb_agg(core.rule_json(to_jsonb(r)) order by r.key collate "C"), '[]')
    into content
    from core.rules as r
    where r.enabled and (
      r.vertical = line.vertical
      or r.vertical = 'common' and not exists (
        select from core.rules as own where own.vertical = line.vertical and own.key = r.key
      )
    );
    id := line.vertical || '-' || left(encode(sha256(convert_to(content::text, 'UTF8')), 'hex'), 16);
    if id is distinct from line.ruleset_id then
      insert into core.rulesets (ruleset_id, vertical, rules) values (id, line.vertical, content)
      on conflict (ruleset_id) do nothing;
      update core.verticals as v set ruleset_id = id where v.vertical = line.vertical;
    end if;
  end loop;
end
$$;

select core.publish_rulesets();

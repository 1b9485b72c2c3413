-- Rules as the judge gets them: a snapshot per vertical, made whenever rules change, named by its
-- content, never changed. A vertical's ruleset holds the common rules too, unless it has a rule of
-- the same key.

create table core.rulesets (
  ruleset_id text primary key,
  vertical text not null references core.verticals (vertical),
  rules jsonb not null constraint ruleset_is_a_list check (jsonb_typeof(rules) = 'array'),
  made_at timestamptz not null default core.now()
);
alter table core.rulesets enable row level security;
comment on table core.rulesets is 'Immutable snapshots of the rules. Every verdict names the one it was given under.';
comment on column core.rulesets.ruleset_id is 'Vertical and the first 16 hex digits of the content''s SHA-256: the same rules have the same id.';
comment on column core.rulesets.vertical is 'The vertical; common for calls whose campaign is not mapped.';
comment on column core.rulesets.rules is 'The enabled rules at that time, ordered by key.';
comment on column core.rulesets.made_at is 'When this content first stood.';
create trigger append_only before update or delete on core.rulesets
  for each row execute function core.refuse_change();
create trigger append_only_truncate before truncate on core.rulesets
  for each statement execute function core.refuse_change();

alter table core.verticals add column ruleset_id text references core.rulesets (ruleset_id);
comment on column core.verticals.ruleset_id is 'The ruleset that calls are judged under from now on; kept by a trigger.';

create function core.publish_rulesets() returns void
language plpgsql security definer set search_path = '' as $$
declare
  line record;
  content jsonb;
  id text;
begin
  -- Waits for whoever publishes at the same time; every statement below then sees their rules.
  perform from core.verticals as v order by v.vertical for update;
  for line in select v.vertical, v.ruleset_id from core.verticals as v order by v.vertical loop
    select coalesce(jsonb_agg(jsonb_build_object(
      'key', r.key, 'title', r.title, 'severity', r.severity, 'instruction', r.instruction,
      'kind', r.kind, 'form', r.form, 'speaker', r.speaker, 'phrases', r.phrases,
      'after_phrases', r.after_phrases, 'within_first_seconds', r.within_first_seconds
    ) order by r.key collate "C"), '[]')
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
comment on function core.publish_rulesets() is 'Makes the ruleset of every vertical whose rules have changed, and points the vertical to it.';

create function core.publish_after_change() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform core.publish_rulesets();
  return null;
end
$$;
create trigger publish_rulesets after insert or update or delete or truncate on core.rules
  for each statement execute function core.publish_after_change();
create trigger publish_rulesets after insert on core.verticals
  for each statement execute function core.publish_after_change();

select core.publish_rulesets();

grant select on core.rulesets to authenticated, service_role;
create policy "Reviewers and admins read rulesets" on core.rulesets
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

-- Verticals, and the mapping from Ringba campaigns to them. Admins edit both in Studio.

create table core.verticals (
  vertical text primary key constraint vertical_valid check (vertical ~ '^[a-z][a-z0-9_]{0,39}$'),
  title text not null constraint vertical_has_title check (title ~ '\S'),
  description text,
  created_at timestamptz not null default core.now()
);
alter table core.verticals enable row level security;
comment on table core.verticals is 'Lines of business. The rules of `common` hold for every call; calls whose campaign is not mapped are judged under them alone.';
comment on column core.verticals.vertical is 'Short name used by rules and mappings, for example aca.';
comment on column core.verticals.title is 'Name that reviewers read.';
comment on column core.verticals.description is 'What belongs here, for other admins.';
comment on column core.verticals.created_at is 'When the vertical was added.';

insert into core.verticals (vertical, title, description)
values ('common', 'Common rules', 'Rules that hold for every call, mapped or not.');

create table core.campaign_verticals (
  mapping_id bigint generated always as identity primary key,
  campaign text not null constraint campaign_named check (campaign ~ '[^*\s]'),
  vertical text not null references core.verticals (vertical)
    constraint campaign_maps_to_a_line_of_business check (vertical <> 'common'),
  account text,
  created_at timestamptz not null default core.now(),
  constraint campaign_mapped_once unique nulls not distinct (account, campaign)
);
alter table core.campaign_verticals enable row level security;
comment on table core.campaign_verticals is 'Which vertical a Ringba campaign belongs to. An exact line wins over a pattern, a longer pattern over a shorter one.';
comment on column core.campaign_verticals.mapping_id is 'Number of the line.';
comment on column core.campaign_verticals.campaign is 'Campaign name or id as Ringba writes it, upper or lower case; * stands for any text, for example *medicare*.';
comment on column core.campaign_verticals.vertical is 'The vertical whose rules the campaign''s calls are held against.';
comment on column core.campaign_verticals.account is 'Only for this Ringba account; empty for all.';
comment on column core.campaign_verticals.created_at is 'When the line was added.';

create function core.campaign_matches(campaign text, pattern text) returns boolean
language sql immutable set search_path = '' as $$
  select lower(campaign) like replace(replace(replace(replace(lower(pattern), '\', '\\'), '%', '\%'), '_', '\_'), '*', '%')
$$;
comment on function core.campaign_matches(text, text) is 'Whether a campaign name or id is meant by a line of core.campaign_verticals.';

create function core.vertical_of(account text, campaign_id text, campaign_name text) returns text
language sql stable set search_path = '' as $$
  select m.vertical
  from core.campaign_verticals as m
  where (m.account is null or m.account = vertical_of.account)
    and (core.campaign_matches(vertical_of.campaign_name, m.campaign)
      or core.campaign_matches(vertical_of.campaign_id, m.campaign))
  order by m.campaign like '%*%', m.account nulls last, length(m.campaign) desc, m.mapping_id
  limit 1
$$;
comment on function core.vertical_of(text, text, text) is 'The vertical of a campaign; null when no line matches.';

grant select on core.verticals, core.campaign_verticals to authenticated, service_role;
create policy "Reviewers and admins read verticals" on core.verticals
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));
create policy "Reviewers and admins read campaign mappings" on core.campaign_verticals
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

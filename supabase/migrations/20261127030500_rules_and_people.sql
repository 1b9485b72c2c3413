-- What admins look up without going to Studio: the rules that hold, how they came to be, and who has which role.

create function api.rules_in_force(most_versions integer default 20) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform core.require('service', 'admin');
  return coalesce((
    select jsonb_agg(jsonb_build_object(
      'vertical', v.vertical, 'title', v.title, 'description', v.description, 'ruleset_id', v.ruleset_id,
      'rules', (select s.rules from core.rulesets as s where s.ruleset_id = v.ruleset_id),
      'switched_off', coalesce((
        select jsonb_agg(r.title order by r.title) from core.rules as r where r.vertical = v.vertical and not r.enabled
      ), '[]'),
      'versions', coalesce((
        select jsonb_agg(jsonb_build_object('ruleset_id', w.ruleset_id, 'made_at', w.made_at, 'rules', w.rules,
          'added', w.added, 'changed', w.changed, 'removed', w.removed) order by w.made_at desc, w.ruleset_id = v.ruleset_id desc, w.ruleset_id)
        from (
          select s.ruleset_id, s.made_at, jsonb_array_length(s.rules) as rules,
            core.titles_only_in(s.rules, s.before) as added,
            core.titles_changed(s.rules, s.before) as changed,
            core.titles_only_in(s.before, s.rules) as removed
          from (
            select s.*, lag(s.rules, 1, '[]') over (
              -- Rules that came in one transaction made several at the same moment; the present one is the last.
              order by s.made_at, s.ruleset_id = v.ruleset_id, s.ruleset_id
            ) as before
            from core.rulesets as s
            where s.vertical = v.vertical
          ) as s
          order by s.made_at desc, s.ruleset_id = v.ruleset_id desc, s.ruleset_id
          limit most_versions
        ) as w
      ), '[]')
    ) order by v.vertical <> 'common', v.title)
    from core.verticals as v
  ), '[]');
end
$$;

create function core.titles_only_in(rules jsonb, others jsonb) returns jsonb
language sql immutable set search_path = '' as $$
  select coalesce(jsonb_agg(r -> 'title' order by r ->> 'title'), '[]')
  from jsonb_array_elements(rules) as r
  where not exists (select from jsonb_array_elements(others) as o where o ->> 'key' = r ->> 'key')
$$;
comment on function core.titles_only_in(jsonb, jsonb) is 'The titles of rules whose key the other ruleset does not have.';

create function core.titles_changed(rules jsonb, others jsonb) returns jsonb
language sql immutable set search_path = '' as $$
  select coalesce(jsonb_agg(r -> 'title' order by r ->> 'title'), '[]')
  from jsonb_array_elements(rules) as r
  where exists (select from jsonb_array_elements(others) as o where o ->> 'key' = r ->> 'key' and o <> r)
$$;
comment on function core.titles_changed(jsonb, jsonb) is 'The titles of rules that the other ruleset has under the same key with another content.';

comment on function api.rules_in_force(integer) is
  'The rules that calls are judged under from now on, by vertical, and the newest versions of each ruleset (client type VerticalRules).';
grant execute on function api.rules_in_force(integer) to authenticated, service_role;

create function api.people() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  most constant integer := 500;
begin
  perform core.require('service', 'admin');
  return (
    select jsonb_build_object('total', count(*), 'people', coalesce(jsonb_agg(jsonb_build_object(
      'user_id', u.id, 'email', u.email, 'role', u.role, 'created_at', u.created_at,
      'last_sign_in_at', u.last_sign_in_at, 'banned_until', u.banned_until) order by u.place) filter (where u.place <= most), '[]'))
    from (
      select a.id, a.email, a.created_at, a.last_sign_in_at, r.role,
        case when a.banned_until > core.now() then a.banned_until end as banned_until,
        row_number() over (
          order by array_position(array['admin', 'reviewer', 'worker'], r.role) nulls last, lower(a.email), a.id
        ) as place
      from auth.users as a
      cross join lateral (
        select given.role
        from (select a.raw_app_meta_data ->> 'role' as role) as given
        where given.role in ('admin', 'reviewer', 'worker')
        union all
        select null
        limit 1
      ) as r
      where a.deleted_at is null and not a.is_anonymous
    ) as u
  );
end
$$;
comment on function api.people() is
  'Everybody who can sign in, with role and last sign-in: {total, people}, admins first (client type People). A role that nothing here knows counts as none.';
grant execute on function api.people() to authenticated, service_role;

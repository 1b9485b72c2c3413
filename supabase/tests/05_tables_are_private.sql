-- Behind the functions: grants, row level security, search paths.
begin;
\ir helpers/setup.psql
select no_plan();

select is_empty(
  $$select relname from pg_class where relnamespace in ('core'::regnamespace, 'api'::regnamespace)
    and relkind in ('r', 'p') and not relrowsecurity$$,
  'row level security is on for every table'
);
select is_empty(
  $$select c.relname, r.role, p.privilege
    from pg_class as c
    cross join unnest(array['anon', 'authenticated', 'service_role']) as r(role)
    cross join unnest(array['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) as p(privilege)
    where c.relnamespace in ('core'::regnamespace, 'api'::regnamespace) and c.relkind in ('r', 'v')
      and (has_table_privilege(r.role, c.oid, p.privilege)
        or p.privilege in ('INSERT', 'UPDATE', 'REFERENCES') and has_any_column_privilege(r.role, c.oid, p.privilege))$$,
  'nobody writes a table or view directly'
);
select is_empty(
  $$select c.relname from pg_class as c
    where c.relnamespace in ('core'::regnamespace, 'api'::regnamespace) and c.relkind in ('r', 'v')
      and has_any_column_privilege('anon', c.oid, 'SELECT')$$,
  'anon reads nothing'
);
select is_empty(
  $$select n.nspname, p.proname from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
    where n.nspname in ('core', 'api') and has_function_privilege('anon', p.oid, 'EXECUTE')$$,
  'anon executes nothing'
);
select ok(not has_schema_privilege('anon', 'core', 'USAGE') and not has_schema_privilege('anon', 'api', 'USAGE'),
  'anon does not even enter the schemas');
select is_empty(
  $$select c.relname from pg_class as c where c.relnamespace = 'core'::regnamespace and c.relkind = 'S'
    and (has_sequence_privilege('authenticated', c.oid, 'USAGE') or has_sequence_privilege('authenticated', c.oid, 'SELECT'))$$,
  'sequences are private'
);
select is_empty(
  $$select proname from pg_proc where pronamespace in ('core'::regnamespace, 'api'::regnamespace)
    and prosqlbody is null and not coalesce('search_path=""' = any (proconfig), false)$$,
  'every function has an empty search path, or a body that was bound when it was made'
);
select is_empty(
  $$select relname from pg_class where relnamespace in ('core'::regnamespace, 'api'::regnamespace)
    and relkind = 'v' and not coalesce('security_invoker=true' = any (reloptions), false)$$,
  'every view runs with the reader''s rights'
);
select is_empty(
  $$select column_name::text from information_schema.column_privileges
    where table_schema = 'core' and table_name = 'calls' and grantee = 'authenticated'
      and column_name in ('caller_number', 'dialled_number', 'audio_url', 'lease_token', 'lease_owner', 'lease_user')$$,
  'numbers, links and leases are not granted to people'
);
select is_empty(
  $$select policyname from pg_policies where schemaname in ('core', 'storage') and policyname !~ '^[A-Z].* .* '$$,
  'policies are named by sentences'
);
select is_empty(
  $$select policyname from pg_policies
    where (schemaname = 'core' or schemaname = 'storage' and coalesce(qual, with_check) like '%recordings%')
      and (roles <> '{authenticated}' or qual is null and with_check is null
        or qual !~ '\mcore\.caller\(\)' or with_check !~ '\mcore\.caller\(\)')$$,
  'every policy is for signed-in people and asks for their role'
);
select is_empty(
  $$select c.relname, a.attname from pg_class as c
    join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace in ('core'::regnamespace, 'api'::regnamespace) and c.relkind in ('r', 'v') and col_description(c.oid, a.attnum) is null$$,
  'every column explains itself in Studio'
);
select is_empty(
  $$select relname from pg_class where relnamespace in ('core'::regnamespace, 'api'::regnamespace)
    and relkind in ('r', 'v') and obj_description(oid, 'pg_class') is null$$,
  'every table and view explains itself in Studio'
);
select is_empty(
  $$select proname from pg_proc where pronamespace = 'api'::regnamespace and obj_description(oid, 'pg_proc') is null$$,
  'every function of the api schema explains itself'
);

-- What each kind of person finds in the tables: rows only for reviewers and admins.
select tests.call('flagged');
insert into core.sys_logs (level, lane, event) values ('info', 'web', 'e');
insert into core.saved_views (user_id, name, query) values
  ('00000000-0000-4000-8000-0000000000a1', 'mine', ''), ('00000000-0000-4000-8000-0000000000a2', 'of the admin', '');

create function tests.sees(persona text, query text) returns text language plpgsql as $$
declare
  n text;
begin
  perform tests.become(persona);
  begin
    execute 'select count(*) from ' || query into n;
  exception when insufficient_privilege then
    n := 'refused';
  end;
  perform tests.become('owner');
  return n;
end
$$;
create temp table sights (persona text, query text, found text);
insert into sights values
  ('anon', 'core.calls', 'refused'), ('anon', 'api.calls', 'refused'),
  ('nobody', 'api.calls', '0'), ('worker', 'api.calls', '0'),
  ('reviewer', 'api.calls', '1'), ('admin', 'api.calls', '1'), ('service', 'api.calls', '1'),
  ('nobody', 'core.call_counts', '0'), ('worker', 'core.rules', '0'), ('worker', 'core.transcripts', '0'),
  ('reviewer', '(select caller_number from core.calls) x', 'refused'),
  ('admin', '(select audio_url from core.calls) x', 'refused'),
  ('admin', '(select lease_token from core.attempts) x', 'refused'),
  ('reviewer', 'core.sys_logs', '0'), ('admin', 'core.sys_logs', '1'), ('worker', 'core.sys_logs', '0'),
  ('reviewer', 'core.saved_views', '1'), ('nobody', 'core.saved_views', '0'),
  ('reviewer', 'core.test_clock', 'refused'), ('service', 'core.test_clock', 'refused');
select is(tests.sees(persona, query), found, format('%s: %s', persona, query)) from sights;

-- And every table and view, for those who find nothing anywhere.
select tests.fill_every_table();
create temp table everything as
  select format('%I.%I', n.nspname, c.relname) as query
  from pg_class as c
  join pg_namespace as n on n.oid = c.relnamespace
  where n.nspname in ('core', 'api') and c.relkind in ('r', 'p', 'v');
select isnt(tests.sees('owner', query), '0', 'there is something to see in ' || query) from everything order by query;
select is(tests.sees(persona, 'core.refused_findings'), found, persona || ' and refused findings')
from (values ('reviewer', '0'), ('admin', '1'), ('service', '1')) as v(persona, found);
select ok(tests.sees(persona, query) in ('0', 'refused'), format('%s sees nothing in %s', persona, query))
from everything
cross join unnest(array['nobody', 'worker']) as persona
order by query, persona;
select is(tests.sees('anon', query), 'refused', 'anon is refused: ' || query) from everything order by query;

select tests.become('reviewer');
select is((select min(caller_number_masked) from api.calls), '•••• 4567', 'reviewers see the last four digits');
select tests.become('owner');
select is(core.mask_number('Restricted'), 'withheld', 'a hidden number says so');
select is(core.mask_number('911'), '••••', 'a short number shows nothing');

select * from finish();
rollback;

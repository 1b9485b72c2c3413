-- What admins look up: the rules that hold, how they came to be, and who has which role.
begin;
\ir helpers/setup.psql
select no_plan();

create function tests.of(vertical text) returns jsonb language sql as $$
  select v from jsonb_array_elements(api.rules_in_force()) as v where v ->> 'vertical' = vertical
$$;
-- Rulesets keep the moment at which they first stood, so time is moved between changes.
select tests.move_time('1 hour');
select tests.rule('common_rule');
select tests.move_time('1 hour');
insert into core.rules (vertical, key, title, severity, instruction, phrases, enabled)
values ('aca', 'off_rule', 'off_rule', 'major', 'Do not.', array['no'], false);
select tests.rule('own_rule', 'aca');

select is(api.rules_in_force() #>> '{0,vertical}', 'common', 'the common rules come first');
select is((select array_agg(r ->> 'key') from jsonb_array_elements(tests.of('aca') -> 'rules') as r), '{common_rule,own_rule}', 'a vertical has the common rules too');
select is(tests.of('aca') -> 'switched_off', '["off_rule"]', 'what is switched off is named');
select ok(tests.of('aca') -> 'rules' -> 0 ?& array['title', 'severity', 'form', 'kind', 'phrases', 'instruction', 'examples_violating', 'examples_passing'],
  'a rule has everything that the page tells');
select is((select ruleset_id from core.verticals where vertical = 'aca'), tests.of('aca') ->> 'ruleset_id', 'the ruleset in force');

-- Versions, each against the one before.
select tests.move_time('1 hour');
update core.rules set title = 'Own rule, reworded' where key = 'own_rule';
select is((tests.of('aca') #> '{versions,0}') - '{made_at,ruleset_id}'::text[], '{"rules": 2, "added": [], "changed": ["Own rule, reworded"], "removed": []}', 'a changed rule');
select is(tests.of('aca') #>> '{versions,0,ruleset_id}', tests.of('aca') ->> 'ruleset_id', 'the newest version is the one in force');
select tests.move_time('1 hour');
delete from core.rules where key = 'common_rule';
select is((tests.of('aca') #> '{versions,0}') - '{made_at,ruleset_id}'::text[], '{"rules": 1, "added": [], "changed": [], "removed": ["common_rule"]}', 'a removed rule');
select tests.move_time('1 hour');
select tests.rule('new_rule');
select is((tests.of('medicare') #> '{versions,0}') - '{made_at,ruleset_id}'::text[], '{"rules": 1, "added": ["new_rule"], "changed": [], "removed": ["common_rule"]}',
  'an added rule, against the version that came up last: going back to an earlier one in between made none');
select is(jsonb_array_length((select v -> 'versions' from jsonb_array_elements(api.rules_in_force(1)) as v where v ->> 'vertical' = 'aca')), 1, 'as many versions as asked for');

-- People.
delete from auth.users;
insert into auth.users (id, email, raw_app_meta_data, raw_user_meta_data, last_sign_in_at, banned_until, deleted_at, is_anonymous) values
  ('00000000-0000-4000-8000-0000000000a1', 'reviewer@example.test', '{"role": "reviewer"}', '{}', core.now(), null, null, false),
  ('00000000-0000-4000-8000-0000000000a2', 'admin@example.test', '{"role": "admin"}', '{}', null, null, null, false),
  ('00000000-0000-4000-8000-0000000000a3', 'worker@example.test', '{"role": "worker"}', '{}', null, core.now() + interval '1 day', null, false),
  ('00000000-0000-4000-8000-0000000000a4', 'boss@example.test', '{"role": "emperor"}', '{"role": "admin"}', null, core.now() - interval '1 day', null, false),
  ('00000000-0000-4000-8000-0000000000a5', 'nobody@example.test', null, '{}', null, null, null, false),
  ('00000000-0000-4000-8000-0000000000a6', 'gone@example.test', '{"role": "admin"}', '{}', null, null, core.now(), false),
  ('00000000-0000-4000-8000-0000000000a7', null, '{"role": "admin"}', '{}', null, null, null, true);
select tests.become('admin');
select results_eq(
  $$select p ->> 'email', p ->> 'role', p ->> 'last_sign_in_at' is not null, p ->> 'banned_until' is not null
    from jsonb_array_elements(api.people() -> 'people') with ordinality as p(p, place) order by place$$,
  $$values ('admin@example.test', 'admin', false, false), ('reviewer@example.test', 'reviewer', true, false),
    ('worker@example.test', 'worker', false, true), ('boss@example.test', null, false, false), ('nobody@example.test', null, false, false)$$,
  'admins first, then by name; a role of one''s own writing is none, nor is an unknown one'
);
select is(api.people() ->> 'total', '5', 'who is gone or anonymous does not count');
select ok(not api.people() -> 'people' -> 0 ?| array['encrypted_password', 'raw_app_meta_data', 'confirmation_token'], 'nothing secret is told');
select throws_ok('select email from auth.users', '42501', null, 'the table itself is closed to people');
select tests.become('reviewer');
select throws_ok('select api.people()', '42501', null, 'a reviewer does not see who else there is');
select throws_ok('select api.failed_calls()', '42501', null, 'nor what an admin looks after');
select tests.become('owner');

select * from finish();
rollback;

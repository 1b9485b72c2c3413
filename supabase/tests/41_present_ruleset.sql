-- The rules of a vertical as they stand.
begin;
\ir helpers/setup.psql
select no_plan();

select tests.rule('everywhere');
select tests.rule('here', 'aca');
create function tests.keys(vertical text) returns text[] language sql as $$
  select array_agg(r ->> 'key') from jsonb_array_elements(api.present_ruleset(keys.vertical) -> 'rules') as r
$$;

select is(tests.keys('aca'), '{everywhere,here}', 'rules of the vertical and common ones');
select is(tests.keys('common'), '{everywhere}', 'the common ones alone');
select is(
  api.present_ruleset('aca'),
  (select jsonb_build_object('ruleset_id', s.ruleset_id, 'vertical', s.vertical, 'rules', s.rules)
    from core.rulesets as s join core.verticals as v using (ruleset_id) where v.vertical = 'aca'),
  'as they were published'
);
select throws_ok($$select api.present_ruleset('nothing')$$, '22023', 'There is no vertical "nothing".');
select throws_ok($$select api.present_ruleset(null)$$, '22023', 'There is no vertical "<NULL>".');

select * from finish();
rollback;

-- A verdict tells where it comes from, follows from its rules, and says how surely its words were found.
begin;
\ir helpers/setup.psql
select no_plan();
select tests.rule(), tests.rule('pressure');

-- Where it comes from.
select tests.call('transcribed', id => 'asked'), tests.call('transcribed', id => 'not asked', started => now() - interval '1 hour');
select setval('core.judge_turns', 400);
select api.complete_judgement(tests.claim('judge'), tests.judgement('safe')
  || '{"judge_model": "m", "returned_model": "m-2026", "endpoint": "https://models.example.test/v1", "requests": 3}');
select api.complete_judgement(tests.claim('judge'), tests.judgement('safe'));
select results_eq(
  'select judge_model, returned_model, endpoint, requests from core.judgements order by judgement_id',
  $$values ('m', 'm-2026', 'https://models.example.test/v1', 3::bigint), ('phrases', null, null, 0)$$,
  'asked-for and answering model, endpoint and requests; nothing where none was asked'
);
select tests.call('transcribed', id => 'long');
select lives_ok(
  $$select api.complete_judgement(tests.claim('judge'), tests.judgement('safe') || jsonb_build_object('returned_model', repeat('x', 5000)))$$,
  'a name without end does not keep a verdict from being stored'
);
select is((select length(returned_model) from core.judgements order by judgement_id desc limit 1), 1000, 'it is cut');

-- The verdict follows from the rules.
create function tests.results(variadic outcomes text[]) returns jsonb language sql as $$
  select coalesce(jsonb_agg(jsonb_build_object('rule_key', case place when 1 then 'guarantee' else 'pressure' end,
    'rule_title', 't', 'outcome', outcome, 'reason', null)), '[]')
  from unnest(outcomes) with ordinality as o(outcome, place)
$$;
create function tests.storing(verdict text, results jsonb, flags jsonb default null) returns text language sql as $$
  select tests.breaks(format(
    'insert into core.judgements (call_id, round, ruleset_id, prompt_version, verdict, judge_model, flags, rule_results)
     select call_id, 1, (select ruleset_id from core.verticals where vertical = ''common''), ''p'', %L, ''m'', %L, %L from core.calls limit 1',
    verdict, coalesce(flags, case verdict when 'flagged' then jsonb_build_array(tests.flag()) else '[]' end), results))
$$;
select is(tests.storing(verdict, tests.results(variadic outcomes)), case when holds then 'fine' else 'verdict_follows_rules' end,
  format('%s with %s', verdict, outcomes))
from (values
  ('safe', '{}'::text[], true), ('safe', '{pass}', true), ('safe', '{pass,not_applicable}', true),
  ('safe', '{pass,undecided}', false), ('safe', '{violation}', false),
  ('undecided', '{}', false), ('undecided', '{pass}', false), ('undecided', '{pass,undecided}', true),
  ('undecided', '{undecided,violation}', false),
  ('flagged', '{}', false), ('flagged', '{pass,undecided}', false), ('flagged', '{violation,undecided}', true),
  ('flagged', '{violation,pass}', true)
) as v(verdict, outcomes, holds);

-- What kept a rule from being asked.
select is(tests.storing('undecided', tests.results('undecided') #- '{0,reason}' || jsonb_build_array(
    tests.results('pass') -> 0 || jsonb_build_object('unasked', word))), found, format('unasked: %s', word))
from (values ('"no_endpoint"'::jsonb, 'fine'), ('"endpoint_away"', 'fine'), ('"budget_spent"', 'fine'), ('"bad_answers"', 'fine'),
  ('"lazy"', 'unasked_reason_valid'), ('null', 'unasked_reason_valid'), ('7', 'unasked_reason_valid')) as w(word, found);

-- How surely the words of a flag were found.
select is(tests.storing('flagged', tests.results('violation'), jsonb_build_array(tests.flag() || more)), found, format('a flag with %s', more))
from (values ('{"proof": "exact", "doubtful": false}'::jsonb, 'fine'), ('{"proof": "approximate", "doubtful": true}', 'fine'), ('{}', 'fine'),
  ('{"proof": "certain"}', 'judgement_flags_well_formed'), ('{"proof": null}', 'judgement_flags_well_formed'),
  ('{"doubtful": "yes"}', 'judgement_flags_well_formed'), ('{"doubtful": null}', 'judgement_flags_well_formed')) as f(more, found);

select * from finish();
rollback;

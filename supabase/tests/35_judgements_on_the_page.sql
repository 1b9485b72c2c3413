-- The page lists every verdict that was ever given.
begin;
\ir helpers/setup.psql
select no_plan();
select tests.rule();
select tests.call('transcribed', id => 'c');
create temp table c as select call_id as id from core.calls;
grant select on c to public;
create function tests.listed() returns setof jsonb language sql as $$
  select j from c, jsonb_array_elements(api.call_page(id) -> 'judgements') with ordinality as e(j, n) order by n
$$;
grant execute on function tests.listed() to public;

select is((select api.call_page(id) -> 'judgements' from c), '[]', 'none yet');
select api.complete_judgement(tests.claim('judge'), tests.judgement('flagged') || '{"judge_model": "m", "returned_model": "m-2",
  "endpoint": "https://models.example.test/v1", "requests": 2, "tokens_in": 900, "tokens_out": 70, "cost_usd": "0.00120",
  "refused_findings": [{"rule_key": "r", "line": 1, "speaker": "agent", "quote": "q", "reason": "quote_not_found"},
    {"rule_key": "r", "line": 2, "speaker": "agent", "quote": "q", "reason": "wrong_speaker"}]}');
create temp table first as select judgement_id as id, ruleset_id from core.judgements;

select is(
  (select j - 'judged_at' from tests.listed() as j),
  jsonb_build_object('judgement_id', (select id from first), 'verdict', 'flagged', 'qa_version', (select ruleset_id || '/p1' from first),
    'judge_model', 'm', 'returned_model', 'm-2', 'endpoint', 'https://models.example.test/v1', 'flags', jsonb_build_array(tests.flag()),
    'rule_results', tests.judgement('flagged') -> 'rule_results', 'refused_findings', 2, 'requests', 2, 'tokens_in', 900, 'tokens_out', 70,
    'cost_usd', '0.00120', 'shown', true),
  'with all that is known of it (client type GivenJudgement)'
);
select isnt((select j ->> 'judged_at' from tests.listed() as j), null, 'and when');

select api.rejudge_call((select id from c));
select is((select (j ->> 'shown')::boolean from tests.listed() as j), true, 'it is shown while the call is judged again');
select tests.move_time('1 hour');
select api.complete_judgement(tests.claim('judge'), tests.judgement('safe'));
select results_eq(
  $$select j ->> 'verdict', (j ->> 'shown')::boolean, (j ->> 'refused_findings')::integer, j -> 'returned_model', j ->> 'cost_usd' from tests.listed() as j$$,
  $$values ('safe', true, 0, 'null'::jsonb, '0.00'), ('flagged', false, 2, '"m-2"', '0.00120')$$,
  'newest first; the earlier one stays readable'
);

-- How many findings were refused is for admins and the service.
create temp table counted (persona text, refused bigint);
grant all on counted to public;
select tests.become('reviewer');
insert into counted select 'reviewer', sum((j ->> 'refused_findings')::integer) from tests.listed() as j;
select tests.become('admin');
insert into counted select 'admin', sum((j ->> 'refused_findings')::integer) from tests.listed() as j;
select tests.become('service');
insert into counted select 'service', sum((j ->> 'refused_findings')::integer) from tests.listed() as j;
select tests.become('owner');
select results_eq('select persona, refused from counted order by persona', $$values ('admin', 2::bigint), ('reviewer', 0), ('service', 2)$$, 'by who asks');

-- Another call's verdicts are not listed.
select tests.call('safe', id => 'other');
insert into core.judgements (call_id, round, ruleset_id, prompt_version, verdict, judge_model, flags, rule_results)
select call_id, 1, (select ruleset_id from first), 'p', 'safe', 'm', '[]', '[]' from core.calls where ringba_call_id = 'other';
select is((select count(*) from tests.listed()), 2::bigint, 'only this call''s');
select is((select api.call_page(call_id) -> 'judgements' -> 0 -> 'shown' from core.calls where ringba_call_id = 'other'), 'false', 'none need be shown');

select * from finish();
rollback;

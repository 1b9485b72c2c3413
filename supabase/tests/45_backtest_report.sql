-- What a backtest comes to: verdicts and flags before and after, held against what reviewers said.
begin;
\ir helpers/setup.psql
select no_plan();

select tests.rule();
select tests.rule('gone');
insert into core.draft_rules (draft, key, title, severity, instruction, phrases, enabled) values
  ('d', 'guarantee', 'Guarantees, said otherwise', 'minor', 'i', '{a}', true), ('d', 'gone', 'gone', 'minor', 'i', '{a}', false),
  ('d', 'added_rule', 'A new rule', 'minor', 'i', '{a}', true);
create function tests.found(variadic ids text[]) returns jsonb language sql as $$
  select coalesce(jsonb_agg(tests.flag() || jsonb_build_object('id', id, 'rule_key', split_part(id, ':', 1), 'rule_title', 'Title in the flag')
    || case when id like '%:missing' then '{"quote": "", "words": null}'
      else jsonb_build_object('words', string_to_array(split_part(id, ':', 2), '-')::integer[]) end), '[]')
  from unnest(ids) as id
$$;
create function tests.id(name text) returns bigint language sql as $$ select call_id from core.calls where ringba_call_id = name $$;
create function tests.review(name text, flag_id text, verdict text, ago interval default '0') returns void language sql as $$
  insert into core.reviews (call_id, flag_id, verdict, reason, reviewer_id, reviewer_email, created_at)
  values (tests.id(name), flag_id, verdict, 'r', gen_random_uuid(), 'e', now() - ago)
$$;

-- Flags are compared by id.
select is(to_jsonb(core.compare_flags(tests.found('a:1-2', 'b:1-2'), tests.found('b:1-2', 'a:1-3', 'c:missing'))),
  jsonb_build_object('added', tests.found('a:1-3', 'c:missing'), 'removed', tests.found('a:1-2'), 'kept', tests.found('b:1-2')),
  'the same rule and the same words');
select is(to_jsonb(core.compare_flags('[]', '[]')), '{"added": [], "removed": [], "kept": []}', 'or nothing');
select is((core.compare_flags(jsonb_set(tests.found('a:1-2'), '{0,quote}', '"before"'), tests.found('a:1-2'))).kept, tests.found('a:1-2'),
  'a flag that is kept is told as it was found');

select tests.judged_call('1', 'flagged', flags => tests.found('guarantee:1-2', 'guarantee:5-6'));
select tests.judged_call('2');
select tests.judged_call('3', 'flagged', flags => tests.found('gone:missing'));
select tests.judged_call('4', 'undecided');
-- The newest review of a flag counts, flags that are shown no more included.
select tests.review('1', 'guarantee:1-2', 'dismissed', '1 hour');
select tests.review('1', 'guarantee:1-2', 'confirmed');
select tests.review('1', 'guarantee:5-6', 'dismissed');
select tests.review('1', 'guarantee:9-9', 'confirmed');
select tests.review('2', 'guarantee:1-2', 'confirmed');
select tests.review('3', 'gone:missing', 'confirmed');
-- What is settled about an undecided rule is about no flag.
alter table core.reviews drop constraint if exists flag_id_valid, drop constraint if exists review_verdict_valid;
select tests.review('4', 'added_rule:undecided', 'violation');

select api.order_backtest('d', 'common', now() - interval '1 day', now() + interval '1 day');
create temp table held as select (api.claim_backtest('w') ->> 'lease_token')::uuid as token;
select is(api.report_backtest(token, jsonb_build_array(
  jsonb_build_object('call_id', tests.id('1'), 'verdict', 'flagged', 'undecided', '[]'::jsonb, 'flags', tests.found('guarantee:1-2', 'added_rule:3-4')),
  jsonb_build_object('call_id', tests.id('2'), 'verdict', 'flagged', 'undecided', '[]'::jsonb, 'flags', tests.found('guarantee:1-2')),
  jsonb_build_object('call_id', tests.id('3'), 'verdict', 'safe', 'undecided', '[]'::jsonb, 'flags', '[]'::jsonb),
  jsonb_build_object('call_id', tests.id('4'), 'verdict', 'undecided', 'undecided', '["added_rule"]'::jsonb, 'flags', '[]'::jsonb)
)), 0, 'all four in one report') from held;
select results_eq(
  $$select c.ringba_call_id, b.verdict_before, b.verdict, b.added, b.removed, b.kept, b.undecided
    from core.backtest_calls as b join core.calls as c using (call_id) order by 1$$,
  $$values
    ('1', 'flagged', 'flagged', tests.found('added_rule:3-4'), tests.found('guarantee:5-6'), tests.found('guarantee:1-2'), '[]'::jsonb),
    ('2', 'safe', 'flagged', tests.found('guarantee:1-2'), '[]', '[]', '[]'),
    ('3', 'flagged', 'safe', '[]', tests.found('gone:missing'), '[]', '[]'),
    ('4', 'undecided', 'undecided', '[]', '[]', '[]', '["added_rule"]')$$,
  'compared call by call'
);
create temp table made as select api.finish_backtest(token) as report from held;

select is(report - 'rules' - 'added' - 'removed', '{"calls": 4, "added_total": 2, "removed_total": 2, "verdicts": {
  "before": {"flagged": 2, "safe": 1, "undecided": 1}, "after": {"flagged": 2, "safe": 1, "undecided": 1}}}', 'calls and verdicts') from made;
select is(report -> 'rules', '[
  {"rule_key": "guarantee", "rule_title": "Guarantees, said otherwise", "before": 2, "after": 2, "added": 1, "removed": 1,
    "before_precision": 0.5, "before_recall": 0.3333, "precision": 1, "recall": 0.6667, "confirmed": 3, "dismissed": 1},
  {"rule_key": "added_rule", "rule_title": "A new rule", "before": 0, "after": 1, "added": 1, "removed": 0,
    "before_precision": null, "before_recall": null, "precision": null, "recall": null, "confirmed": 0, "dismissed": 0},
  {"rule_key": "gone", "rule_title": "Title in the flag", "before": 1, "after": 0, "added": 0, "removed": 1,
    "before_precision": 1, "before_recall": 1, "precision": null, "recall": 0, "confirmed": 1, "dismissed": 0}
]', 'each rule, those that change most first') from made;
select is(report -> 'added', jsonb_build_array(
  jsonb_build_object('call_id', tests.id('2'), 'flag_id', 'guarantee:1-2', 'rule_key', 'guarantee', 'quote', 'I guarantee',
    'link', format('/calls/%s?flag=guarantee%%3A1-2', tests.id('2'))),
  jsonb_build_object('call_id', tests.id('1'), 'flag_id', 'added_rule:3-4', 'rule_key', 'added_rule', 'quote', 'I guarantee',
    'link', format('/calls/%s?flag=added_rule%%3A3-4', tests.id('1')))
), 'what only the draft finds, with where to look') from made;
select is(jsonb_path_query_array(report, '$.removed[*].flag_id'), '["gone:missing", "guarantee:5-6"]', 'what it does not find any more') from made;
select is((select report from core.backtests), report, 'Studio shows the same') from made;
select tests.become('reviewer');
select is((select report ->> 'calls' from core.backtests), '4', 'reviewers read it');
select throws_ok('select lease_token from core.backtests', '42501', null, 'but no lease');
select tests.become('owner');

-- A rule without any flag is in the report, and so is nothing but the first 200 flags.
select tests.judged_call('many', started => now() - interval '2 days');
select api.order_backtest('d', 'common', now() - interval '3 days', now() - interval '1 day');
update held set token = (api.claim_backtest('w') ->> 'lease_token')::uuid;
select api.report_backtest(token, jsonb_build_array(jsonb_build_object('call_id', tests.id('many'), 'verdict', 'flagged', 'undecided', '[]'::jsonb,
  'flags', (select jsonb_agg(tests.found(format('guarantee:%s-%s', n, n)) -> 0) from generate_series(1, 201) as n)))) from held;
update made set report = (select api.finish_backtest(token) from held);
select is(report - 'rules' - 'added' - 'verdicts', '{"calls": 1, "added_total": 201, "removed_total": 0, "removed": []}', 'all are counted') from made;
select is(jsonb_array_length(report -> 'added'), 200, '200 are listed') from made;
select is(jsonb_path_query_array(report, '$.rules[*].rule_key'), '["guarantee", "added_rule"]') from made;

delete from core.backtests;
select is_empty('select from core.backtest_calls', 'a backtest that is deleted takes its calls with it');

select * from finish();
rollback;

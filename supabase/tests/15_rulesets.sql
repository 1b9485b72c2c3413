-- Rules become immutable rulesets, named by their content.
begin;
\ir helpers/setup.psql
select no_plan();

create function tests.current(of_vertical text) returns text language sql as $$
  select ruleset_id from core.verticals where vertical = of_vertical
$$;
create function tests.keys(of_vertical text) returns text[] language sql as $$
  select array_agg(r ->> 'key' order by place) from core.rulesets, jsonb_array_elements(rules) with ordinality as e(r, place)
  where ruleset_id = tests.current(of_vertical)
$$;
create temp table marks (name text primary key, id text);

insert into marks values ('empty', tests.current('aca')), ('medicare', tests.current('medicare'));
select tests.rule('b_rule', 'aca');
insert into marks values ('one', tests.current('aca'));
select isnt(tests.current('aca'), (select id from marks where name = 'empty'), 'a new rule makes a new ruleset');
select is(tests.current('medicare'), (select id from marks where name = 'medicare'), 'of its vertical only');
select matches(tests.current('aca'), '^aca-[0-9a-f]{16}$', 'named by vertical and content');
select is(tests.keys('aca'), '{b_rule}', 'with the rule in it');

select tests.rule('a_rule', 'common');
select is(tests.keys('aca'), '{a_rule,b_rule}', 'common rules belong to every vertical');
select is(tests.keys('medicare'), '{a_rule}');
select is(tests.keys('common'), '{a_rule}', 'and stand alone for calls that are not mapped');
select tests.rule('a_rule', 'medicare');
update core.rules set title = 'Medicare''s own' where vertical = 'medicare';
select is((select rules -> 0 ->> 'title' from core.rulesets where ruleset_id = tests.current('medicare')), 'Medicare''s own',
  'a vertical''s own rule takes the place of the common one');
update core.rules set enabled = false where vertical = 'medicare';
select is(tests.keys('medicare'), null, 'switched off there, the vertical does without');
delete from core.rules where vertical = 'medicare';
select is(tests.keys('medicare'), '{a_rule}', 'and deleted there, the common one is back');

-- Content, not history.
update core.rules set title = 'other' where key = 'b_rule';
insert into marks values ('other', tests.current('aca'));
update core.rules set title = 'b_rule' where key = 'b_rule';
delete from core.rules where key = 'a_rule';
select is(tests.current('aca'), (select id from marks where name = 'one'), 'the same rules have the same id again');
update core.rules set examples_passing = '{It may help.}' where key = 'b_rule';
insert into marks values ('passing', tests.current('aca'));
select isnt(tests.current('aca'), (select id from marks where name = 'one'), 'an example makes another');
update core.rules set examples_violating = '{It will help.,I promise.}' where key = 'b_rule';
select isnt(tests.current('aca'), (select id from marks where name = 'passing'), 'so does one of the other kind');
select results_eq(
  $$select rules -> 0 -> 'examples_violating', rules -> 0 -> 'examples_passing' from core.rulesets where ruleset_id = tests.current('aca')$$,
  $$values ('["It will help.", "I promise."]'::jsonb, '["It may help."]'::jsonb)$$,
  'with the examples in it'
);
update core.rules set examples_passing = '{}', examples_violating = '{}' where key = 'b_rule';
select is(tests.current('aca'), (select id from marks where name = 'one'), 'and without them it is the same again');
insert into core.rules (vertical, key, title, severity, instruction, phrases) values
  ('aca', 'z1', 't', 'minor', 'i', '{a}'), ('aca', 'z2', 't', 'minor', 'i', '{a}');
select is(tests.keys('aca'), '{b_rule,z1,z2}', 'a statement makes one ruleset');
insert into core.verticals (vertical, title) values ('legal', 'Legal');
select isnt(tests.current('legal'), null, 'a new vertical has a ruleset at once');

select throws_ok($$update core.rulesets set rules = '[]'$$, '23514', 'core.rulesets keeps what was written: rows are only added.');
select throws_ok($$delete from core.rulesets$$, '23514');
select throws_ok($$truncate core.rulesets cascade$$, '23514');

-- What the judge gets.
select tests.call('downloaded', id => 'c');
update core.calls set vertical = 'aca';
select api.complete_transcription(tests.claim('worker'), tests.transcript());
create temp table material as select api.judge_material(call_id) as m from core.calls;
select is((select m -> 'ruleset' ->> 'ruleset_id' from material), tests.current('aca'), 'the ruleset of its vertical');
select is((select m -> 'transcript' from material), tests.transcript(), 'and the transcript as it was stored');
select is(
  (select array_agg(key order by key) from material, jsonb_object_keys(m -> 'ruleset' -> 'rules' -> 0) as key),
  '{after_phrases,examples_passing,examples_violating,form,instruction,key,kind,phrases,severity,speaker,title,within_first_seconds}',
  'rules have the fields of the client''s type Rule'
);
update core.calls set vertical = null;
select is((select api.judge_material(call_id) -> 'ruleset' ->> 'vertical' from core.calls), 'common', 'not mapped: the common rules');
select throws_ok($$select api.judge_material(-1)$$, '22023', 'There is no transcript of call -1.');

-- Editing rules never changes what was judged.
update core.calls set vertical = 'aca';
select api.complete_judgement(tests.claim('judge'), tests.judgement('safe', vertical => 'aca'));
create temp table judged as select md5(j::text) as hash, c.qa_version from core.judgements as j join core.calls as c using (call_id);
update core.rules set title = 'rewritten', severity = 'critical';
delete from core.rules where key = 'z1';
select results_eq('select md5(j::text), c.qa_version from core.judgements as j join core.calls as c using (call_id)', 'select * from judged',
  'a judgement is what it was');
select is((select rules -> 0 ->> 'title' from core.rulesets as s join core.judgements using (ruleset_id)), 'b_rule', 'under the rules that stood then');

select * from finish();
rollback;

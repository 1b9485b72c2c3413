-- Drafts: the ruleset that they would make, and how they come to count.
begin;
\ir helpers/setup.psql
select no_plan();

create function tests.draft(draft text, key text, vertical text default 'common', title text default 'drafted', enabled boolean default true)
returns void language sql as $$
  insert into core.draft_rules (draft, vertical, key, title, severity, instruction, phrases, enabled)
  values (draft, vertical, key, title, 'minor', 'Do not.', array['a promise'], enabled)
$$;
-- Key and title of each rule, as a vertical would have them with a draft.
create function tests.titles(draft text, vertical text) returns jsonb language sql as $$
  select jsonb_object_agg(r ->> 'key', r ->> 'title')
  from jsonb_array_elements(core.draft_ruleset(titles.draft, titles.vertical) -> 'rules') as r
$$;

select tests.rule('everywhere');
select tests.rule('shared');
select tests.rule('shared', 'medicare');
select tests.rule('here', 'aca');
select tests.draft('d', 'new');

select is(tests.titles('d', 'aca'), '{"everywhere": "everywhere", "here": "here", "new": "drafted", "shared": "shared"}',
  'a new rule beside the present ones');
select tests.draft('other', 'everywhere', title => 'of another draft');
select is(tests.titles('d', 'aca') ->> 'everywhere', 'everywhere', 'drafts do not mix');
select tests.draft('d', 'everywhere', 'aca', 'only in aca');
select is(tests.titles('d', 'aca') ->> 'everywhere', 'only in aca', 'a vertical''s own row stands before the common rule');
select is(tests.titles('d', 'medicare') ->> 'everywhere', 'everywhere', 'and says nothing about another vertical');
select tests.draft('d', 'shared', title => 'a common row');
select is(tests.titles('d', 'aca') ->> 'shared', 'a common row', 'a common row changes the common rule');
select is(tests.titles('d', 'medicare') ->> 'shared', 'shared', 'but a vertical''s own rule stands before it');
select tests.draft('d', 'here', 'aca', enabled => false);
select ok(not tests.titles('d', 'aca') ? 'here', 'a row that is switched off leaves the rule out');
select tests.draft('d', 'shared', 'aca', enabled => false);
select ok(not tests.titles('d', 'aca') ? 'shared', 'in a vertical also the common one');
update core.rules set enabled = false where key = 'everywhere';
select ok(not tests.titles('d', 'medicare') ? 'everywhere', 'a rule that is switched off stays so');
update core.rules set enabled = true;
select is((select array_agg(r ->> 'key') from jsonb_array_elements(core.draft_ruleset('d', 'aca') -> 'rules') as r), '{everywhere,new}', 'ordered by key');
select is((select array_agg(k order by k) from jsonb_object_keys(core.draft_ruleset('d', 'aca') -> 'rules' -> 0) as k),
  '{after_phrases,examples_passing,examples_violating,form,instruction,key,kind,phrases,severity,speaker,title,within_first_seconds}',
  'rules have the fields of the client''s type Rule');
select is(core.draft_ruleset('d', 'common') ->> 'vertical', 'common');

-- Named by what is in it.
create temp table named as select core.draft_ruleset('d', 'aca') ->> 'ruleset_id' as id;
select matches((select id from named), '^draft-[0-9a-f]{16}$');
update core.draft_rules set title = 'changed' where draft = 'd' and key = 'new';
select isnt(core.draft_ruleset('d', 'aca') ->> 'ruleset_id', (select id from named), 'another draft has another name');
update core.draft_rules set title = 'drafted' where draft = 'd' and key = 'new';
select is(core.draft_ruleset('d', 'aca') ->> 'ruleset_id', (select id from named), 'the same one the same');
insert into core.draft_rules (draft, vertical, key, title, severity, instruction, phrases, enabled)
select 'copy', r.vertical, r.key, r.title, r.severity, r.instruction, r.phrases, r.enabled from core.rules as r;
select is((core.draft_ruleset('copy', 'aca') -> 'rules')::text, s.rules::text,
  'a draft that changes nothing has the rules of the present ruleset, byte for byte')
from core.verticals as v join core.rulesets as s using (ruleset_id) where v.vertical = 'aca';
delete from core.draft_rules where draft = 'copy';

-- Refused like rules.
select is(tests.breaks($$select tests.draft('d', 'Bad Key')$$), 'rule_key_valid', 'a draft''s rules are checked like rules');
select is(tests.breaks($$update core.draft_rules set phrases = '{"*3"}'$$), 'rule_phrases_valid');
select throws_ok($$select core.draft_ruleset('nothing', 'aca')$$, '22023',
  'The draft "nothing" has no rules for the vertical aca or for all: add them to core.draft_rules first.');
select tests.draft('elsewhere', 'x', 'medicare');
select throws_ok($$select core.draft_ruleset('elsewhere', 'aca')$$, '22023',
  'The draft "elsewhere" has no rules for the vertical aca or for all: add them to core.draft_rules first.');
select throws_ok($$select core.draft_ruleset('d', 'nothing')$$, '22023', 'There is no vertical "nothing".');

-- Published: what was tried is what calls are judged under.
create temp table tried as
  select v.vertical, core.draft_ruleset('d', v.vertical) -> 'rules' as rules from core.verticals as v where v.vertical in ('common', 'aca', 'medicare');
select tests.become('admin');
select is(api.publish_draft('d'), 5, 'five rules');
select throws_ok($$select api.publish_draft('d')$$, '22023', 'There is no draft "d".', 'are published once');
select tests.become('owner');
select is(s.rules::text, t.rules::text, t.vertical || ' has the rules of the draft, byte for byte')
from tried as t join core.verticals as v using (vertical) join core.rulesets as s on s.ruleset_id = v.ruleset_id;
select is((select array_agg(draft order by draft) from core.draft_rules), '{elsewhere,other}', 'other drafts are still there');
select is((select count(*) from core.rules), 7::bigint, 'rules that changed are the same rows');
select results_eq($$select event, user_id::text, data from core.sys_logs$$,
  $$values ('draft_published', '00000000-0000-4000-8000-0000000000a2', '{"draft": "d", "rules": 5}'::jsonb)$$, 'the log keeps who did it');

select * from finish();
rollback;

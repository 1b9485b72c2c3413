-- Bad rules are refused with a sentence for the person in Studio.
begin;
\ir helpers/setup.psql
select no_plan();

create function tests.edit(change jsonb) returns text language plpgsql as $$
declare
  name text;
begin
  insert into core.rules (vertical, key, title, severity, instruction, kind, form, speaker, phrases, after_phrases, within_first_seconds, enabled)
  select r.vertical, r.key, r.title, r.severity, r.instruction, r.kind, r.form, r.speaker, r.phrases, r.after_phrases, r.within_first_seconds, true
  from jsonb_populate_record(null::core.rules, '{"vertical": "aca", "key": "k", "title": "t", "severity": "minor", "instruction": "i",
    "kind": "phrases", "form": "must_not_happen", "phrases": ["a"]}'::jsonb || change) as r;
  delete from core.rules where key = 'k';
  return 'accepted';
exception when integrity_constraint_violation then
  get stacked diagnostics name = constraint_name;
  return name || ': ' || sqlerrm;
end
$$;
select is(tests.edit('{}'), 'accepted', 'a plain rule');
select is(tests.edit('{"kind": "judged", "phrases": []}'), 'accepted', 'a rule for a language model');
select is(tests.edit('{"key": "Bad Key"}'), 'rule_key_valid: The key must be lower-case letters, digits and underscores, beginning with a letter.');
select is(tests.edit('{"title": " "}'), 'rule_has_title: The rule needs a title: reviewers read it on the flag.');
select is(tests.edit('{"instruction": null}'), 'rule_has_instruction: The rule needs an instruction that says what it means.');
select is(tests.edit('{"severity": "grave"}'), 'rule_severity_valid: The severity must be minor, major or critical.');
select is(tests.edit('{"severity": null}'), 'rule_severity_valid: The severity must be minor, major or critical.');
select is(tests.edit('{"kind": "guessed"}'), 'rule_kind_valid: The kind must be phrases or judged.');
select is(tests.edit('{"form": "may_happen"}'), 'rule_form_valid: The form must be must_not_happen or must_happen.');
select is(tests.edit('{"speaker": "dog"}'), 'rule_speaker_valid: The speaker must be agent or caller, or empty for anybody.');
select is(tests.edit('{"within_first_seconds": 0}'), 'rule_within_valid: The first seconds must be a number from 1 to 86400, or empty for the whole call.');
select is(tests.edit('{"phrases": []}'), 'rule_has_phrases: A rule of the kind phrases needs at least one phrase.');
select is(tests.edit('{"phrases": null}'), 'rule_has_phrases: A rule of the kind phrases needs at least one phrase.');
select is(tests.edit('{"kind": "judged"}'), 'judged_rule_without_phrases: A rule of the kind judged has no phrases: say it in the instruction.');
select is(tests.edit('{"phrases": ["a", "b *"]}'), 'rule_phrases_valid: The phrase "b *" cannot be read: the gap "*" is not * and a number from 1 to 20.');
select is(tests.edit('{"after_phrases": ["stop,"]}'), 'rule_phrases_valid: The phrase "stop," cannot be read: "stop," is not a word.');
select is(tests.edit('{"phrases": ["a", null]}'), 'rule_phrases_valid: The phrase "" cannot be read: it is empty.');
select matches(tests.edit('{"vertical": "nothing"}'), '^rules_vertical_fkey', 'an unknown vertical');
select tests.rule('twice', 'aca');
select is(tests.breaks($$select tests.rule('twice', 'aca')$$), 'rule_key_once_per_vertical', 'a key once per vertical');
select is(tests.breaks($$select tests.rule('twice', 'medicare')$$), 'fine', 'and again in another');
select is(tests.breaks($$update core.rules set phrases = '{"*2"}'$$), 'rule_phrases_valid', 'changes are checked like new rules');

-- Campaigns.
insert into core.campaign_verticals (campaign, vertical, account) values
  ('ACA *', 'aca', null), ('Medicare Advantage', 'medicare', null), ('*medicare*', 'aca', null), ('CA7', 'medicare', null),
  ('100% *', 'medicare', null), ('ACA *', 'medicare', 'RA9');
select is(core.vertical_of('RA1', null, 'aca health insurance'), 'aca', 'a pattern, upper or lower case');
select is(core.vertical_of('RA1', null, 'Medicare Advantage'), 'medicare', 'an exact line wins over a pattern');
select is(core.vertical_of('RA1', null, 'My Medicare Line'), 'aca', 'the pattern takes the rest');
select is(core.vertical_of('RA1', 'CA7', 'Anything'), 'medicare', 'a campaign id');
select is(core.vertical_of('RA1', 'CA8', 'Vacation'), null, 'no line, no vertical');
select is(core.vertical_of('RA1', null, '100% sure'), 'medicare', 'signs of LIKE mean themselves');
select is(core.vertical_of('RA1', null, '100 sure'), null, 'only themselves');
select is(core.vertical_of('RA9', null, 'ACA x'), 'medicare', 'a line of the account wins');
select is(core.vertical_of('RA1', null, null), null, 'a call without a campaign');

select tests.call('transcribed', id => 'waiting'), tests.call('safe', id => 'judged');
update core.calls set campaign_name = 'Legal leads';
insert into core.campaign_verticals (campaign, vertical) values ('Legal *', 'aca');
select bag_eq('select ringba_call_id, vertical from core.calls', $$values ('waiting', 'aca'), ('judged', null)$$,
  'a new line reaches the calls without a verdict; a verdict keeps its vertical');
select api.rejudge_call(call_id) from core.calls where ringba_call_id = 'judged';
select is((select vertical from core.calls where ringba_call_id = 'judged'), 'aca', 'until it is judged again');

select * from finish();
rollback;

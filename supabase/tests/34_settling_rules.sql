-- People settle what the judge left undecided, rule by rule.
begin;
\ir helpers/setup.psql
select no_plan();
select tests.rule(), tests.rule('pressure'), tests.rule('tone');

-- A verdict by how the three rules ended.
create function tests.ended(guarantee text, pressure text, tone text) returns jsonb language sql as $$
  select tests.judgement(case when 'violation' in (guarantee, pressure, tone) then 'flagged'
      when 'undecided' in (guarantee, pressure, tone) then 'undecided' else 'safe' end)
    || jsonb_build_object('rule_results', (
      select jsonb_agg(jsonb_build_object('rule_key', r.key, 'rule_title', 't', 'outcome', r.outcome, 'reason', null))
      from (values ('guarantee', guarantee), ('pressure', pressure), ('tone', tone)) as r(key, outcome)))
$$;
create function tests.judged(guarantee text, pressure text, tone text) returns text language sql as $$
  select api.complete_judgement(tests.claim('judge'), tests.ended(guarantee, pressure, tone))
$$;
select tests.call('transcribed', id => 'c');
create temp table c as select call_id as id from core.calls;
grant select on c to public;
create function tests.settle(rule_key text, outcome text, reason text default null) returns jsonb language sql as $$
  select api.settle_rule((select id from c), rule_key, outcome, reason)
$$;
create function tests.stands() returns text language sql as $$
  select format('%s %s %s', coalesce(verdict_before || ' before', status), coalesce(settled_as, 'open'), urgency) from core.calls
$$;
grant execute on function tests.settle(text, text, text) to public;

select throws_ok($$select tests.settle('guarantee', 'pass')$$, '42501');
select tests.judged('undecided', 'undecided', 'pass');
select is(tests.stands(), 'undecided open 1', 'the judge leaves two rules undecided');

-- What is refused.
select tests.become('reviewer');
select throws_ok($$select tests.settle('tone', 'pass')$$, '22023', 'This call has no such undecided rule any more. Load the page again.', 'a rule that was decided');
select throws_ok($$select tests.settle('invented', 'pass')$$, '22023', 'This call has no such undecided rule any more. Load the page again.', 'an unknown rule');
select throws_ok($$select api.settle_rule(-1, 'guarantee', 'pass')$$, '22023', 'This call has no such undecided rule any more. Load the page again.', 'an unknown call');
select throws_ok(format('select tests.settle(''guarantee'', %L)', outcome), '22023', 'A rule is settled as violation, pass or not_applicable.')
from unnest(array['confirmed', 'undecided', null]) as outcome;
select throws_ok($$select tests.settle('guarantee', 'not_applicable', ' ')$$, '23514', null, 'that a rule does not apply needs a reason');
select throws_ok($$select tests.settle('guarantee', 'pass', repeat('x', 2001))$$, '23514', null, 'the reason is short');
select throws_ok($$select api.review_flag((select id from c), 'guarantee:undecided', 'confirmed')$$, '22023', null, 'an undecided rule is no flag');
select tests.become('owner');
select is((select count(*) from core.reviews), 0::bigint, 'nothing was kept of it');

-- Rule by rule.
select tests.become('reviewer');
select is(tests.settle('guarantee', 'pass') - 'review_id' - 'created_at',
  '{"flag_id": "guarantee:undecided", "verdict": "pass", "reason": null, "flag": null, "reviewer_email": "reviewer@example.test"}', 'one is settled');
select is((select shown -> 'call' ->> 'settled_as' from tests.queue()), null, 'the other is open');
select is(tests.settle('pressure', 'not_applicable', ' Nothing was sold. ') ->> 'reason', 'Nothing was sold.', 'the other does not apply');
select is((select shown -> 'call' ->> 'settled_as' from tests.queue()), 'safe', 'the queue says what became of it');
select is((select api.call_page(id) -> 'call' ->> 'settled_as' from c), 'safe', 'and so does the page');
select tests.become('owner');
select is(tests.stands(), 'undecided safe 0', 'settled as safe, it needs nobody');
select tests.become('admin');
select lives_ok($$select tests.settle('pressure', 'violation', 'Listen at 0:40.')$$, 'an admin sees it otherwise');
select tests.become('owner');
select is(tests.stands(), 'undecided flagged 0', 'the newest word counts');
select is((select count(*) from core.reviews), 3::bigint, 'and every word is kept');
select is(
  (select array_agg(r ->> 'verdict' order by n) from c, jsonb_array_elements(api.call_page(id) -> 'reviews') with ordinality as e(r, n)),
  '{violation,not_applicable,pass}', 'the page lists them, newest first');

-- Judged again, the settling stays with the rules.
select api.rejudge_call((select id from c));
select is(tests.stands(), 'undecided before flagged 0', 'shown while it is judged again');
select tests.become('reviewer');
select lives_ok($$select tests.settle('pressure', 'pass')$$, 'and can be settled meanwhile');
select tests.become('owner');
select is(tests.stands(), 'undecided before safe 0', 'which counts at once');
select api.fail(tests.claim('judge'), 'broken', true);
select is(tests.stands(), 'undecided safe 0', 'the verdict that comes back is settled as before');
select api.rejudge_call((select id from c));
select is(tests.judged('undecided', 'undecided', 'undecided'), 'undecided', 'a rule more is undecided');
select is(tests.stands(), 'undecided open 1', 'it is open');
select api.rejudge_call((select id from c));
select is(tests.judged('pass', 'undecided', 'pass'), 'undecided', 'a rule less');
select is(tests.stands(), 'undecided safe 0', 'is settled at once by what was said');
select api.rejudge_call((select id from c));
select is(tests.judged('violation', 'undecided', 'pass'), 'flagged', 'a violation is found');
select is(tests.stands(), 'flagged open 3', 'a flagged call is flagged, whatever was settled');
select tests.become('reviewer');
select lives_ok($$select tests.settle('pressure', 'violation')$$, 'a rule beside a flag can be settled');
select tests.become('owner');
select is(tests.stands(), 'flagged open 3', 'the call is flagged already');
select api.rejudge_call((select id from c));
select is(tests.judged('pass', 'undecided', 'pass'), 'undecided', 'the flag goes');
select is(tests.stands(), 'undecided flagged 0', 'what was settled beside it stands');
select api.rejudge_call((select id from c));
select is(tests.judged('pass', 'pass', 'pass'), 'safe', 'all rules are decided');
select is(tests.stands(), 'safe open 0', 'nothing is settled any more');
select tests.become('reviewer');
select throws_ok($$select tests.settle('pressure', 'pass')$$, '22023', null, 'and nothing can be');
select tests.become('owner');

-- The queue: what is settled needs nobody, whichever way.
select tests.clear();
select tests.call(status, id => name, started => now() - age)
from (values ('undecided', 'settled safe', interval '0'), ('undecided', 'open', '1 hour'), ('flagged', 'minor', '2 hours'),
  ('undecided', 'settled flagged', '3 hours'), ('flagged', 'major', '4 hours'), ('safe', 'safe', '5 hours')) as v(status, name, age);
update core.calls set settled_as = split_part(ringba_call_id, ' ', 2), to_review = 0 where ringba_call_id like 'settled %';
update core.calls set flags = jsonb_build_array(tests.flag(3, 'minor')) where ringba_call_id = 'minor';
select results_eq('select ringba_call_id from tests.queue()',
  $$values ('major'), ('minor'), ('open'), ('settled safe'), ('settled flagged'), ('safe')$$, 'the queue');

select * from finish();
rollback;

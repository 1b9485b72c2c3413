-- Rules that could not be asked are asked again: when, by whom, and what becomes of it when that fails.
begin;
\ir helpers/setup.psql
select no_plan();
select tests.rule(), tests.rule('pressure'), tests.rule('tone');
select tests.call('downloaded', id => 'c');
select api.complete_transcription(tests.claim('worker'), tests.transcript());
create temp table c as select call_id as id from core.calls;
grant select on c to public;

-- A verdict with one undecided rule for each reason; without reasons nothing was left unasked.
create function tests.unasked(variadic reasons text[] default '{}') returns jsonb language sql as $$
  select tests.judgement('undecided') || jsonb_build_object('returned_model', 'm-2', 'rule_results',
    jsonb_build_array(jsonb_build_object('rule_key', 'guarantee', 'rule_title', 't', 'outcome', 'undecided', 'reason', 'Nothing was heard.'))
    || coalesce((
      select jsonb_agg(jsonb_build_object('rule_key', case place when 1 then 'pressure' else 'tone' end, 'rule_title', 't',
        'outcome', 'undecided', 'reason', 'It could not be asked.', 'unasked', reason))
      from unnest(reasons) with ordinality as r(reason, place)), '[]'))
$$;
create function tests.judging(variadic reasons text[] default '{}') returns text language sql as $$
  select api.complete_judgement(tests.claim('judge'), tests.unasked(variadic reasons))
$$;
create function tests.waits() returns interval language sql as $$
  select ask_again_at - core.now() from core.calls where call_id = (select id from c)
$$;
create function tests.next_day() returns interval language sql as $$
  select (date_trunc('day', core.now() at time zone 'UTC') + interval '1 day') at time zone 'UTC' - core.now()
$$;
create function tests.tries() returns integer language sql as $$
  select ask_again_tries from core.calls where call_id = (select id from c)
$$;

-- Nothing left unasked.
select is(api.ask_unasked(), 0, 'nothing waits');
select is(tests.judging(), 'undecided', 'undecided, but everything was asked');
select is(tests.waits(), null, 'nothing is asked again');
select is(api.ask_unasked(), 0, 'and the call stays');

-- When, by reason.
select api.rejudge_call((select id from c));
select is(tests.judging('no_endpoint'), 'undecided', 'no endpoint');
select is(tests.waits(), interval '0', 'is asked as soon as there is one');
select is(api.judge_material((select id from c)) -> 'unfinished', 'null', 'a call with its verdict is not being finished');
select is(api.ask_unasked(0), 0, 'none taken');
select is(api.ask_unasked(-1), 0, 'nor fewer');
create temp table before as select round, ask_again_at, judgement_id from core.calls;
select is(api.ask_unasked(10), 1, 'taken');
select results_eq(
  $$select c.status, c.verdict_before, c.round - b.round, c.ask_again_at = b.ask_again_at, c.judgement_id = b.judgement_id
    from core.calls as c, before as b$$,
  $$values ('transcribed', 'undecided', 1, true, true)$$,
  'it waits for the judge in a new round; the verdict stays shown'
);
select is(api.ask_unasked(10), 0, 'taken once');
select is(
  (select api.judge_material(id) -> 'unfinished' from c),
  jsonb_build_object('ruleset_id', (select ruleset_id from core.verticals where vertical = 'common'), 'prompt_version', 'p1',
    'judge_model', 'phrases', 'returned_model', 'm-2', 'endpoint', null, 'flags', '[]'::jsonb, 'rule_results', tests.unasked('no_endpoint') -> 'rule_results'),
  'the judge learns what is known already'
);
select is(tests.judging('endpoint_away'), 'undecided', 'the endpoint is away meanwhile');
select is(tests.waits(), interval '1 minute', 'not again at once');
select is(api.ask_unasked(10), 0, 'so that nothing goes round and round');
select tests.move_time('1 minute');
select is(api.ask_unasked(10), 1, 'after a minute');
select is(tests.judging('budget_spent'), 'undecided', 'the budget is spent');
select is(tests.waits(), tests.next_day(), 'to be asked the next day');
select tests.move_time(tests.next_day() - interval '1 second');
select is(api.ask_unasked(10), 0, 'not a second before');
select tests.move_time('1 second');
select is(api.ask_unasked(10), 1, 'but then');
select is(tests.judging('budget_spent', 'no_endpoint'), 'undecided', 'of several reasons');
select is(tests.waits(), tests.next_day(), 'the latest counts');

-- An endpoint that stays away for a call: ever later, without end.
select api.rejudge_call((select id from c));
select tests.judging('no_endpoint');
create function tests.away_again() returns interval language plpgsql as $$
begin
  perform tests.move_time(tests.waits());
  perform api.ask_unasked(10);
  perform tests.judging('endpoint_away', 'bad_answers');
  return tests.waits();
end
$$;
update core.calls set ask_again_tries = 5;
select is(tests.away_again(), wait, format('endpoint away: %s', wait))
from unnest(array['1 minute', '2 minutes', '4 minutes', '8 minutes', '16 minutes', '32 minutes', '64 minutes', '128 minutes', '256 minutes',
  '6 hours', '6 hours']::interval[]) as wait;
select tests.move_time(tests.waits());
select api.ask_unasked(10);
select tests.judging('budget_spent');
select tests.move_time(tests.waits());
select api.ask_unasked(10);
select tests.judging('endpoint_away');
select is(tests.waits(), interval '1 minute', 'after another reason soon again');
select api.rejudge_call((select id from c));
select tests.judging('budget_spent', 'no_endpoint');

-- Bad answers: ever later, five times.
create function tests.asked_again_badly() returns text language plpgsql as $$
begin
  perform tests.move_time(tests.waits());
  perform api.ask_unasked(10);
  return tests.judging('bad_answers');
end
$$;
select tests.asked_again_badly();
select is(tests.waits(), interval '10 minutes', 'after bad answers in 10 minutes');
select tests.asked_again_badly();
select is(tests.waits(), interval '40 minutes', 'then in four times that');
select tests.asked_again_badly();
select is(tests.waits(), interval '160 minutes', 'and again');
select tests.asked_again_badly();
select is(tests.waits(), interval '640 minutes', 'and again');
select tests.asked_again_badly();
select is(tests.waits(), interval '2560 minutes', 'for the fifth time');
select is(tests.asked_again_badly(), 'undecided', 'and after that');
select is(tests.waits(), null, 'no more');
select tests.move_time('30 days');
select is(api.ask_unasked(10), 0, 'however long it waits');
select api.rejudge_call((select id from c));
select is(api.judge_material((select id from c)) -> 'unfinished', 'null', 'judged again by hand, everything is asked');
select is(tests.judging('bad_answers', 'budget_spent'), 'undecided', 'with bad answers again');
select is(tests.waits(), greatest(interval '10 minutes', tests.next_day()), 'which count from the beginning');
select tests.move_time(tests.waits());
select api.ask_unasked(10);
select is(tests.judging(), 'undecided', 'asked at last');
select results_eq('select ask_again_at, ask_again_tries from core.calls', 'values (null::timestamptz, 0)', 'and done');

-- Asking that fails: the verdict comes back, and what was not asked is asked later, never in a circle.
create function tests.failing() returns text language sql as $$ select api.fail(tests.claim('judge'), 'broken', true) $$;
select api.rejudge_call((select id from c));
select tests.judging('no_endpoint');
select api.ask_unasked(10);
select is(tests.failing(), 'undecided', 'asking fails');
select is(tests.waits(), interval '10 minutes', 'it is asked again later');
select is(api.ask_unasked(10), 0, 'not at once');
create function tests.failing_again() returns interval language plpgsql as $$
begin
  perform tests.move_time(tests.waits());
  perform api.ask_unasked(10);
  perform tests.failing();
  return tests.waits();
end
$$;
select is(tests.failing_again(), wait, format('ever later, but without end: %s', wait))
from unnest(array['40 minutes', '160 minutes', '640 minutes', '2560 minutes', '2560 minutes', '2560 minutes']::interval[]) as wait;
select tests.move_time(tests.waits());
select api.ask_unasked(10);
select is(tests.judging('bad_answers'), 'undecided', 'bad answers after so many failures');
select is(tests.waits(), null, 'end it');

-- Judging everything anew that fails: what the verdict left unasked is not lost with it.
select api.rejudge_call((select id from c));
select tests.judging('no_endpoint');
select api.rejudge_call((select id from c));
select is(tests.waits(), null, 'judged again by hand, nothing waits beside it');
select is(tests.failing(), 'undecided', 'that fails');
select is(tests.waits(), interval '10 minutes', 'and what was not asked waits again');
select api.rejudge_call((select id from c));
select tests.judging();
select api.rejudge_call((select id from c));
select tests.failing();
select is(tests.waits(), null, 'where everything was asked, nothing waits after a failure');

-- A call that came back from the reaper or was given back goes on being finished.
select api.rejudge_call((select id from c));
select tests.judging('endpoint_away');
select api.ask_unasked(10);
select is(api.postpone(tests.claim('judge'), 'The endpoint is away.', 'endpoint_away'), 'transcribed', 'given back');
select isnt(api.judge_material((select id from c)) -> 'unfinished', 'null', 'it is still to be finished');
select tests.move_time('1 hour');

-- A flagged call with rules left is shown meanwhile as it was.
select is(api.complete_judgement(tests.claim('judge'), tests.judgement('flagged') || jsonb_build_object('rule_results',
  tests.judgement('flagged') -> 'rule_results' || (tests.unasked('no_endpoint') -> 'rule_results') - 0)), 'flagged', 'a violation stands, a rule is left');
select tests.move_time('1 minute');
select is(api.ask_unasked(10), 1, 'which is asked');
select results_eq('select status, verdict_before, jsonb_array_length(flags), urgency from core.calls',
  $$values ('transcribed', 'flagged', 1, 3::smallint)$$, 'while the flag stays');

-- Longest waiting first.
select tests.judging();
select tests.call('undecided', id => name) from unnest(array['second', 'first', 'not yet']) as name;
update core.calls set ask_again_at = core.now() - case ringba_call_id when 'first' then interval '2 hours' when 'second' then '1 hour' else '-1 second' end
where ringba_call_id in ('first', 'second', 'not yet');
select is(api.ask_unasked(1), 1, 'one of two');
select is((select array_agg(ringba_call_id) from core.calls where verdict_before is not null), '{first}', 'the one that waited longest');
select is(api.ask_unasked(), 1, 'then the other');
select is(tests.status((select call_id from core.calls where ringba_call_id = 'not yet')), 'undecided', 'and none before its time');

select * from finish();
rollback;

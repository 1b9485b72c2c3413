-- What is left for people to decide, and what follows for a call's place in the queue.
begin;
\ir helpers/setup.psql
select no_plan();
select tests.rule(), tests.rule('pressure');

create function tests.ended(guarantee text, pressure text) returns jsonb language sql as $$
  select tests.judgement(case when guarantee = 'violation' then 'flagged' when 'undecided' in (guarantee, pressure) then 'undecided' else 'safe' end,
      case when guarantee = 'violation' then jsonb_build_array(tests.flag(3, 'minor'), tests.flag(9, 'critical')) else '[]' end)
    || jsonb_build_object('rule_results', (
      select jsonb_agg(jsonb_build_object('rule_key', r.key, 'rule_title', 't', 'outcome', r.outcome, 'reason', null))
      from (values ('guarantee', guarantee), ('pressure', pressure)) as r(key, outcome)))
$$;
select tests.call('transcribed', id => 'c');
create temp table c as select call_id as id from core.calls;
create function tests.says(flag_id text, verdict text) returns void language sql as $$
  insert into core.reviews (call_id, flag_id, verdict, reason, flag, reviewer_id, reviewer_email)
  select id, flag_id, verdict, case when verdict in ('dismissed', 'not_applicable') then 'because' end,
    case when verdict = 'added' then tests.flag(20) end, '00000000-0000-4000-8000-0000000000a1', 'e@example.test' from c
$$;
create function tests.stands() returns text language sql as $$
  select format('%s: %s left, urgency %s', coalesce(verdict_before || ' before', status), to_review, urgency) from core.calls
$$;
create function tests.row_says() returns text language sql as $$
  select format('%s of %s decided', shown ->> 'decided', (shown ->> 'decided')::int + (shown ->> 'to_review')::int) from tests.queue()
$$;

select is(tests.stands(), 'transcribed: 0 left, urgency 0', 'without a verdict there is nothing to review');
select is(tests.row_says(), '0 of 0 decided');
select api.complete_judgement(tests.claim('judge'), tests.ended('violation', 'undecided'));
select is(tests.stands(), 'flagged: 3 left, urgency 4', 'two flags and an undecided rule');
select is(tests.row_says(), '0 of 3 decided');
select tests.says('guarantee:3-4', 'confirmed');
select is(tests.stands(), 'flagged: 2 left, urgency 4', 'one is confirmed');
select is(tests.row_says(), '1 of 3 decided');
select tests.says('guarantee:3-4', 'dismissed');
select is(tests.stands(), 'flagged: 2 left, urgency 4', 'the newest word counts, and counts once');
select tests.says('guarantee:20-21', 'added');
select is(tests.stands(), 'flagged: 2 left, urgency 4', 'a flag that a person added needs no review');
select tests.says('guarantee:9-10', 'dismissed'), tests.says('pressure:undecided', 'pass');
select is(tests.stands(), 'flagged: 0 left, urgency 0', 'all is decided: it needs nobody');
select is(tests.row_says(), '3 of 3 decided');
select tests.says('pressure:undecided', 'withdrawn');
select is(tests.stands(), 'flagged: 1 left, urgency 4', 'a word that is taken back opens it again');
select tests.says('pressure:undecided', 'violation');

select api.rejudge_call((select id from c));
select is(tests.stands(), 'flagged before: 0 left, urgency 0', 'while it is judged again the shown verdict counts');
select tests.says('guarantee:9-10', 'withdrawn');
select is(tests.stands(), 'flagged before: 1 left, urgency 4', 'and words about it do');
select api.fail(tests.claim('judge'), 'broken', true);
select is(tests.stands(), 'flagged: 1 left, urgency 4', 'the verdict that comes back stands as before');
select api.rejudge_call((select id from c));
select api.complete_judgement(tests.claim('judge'), tests.ended('pass', 'undecided'));
select is(tests.stands(), 'undecided: 0 left, urgency 0', 'what was said holds for the next verdict');
select is((select settled_as from core.calls), 'flagged', 'which is settled at once');
select tests.says('pressure:undecided', 'withdrawn');
select is(tests.stands(), 'undecided: 1 left, urgency 1', 'and opened again');
select is((select settled_as from core.calls), null, 'settled no more');
select api.rejudge_call((select id from c));
select api.complete_judgement(tests.claim('judge'), tests.ended('pass', 'pass'));
select is(tests.stands(), 'safe: 0 left, urgency 0', 'a safe call needs nobody');
select tests.clear();

select tests.call('undecided');
select is(tests.stands(), 'undecided: 1 left, urgency 1', 'an undecided verdict that names no rule needs somebody');
select is(core.queue_place(4::smallint, '2026-11-01 10:00Z', '2026-11-01 10:01Z') > core.queue_place(4::smallint, '2026-11-01 10:00Z', '2026-11-01 10:02Z'),
  true, 'of calls that need somebody the one that ended first stands in front');
select is(core.queue_place(0::smallint, '2026-11-01 10:00Z', null) < core.queue_place(0::smallint, '2026-11-01 10:00:01Z', null),
  true, 'of the rest the newest');

select * from finish();
rollback;

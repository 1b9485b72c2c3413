-- Criterion 3: no call is processed twice.
begin;
\ir helpers/setup.psql
select no_plan();

create function tests.criterion() returns api.criterion_3_once language sql as $$ select c from api.criterion_3_once as c $$;
create function tests.attempt(
  started interval, ended interval default null, outcome text default 'failed', lane text default 'worker', round integer default 1
) returns bigint language sql as $$
  insert into core.attempts (call_id, lane, round, lease_token, worker, started_at, ended_at, outcome)
  select max(call_id), attempt.lane, attempt.round, gen_random_uuid(), 'w', core.now() + started, core.now() + ended,
    case when ended is not null then attempt.outcome end
  from core.calls
  returning attempt_id
$$;
select tests.call('downloaded', id => 'c');

select results_eq('select (tests.criterion()).holds, (tests.criterion()).measured', $$values (true, '0 processed twice')$$, 'nothing was done twice');
select tests.attempt('-60 minutes', '-50 minutes'), tests.attempt('-50 minutes', '-40 minutes', 'accepted'),
  tests.attempt('-45 minutes', '-44 minutes', 'accepted', 'judge');
select tests.attempt('-40 minutes 0.4 seconds', '-30 minutes', 'accepted', round => 2);
select ok((tests.criterion()).holds, 'one after the other, in another lane, in another round: that is once');
select tests.attempt('-35 minutes', '-25 minutes');
select results_eq($$select (tests.criterion()).holds, (tests.criterion()).measured, (tests.criterion()).details ->> 'overlapping_attempts'$$,
  $$values (false, '1 processed twice', '1')$$, 'two attempts at the same time');
select results_eq('select kind, lane from core.double_work', $$values ('overlap', 'worker')$$, 'are kept as a finding');
delete from core.double_work;
select ok((tests.criterion()).holds, 'until somebody has looked into it');
select tests.attempt('-10 minutes');
select is_empty('select 1 from core.double_work', 'one that is still live');

-- The unique indexes refuse all of this; the criterion must not lean on them.
drop index core.one_live_attempt;
drop index core.one_accepted_result;
select tests.attempt('-9 minutes');
select is((tests.criterion()).details ->> 'overlapping_attempts', '1', 'two live ones');
delete from core.double_work;
select tests.attempt('-2 hours', '-1 hours 55 minutes', 'accepted');
select is((tests.criterion()).details ->> 'second_results', '1', 'a second accepted result in a round');
delete from core.double_work;
update core.attempts set ended_at = core.now(), outcome = 'accepted'
where attempt_id = (select max(attempt_id) from core.attempts where ended_at is null);
select is((tests.criterion()).details ->> 'second_results', '2', 'also when it is accepted later, once for each before it');

-- Answers with a stale token change nothing and are counted, although their transaction is undone.
create temp table before as select core.stale_answers_refused() as refused;
select throws_ok($$select api.fail(gen_random_uuid(), 'late')$$, 'PT409', null, 'a stale answer is refused');
select is((tests.criterion()).details ->> 'stale_answers_refused', (select (refused + 1)::text from before), 'and counted');
select tests.become('reviewer');
select isnt((select details ->> 'stale_answers_refused' from api.criterion_3_once), null, 'reviewers are told');
select tests.become('worker');
select is(core.stale_answers_refused(), null, 'workers are not');
select is_empty('select 1 from api.criterion_3_once', 'nor of anything else');
select tests.become('owner');

-- Leases in turn, one of them lost.
delete from core.double_work;
update core.calls set delayed_until = 'infinity';
select tests.call('downloaded', id => 'd');
create temp table first as select tests.claim('worker') as token;
select tests.move_time('2 minutes');
select core.give_up_attempt(c, l, 'lost', 'not heard of', false, null)
from core.calls as c, core.lanes as l where c.lease_token = (select token from first) and l.lane = 'worker';
select is(api.complete_transcription(tests.claim('worker'), tests.transcript()), 'transcribed', 'another worker takes over');
select throws_ok($$select api.complete_transcription((select token from first), tests.transcript())$$, 'PT409', null, 'the first comes late');
select ok((tests.criterion()).holds, 'which is not twice');

insert into core.calls (account, ringba_call_id, start_time_utc)
select 'RA1', 'many-' || i, core.now() - make_interval(mins => i) from generate_series(1, 5000) as i;
insert into core.attempts (call_id, lane, round, lease_token, worker, started_at, ended_at, outcome)
select call_id, 'vault', 1, gen_random_uuid(), 'w', core.now() - interval '1 hour', core.now() - interval '1 hour', 'failed' from core.calls;
analyze core.attempts;
select is(tests.scanned_whole($$select tests.attempt('-1 year', '-1 year')$$), '{}', 'looking at an attempt reads those of its call only');
select is(tests.scanned_whole('select * from api.criterion_3_once'), '{}', 'and the criterion none');

select * from finish();
rollback;

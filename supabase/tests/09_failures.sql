-- Failures: delays, the third one, permanent ones, and judging again.
begin;
\ir helpers/setup.psql
select no_plan();
select tests.rule();
create temp table c as select tests.call('downloaded', id => 'c') as id;

create function tests.failing(lane text, error text default 'broken', permanent boolean default false) returns text language sql as $$
  select api.fail(tests.claim(lane), error, permanent)
$$;
create function tests.delay() returns interval language sql as $$
  select delayed_until - core.now() from core.calls where call_id = (select id from c)
$$;

select is(tests.failing('worker', 'no GPU'), 'downloaded', 'the first failure goes back');
select results_eq($$select attempts, last_error from core.calls$$, $$values (1, 'no GPU')$$, 'counted, with its reason');
select ok(tests.delay() between interval '15 seconds' and interval '45 seconds', 'after 30 seconds, give or take half: ' || tests.delay());
select is(tests.claim('worker'), null, 'not to be claimed before');
select tests.move_time('45 seconds');
select is(tests.failing('worker'), 'downloaded', 'the second failure goes back');
select ok(tests.delay() between interval '30 seconds' and interval '90 seconds', 'after about twice the time: ' || tests.delay());
select tests.move_time('90 seconds');
select is(tests.failing('worker', 'for the third time'), 'failed', 'the third failure ends it');
select results_eq(
  $$select status, failed_lane, attempts, last_error, storage_path is not null, delayed_until from core.calls$$,
  $$values ('failed', 'worker', 3, 'for the third time', true, null::timestamptz)$$,
  'in failed, with lane, reason and recording'
);
select is(tests.claim('worker'), null, 'no lane claims it any more');
select is((select array_agg(outcome order by attempt_id) from core.attempts), '{failed,failed,failed}', 'three failed attempts stay');

select is(api.retry_call((select id from c)), 'downloaded', 'by hand it waits for the same lane again');
select results_eq($$select attempts, round, last_error, failed_lane from core.calls$$, $$values (0, 2, null::text, null::text)$$,
  'from the beginning, in a new round');
select is((select event from core.sys_logs where call_id = (select id from c)), 'call_retried', 'and the log keeps it');
select throws_ok($$select api.retry_call((select id from c))$$, '22023', 'Only a failed call can be tried again; this one is downloaded.');
select is(tests.failing('worker', ' '), 'downloaded', 'a failure without a reason');
select is((select last_error from core.calls), 'no reason was given', 'says so');
select tests.move_time('45 seconds');
select is(api.complete_transcription(tests.claim('worker'), tests.transcript()), 'transcribed', 'then it succeeds');
select is((select attempts from core.calls), 0, 'and the next stage starts from 0');

select is(tests.failing('judge', 'cannot be', true), 'failed', 'a permanent failure ends it at once');
select results_eq($$select failed_lane, attempts from core.calls$$, $$values ('judge', 1)$$, 'after one attempt');
select is(api.retry_call((select id from c)), 'transcribed', 'by hand it goes to the judge');
select is(api.complete_judgement(tests.claim('judge'), tests.judgement('flagged')), 'flagged', 'who flags it');

-- Jitter: calls that fail together come back apart.
select isnt(core.retry_wait(l, 1), core.retry_wait(l, 1), 'two waits differ') from core.lanes as l where lane = 'worker';
select ok(bool_and(core.retry_wait(l, 30) <= interval '15 minutes'), 'no wait is longer than the longest') from core.lanes as l;

-- Judging again: what fails returns to the verdict.
select is(api.rejudge_call((select id from c)), 'transcribed', 'judged again');
select results_eq(
  $$select verdict_before, jsonb_array_length(flags), qa_version is not null, round, urgency from core.calls$$,
  $$values ('flagged', 1, true, 4, 3::smallint)$$,
  'the verdict stays shown'
);
select throws_ok($$select api.rejudge_call((select id from c))$$, '22023', 'Only a call with a verdict can be judged again; this one is transcribed.');
select is(tests.failing('judge'), 'transcribed', 'one failure');
select tests.move_time('1 hour');
select is(tests.failing('judge'), 'transcribed', 'two failures');
select tests.move_time('1 hour');
select is(tests.failing('judge', 'endpoint away'), 'flagged', 'the third returns to the verdict');
select results_eq(
  $$select status, verdict_before, attempts, failed_lane, last_error, jsonb_array_length(flags) from core.calls$$,
  $$values ('flagged', null::text, 0, null::text, 'endpoint away', 1)$$,
  'as it was, with the reason'
);
select api.rejudge_call((select id from c));
select is(tests.failing('judge', 'no', true), 'flagged', 'so does a permanent failure');
select api.rejudge_call((select id from c));
select is(api.complete_judgement(tests.claim('judge'), tests.judgement('safe')), 'safe', 'and a new verdict replaces it');
select results_eq($$select status, verdict_before, flags, last_error from core.calls$$, $$values ('safe', null::text, '[]'::jsonb, null::text)$$,
  'with its own flags');
select is((select array_agg(verdict order by judgement_id) from core.judgements), '{flagged,safe}', 'both verdicts are kept');

-- Given up in the vault: back to pending.
select tests.call('pending', id => 'p');
select is(tests.failing('vault', '404', true), 'failed', 'a dead link fails at once');
select is(api.retry_call((select call_id from core.calls where ringba_call_id = 'p')), 'pending', 'and goes back to the vault');

-- By hand, a waiting call can be given up with a reason only.
select tests.call('downloaded', id => 'byhand');
select is(tests.breaks($$update core.calls set status = 'failed', failed_lane = 'worker' where ringba_call_id = 'byhand'$$), 'failed_has_reason');
select is(tests.breaks($$update core.calls set status = 'failed', failed_lane = 'worker', last_error = 'test call' where ringba_call_id = 'byhand'$$), 'fine');

select * from finish();
rollback;

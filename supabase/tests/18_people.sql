-- What reviewers and admins read and do.
begin;
\ir helpers/setup.psql
select no_plan();
select tests.rule();

select tests.become('reviewer');
select is(api.me(), '{"user_id": "00000000-0000-4000-8000-0000000000a1", "email": "reviewer@example.test", "role": "reviewer"}', 'who asks');
select is(api.call_page(-1), null, 'no such call');
select is((select count(*) from tests.queue()), 0::bigint, 'an empty queue');
select tests.become('owner');

select tests.call('safe', id => 'safe', started => now()), tests.call('pending', id => 'pending', started => now() - interval '1 hour'),
  tests.call('undecided', id => 'undecided', started => now() - interval '2 hours'),
  tests.call('flagged', id => 'major', started => now() - interval '3 hours'),
  tests.call('flagged', id => 'minor', started => now() - interval '1 hour'),
  tests.call('flagged', id => 'critical', started => now() - interval '5 hours'),
  tests.call('flagged', id => 'major-newer', started => now() - interval '2 hours');
update core.calls set flags = jsonb_build_array(tests.flag(3, 'minor')) where ringba_call_id = 'minor';
update core.calls set flags = jsonb_build_array(tests.flag(3, 'minor'), tests.flag(9, 'critical')) where ringba_call_id = 'critical';

select tests.become('reviewer');
select results_eq('select ringba_call_id from tests.queue()',
  $$values ('critical'), ('major'), ('major-newer'), ('minor'), ('undecided'), ('safe'), ('pending')$$,
  'the queue is ordered by urgency, then longest waiting first; what needs nobody newest first');
select results_eq($$select ringba_call_id, shown -> 'call' ->> 'worst_severity', jsonb_array_length(shown -> 'call' -> 'flags')
    from tests.queue('{"state": "flagged"}', 2)$$,
  $$values ('critical', 'critical', 2), ('major', 'major', 1)$$, 'filtered and cut');
select tests.become('owner');

-- One call as the page shows it.
select tests.call('pending', id => 'shown', started => now() + interval '1 day');
update core.calls set revenue = 12.50, cost = 0.0430, caller_number = '+15559876543' where ringba_call_id = 'shown';
select setval('core.vault_turns', 400), setval('core.worker_turns', 400), setval('core.judge_turns', 400);
select api.complete_download(tests.claim('vault'), 'RA1/s.mp3', 5, repeat('b', 64), 'audio/mpeg');
select api.complete_transcription(tests.claim('worker'), tests.transcript(),
  jsonb_build_object('path', 'RA1/s.review.mp3', 'bytes', 3, 'sha256', repeat('c', 64), 'content_type', 'audio/mpeg'));
select api.complete_judgement(tests.claim('judge'), tests.judgement('flagged')
  || '{"rule_results": [{"rule_key": "guarantee", "rule_title": "Guaranteed", "outcome": "violation", "reason": null}]}');
create temp table shown as select call_id as id from core.calls where ringba_call_id = 'shown';
grant select on shown to public;

select tests.become('reviewer');
create temp table page as select api.call_page(id) as p from shown;
select is((select array_agg(key order by key) from page, jsonb_object_keys(p) as key),
  '{asked_again,audio_content_type,audio_deleted_at,audio_deleting_since,call,comments,has_transcript,history,judge_model,judgements,legal_hold,present,qa_version,review_path,reviews,rule_results,rules,storage_path,transcript,transcript_deleted_at}', 'the page''s fields');
select is((select array_agg(key order by key) from page, jsonb_object_keys(p -> 'call') as key),
  '{account,buyer_name,call_id,call_length_seconds,caller_number_masked,campaign_name,completed_at,cost,dialled_number_masked,failed_lane,flags,last_error,payout,publisher_name,revenue,ringba_call_id,settled_as,start_time_utc,status,target_name,vertical,worst_severity}',
  'the call''s fields');
select is((select p -> 'call' -> 'revenue' from page), '"12.50"', 'money is text, digit by digit');
select is((select p -> 'call' -> 'cost' from page), '"0.0430"');
select is((select p -> 'call' ->> 'caller_number_masked' from page), '•••• 6543', 'the number is masked');
select ok((select p::text not like '%9876543%' from page), 'everywhere');
select ok((select p::text not like '%media.example.test%' from page), 'the link at Ringba is not shown');
select is((select p -> 'transcript' from page), tests.transcript(), 'the transcript');
select is((select jsonb_array_length(p -> 'history') from page), 3, 'three attempts');
select is((select p -> 'history' -> 0 ->> 'lane' from page), 'vault', 'oldest first');
select is((select array_agg(key order by key) from page, jsonb_object_keys(p -> 'history' -> 0) as key),
  '{ended_at,error,lane,outcome,round,started_at,worker}', 'an attempt''s fields');
select is((select p -> 'rule_results' -> 0 ->> 'outcome' from page), 'violation', 'how each rule ended');
select is((select p ->> 'storage_path' from page), 'RA1/s.mp3', 'where the recording is');
select is((select p ->> 'review_path' from page), 'RA1/s.review.mp3', 'and its review copy');

-- Reviews.
select is(api.review_flag((select id from shown), 'guarantee:3-4', 'confirmed') - 'review_id' - 'created_at',
  '{"flag_id": "guarantee:3-4", "verdict": "confirmed", "reason": null, "flag": null, "reviewer_email": "reviewer@example.test"}', 'a flag is confirmed');
select throws_ok($$select api.review_flag((select id from shown), 'guarantee:3-4', 'dismissed', ' ')$$, '23514', null, 'a dismissal needs a reason');
select throws_ok($$select api.review_flag((select id from shown), 'guarantee:3-4', 'perhaps')$$, '23514');
select throws_ok($$select api.review_flag((select id from shown), 'guarantee:7-8', 'confirmed')$$, '22023',
  'This call has no such flag any more. Load the page again.');
select tests.become('admin');
select lives_ok($$select api.review_flag((select id from shown), 'guarantee:3-4', 'dismissed', 'It was a joke.')$$, 'an admin dismisses it');
select is(api.rejudge_call((select id from shown)), 'transcribed', 'and has the call judged again');
select tests.become('reviewer');
select results_eq(
  $$select r ->> 'reviewer_email', r ->> 'verdict' from shown, jsonb_array_elements(api.call_page(id) -> 'reviews') as r$$,
  $$values ('admin@example.test', 'dismissed'), ('reviewer@example.test', 'confirmed')$$, 'the reviews stay, newest first'
);
select is((select api.call_page(id) -> 'rule_results' -> 0 ->> 'outcome' from shown), 'violation', 'and the verdict stays shown');
select tests.become('owner');
select results_eq($$select event, user_id from core.sys_logs where call_id = (select id from shown)$$,
  $$values ('call_judged_again', '00000000-0000-4000-8000-0000000000a2'::uuid)$$, 'the log keeps who had it judged again');

-- Logs.
select tests.become('worker');
select lives_ok($$select api.write_log('[{"level": "warn", "lane": "worker", "event": "slow", "call_id": 5, "worker": "gpu-1", "data": {"ms": 9}}]')$$);
select throws_ok($$select api.write_log('[{"level": "warn", "lane": "worker", "event": "a"}, {"level": "warn", "lane": "vault", "event": "b"}]')$$,
  '42501', 'A worker reports for the lane worker only.');
select tests.become('owner');
select results_eq($$select event, call_id, worker, user_id, data from core.sys_logs where lane = 'worker'$$,
  $$values ('slow', 5::bigint, 'gpu-1', '00000000-0000-4000-8000-0000000000a3'::uuid, '{"ms": 9}'::jsonb)$$, 'a worker''s log line names the worker');

select * from finish();
rollback;

-- People take back what they said, add what the judge missed, and comment.
begin;
\ir helpers/setup.psql
select no_plan();
select tests.rule(), tests.rule('pressure');
select tests.judged_call('c', 'flagged');
create temp table c as select call_id as id from core.calls;
grant select on c to public;
create function tests.standing() returns text language sql as $$
  select verdict from core.reviews order by created_at desc, review_id desc limit 1
$$;

-- Taking back.
select tests.become('reviewer');
select throws_ok($$select api.withdraw_review((select id from c), 'guarantee:3-4')$$, '22023',
  'There is nothing to take back: nobody has said anything about this, or it was taken back already.', 'nothing was said');
select lives_ok($$select api.review_flag((select id from c), 'guarantee:3-4', 'confirmed')$$);
select tests.become('admin');
select is(api.withdraw_review((select id from c), 'guarantee:3-4') - 'review_id' - 'created_at',
  '{"flag_id": "guarantee:3-4", "verdict": "withdrawn", "reason": null, "flag": null, "reviewer_email": "admin@example.test"}',
  'somebody else may take it back, and it is kept who did');
select throws_ok($$select api.withdraw_review((select id from c), 'guarantee:3-4')$$, '22023', null, 'only once');
select is(jsonb_array_length(api.call_page((select id from c)) -> 'reviews'), 2, 'both words stay readable');

-- Adding. The transcript is "Hello I guarantee", all of it the agent's.
select tests.become('reviewer');
select is(api.add_flag((select id from c), 'guarantee', 1, 2, ' Listen. ') -> 'flag',
  '{"id": "guarantee:1-2", "rule_key": "guarantee", "rule_title": "guarantee", "severity": "major", "speaker": "agent",
    "quote": "I guarantee", "start_ms": 600, "end_ms": 900, "words": [1, 2]}', 'the database makes the flag of rule and words');
select tests.become('owner');
select is((select reason from core.reviews where verdict = 'added'), 'Listen.', 'with its reason');
select is((select status from core.calls), 'flagged', 'the verdict is the judge''s still');
select tests.become('reviewer');
select throws_ok($$select api.add_flag((select id from c), 'invented', 0, 1)$$, '22023',
  'The rules that this call was judged by have no such rule. Load the page again.');
select throws_ok($$select api.add_flag((select id from c), 'guarantee', 2, 3)$$, '22023',
  'The transcript has no such words any more. Load the page again.');
select throws_ok(format($$select api.add_flag((select id from c), 'guarantee', %s, %s)$$, first, last), '22023',
  'A flag quotes between 1 and 200 words.', 'words ' || first || ' to ' || last)
from (values (2, 1), (0, 200)) as range(first, last);
select throws_ok($$select api.add_flag(-1, 'guarantee', 0, 1)$$, '22023', null, 'an unknown call');
select throws_ok($$select api.add_flag((select id from c), null, 0, 1)$$, '22023', null, 'no rule');
select tests.become('owner');
update core.transcripts set segments = segments || jsonb_build_array(jsonb_build_object('channel', 1, 'speaker', 'caller',
  'start_ms', 3000, 'end_ms', 4000, 'words', '[["No", 3000, 3200, 0.9], ["thanks", 3300, 3500, 0.9]]'::jsonb));
select tests.become('reviewer');
select throws_ok($$select api.add_flag((select id from c), 'pressure', 2, 3)$$, '22023',
  'A flag quotes one speaker: select words of one of them.');
select throws_ok($$select api.add_flag((select id from c), 'guarantee', 3, 4)$$, '22023',
  'The judge flagged these very words under this rule already.');
select lives_ok($$select api.withdraw_review((select id from c), 'guarantee:1-2')$$, 'an added flag can be taken back');

-- Comments.
select is(api.add_comment((select id from c), ' Rude. ', 1500) - 'comment_id' - 'created_at',
  '{"at_ms": 1500, "body": "Rude.", "author_email": "reviewer@example.test", "own": true}', 'at a moment');
select lives_ok($$select api.add_comment((select id from c), 'On the whole.')$$);
select throws_ok($$select api.add_comment((select id from c), ' ')$$, '23514', null, 'a comment says something');
select throws_ok($$select api.add_comment(-1, 'x')$$, '23503', null, 'on a call that exists');
select tests.become('admin');
select is(jsonb_path_query_array(api.touch_call((select id from c)), '$.comments[*].body'), '["On the whole.", "Rude."]',
  'those on the whole call come first');
select throws_ok(format('select api.remove_comment(%s)', comment_id), '22023',
  'Only who wrote a comment can take it back, once.', 'it is somebody else''s')
from core.comments where at_ms = 1500;
select tests.become('reviewer');
select lives_ok(format('select api.remove_comment(%s)', comment_id)) from core.comments where at_ms = 1500;
select is(jsonb_array_length(api.call_page((select id from c)) -> 'comments'), 1, 'it is not shown any more');
select tests.become('owner');
select is((select count(*) from core.comments), 2::bigint, 'and it is kept');

-- Who has the call open. The admin touched it above.
select tests.become('reviewer');
select is(api.touch_call((select id from c)) -> 'present', '["admin@example.test"]', 'a reviewer sees the admin');
select is(api.touch_call((select id from c)) ? 'transcript', false, 'the transcript is left out');
select is(api.touch_call(-1), null, 'an unknown call');
select tests.become('admin');
select lives_ok($$select api.leave_call((select id from c))$$);
select tests.become('reviewer');
select is(api.touch_call((select id from c)) -> 'present', '[]', 'who leaves is gone');
select tests.become('owner');
insert into core.presence (call_id, user_id, user_email, seen_at)
select id, '00000000-0000-4000-8000-0000000000a2', 'admin@example.test', core.now() - interval '46 seconds' from c;
select tests.become('reviewer');
select is(api.touch_call((select id from c)) -> 'present', '[]', 'and so is who gave no sign for 45 seconds');

select * from finish();
rollback;

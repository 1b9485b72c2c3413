-- A word that is sent twice is kept once, and one that comes after somebody else's is refused.
begin;
\ir helpers/setup.psql
select no_plan();
select tests.rule();
select tests.judged_call('c', 'flagged');
create temp table c as select call_id as id from core.calls;
grant select on c to public;
create function tests.send(key text, verdict text, seen bigint default null, reason text default null, subject text default 'guarantee:3-4')
returns jsonb language sql as $$
  select api.send_word(key, (select id from c), subject, verdict, reason, seen)
$$;
grant execute on function tests.send(text, text, bigint, text, text) to public;

select tests.become('reviewer');
create temp table first as select tests.send('key-0001', 'confirmed') as given;
grant select on first to public;
select is((select given - 'review_id' - 'created_at' from first),
  '{"flag_id": "guarantee:3-4", "verdict": "confirmed", "reason": null, "flag": null, "reviewer_email": "reviewer@example.test"}', 'kept');
select is(tests.send('key-0001', 'confirmed'), (select given from first), 'the same word again gets the first answer');
select is(tests.send('key-0002', 'dismissed', reason => 'Out of context') ->> 'verdict', 'dismissed', 'one''s own earlier word stands in nobody''s way');
select is(tests.send('key-0003', 'withdrawn') ->> 'verdict', 'withdrawn', 'taken back');
select throws_ok($$select tests.send('key-0004', 'withdrawn')$$, '22023', null, 'nothing to take back');
select throws_ok($$select tests.send('key-0004', 'dismissed')$$, '23514', null, 'a dismissal needs a reason, however it is sent');
select throws_ok($$select tests.send('key-0004', 'confirmed', subject => 'guarantee:7-8')$$, '22023',
  'This call has no such flag any more. Load the page again.');
select throws_ok($$select tests.send('key-0004', 'pass', subject => 'guarantee:undecided')$$, '22023',
  'This call has no such undecided rule any more. Load the page again.');
select throws_ok($$select tests.send('short', 'confirmed')$$, '23514', null, 'a key is a key');
select throws_ok($$select api.send_word('key-0004', -1, 'guarantee:3-4', 'confirmed')$$, '22023', null, 'an unknown call');

-- Somebody else speaks in between.
select tests.become('admin');
select throws_ok($$select tests.send('key-0001', 'dismissed', reason => 'x')$$, '22023',
  'reviewer@example.test has said something about this meanwhile (taken back).', 'keys of others are nobody''s, and what was not seen is told');
select is(tests.send('key-0001', 'dismissed', (select max(review_id) from core.reviews), 'A joke') ->> 'verdict', 'dismissed',
  'who has seen it may differ');
select tests.become('reviewer');
select throws_ok($$select tests.send('key-0005', 'confirmed', (select (given ->> 'review_id')::bigint from first))$$, '22023',
  'admin@example.test has said something about this meanwhile (dismissed).', 'a late word does not cover a newer one');
select tests.become('owner');
select is((select array_agg(verdict order by review_id) from core.reviews), '{confirmed,dismissed,withdrawn,dismissed}', 'each was kept once');

-- Whether rules that could not be asked will be.
select tests.become('reviewer');
select is(api.call_page((select id from c)) -> 'asked_again', 'false', 'nothing waits');
select tests.become('owner');
update core.calls set ask_again_at = now();
select tests.become('reviewer');
select is(api.touch_call((select id from c)) -> 'asked_again', 'true', 'something does');
select is(api.touch_call(-1), null, 'an unknown call');

select * from finish();
rollback;

-- Calls are judged again by orders: which, in what order, and bit by bit.
begin;
\ir helpers/setup.psql
select no_plan();
select tests.rule();

-- What is refused, in Studio and from the app.
create temp table refused (columns text, given text, sentence text);
insert into refused values
  ('reason', $$'new rules'$$, 'Say which calls: a call, a vertical, or a range of call starts.'),
  ('call_id, vertical', $$1, 'aca'$$, 'An order names one call, or a vertical and a range of call starts, not both.'),
  ('from_time, to_time', $$now(), now()$$, 'The range of call starts must end after it begins.'),
  ('from_time, to_time', $$now(), now() - interval '1 second'$$, 'The range of call starts must end after it begins.'),
  ('vertical', $$'nothing'$$, 'There is no vertical "nothing".'),
  ('call_id', '-1', 'There is no call -1.'),
  ('vertical, reason', $$'aca', repeat('x', 2001)$$, 'The reason is too long: 2000 characters at most.');
select throws_ok(format('insert into core.rejudge_orders (%s) values (%s)', columns, given), '23514', sentence, sentence) from refused;
select tests.become('admin');
select throws_ok('select api.order_rejudging()', '23514', 'Say which calls: a call, a vertical, or a range of call starts.');
select tests.become('owner');

-- Calls a minute apart, judged an hour ago; two of medicare, one not judged yet.
select tests.move_time('1 hour');
create function tests.made(first integer, last integer, vertical text default 'aca') returns void language sql as $$
  with made as (
    select i, tests.call('safe', id => format('call %s', i), started => '2026-11-01 10:00Z'::timestamptz + make_interval(mins => i)) as call_id
    from generate_series(first, last) as i
  ),
  judged as (
    insert into core.judgements (call_id, round, ruleset_id, prompt_version, verdict, judge_model, flags, rule_results, judged_at)
    select m.call_id, 1, v.ruleset_id, 'p', 'safe', 'm', '[]', '[]', core.now() - interval '1 hour'
    from made as m, core.verticals as v where v.vertical = 'common'
    returning judgement_id, call_id
  )
  select count(*) from judged
$$;
create function tests.link(of_vertical text) returns void language sql as $$
  update core.calls as c set judgement_id = j.judgement_id, vertical = of_vertical
  from core.judgements as j where j.call_id = c.call_id and c.judgement_id is null
$$;
select tests.made(1, 8), tests.link('aca');
select tests.made(9, 10), tests.link('medicare');
select tests.call('transcribed', id => 'call 30', started => '2026-11-01 10:30Z');
create function tests.sent() returns integer[] language sql as $$
  select array_agg(split_part(ringba_call_id, ' ', 2)::integer order by start_time_utc)
  from core.calls where status = 'transcribed' and verdict_before is not null
$$;
-- Judges what waits, and forgets the orders.
create function tests.again() returns void language plpgsql as $$
declare token uuid;
begin
  loop
    token := tests.claim('judge');
    exit when token is null;
    perform api.complete_judgement(token, tests.judgement('safe'));
  end loop;
  delete from core.rejudge_orders;
end
$$;

select is(core.work_off_rejudge_orders(), 0, 'no order, nothing to do');
select tests.become('admin');
create temp table given as select api.order_rejudging('aca', '2026-11-01 10:03Z', '2026-11-01 10:06Z', reason => ' New rules. ') as o;
select is((select o - 'order_id' from given) - 'created_at' - 'from_time' - 'to_time',
  '{"vertical": "aca", "call_id": null, "reason": "New rules.", "requested_by": "admin@example.test", "calls_done": 0, "finished_at": null}',
  'an order (client type RejudgeOrder)');
select tests.become('owner');
select results_eq($$select event, user_id from core.sys_logs$$,
  $$values ('rejudging_ordered', '00000000-0000-4000-8000-0000000000a2'::uuid)$$, 'the log keeps who gave it');
select is(tests.sent(), null, 'nothing happens at once');
update core.calls set ask_again_at = core.now(), ask_again_tries = 3 where ringba_call_id = 'call 4';
select is(core.work_off_rejudge_orders(), 3, 'then');
select is(tests.sent(), '{3,4,5}', 'the calls of the range, its end left out');
select results_eq($$select calls_done, finished_at = core.now() from core.rejudge_orders$$, 'values (3::bigint, true)', 'the order is done');
select results_eq($$select ask_again_at, ask_again_tries, round, verdict_before from core.calls where ringba_call_id = 'call 4'$$,
  $$values (null::timestamptz, 0, 2, 'safe')$$, 'everything is asked anew; the verdict stays shown');
select is(core.work_off_rejudge_orders(), 0, 'and done once');
select tests.move_time('1 minute');
select tests.again();

-- By vertical, by one call, by a range open to one side.
insert into core.rejudge_orders (vertical) values ('medicare');
select is((select requested_by from core.rejudge_orders), null, 'a row from Studio');
select core.work_off_rejudge_orders();
select is(tests.sent(), '{9,10}', 'a vertical');
select is((select array_agg(vertical) from core.calls where ringba_call_id in ('call 9', 'call 10')), '{NULL,NULL}',
  'mapped as the campaigns are by now');
select tests.again();
select tests.move_time('1 minute');
insert into core.rejudge_orders (vertical) values ('common');
select core.work_off_rejudge_orders();
select is(tests.sent(), '{3,4,5,9,10,30}', 'common: calls that are not mapped');
select tests.again();
select tests.move_time('1 minute');
insert into core.rejudge_orders (call_id) select call_id from core.calls where ringba_call_id = 'call 7';
select core.work_off_rejudge_orders();
select is(tests.sent(), '{7}', 'one call');
select isnt((select finished_at from core.rejudge_orders), null, 'and done');
select tests.again();
select tests.move_time('1 minute');
insert into core.rejudge_orders (from_time) values ('2026-11-01 10:08Z');
select core.work_off_rejudge_orders();
select is(tests.sent(), '{8,9,10,30}', 'from a moment on');
select tests.again();
select tests.move_time('1 minute');
insert into core.rejudge_orders (to_time) values ('2026-11-01 10:03Z');
select core.work_off_rejudge_orders();
select is(tests.sent(), '{1,2}', 'up to a moment');
select tests.again();

-- Only what was judged before the order.
select tests.move_time('1 minute');
select api.rejudge_call(call_id) from core.calls where ringba_call_id = 'call 2';
insert into core.rejudge_orders (to_time) values ('2026-11-01 10:05Z');
select tests.move_time('1 second');
select api.complete_judgement(tests.claim('judge'), tests.judgement('safe'));
select core.work_off_rejudge_orders();
select is(tests.sent(), '{1,3,4}', 'what was judged since stays');
delete from core.rejudge_orders;

-- Whoever judges when the order is given may do so by earlier rules: the order waits for that verdict.
select tests.again();
select tests.move_time('1 minute');
select api.rejudge_call(call_id) from core.calls where ringba_call_id = 'call 2';
create temp table judging as select tests.claim('judge') as token;
select tests.move_time('1 second');
insert into core.rejudge_orders (to_time) values ('2026-11-01 10:04Z');
select is(core.work_off_rejudge_orders(), 0, 'a call is being judged');
select tests.move_time('1 second');
select api.complete_judgement(token, tests.judgement('safe')) from judging;
select is(core.work_off_rejudge_orders(), 3, 'when it is not any more');
select is(tests.sent(), '{1,2,3}', 'it is judged again with the others');
delete from core.rejudge_orders;

-- A call that waits for only its unasked rules to be asked has all of them asked.
select tests.again();
select tests.move_time('1 minute');
update core.calls set ask_again_at = core.now() where ringba_call_id = 'call 2';
select is(api.ask_unasked(), 1, 'one call is to be finished');
insert into core.rejudge_orders (to_time) values ('2026-11-01 10:04Z');
select tests.move_time('1 second');
select is(core.work_off_rejudge_orders(), 3, 'the order takes it as well');
select results_eq($$select status, verdict_before, ask_again_at, vertical from core.calls where ringba_call_id = 'call 2'$$,
  $$values ('transcribed', 'safe', null::timestamptz, null)$$, 'and nothing of its verdict counts as known');
delete from core.rejudge_orders;

-- Bit by bit: two orders, 500 calls a minute together, newest first.
select tests.clear();
select tests.rule();
select tests.made(1, 1100);
analyze core.calls, core.judgements;
select tests.link('aca');
insert into core.rejudge_orders (to_time) values ('2026-11-01 10:00Z'::timestamptz + interval '601 minutes');
insert into core.rejudge_orders (from_time) values ('2026-11-01 10:00Z'::timestamptz + interval '601 minutes');
select tests.move_time('1 second');
create function tests.sent_range() returns text language sql as $$
  select format('%s to %s: %s', min(n), max(n), count(*)) from unnest(tests.sent()) as n
$$;
select is(core.work_off_rejudge_orders(), 500, '500 of the first order');
select is(tests.sent_range(), '101 to 600: 500', 'the newest of them');
select is(api.fail(tests.claim('judge'), 'broken', true), 'safe', 'a judging fails: the order does not repeat it');
select is(core.work_off_rejudge_orders(), 500, 'the rest of it, and of the other what is left of 500');
select is(tests.sent_range(), '1 to 1100: 999', 'newest first again');
select results_eq('select calls_done, finished_at is null from core.rejudge_orders order by order_id', 'values (600::bigint, false), (400, true)', 'one is done');
select is((select min(n) from unnest(tests.sent()) as n where n > 600), 701, 'as far as it came');
select is(core.work_off_rejudge_orders(), 100, 'then the last');
select is((select count(*) from core.rejudge_orders where finished_at is null), 0::bigint, 'and both are done');

-- However few calls an order wants, it looks at 5000 at a time.
select tests.clear();
select tests.rule();
select tests.made(1, 5001);
analyze core.calls, core.judgements;
select tests.link('aca');
update core.calls set vertical = 'medicare' where ringba_call_id = 'call 1';
insert into core.rejudge_orders (vertical) values ('medicare');
select is(core.work_off_rejudge_orders(), 0, 'none of the newest 5000 is wanted');
select is((select finished_at from core.rejudge_orders), null, 'the order goes on');
select is(core.work_off_rejudge_orders(), 1, 'and finds the one that is');
select isnt((select finished_at from core.rejudge_orders), null, 'at its end');

-- Stopped by hand.
insert into core.rejudge_orders (to_time) values ('2027-01-01');
select tests.move_time('1 second');
update core.rejudge_orders set finished_at = core.now();
select is(core.work_off_rejudge_orders(), 0, 'an order that was stopped does no more');

select * from finish();
rollback;

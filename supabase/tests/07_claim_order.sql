-- Newest first, every fourth claim the oldest; calls that cannot be claimed now are not in the way.
begin;
\ir helpers/setup.psql
select no_plan();

create function tests.claimed(lane text, max integer default 1) returns text[] language sql as $$
  select array_agg(ringba_call_id) from api.claim(lane, 'w', max)
$$;

-- Ten calls, call 1 the oldest.
select tests.call('downloaded', id => i::text, started => now() - make_interval(hours => 100 - i)) from generate_series(1, 10) as i;
select setval('core.worker_turns', 400);
select is(tests.claimed('worker'), '{10}', 'first the newest');
select is(tests.claimed('worker'), '{9}', 'then the next newest');
select is(tests.claimed('worker'), '{8}', 'and the next');
select is(tests.claimed('worker'), '{1}', 'the fourth claim takes the oldest');
select is(tests.claimed('worker', 4), '{7,6,5,2}', 'claims of several calls take turns too');
select is(tests.claimed('worker', 9), '{4,3}', 'no more than there are');
select is(tests.claimed('worker'), null, 'and then none');
select is((select count(distinct lease_token) from core.calls where status = 'processing'), 10::bigint, 'every call has a token of its own');

update core.lanes set oldest_every = 2 where lane = 'judge';
select tests.call('transcribed', id => 't' || i, started => now() - make_interval(hours => 100 - i)) from generate_series(1, 4) as i;
select setval('core.judge_turns', 400);
select is(tests.claimed('judge', 4), '{t4,t1,t3,t2}', 'the share is a setting of the lane');

-- In the vault the oldest is the call whose link ends first.
select tests.call('pending', id => 'p' || i, started => now() - make_interval(hours => 20 - i)) from generate_series(1, 4) as i;
update core.calls set link_expires_at = now() + interval '1 minute' where ringba_call_id = 'p3';
select setval('core.vault_turns', 403);
select is(tests.claimed('vault'), '{p3}', 'the vault''s turn of the oldest goes to the link nearest its end');
select is(tests.claimed('vault'), '{p4}', 'and then to the newest again');

-- What cannot be claimed.
update core.calls set audio_url = null where ringba_call_id = 'p2';
update core.calls set delayed_until = now() + interval '1 minute' where ringba_call_id = 'p1';
select is(tests.claimed('vault'), null, 'neither without a link nor before its time');
select tests.move_time('61 seconds');
insert into core.pauses (lane) values ('vault');
select is(tests.claimed('vault'), null, 'a paused lane claims nothing');
delete from core.pauses;
select is(tests.claimed('vault'), '{p1}', 'a delayed call comes when its time has come');
select is((select delayed_until from core.calls where ringba_call_id = 'p1'), null, 'and waits no more');

select throws_ok($$select api.claim('kitchen', 'w')$$, '22023', 'There is no lane "kitchen".');
select is((select count(*) from api.claim('worker', 'w', null)), 0::bigint, 'max may be left out');

-- What a claim tells: the link to the vault only, the path to the others.
select tests.call('pending', id => 'links', started => now() + interval '1 day'),
  tests.call('downloaded', id => 'paths', started => now() + interval '1 day');
select setval('core.vault_turns', 400), setval('core.worker_turns', 400);
select results_eq(
  $$select ringba_call_id, audio_url, storage_path, attempts, account from api.claim('vault', 'v')$$,
  $$values ('links', 'https://media.example.test/1', null::text, 0, 'RA1')$$,
  'the vault lane gets the link'
);
select results_eq(
  $$select ringba_call_id, audio_url, storage_path, lease_expires_at from api.claim('worker', 'w')$$,
  $$values ('paths', null::text, 'RA1/2026/11/01/1.mp3', core.now() + interval '90 seconds')$$,
  'the worker lane gets the path, and 90 seconds'
);
select results_eq(
  $$select a.lane, a.round, a.worker, a.outcome, a.lease_token = c.lease_token
    from core.attempts as a join core.calls as c using (call_id) where c.ringba_call_id = 'paths'$$,
  $$values ('worker', 1, 'w', null::text, true)$$,
  'a claim begins an attempt'
);

-- 100,000 calls in front that are delayed or without a link are not looked at.
insert into core.calls (account, ringba_call_id, start_time_utc, audio_url, delayed_until)
select 'RA1', 'in-front-' || i, now() + interval '2 days', case when i % 2 = 0 then 'https://x' end, now() + interval '1 hour'
from generate_series(1, 100000) as i;
insert into core.calls (account, ringba_call_id, start_time_utc, audio_url, link_expires_at)
select 'RA1', 'behind-' || i, now() - make_interval(secs => i), 'https://x', now() + make_interval(mins => i)
from generate_series(1, 2000) as i;
analyze core.calls;
create function tests.plan_of(statement text) returns text language plpgsql as $$
declare
  line text;
  plan text := '';
begin
  for line in execute 'explain ' || statement loop
    plan := plan || line || E'\n';
  end loop;
  return plan;
end
$$;
-- The three orders of core.next_claimable().
prepare next_call(text) as
  select call_id from core.calls where claimable and status = $1 order by start_time_utc desc limit 1 for update skip locked;
prepare oldest_call(text) as
  select call_id from core.calls where claimable and status = $1 order by start_time_utc limit 1 for update skip locked;
prepare ending_link as
  select call_id from core.calls where claimable and status = 'pending' order by link_expires_at limit 1 for update skip locked;
set local plan_cache_mode = force_generic_plan;
select matches(tests.plan_of($$execute next_call('pending')$$), 'Index Scan using idx_calls_queue', 'a claim walks idx_calls_queue');
select matches(tests.plan_of($$execute oldest_call('downloaded')$$), 'Index Scan Backward using idx_calls_queue',
  'backwards for the oldest');
select matches(tests.plan_of('execute ending_link'), 'Index Scan using idx_calls_links_ending', 'and idx_calls_links_ending for the link nearest its end');
select doesnt_match(tests.plan_of(statement), 'Sort|Seq Scan|Bitmap', 'without reading more than it takes: ' || statement)
from unnest(array[$$execute next_call('pending')$$, $$execute oldest_call('downloaded')$$, 'execute ending_link']) as statement;
select is(
  pg_get_indexdef('core.idx_calls_queue'::regclass),
  'CREATE INDEX idx_calls_queue ON core.calls USING btree (status, start_time_utc DESC) WHERE claimable',
  'idx_calls_queue is by state and start, of claimable calls only'
);
select is(
  (select count(*) from core.calls where claimable and ringba_call_id like 'in-front-%'), 0::bigint,
  'and delayed or linkless calls are not in it'
);

select * from finish();
rollback;

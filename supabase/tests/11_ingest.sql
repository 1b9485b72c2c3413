-- A page of records: what is new, what differs, what is left alone.
begin;
\ir helpers/setup.psql
select no_plan();
insert into core.campaign_verticals (campaign, vertical) values ('Medicare *', 'medicare');

create function tests.record(id text, more jsonb default '{}') returns jsonb language sql as $$
  select jsonb_build_object('ringba_call_id', id, 'start_time_utc', '2026-11-20T10:00:00Z', 'completed_at', '2026-11-20T10:01:00.5Z',
    'call_length_seconds', 60, 'campaign_id', 'CA1', 'campaign_name', 'Medicare Advantage', 'caller_number', '+15551234567',
    'revenue', '12.50', 'payout', '0', 'cost', '0.043', 'is_live', false, 'has_recording', true,
    'audio_url', 'https://media.example.test/' || id) || more
$$;
create function tests.page(variadic records jsonb[]) returns jsonb language sql as $$
  select api.ingest_calls('RA1', to_jsonb(records))
$$;
create function tests.report(inserted integer, updated integer, unchanged integer, set_aside integer) returns jsonb language sql as $$
  select jsonb_build_object('inserted', inserted, 'updated', updated, 'unchanged', unchanged, 'set_aside', set_aside)
$$;
create function tests.the(id text) returns core.calls language sql as $$ select c from core.calls as c where ringba_call_id = id $$;

select is(tests.page(tests.record('a'), tests.record('b')), tests.report(2, 0, 0, 0), 'two new calls');
select results_eq(
  $$select account, status, start_time_utc, completed_at, call_length_seconds, vertical, revenue, cost, link_expires_at
    from core.calls where ringba_call_id = 'a'$$,
  $$values ('RA1', 'pending', '2026-11-20 10:00Z'::timestamptz, '2026-11-20 10:01:00.5Z'::timestamptz, 60, 'medicare', 12.50, 0.043,
    '2026-11-21 10:01:00.5Z'::timestamptz)$$,
  'as they were told'
);
select is(tests.page(tests.record('a'), tests.record('b')), tests.report(0, 0, 2, 0), 'told again: nothing new');
select is(tests.page(tests.record('a', '{"revenue": "12.5"}')), tests.report(0, 0, 1, 0), 'the same amount, written otherwise');
select is(tests.page(tests.record('a', '{"revenue": 12.5, "call_length_seconds": "60"}')), tests.report(0, 0, 1, 0), 'numbers or texts');
select is(tests.page(tests.record('a', '{"weather": "fine"}')), tests.report(0, 0, 1, 0), 'unknown keys');

-- No row is written (it keeps its place) and none is locked (nobody is noted in it).
create temp table before as select call_id, ctid::text as place, xmax::text as locked_by from core.calls;
select tests.page(tests.record('a'), tests.record('b'));
select bag_eq('select call_id, ctid::text as place, xmax::text as locked_by from core.calls', 'select * from before', 'an unchanged page writes and locks nothing');
select is((select count(*) from core.sys_logs), 2::bigint, 'not even a log line besides the first of each');
create function tests.rows_written() returns bigint language sql as $$
  select sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint from pg_stat_xact_user_tables where schemaname in ('core', 'api')
$$;
create temp table written as select tests.rows_written() as rows;
select tests.page(tests.record('a'), tests.record('b'));
select is(tests.rows_written(), (select rows from written), 'the database''s own statistics count no row in any table');

select is(tests.page(tests.record('a', '{"payout": "7.25"}'), tests.record('b')), tests.report(0, 1, 1, 0), 'one call differs');
select is((tests.the('a')).payout, 7.25, 'by its payout');
select is(tests.page(tests.record('a', '{"payout": "1"}'), tests.record('a', '{"payout": "8"}')), tests.report(0, 1, 1, 0), 'twice on a page');
select is((tests.the('a')).payout, 8::numeric, 'the later line counts');
select is(tests.page(tests.record('a') - 'revenue' || '{"payout": null}'), tests.report(0, 1, 0, 0), 'amounts that are gone');
select ok((tests.the('a')).revenue is null and (tests.the('a')).payout is null, 'are gone here too');
select is(tests.page(tests.record('a') - 'audio_url' - 'completed_at'), tests.report(0, 1, 0, 0), 'a record without link and hang-up');
select ok((tests.the('a')).audio_url is not null and (tests.the('a')).completed_at is not null, 'takes neither away');

select tests.page(tests.record('digits', '{"revenue": "0.060000000000000005"}'));
select is((tests.the('digits')).revenue, 0.060000000000000005, 'every digit of an amount');

-- Exact money: the sum of a tenth, ten thousand times.
select tests.page(variadic (select array_agg(tests.record('m' || i, '{"revenue": "0.1"}')) from generate_series(1, 1000) as i));
select is((select sum(revenue) from core.calls where ringba_call_id like 'm%'), 100.0, 'money is exact');

-- Set aside.
select is(
  tests.page('{"start_time_utc": "2026-11-20T10:00:00Z", "caller_number": "+15551234567"}', tests.record('n') - 'start_time_utc',
    '"text"', 'null', tests.record('o', '{"revenue": "much"}'), tests.record('p', '{"start_time_utc": "yesterday"}'),
    tests.record(repeat('x', 129)), tests.record('q', '{"call_length_seconds": -1}'), tests.record('good')),
  tests.report(1, 0, 0, 8), 'what cannot be read is set aside, and the rest of the page comes in'
);
select is((select count(*) from core.sys_logs where event = 'record_set_aside' and level = 'warn'), 8::bigint, 'each with its text in the log');
select bag_eq(
  $$select data ->> 'problem' from core.sys_logs where event = 'record_set_aside'$$,
  $$values ('it has no id'), ('it has no start time'), ('it has no id'), ('it has no id'), ('one of its amounts cannot be read'),
    ('its start time cannot be read'), ('its id is too long'), ('one of its lengths cannot be read')$$,
  'and why'
);
select is_empty($$select 1 from core.sys_logs where data::text like '%5551234567%'$$, 'without phone numbers');
select is(tests.page('"text"'), tests.report(0, 0, 0, 1), 'the same one later');
select is((select count(*) from core.sys_logs where event = 'record_set_aside'), 8::bigint, 'is not logged again');
select is(api.ingest_calls('RA2', jsonb_build_array(tests.record('a', '{"payout": "99"}'))), tests.report(0, 0, 0, 1),
  'a call that another account knows is set aside');
select throws_ok($$select api.ingest_calls('', '[]')$$, '22023');
select throws_ok($$select api.ingest_calls('RA1', '{}')$$, '22023');
select is(api.ingest_calls('RA1', '[]'), tests.report(0, 0, 0, 0), 'an empty page');

-- A call's progress is never touched.
create temp table walked (id text, status text);
insert into walked select 'in-' || s, s from unnest(array['pending', 'downloading', 'downloaded', 'processing', 'transcribed', 'judging',
  'flagged', 'safe', 'undecided']) as s;
select tests.call(status, id => id) from walked;
update core.calls set attempts = 2, round = 3 where ringba_call_id like 'in-%';
create temp table progress as select ringba_call_id, status, storage_path, attempts, round, lease_token, delayed_until, flags, qa_version,
  judge_model, last_error from core.calls where ringba_call_id like 'in-%';
select is(
  tests.page(variadic (select array_agg(tests.record(id, '{"payout": "3.50", "audio_url": "https://media.example.test/new"}')) from walked)),
  tests.report(0, 9, 0, 0), 'nine calls in all states change'
);
select set_eq(
  $$select ringba_call_id, status, storage_path, attempts, round, lease_token, delayed_until, flags, qa_version, judge_model, last_error
    from core.calls where ringba_call_id like 'in-%'$$, 'select * from progress', 'but not their progress'
);
select is((select count(*) from core.calls where ringba_call_id like 'in-%' and payout = 3.50), 9::bigint, 'the amounts did change');

select set_eq(
  $$select distinct status in ('flagged', 'safe', 'undecided'), vertical from core.calls where ringba_call_id like 'in-%'$$,
  $$values (true, null), (false, 'medicare')$$, 'a campaign told later maps the call, unless it has its verdict'
);

-- A new link brings back an expired download, three times at most.
create function tests.link_fails() returns text language sql as $$
  update core.calls set status = 'failed', failed_lane = 'vault', last_error = '410', attempts = 3 where ringba_call_id = 'in-pending';
  select status from core.calls where ringba_call_id = 'in-pending'
$$;
select tests.link_fails();
select is(tests.page(tests.record('in-pending', '{"payout": "3.50", "audio_url": "https://media.example.test/new"}')), tests.report(0, 0, 1, 0),
  'the old link changes nothing');
select is((tests.the('in-pending')).status, 'failed', 'the call stays failed');
select tests.page(tests.record('in-pending', '{"audio_url": "https://media.example.test/newer"}'));
select results_eq(
  $$select status, failed_lane, attempts, round, last_error from core.calls where ringba_call_id = 'in-pending'$$,
  $$values ('pending', null::text, 0, 4, null::text)$$, 'a new one brings it back, in a new round'
);
do $$ begin
  for i in 1 .. 2 loop
    perform tests.link_fails();
    perform tests.page(tests.record('in-pending', jsonb_build_object('audio_url', 'https://media.example.test/' || i)));
  end loop;
end $$;
select is((tests.the('in-pending')).status, 'pending', 'and again');
select tests.link_fails();
select tests.page(tests.record('in-pending', '{"audio_url": "https://media.example.test/last"}'));
select is((tests.the('in-pending')).status, 'failed', 'a link that always changes does not go round for ever');
select tests.call('failed', 'worker', id => 'f-worker');
select tests.page(tests.record('f-worker', '{"audio_url": "https://media.example.test/2"}'));
select is((tests.the('f-worker')).status, 'failed', 'a call that another lane gave up stays failed');

select * from finish();
rollback;

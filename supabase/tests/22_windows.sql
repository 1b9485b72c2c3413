-- Windows as work: one server each, believed only when whole, halved, given up; gaps are planned once.
begin;
\ir helpers/setup.psql
select no_plan();

create function tests.at(minutes numeric) returns timestamptz language sql as $$
  select core.now() - make_interval(secs => minutes::double precision * 60)
$$;
create function tests.live(every integer default 60) returns uuid language sql as $$
  select lease_token from api.begin_live_window('RA1', 'server', 900, every)
$$;
create function tests.next() returns uuid language sql as $$ select lease_token from api.claim_window('RA1', 'server') $$;
create function tests.told(token uuid, fetched integer, total integer, more jsonb default '{}') returns text language sql as $$
  select api.complete_window(token, jsonb_build_object('fetched', fetched, 'total', total, 'partial', false,
    'stop_reason', case when fetched < total then 'short_page' else 'all_fetched' end) || more)
$$;
create function tests.the_account() returns core.ingest_accounts language sql as $$ select a from core.ingest_accounts as a where account = 'RA1' $$;
create function tests.watermark_minutes() returns numeric language sql as $$
  select round(extract(epoch from core.now() - core.watermark(tests.the_account())) / 60, 2)
$$;
-- Rereads have a test of their own below; until then they are not planned.
create function tests.no_rereads() returns void language sql as $$
  update core.ingest_accounts set reread_recent_at = 'infinity', reread_day_at = 'infinity'
$$;

-- The live one.
create temp table first as select * from api.begin_live_window('RA1', 'server');
select tests.no_rereads();
select results_eq($$select window_end - window_start, window_end, purpose from first$$, $$values (interval '15 minutes', core.now(), 'live')$$,
  'the live window is the last 15 minutes');
select is(tests.live(), null, 'a second server at the same time finds nothing to do');
select is(tests.next(), null, 'nor does the backlog: the window is held');
select is(api.beat_window((select lease_token from first)), true, 'a held window is kept');
select is(tests.told((select lease_token from first), 95, 95), 'whole', 'as many as Ringba counted: whole');
select is(tests.told((select lease_token from first), 95, 95), 'whole', 'the same answer again gets the same reply');
select throws_ok($$select tests.told(gen_random_uuid(), 1, 1)$$, 'PT409', 'lease lost');
select is(api.beat_window((select lease_token from first)), false, 'an ended window is kept no more');
select is(tests.watermark_minutes(), 0.00, 'the watermark is its end');
select is((select tries from core.ingest_windows), 1, 'after one try');

-- A crash: the next live window takes the place of the one that nobody answered for.
select tests.move_time('1 minute');
select isnt(tests.live(), null, 'a minute later the next');
select tests.move_time('11 minutes');
create temp table after_crash as select tests.live() as token;
select is((select state from core.ingest_windows where window_end = tests.at(11)), 'replaced', 'its lease ran out');
select is(tests.told(token, 3, 3), 'whole') from after_crash;
select is(tests.next(), null, 'eleven minutes are inside the window: no gap');

-- Downtime: the gap is walked in windows of 15 minutes, newest first.
select tests.move_time('70 minutes');
select is(tests.told(tests.live(), 3, 3), 'whole', 'after 70 minutes');
select is(tests.watermark_minutes(), 70.00, 'the watermark stays where the gap begins');
select bag_eq(
  $$select round(extract(epoch from core.now() - window_start) / 60)::integer as starts,
    round(extract(epoch from core.now() - window_end) / 60)::integer as ends, purpose from core.ingest_windows where state = 'open'$$,
  $$values (70, 55, 'gap'), (55, 40, 'gap'), (40, 25, 'gap'), (25, 15, 'gap')$$, 'the gap lies in windows of at most 15 minutes'
);
create temp table walked as
  select i, w.lease_token, w.window_end from generate_series(1, 5) as i
  left join lateral api.claim_window('RA1', 'server ' || i) as w on true;
select results_eq(
  $$select round(extract(epoch from core.now() - window_end) / 60)::integer from walked order by i$$,
  $$values (15), (25), (40), (55), (null)$$, 'newest first, each to one server, and no more than there are'
);
select tests.told(lease_token, 0, 0) from walked where lease_token is not null;
select is(tests.watermark_minutes(), 0.00, 'then there is no gap');
select is((select count(*) from unnest((tests.the_account()).covered)), 1::bigint, 'and what was read is one stretch');
select tests.move_time('1 minute');
select tests.told(tests.live(), 0, 0);
select is(tests.next(), null, 'gaps are planned once');

-- Stopping is not believing: short, then again, then in halves.
select tests.move_time('1 minute');
create temp table short as select tests.live() as token;
select is(tests.told(token, 95, 1000), 'open', 'below its total a window stays open') from short;
select results_eq($$select fetched, total, stop_reason, lease_token is null from core.ingest_windows where state = 'open'$$,
  $$values (95::bigint, 1000::bigint, 'short_page', true)$$, 'with its reason');
select is(tests.next(), null, 'and is left alone at first');
select tests.move_time('20 seconds');
create temp table again as select tests.next() as token;
select is(tests.told(token, 1000, 1000, '{"partial": true, "stop_reason": "partial_result"}'), 'halved', 'a partial one is not whole: two halves') from again;
select bag_eq(
  $$select window_end - window_start as width, half_of is not null as half, first_fetched_at < core.now() as as_old from core.ingest_windows where state = 'open'$$,
  $$values (interval '7 minutes 30 seconds', true, true), (interval '7 minutes 30 seconds', true, true)$$, 'that are as old as the whole'
);
select tests.move_time('45 seconds');
create temp table next_live as select tests.live() as token;
select bag_eq(
  $$select state, purpose, round(extract(epoch from window_end - window_start))::integer from core.ingest_windows where half_of is not null$$,
  $$values ('replaced', 'gap', 450), ('replaced', 'gap', 450)$$, 'the next live window takes the place of halves that nobody read yet'
);
select tests.told(token, 4, 4) from next_live;
select is(tests.next(), null, 'which had been read before: nothing is left');
select is((select count(*) from core.ingest_windows where state = 'open'), 0::bigint, 'and nothing open');
select is(tests.watermark_minutes(), 0.00);

-- An outage: live windows that could not be had at all leave one gap, planned when Ringba answers.
create function tests.outage_minute() returns text language sql as $$
  select tests.move_time('1 minute');
  select tests.told(tests.live(), 0, 0, '{"stop_reason": "error"}')
$$;
select tests.outage_minute() from generate_series(1, 40);
select is((select count(*) from core.ingest_windows where state = 'open'), 1::bigint, 'forty failures, one window open');
select tests.move_time('1 minute');
select is(tests.told(tests.live(), 0, 0), 'whole', 'Ringba answers');
select is((select count(*) from core.ingest_windows where state = 'open'), 2::bigint, 'two windows for what 15 minutes do not reach');
select tests.told(tests.next(), 0, 0, '{"stop_reason": "error", "retry_after_seconds": 600}');
select tests.told(tests.next(), 0, 0);
select tests.move_time('9 minutes');
select is(tests.next(), null, 'a window rests for as long as Ringba wishes');
select tests.move_time('1 minute');
select is(tests.told(tests.next(), 0, 0), 'whole', 'and is read then');
select is(tests.told(tests.live(), 0, 0), 'whole');
select is(tests.watermark_minutes(), 0.00);

-- Given up: at one minute's width, or after a day.
select api.reingest('RA1', tests.at(60), tests.at(59));
create function tests.again(fetched integer) returns text language sql as $$
  select tests.move_time('20 minutes');
  select tests.told(w.lease_token, fetched, 5) from api.claim_window('RA1', 'server', (select array_agg(window_id) from core.ingest_windows where purpose = 'asked')) as w
$$;
select is(tests.again(2), 'open', format('try %s', i)) from generate_series(1, 7) as i;
select is(tests.again(2), 'incomplete', 'a minute that stays short eight times is given up');
select is((select count(*) from unnest((tests.the_account()).given_up)), 1::bigint, 'it is noted');
select results_eq($$select kind, subject, level from core.alerts where cleared_at is null$$, $$values ('ingest_window_incomplete', 'RA1', 'critical')$$, 'and alerts');
select matches((select message from core.alerts where cleared_at is null), to_char(tests.at(219) at time zone 'UTC', 'YYYY-MM-DD'), 'which names the stretch');
select is(api.windows_left((select array_agg(window_id) from core.ingest_windows where purpose = 'asked')), '{"open": 0, "incomplete": 1}', 'who asked is told');
create temp table asked_again as
  select api.reingest('RA1', (select window_start from core.ingest_windows where state = 'incomplete'), (select window_end from core.ingest_windows where state = 'incomplete')) as id;
select is(tests.told(w.lease_token, 5, 5), 'whole', 'read again by hand') from api.claim_window('RA1', 's', (select array_agg(id) from asked_again)) as w;
select ok(isempty((tests.the_account()).given_up) and not exists (select from core.alerts where cleared_at is null), 'it is whole, and the alert is over');

select tests.told(tests.live(), 0, 0);
select tests.move_time('1 minute');
select tests.told(tests.live(), 0, 7, '{"stop_reason": "error"}');
update core.ingest_windows set purpose = 'gap' where state = 'open';
select tests.move_time('25 hours');
select is(tests.told(tests.next(), 0, 7, '{"stop_reason": "error"}'), 'incomplete', 'a day of failing ends it as well');

-- Released: costs no try.
create temp table given_back as select * from api.claim_window('RA1', 's', array(select api.reingest('RA1', tests.at(3), tests.at(2))));
select api.release_window(lease_token) from given_back;
select results_eq($$select state, tries, lease_token is null from core.ingest_windows where window_id = (select window_id from given_back)$$,
  $$values ('open', 0, true)$$, 'a window that is given back waits as before');
select throws_ok($$select api.reingest('RA1', core.now() - interval '1 hour', core.now() - interval '2 hours')$$, '22023');
select throws_ok($$select api.reingest('RA1', core.now(), core.now() + interval '1 hour')$$, '22023', null, 'the time to come is not read');
select is((select count(*) from api.reingest('RA1', tests.at(30), core.now() + interval '1 day')), 2::bigint, 'nor is its part of a range');
select is((select count(*) from api.reingest('RA1', tests.at(30), core.now() + interval '1 day')), 2::bigint, 'asked twice, the same windows');
select tests.told(w.lease_token, 0, 0) from generate_series(1, 2),
  lateral api.claim_window('RA1', 's', array(select window_id from core.ingest_windows where purpose = 'asked' and state = 'open' and window_end > tests.at(31))) as w;
select throws_ok($$select api.begin_live_window('RA1', 'w', 5, 60)$$, '22023');

-- Recent starts are read again: the last 4 hours every 5 minutes, the day every hour.
delete from core.ingest_windows;
update core.ingest_accounts set reread_recent_at = null, reread_day_at = null;
select tests.told(tests.next(), 0, 0);
select bag_eq(
  $$select purpose, state, round(extract(epoch from core.now() - window_start) / 3600)::integer from core.ingest_windows$$,
  $$values ('reread', 'whole', 4), ('reread', 'open', 8), ('reread', 'open', 12), ('reread', 'open', 16), ('reread', 'open', 20), ('reread', 'open', 24)$$,
  'at first all of the day, newest first'
);
select tests.told(tests.next(), 0, 0) from generate_series(1, 5);
select is(tests.next(), null, 'then nothing');
select tests.move_time('5 minutes');
select tests.told(tests.next(), 0, 0);
select is(tests.next(), null, 'after five minutes the last hours');
select tests.move_time('55 minutes');
with taken as materialized (select tests.next() as token from generate_series(1, 7))
select is(count(tests.told(token, 0, 0)), 6::bigint, 'after an hour all of them') from taken where token is not null;

-- An unfinished reread is never replaced by what was read before.
select tests.move_time('5 minutes');
create temp table reread as select tests.next() as token;
select is(tests.told(token, 1, 2), 'open') from reread;
select tests.move_time('20 seconds');
select isnt(tests.next(), null, 'a reread that came short is read again');

-- Old windows are forgotten.
select tests.move_time('31 days');
select cmp_ok(core.trim_windows(), '>', 0::bigint, 'windows are forgotten after 30 days');
select is_empty($$select 1 from core.ingest_windows where state = 'whole'$$, 'all that were whole');

select * from finish();
rollback;

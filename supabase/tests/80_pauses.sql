-- Lanes that hold no calls are paused as well: what is told of it, and that nothing is lost by it.
begin;
\ir helpers/setup.psql
select no_plan();
insert into core.ingest_accounts (account, reads_from, covered)
values ('RA1', core.now() - interval '1 day', tstzmultirange(tstzrange(core.now() - interval '1 day', core.now() - interval '1 hour')));

-- Windows that Ringba answered with an error: one tried before the pause, one during it, one never.
insert into core.ingest_windows (account, window_start, window_end, state, purpose, first_fetched_at) values
  ('RA1', core.now() - interval '60 minutes', core.now() - interval '45 minutes', 'open', 'gap', core.now() - interval '23 hours'),
  ('RA1', core.now() - interval '45 minutes', core.now() - interval '30 minutes', 'open', 'gap', core.now() + interval '1 hour'),
  ('RA1', core.now() - interval '30 minutes', core.now() - interval '15 minutes', 'open', 'gap', null);

select tests.become('admin');
select is_empty('select * from api.paused_lanes()', 'nothing is paused');
select is(api.pause_lane('reconcile') ->> 'changed', 'true', 'reconcile is paused');
select is(api.pause_lane('ingest') ->> 'paused_by', 'admin@example.test', 'and ingest');
select results_eq('select * from api.paused_lanes()', $$values ('ingest', core.now(), 'admin@example.test'), ('reconcile', core.now(), 'admin@example.test')$$,
  'in the order of the work, since when and by whom');
select is((select count(*)::integer from api.lane_report()), 3, 'the lanes that hold calls are reported as ever');
select tests.become('service');
select is(jsonb_path_query_array(api.metrics(), '$.paused_lanes[*].lane'), '["ingest", "reconcile"]', 'monitoring sees it');
select tests.become('owner');
select is((select message from core.ingest_behind()), format('Calls of account RA1 have been read up to %s. The lane ingest is paused since %s by admin@example.test.',
  core.utc_minute(core.now() - interval '1 hour'), core.utc_minute(core.now())), 'the alert says that it was wanted so');
select ok(not (select holds from api.criterion_1_ingest_lag), 'the promise is broken all the same');

-- Two days later.
select tests.move_time('2 days');
select tests.become('service');
select is(api.resume_lane('ingest', 'anna@ops1') ->> 'changed', 'true', 'resumed from the command line');
select tests.become('owner');
select unalike((select message from core.ingest_behind()), '%paused%', 'the alert says no more of it');
select results_eq($$select core.now() - first_fetched_at from core.ingest_windows order by window_start$$,
  $$values (interval '23 hours'), (interval '0'), (null)$$, 'of the day in which a window may fail, a pause takes nothing');
select results_eq($$select event, data ->> 'lane', data ->> 'by' from core.sys_logs where event like 'lane%' order by log_id$$,
  $$values ('lane_paused', 'reconcile', null), ('lane_paused', 'ingest', null), ('lane_resumed', 'ingest', 'anna@ops1')$$, 'the log keeps who');

select * from finish();
rollback;

-- The books: which hours are compared, what a difference does, what criteria 1 and 5 say.
begin;
\ir helpers/setup.psql
select no_plan();

-- Time stands at 20 minutes past an hour.
insert into core.test_clock (shift) values (date_trunc('hour', now()) + interval '20 minutes' - now());
create function tests.hour(ago integer) returns timestamptz language sql as $$ select date_trunc('hour', core.now()) - make_interval(hours => ago) $$;
create function tests.compared(ago integer, calls integer, revenue text, settled boolean default true) returns boolean language sql as $$
  select (api.record_reconciliation('RA1', tests.hour(ago), jsonb_build_object('calls', calls, 'revenue', revenue, 'payout', '0', 'cost', '0.30'), settled) ->> 'matches')::boolean
$$;
create function tests.criterion() returns api.criterion_5_books language sql as $$ select c from api.criterion_5_books as c $$;
insert into core.ingest_accounts (account, reads_from, covered)
values ('RA1', tests.hour(4) + interval '10 minutes', tstzmultirange(tstzrange(tests.hour(4) + interval '10 minutes', core.now())));
insert into core.calls (account, ringba_call_id, start_time_utc, revenue, payout, cost)
select 'RA1', i::text, tests.hour(1) + make_interval(mins => i), 0.1, null, 0.1 from generate_series(0, 2) as i;
insert into core.calls (account, ringba_call_id, start_time_utc, revenue) values
  ('RA1', 'at the end', tests.hour(0), 5), ('RA2', 'elsewhere', tests.hour(1), 5);

select results_eq($$select api.hours_to_reconcile('RA1')$$, $$values (tests.hour(1)), (tests.hour(2)), (tests.hour(3))$$,
  'hours that were read from their beginning and are over for 15 minutes, newest first');
select results_eq($$select (tests.criterion()).holds, (tests.criterion()).measured$$, $$values (false, '2 of 3 hours differ or are unchecked')$$, 'none was compared yet; the newest may still wait');
select is(tests.compared(1, 3, '0.3'), true, 'three tenths are exactly 0.3');
select is(tests.compared(1, 3, '0.30000000000000004'), false, 'and nothing else');
select is(tests.compared(1, 3, '0.30', false), true, 'compared again');
select is(tests.compared(1, 4, '0.30', false), false, 'one call less than Ringba');
select is_empty($$select 1 from core.alerts where cleared_at is null$$, 'before the hour is read again nobody is told');
select is(tests.compared(1, 4, '0.30'), false, 'afterwards');
select matches((select message from core.alerts where cleared_at is null), '3 calls, revenue 0.3, payout 0, cost 0.3 here; 4 calls, revenue 0.30, payout 0, cost 0.30 at Ringba', 'with both numbers');
select results_eq($$select our_calls, ringba_calls, our_revenue from api.book_differences$$, $$values (3::bigint, 4::bigint, '0.3')$$, 'the difference is shown');
update core.calls set revenue = 0, cost = 0.3 where ringba_call_id = 'at the end';
select api.record_reconciliation('RA1', tests.hour(h), '{"calls": 0, "revenue": "0", "payout": "0", "cost": "0"}') from unnest(array[2, 3]) as h;
select is((tests.criterion()).measured, '1 of 3 hours differ or are unchecked', 'one hour differs');
select tests.move_time('2 days');
select ok(tests.hour(49) = any (array(select api.hours_to_reconcile('RA1'))), 'an hour that differs is compared for ever');
select is((select count(*) from api.hours_to_reconcile('RA1')), 49::bigint, 'beside those that were never compared, of the last day and before');
select is(api.record_reconciliation('RA1', tests.hour(49), '{"calls": 3, "revenue": "0.3", "payout": "0", "cost": "0.3"}') ->> 'matches', 'true', 'until it agrees');
select is_empty($$select 1 from core.alerts where cleared_at is null$$, 'then the alert is over');
select is_empty($$select 1 from api.book_differences$$, 'and the difference gone');
select is((select count(*) from core.reconciliations), 8::bigint, 'every comparison is kept');
delete from core.calls where ringba_call_id = 'at the end';
select api.record_reconciliation('RA1', h, '{"calls": 0, "revenue": "0", "payout": "0", "cost": "0"}') from api.hours_to_reconcile('RA1') as h;
select ok((tests.criterion()).holds, 'all hours of the day compared and equal: criterion 5 holds');
update core.ingest_accounts set given_up = tstzmultirange(tstzrange(core.now(), core.now() + interval '1 minute'));
select ok(not (tests.criterion()).holds, 'unless a window is incomplete');
update core.ingest_accounts set given_up = '{}';
select tests.move_time('119 minutes');
select is((tests.criterion()).details ->> 'unchecked_hours', '1', 'two more hours have closed, one of them just now');
select tests.move_time('2 minutes');
select is((tests.criterion()).details ->> 'unchecked_hours', '22', 'a comparison counts for two hours');

update core.ingest_accounts set reads_from = core.now();
select results_eq($$select (tests.criterion()).holds, (tests.criterion()).measured$$, $$values (true, 'no hour is over yet')$$, 'an account that was just begun has nothing to compare');

-- Criterion 1.
create function tests.lag() returns api.criterion_1_ingest_lag language sql as $$ select c from api.criterion_1_ingest_lag as c $$;
update core.ingest_accounts set covered = tstzmultirange(tstzrange(core.now() - interval '1 hour', core.now() - interval '119 seconds'));
select results_eq($$select (tests.lag()).holds, (tests.lag()).measured$$, $$values (true, '119 s behind')$$, '119 seconds hold');
select tests.move_time('1 second');
select ok(not (tests.lag()).holds, '120 do not');
update core.ingest_accounts set covered = '{}';
select results_eq($$select (tests.lag()).holds, (tests.lag()).measured$$, $$values (false, 'nothing was read yet')$$, 'nothing read is not up to date');
select is((select array_agg(criterion order by criterion) from api.criteria()), '{1,2,3,4,5}', 'one function tells them all');

select * from finish();
rollback;

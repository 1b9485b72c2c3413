-- Calls without a recording: when it is certain, and when a link comes after all.
begin;
\ir helpers/setup.psql
select no_plan();

create function tests.page(id text, more jsonb) returns jsonb language sql as $$
  select api.ingest_calls('RA1', jsonb_build_array(jsonb_build_object('ringba_call_id', id, 'start_time_utc', now()) || more))
$$;
create function tests.the(id text) returns text language sql as $$ select status from core.calls where ringba_call_id = id $$;

select tests.page('live', '{"is_live": true, "has_recording": false}');
select tests.page('denied', jsonb_build_object('is_live', false, 'completed_at', now(), 'has_recording', false));
select tests.page('late', jsonb_build_object('is_live', false, 'completed_at', now(), 'has_recording', true));
select bag_eq($$select ringba_call_id from api.calls_awaiting_link('RA1')$$, $$values ('live'), ('denied'), ('late')$$, 'all three are asked for by id');
select is((select count(*) from api.calls_awaiting_link('RA1', max => 2)), 2::bigint, 'not more than wanted');
select is_empty($$select api.calls_awaiting_link('RA1', now())$$, 'those that started before a moment');
select results_eq(
  $$select ringba_call_id from api.calls_awaiting_link('RA1', now(), 'late')$$, $$values ('denied')$$, 'at that moment by their id: page by page');

select is_empty($$select api.calls_awaiting_link('RA2')$$, 'of one account');

select tests.move_time('59 minutes');
select is(core.settle_recordings(), 0, 'for an hour nothing is believed');
select tests.move_time('1 minute');
select is(core.settle_recordings(), 1, 'then one call has no recording');
select results_eq($$select tests.the('live'), tests.the('denied'), tests.the('late')$$, $$values ('pending', 'no_recording', 'pending')$$,
  'the one that is over and was denied for an hour');
select bag_eq($$select ringba_call_id from api.calls_awaiting_link('RA1')$$, $$values ('live'), ('late')$$, 'it is not asked for any more');

-- A denial that is taken back starts anew.
select tests.page('wavers', jsonb_build_object('completed_at', now(), 'has_recording', false));
select tests.move_time('50 minutes');
select tests.page('wavers', jsonb_build_object('completed_at', now(), 'has_recording', true));
select tests.page('wavers', jsonb_build_object('completed_at', now(), 'has_recording', false));
select tests.move_time('50 minutes');
select is(core.settle_recordings(), 0, 'the hour counts from the last denial');
select is(tests.the('wavers'), 'pending', 'so the call still waits');

select tests.page('denied', jsonb_build_object('completed_at', now(), 'has_recording', true, 'audio_url', 'https://media.example.test/1'));
select is(tests.the('denied'), 'pending', 'a link that comes after all brings the call back');
select is((select ringba_call_id from api.claim('vault', 'v')), 'denied', 'and the vault takes it');

select tests.move_time('1 day');
select cmp_ok(core.settle_recordings(), '>=', 1, 'a day after hang-up no link is waited for any more');
select results_eq($$select tests.the('live'), tests.the('late')$$, $$values ('pending', 'no_recording')$$, 'unless the call is still live');
select results_eq($$select ringba_call_id from api.calls_awaiting_link('RA1')$$, $$values ('live')$$, 'which is still asked for, so that its end becomes known');
select tests.move_time('30 days');
select is_empty($$select ringba_call_id from api.calls_awaiting_link('RA1')$$, 'but not for ever');

select * from finish();
rollback;

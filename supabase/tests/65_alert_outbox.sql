-- What is told of alerts: once each, in order, storms in one message, nothing lost while a channel is away.
begin;
\ir helpers/setup.psql
select no_plan();

create temp table claimed (message jsonb);
create function tests.next(channel text default 'slack') returns text language plpgsql as $$
declare
  message jsonb := api.claim_alert_message(channel);
begin
  delete from claimed;
  insert into claimed values (message);
  return (message ->> 'event') || ' ' || (message ->> 'kind') || ' ' || (message ->> 'alerts');
end
$$;
create function tests.told() returns jsonb language sql as $$ select message from claimed $$;
create function tests.sent() returns boolean language sql as $$ select api.alert_message_sent((tests.told() ->> 'lease_token')::uuid) $$;
create function tests.failed(permanent boolean default false, retry_after integer default null) returns boolean language sql as $$
  select api.alert_message_failed((tests.told() ->> 'lease_token')::uuid, 'it broke', permanent, retry_after)
$$;

-- Before anybody asks, nothing is kept; then all that is open is told.
select core.raise_alert('calls_stuck', 'vault', 'critical', 'It is over already.', 100);
select core.clear_alert('calls_stuck', 'vault');
select core.raise_alert('calls_stuck', 'vault', 'critical', '100 calls wait.', 100);
select is_empty('select 1 from core.alert_outbox', 'without a channel nothing is queued');
select is(tests.next(), 'opened calls_stuck 1', 'a new channel is told what is open');
select is(tests.told() - '{lease_token,message_id,since,until,newest}'::text[], jsonb_build_object('event', 'opened', 'kind', 'calls_stuck',
  'title', 'Calls are stuck', 'level', 'critical', 'alerts', 1, 'affected', 100, 'page', '/?state=in_progress',
  'advice', 'Look at the lane on the dashboard: is it paused, is its process running, is what it needs there?'), 'with all that a message says');
select is(tests.told() -> 'newest' -> 0 ->> 'message', '100 calls wait.');
alter table core.alerts disable trigger queue_alert;
select core.raise_alert('audio_missing', '', 'critical', 'Missing.');
alter table core.alerts enable trigger queue_alert;
select tests.sent();
select is(tests.next(), 'opened audio_missing 1', 'what was raised while the channel came to be is told');
select tests.sent();
select core.clear_alert('audio_missing', '');
select is(tests.next(), 'over audio_missing 1');
select tests.sent();
select is(tests.next(), null, 'each once');
alter table core.alerts disable trigger queue_alert;
select core.raise_alert('audio_missing', '', 'critical', 'Missing.');
alter table core.alerts enable trigger queue_alert;
select core.clear_alert('audio_missing', '');
select is(tests.next(), null, 'nobody is told of the end of what was not told');
select core.raise_alert('calls_stuck', 'judge', 'critical', '100 calls wait.', 100);
select tests.next();
select throws_ok($$select api.claim_alert_message('pigeon')$$, '23514', null, 'there are two channels');

-- Under a lease nobody else sends; afterwards somebody does, the same message.
create temp table first_message as select tests.told() ->> 'message_id' as id;
select is(tests.next(), null, 'one server sends at a time');
select tests.move_time('3 minutes');
select is(tests.next(), 'opened calls_stuck 1', 'a message that nobody confirms is sent again');
select is(tests.told() ->> 'message_id', (select id from first_message), 'as the same message');
select is(tests.sent(), true);
select is(tests.sent(), false, 'a second confirmation changes nothing');
select is(tests.next(), null, 'and it is told once');
select core.clear_alert('calls_stuck', 'judge');
select is(tests.next(), 'over calls_stuck 1');
select tests.sent();
select tests.move_time('6 minutes');

-- Changes: twice as many at once, some more after an hour, fewer not at all.
select core.raise_alert('calls_stuck', 'vault', 'critical', '110 calls wait.', 110);
select is(tests.next(), null, 'a few more are no news yet');
select core.raise_alert('calls_stuck', 'vault', 'critical', '200 calls wait.', 200);
select is(tests.next(), 'changed calls_stuck 1', 'twice as many are');
select is((select count(*) from core.alert_outbox where event = 'changed'), 1::bigint, 'both are one change');
select tests.sent();
select core.raise_alert('calls_stuck', 'vault', 'critical', '150 calls wait.', 150);
select core.raise_alert('calls_stuck', 'vault', 'critical', '250 calls wait.', 250);
select tests.move_time('59 minutes');
select is(tests.next(), null);
select tests.move_time('2 minutes');
select is(tests.next(), 'changed calls_stuck 1', 'more is told after an hour');
select is(tests.told() ->> 'affected', '250', 'as it is then');
select tests.sent();
select core.raise_alert('calls_stuck', 'vault', 'warning', '250 calls wait.', 250);
select is(tests.next(), 'changed calls_stuck 1', 'another level is told at once');
select tests.sent();
select core.raise_alert('calls_stuck', 'vault', 'warning', '260 calls wait.', 260);
select core.clear_alert('calls_stuck', 'vault');
select is(tests.next(), 'over calls_stuck 1', 'that it is over makes an untold change void');
select ok(tests.told() ->> 'until' is not null);
select tests.sent();
select tests.move_time('2 hours');
select is(tests.next(), null, 'and then there is silence');

-- Kinds without a number: another sentence is told, but not more often than every quarter of an hour.
select core.raise_alert('books_differ', 'h', 'critical', 'One thing.');
select is(tests.next(), 'opened books_differ 1');
select tests.sent();
select core.raise_alert('books_differ', 'h', 'critical', 'Another thing.');
select core.raise_alert('books_differ', 'h', 'critical', 'A third thing.');
select is(tests.next(), null);
select tests.move_time('16 minutes');
select is(tests.next(), 'changed books_differ 1');
select is(tests.told() -> 'newest' -> 0 ->> 'message', 'A third thing.');
select tests.sent();

-- A storm: what comes while a message is under way, or often, is told together.
select core.raise_alert('recording_gone', 'call ' || n, 'critical', 'Gone: ' || n) from generate_series(1, 50) as n;
select is(tests.next(), 'opened recording_gone 50', 'fifty of a kind are one message');
select is(jsonb_array_length(tests.told() -> 'newest'), 5, 'with the newest five');
select tests.sent();
select core.raise_alert('recording_gone', 'second', 'critical', 'Gone.');
select is(tests.next(), 'opened recording_gone 1');
select tests.sent();
select core.raise_alert('recording_gone', 'third', 'critical', 'Gone.');
select is(tests.next(), 'opened recording_gone 1');
select tests.sent();
select core.raise_alert('recording_gone', 'fourth ' || n, 'critical', 'Gone.') from generate_series(1, 7) as n;
select is(tests.next(), null, 'after three messages of a kind the next waits');
select core.raise_alert('flags_late', '', 'critical', 'Late.', 1);
select is(tests.next(), 'opened flags_late 1', 'other kinds do not wait for it');
select tests.sent();
select core.clear_alert('recording_gone', 'fourth 1');
select is(tests.next(), null, 'nor is anything over before it was told');
select tests.move_time('6 minutes');
select is(tests.next(), 'opened recording_gone 7', 'and then comes together');
select tests.sent();
select is(tests.next(), 'over recording_gone 1');
select tests.sent();

-- A channel that is away: longer rests each time, as long as it asks, and then all in order.
select core.raise_alert('no_worker', '', 'critical', 'None.', 0);
select core.clear_alert('no_worker', '');
select is(tests.next(), 'opened no_worker 1');
select is(tests.failed(retry_after => 30), true);
select is(tests.failed(), false, 'a failure counts once');
select is(tests.next(), null, 'it rests');
select tests.move_time('29 seconds');
select is(tests.next(), null, 'as long as it was asked to');
select tests.move_time('2 seconds');
select is(tests.next(), 'opened no_worker 1', 'and is tried again');
select tests.failed();
select is((select rest_until from core.alert_channels), core.now() + interval '10 seconds', 'longer each time');
select tests.move_time('11 seconds');
select tests.next();
select tests.failed(retry_after => 1000000);
select is((select rest_until from core.alert_channels), core.now() + interval '1 hour', 'an hour at most');
select is((select last_error from core.alert_channels), 'it broke');
select tests.move_time('61 minutes');
select is(tests.next(), 'opened no_worker 1');
select is((select max(tries) from core.alert_outbox where sent_at is null), 4);
select tests.sent();
select is((select failures from core.alert_channels), 0);
select is(tests.next(), 'over no_worker 1', 'that it is over comes after that it began');
select is(tests.failed(permanent => true), true, 'what the channel refuses for good');
select is(tests.next(), null, 'is given up');
select is((select rest_until from core.alert_channels), null, 'and the channel needs no rest for it');
select core.raise_alert('no_worker', '', 'critical', 'None.', 0);
select tests.next();
select tests.failed();
select tests.move_time('25 hours');
select is(tests.next(), null, 'what could not be sent for a day is given up as well');
select ok((select given_up_at is not null and last_error = 'it broke' from core.alert_outbox order by outbox_id desc limit 1));

-- Quiet hours, by the clock of the people.
select core.clear_alert(kind, subject) from core.alerts where cleared_at is null;
delete from core.alert_outbox;
insert into core.quiet_hours (level, begins, ends)
select 'warning', (core.now() at time zone 'UTC' - interval '1 hour')::time, (core.now() at time zone 'UTC' + interval '1 hour')::time;
select core.raise_alert('dead_letters', 'judge', 'warning', 'One failed.', 1);
select core.raise_alert('judge_endpoint_away', 'u', 'critical', 'Away.');
select is(tests.next(), 'opened judge_endpoint_away 1', 'other levels are told');
select tests.sent();
select is(tests.next(), null, 'this one is kept back');
select tests.move_time('61 minutes');
select is(tests.next(), 'opened dead_letters 1', 'until the quiet is over');
select tests.sent();
update core.quiet_hours set time_zone = 'Asia/Tokyo';
select ok(not core.is_quiet('warning'));
update core.quiet_hours set begins = (core.now() at time zone 'Asia/Tokyo')::time, ends = (core.now() at time zone 'Asia/Tokyo' - interval '1 minute')::time;
select ok(core.is_quiet('warning'), 'a time zone and midnight count');
select ok(not core.is_quiet('critical'));

-- Each channel on its own; one that nobody asks for is forgotten.
select is(tests.next('webhook'), 'opened judge_endpoint_away 1', 'another channel is told by itself');
select tests.sent();
select is(tests.next('webhook'), null);
delete from core.alert_outbox;
select tests.move_time('25 hours');
select core.raise_alert('ingest_behind', 'a', 'critical', 'Behind.', null);
select is_empty('select 1 from core.alert_outbox', 'nothing is kept for a channel that nobody asks for');

select * from finish();
rollback;

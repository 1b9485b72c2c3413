-- What the lanes leave in the log: when it was, the first line of every call, and nothing personal.
begin;
\ir helpers/setup.psql
select no_plan();

select api.write_log('[
  {"level": "info", "lane": "vault", "event": "late", "ago_ms": 90000},
  {"level": "info", "lane": "vault", "event": "now"},
  {"level": "info", "lane": "vault", "event": "tomorrow", "ago_ms": -86400000},
  {"level": "info", "lane": "vault", "event": "ancient", "ago_ms": 9000000000000}]');
select bag_eq(
  $$select event, core.now() - logged_at from core.sys_logs$$,
  $$values ('late', interval '90 seconds'), ('now', interval '0'), ('tomorrow', interval '0'), ('ancient', interval '24 hours')$$,
  'a line says how long ago it was, within a day'
);
delete from core.sys_logs;

create function tests.record(id text, more jsonb default '{}') returns jsonb language sql as $$
  select jsonb_build_object('ringba_call_id', id, 'start_time_utc', '2026-11-20T10:00:00Z') || more
$$;
select api.ingest_calls('RA1', jsonb_build_array(tests.record('a'), tests.record('b'), tests.record('c')));
select results_eq(
  $$select c.ringba_call_id, s.level, s.lane, s.event from core.sys_logs as s join core.calls as c using (call_id) order by 1$$,
  $$values ('a', 'info', 'ingest', 'call_read'), ('b', 'info', 'ingest', 'call_read'), ('c', 'info', 'ingest', 'call_read')$$,
  'every new call leaves a line'
);
select api.ingest_calls('RA1', jsonb_build_array(tests.record('a'), tests.record('b', '{"payout": "1"}')));
select is((select count(*) from core.sys_logs), 3::bigint, 'known ones do not');
delete from core.sys_logs;

-- Set aside for its amount, with everything in it that is nobody's business.
create temp table personal (told text, kept text);
insert into personal values ('+15552345678', '5678'), ('5552345679', '5679'), ('(555) 234-5680', '5680'), ('555-234-5681', '5681'),
  ('+1 555 234 5682', '5682'), ('jo.doe@example.test', null), ('https://u:pw@media.example.test/r.mp3', null),
  ('https://media.example.test/r.mp3?token=s3cret', 'https://media.example.test/r.mp3?'), ('http://media.example.test/r#s3cret', 'http://media.example.test/r?');
select api.ingest_calls('RA1', (select jsonb_agg(tests.record('x' || p.ctid::text, '{"revenue": "much"}') || jsonb_build_object(place.key, p.told))
  from personal as p cross join (values ('unreadable_text'), ('audio_url'), ('target_name')) as place(key)));
select api.ingest_calls('RA1', jsonb_build_array(tests.record('n', jsonb_build_object('revenue', 'much',
  'caller_number', '+15552345678', 'dialled_number', 15552345679, 'unknown', '{"deep": ["+15552345680"]}'::jsonb)), '"+15552345681"'));
select is((select count(*) from core.sys_logs where event = 'record_set_aside'), 3 * (select count(*) from personal) + 2, 'each is there');
select is_empty($$select data from core.sys_logs where data::text ~ '555.{0,2}234|jo\.doe|u:pw|s3cret'$$, 'without a number, an address or a key');
select is_empty(
  $$select p.told from personal as p where p.kept is not null
    and 3 > (select count(*) from core.sys_logs as s where position(p.kept in s.data ->> 'record') > 0)$$,
  'the last digits and the path stay'
);
select is((select core.mask_record(r) from (select tests.record('1234567890', '{"revenue": "1234567.125", "is_live": true, "payout": 12345678}')) as t(r)),
  tests.record('1234567890', '{"revenue": "1234567.125", "is_live": true, "payout": 12345678}'), 'ids, times and amounts are left alone');
select is(core.mask_text('an hour on 2026-11-20 cost 12.50 in CA1234567890ab'), 'an hour on 2026-11-20 cost 12.50 in CA1234567890ab', 'so are dates and ids in texts');

select * from finish();
rollback;

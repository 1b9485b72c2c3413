-- The audit of storage: what is due, what was found, what criterion 2 says of it.
begin;
\ir helpers/setup.psql
select no_plan();
select tests.call(s, 'worker', id => s) from unnest(array['downloaded', 'processing', 'safe', 'failed', 'no_recording']) as s;
update core.calls set storage_path = null where status = 'no_recording';
select tests.call('safe', id => 'deleted');
update core.calls set audio_deleted_at = now() where ringba_call_id = 'deleted';

create function tests.due() returns setof text language sql as $$ select ringba_call_id from api.recordings_to_audit(checked_before => core.now() - interval '24 hours') $$;
create function tests.finding(id text, why text default null, hashed boolean default false) returns jsonb language sql as $$
  select jsonb_build_array(jsonb_build_object('call_id', call_id, 'storage_path', storage_path, 'missing_why', why, 'hashed', hashed))
  from core.calls where ringba_call_id = id
$$;
create function tests.criterion() returns api.criterion_2_audio language sql as $$ select c from api.criterion_2_audio as c $$;

select bag_eq('select tests.due()', $$values ('downloaded'), ('processing'), ('safe'), ('failed')$$, 'every kept recording is due, deleted ones are not');
select bag_eq($$select ringba_call_id from api.recordings_to_audit(after_call_id => 0)$$, $$values ('downloaded'), ('processing'), ('safe'), ('failed')$$, 'and listed');
select is((select count(*) from api.recordings_to_audit(2, 0)), 2::bigint, 'page by page');
select results_eq($$select (tests.criterion()).holds, (tests.criterion()).details ->> 'never_checked'$$, $$values (true, '4')$$, 'none missing; four never looked at');
select is(api.record_audit(tests.finding('safe')), 0::bigint, 'found');
select is(api.record_audit(tests.finding('downloaded', 'gone')), 1::bigint, 'missing');
select bag_eq('select tests.due()', $$values ('processing'), ('failed')$$, 'what was looked at is not due again at once');
select results_eq($$select (tests.criterion()).holds, (tests.criterion()).measured, (tests.criterion()).details ->> 'never_checked'$$, $$values (false, '1 missing', '2')$$, 'criterion 2 is broken');
select is((select kind from core.alerts where cleared_at is null), 'audio_missing', 'and alerts');
select tests.move_time('25 hours');
select is((select count(*) from tests.due()), 4::bigint, 'after a day all are due');
select results_eq($$select ringba_call_id from api.recordings_to_audit(2, checked_before => core.now())$$, $$values ('processing'), ('failed')$$, 'those never looked at first');
select is(api.record_audit((select jsonb_set(tests.finding('processing', 'size'), '{0,storage_path}', '"elsewhere"'))), 1::bigint, 'a recording that was stored anew meanwhile');
select is((select audio_checked_at from core.calls where ringba_call_id = 'processing'), null, 'was not the one looked at');
select is(api.record_audit(tests.finding('downloaded')), 0::bigint, 'it is there again');
select is(api.record_audit(tests.finding('safe', 'hash', true)), 1::bigint, 'other bytes');
select is(api.record_audit(tests.finding('safe')), 1::bigint, 'of the right size are still other bytes');
select is(api.record_audit(tests.finding('safe', null, true)), 0::bigint, 'until their hash is right');
select ok((tests.criterion()).holds and not exists (select from core.alerts where cleared_at is null), 'and all is well');

select * from finish();
rollback;

-- What people do with calls by hand: chosen by ids, filter or lane; a trial; who did it; what is refused.
begin;
\ir helpers/setup.psql
select no_plan();
select tests.call(status, id => status) from unnest(array['pending', 'downloading', 'downloaded', 'processing', 'transcribed',
  'judging', 'flagged', 'safe', 'undecided', 'no_recording']) as status;
select tests.call('failed', failed_lane => 'judge', id => 'f' || i) from generate_series(1, 5) as i;
update core.calls set last_error = 'The model said nonsense.', last_error_code = 'bad_answers' where ringba_call_id in ('f1', 'f2');
update core.calls set campaign_name = 'Spring', start_time_utc = now() - interval '2 days' where ringba_call_id = 'f3';
update core.calls set account = 'RA2' where ringba_call_id = 'f4';
create temp table ids as select ringba_call_id as name, call_id as id from core.calls;
grant select on ids to public;

-- What became of each call, by Ringba's id.
create function tests.acted(act text, selection jsonb, dry_run boolean default false, operator text default 'anna@ops1', most integer default 200, after bigint default null)
returns table (name text, became text) language sql as $$
  select r ->> 'ringba_call_id', coalesce(r ->> 'status', r ->> 'refused')
  from jsonb_array_elements(api.act_on_calls(act, selection, operator, 'A test.', dry_run, after, most) -> 'results') as r order by 1
$$;
create function tests.everything() returns text language sql as $$
  select md5(string_agg(c::text, e'\n' order by call_id)) || (select count(*) from core.attempts where ended_at is not null)
    || (select count(*) from core.sys_logs) || (select count(*) from core.alerts) from core.calls as c
$$;
grant execute on all functions in schema tests to public;

-- Choosing.
create function tests.chosen(act text, selection jsonb) returns text[] language sql as $$
  select array_agg(i.name order by i.name collate "C") from core.chosen_calls(act, selection, null, 500) as k join ids as i on i.id = k.call_id
$$;
select is(tests.chosen(act, selection::jsonb), wanted, act || ' ' || selection)
from (values
  ('retry', '{"lane": "judge"}', array['f1', 'f2', 'f3', 'f4', 'f5']),
  ('retry', '{"lane": "judge", "kind": "bad_answers"}', array['f1', 'f2']),
  ('retry', '{"lane": "judge", "kind": "it broke", "account": "RA2"}', array['f4']),
  ('retry', '{"lane": "judge", "filter": {"campaign": "Spring"}}', array['f3']),
  ('retry', format('{"lane": "judge", "filter": {"to": "%s"}}', now() - interval '1 day'), array['f3']),
  ('retry', '{"lane": "worker"}', null),
  ('release', '{"lane": "worker"}', array['processing']),
  ('fail', '{"lane": "worker"}', array['downloaded', 'processing']),
  ('fail', '{"lane": "vault", "state": "waiting"}', array['pending']),
  ('show', '{"lane": "judge", "filter": {"campaign": "Spring"}}', array['f3']),
  ('show', '{"lane": "judge", "state": "in_work"}', array['judging']),
  ('show', '{"lane": "judge"}', array['f1', 'f2', 'f3', 'f4', 'f5', 'judging', 'transcribed']),
  ('fail', '{"calls": ["safe", " f1", "nobody", "f1"]}', array['f1', 'safe'])
) as v(act, selection, wanted);
select is((select array_agg(i.name) from core.chosen_calls('show', jsonb_build_object('calls', jsonb_build_array(id)), null, 1) as k join ids as i on i.id = k.call_id), array['safe'], 'by its number')
from ids where name = 'safe';
select throws_ok(format('select * from core.chosen_calls(%L, %L, null, 2)', act, selection), '22023', said)
from (values
  ('eat', '{"lane": "judge"}', 'There is no act "eat": there are retry, release, fail and show.'),
  ('retry', '{}', 'Calls are chosen by their ids (calls) or by their lane (lane), by one of both.'),
  ('retry', '[]', 'Calls are chosen by their ids (calls) or by their lane (lane), by one of both.'),
  ('retry', '{"lane": "judge", "calls": ["1"]}', 'Calls are chosen by their ids (calls) or by their lane (lane), by one of both.'),
  ('retry', '{"lane": "judge", "colour": "red"}', 'Calls cannot be chosen by colour.'),
  ('retry', '{"calls": ["1"], "kind": "x"}', 'Calls cannot be chosen by kind.'),
  ('retry', '{"calls": "1"}', 'The ids of calls are a list of at most 2.'),
  ('retry', '{"calls": ["1", "2", "3"]}', 'The ids of calls are a list of at most 2.'),
  ('retry', '{"lane": "ingest"}', 'There is no lane "ingest" that holds calls: there are vault, worker and judge.'),
  ('release', '{"lane": "judge", "state": "failed"}', 'release takes calls that are in work, not "failed".'),
  ('show', '{"lane": "judge", "filter": {"colour": "red"}}', 'The queue has no filter colour.')
) as v(act, selection, said);

-- A trial tells the same and changes nothing.
create temp table before as select tests.everything() as all_of_it;
create temp table tried as
  select 'fail' as act, * from tests.acted('fail', '{"calls": ["pending", "processing", "safe", "nobody", "f1"]}', true)
  union all select 'retry', * from tests.acted('retry', '{"calls": ["pending", "f1"]}', true)
  union all select 'release', * from tests.acted('release', '{"calls": ["judging", "f1"]}', true);
select is(tests.everything(), all_of_it, 'a trial changes nothing') from before;
select results_eq('select * from tried order by act, name', $$values
  ('fail', 'f1', 'Only a waiting call can be given up; this one is failed.'), ('fail', 'pending', 'failed'), ('fail', 'processing', 'failed'),
  ('fail', 'safe', 'Only a waiting call can be given up; this one is safe.'), ('fail', null, 'There is no call nobody.'),
  ('release', 'f1', 'Only a call in work can be released; this one is failed.'), ('release', 'judging', 'transcribed'),
  ('retry', 'f1', 'transcribed'), ('retry', 'pending', 'Only a failed call can be tried again; this one is pending.')$$, 'and tells what would be');

-- Done: the same again, each once in the log, with who.
select tests.become('service');
create temp table done as
  select 'fail' as act, * from tests.acted('fail', '{"calls": ["pending", "processing", "safe", "nobody", "f1"]}')
  union all select 'retry', * from tests.acted('retry', '{"calls": ["pending", "f1"]}')
  union all select 'release', * from tests.acted('release', '{"calls": ["judging", "f1"]}');
select tests.become('owner');
-- The first of the others is failed and tried again by now.
select bag_eq('select * from done except select * from tried', $$values
  ('retry', 'pending', 'pending'), ('release', 'f1', 'Only a call in work can be released; this one is transcribed.')$$, 'as the trial said');
select results_eq($$select c.ringba_call_id, l.event, l.user_id::text, l.data ->> 'by' from core.sys_logs as l join core.calls as c using (call_id) order by l.log_id$$,
  $$values ('pending', 'call_given_up', null, 'anna@ops1'), ('processing', 'call_given_up', null, 'anna@ops1'),
    ('f1', 'call_retried', null, 'anna@ops1'), ('pending', 'call_retried', null, 'anna@ops1'), ('judging', 'call_released', null, 'anna@ops1')$$,
  'each act is one row of the log, with who');
select is((select (status, failed_lane, last_error, last_error_code, attempts, lease_token)::text from core.calls where ringba_call_id = 'processing'),
  '(failed,worker,"A test.",given_up,0,)', 'a call in work is taken back and given up');
select throws_ok($$select api.act_on_calls('retry', '{"lane": "judge"}')$$, '22023', 'What is done by hand names who does it, in 1 to 200 characters.');
select throws_ok($$select api.act_on_calls('retry', '{"lane": "judge"}', ' ')$$, '22023', 'What is done by hand names who does it, in 1 to 200 characters.');
select throws_ok($$select api.act_on_calls('fail', '{"lane": "judge"}', 'o')$$, '22023', 'Giving calls up needs a reason.');
select throws_ok($$select api.act_on_calls('show', '{"lane": "judge"}', 'o')$$, '22023', 'Showing calls is no act.');

-- A signed-in admin is who did it, whatever else is said.
select tests.become('admin');
select is((select became from tests.acted('retry', '{"calls": ["f2"]}', operator => 'somebody else')), 'transcribed', 'an admin may');
select tests.become('owner');
select is((select (user_id, data -> 'by')::text from core.sys_logs order by log_id desc limit 1), '(00000000-0000-4000-8000-0000000000a2,)', 'and is kept by the session');

-- Taken back from its holder: no failure, and whatever the holder still says is refused.
update core.calls set attempts = 2 where ringba_call_id = 'downloaded';
create temp table held as select lease_token as token from api.claim('worker', 'w1', 1);
grant select on held to public;
select is((select array_agg((name, became)::text) from tests.acted('release', '{"lane": "worker"}')), array['(downloaded,downloaded)'], 'a whole lane');
select is((select (status, attempts, delayed_until)::text from core.calls where ringba_call_id = 'downloaded'), '(downloaded,2,)', 'it waits again, with the failures that it had');
select is((select (outcome, error)::text from core.attempts where lease_token = (select token from held)), '(released,)', 'its try ended as released');
select throws_ok(format(answer, token), 'PT409', 'lease lost', 'too late: ' || answer)
from held cross join unnest(array['select api.complete_transcription(%L, tests.transcript())', 'select api.fail(%L, ''e'')',
  'select api.release(%L)', 'select api.postpone(%L, ''e'')']) as answer;
select is((select held from api.heartbeat((select jsonb_build_array(jsonb_build_object('lease_token', token)) from held))), false, 'and its heartbeat says so');
select is((select count(*) from core.transcripts), 0::bigint, 'nothing of it is kept');
create temp table next as select lease_token as token from api.claim('worker', 'w2', 1);
select is((select api.complete_transcription(token, tests.transcript()) from next), 'transcribed', 'another one finishes it');
select is((select count(*) from core.double_work), 0::bigint, 'nothing was done twice');

-- Judged again, a call keeps its verdict: also when somebody works on it.
select tests.rule();
select api.rejudge_call((select id from ids where name = 'flagged'));
update core.calls set delayed_until = now() + interval '1 hour' where status = 'transcribed' and ringba_call_id <> 'flagged';
select isnt(tests.claim('judge'), null, 'it is being judged again');
select is((select became from tests.acted('fail', '{"calls": ["flagged"]}')), 'This call has a verdict and waits to be judged again; it cannot be given up.', 'refused');
select is(tests.status((select id from ids where name = 'flagged')), 'judging', 'and left to its holder');

-- A constraint that refuses is named, and the others go on; somebody's lock, too.
alter table core.calls add constraint test_refuses check (ringba_call_id <> 'f4' or status = 'failed');
select results_eq($$select r ->> 'ringba_call_id', r ->> 'status', r ->> 'constraint'
    from jsonb_array_elements(api.act_on_calls('retry', '{"lane": "judge"}', 'o') -> 'results') as r order by 1$$,
  $$values ('f3', 'transcribed', null), ('f4', null, 'test_refuses'), ('f5', 'transcribed', null)$$, 'a refusal does not keep the others');
select is(api.retry_failed('judge', 'it broke'), 0, 'nor a whole group');

-- In steps.
select tests.call('failed', failed_lane => 'vault', id => 's' || i) from generate_series(1, 5) as i;
create temp table step as select api.act_on_calls('retry', '{"lane": "vault"}', 'o', dry_run => true, most => 3) as answer;
select is((answer ->> 'matching', jsonb_array_length(answer -> 'results'))::text, '(5,3)', 'the first three of five') from step;
select is((select array_agg(name order by name) from tests.acted('retry', '{"lane": "vault"}', true, most => 3, after => (answer ->> 'next_after')::bigint)), '{s4,s5}', 'then the rest') from step;
select is(api.act_on_calls('retry', '{"lane": "vault"}', 'o', dry_run => true) -> 'next_after', 'null', 'and the end is told');

-- Shown.
select is((api.list_calls('{"lane": "judge", "state": "in_work"}') #>> '{calls,0,holder}'), 'test-judge', 'who holds a call');
select is(api.list_calls('{"calls": ["s1", "nobody"]}') -> 'unknown', '["nobody"]', 'an unknown one is named');
select is((api.list_calls('{"lane": "vault"}', most => 2) ->> 'matching')::integer, 7, 'how many there are');
select api.raise_alert('recording_gone', 's1', 'critical', 'Gone.');
create temp table record as select api.call_record('processing') as r;
select is((r ->> 'lane', r ->> 'status', r ->> 'last_error_code', r #>> '{recording,storage_path}', r #>> '{log,0,event}', r #>> '{log,0,data,by}')::text,
  '(worker,failed,given_up,RA1/2026/11/01/1.mp3,call_given_up,anna@ops1)', 'all of a call') from record;
select is(api.call_record('downloaded') -> 'tries' -> 0 ->> 'outcome', 'released', 'its tries');
select is(api.call_record('s1') #>> '{alerts,0,message}', 'Gone.', 'its alerts');
select is_empty($$select 1 from ids where api.call_record(id::text)::text ~ '15551234567|media.example.test|lease_token'$$, 'no numbers, links, or secrets');
select throws_ok($$select api.call_record('nobody')$$, '22023', 'There is no call nobody.');

-- Nothing is read from end to end.
insert into core.calls (account, ringba_call_id, start_time_utc, storage_path, status, flags, qa_version, judge_model)
select 'RA1', 'old-' || i, core.now() - make_interval(days => 2, secs => i), 'RA1/1.mp3', 'safe', '[]', 'r/p', 'm' from generate_series(1, 20000) as i;
analyze core.calls, core.attempts;
select is(tests.scanned_whole(statement), '{}', statement) from unnest(array[
  $$select api.act_on_calls('retry', '{"lane": "vault", "kind": "it broke"}', 'o', dry_run => true)$$,
  $$select api.act_on_calls('fail', '{"lane": "worker"}', 'o', 'r', dry_run => true)$$,
  $$select api.act_on_calls('release', '{"calls": ["judging", "1"]}', 'o', dry_run => true)$$,
  $$select api.list_calls('{"lane": "judge"}')$$, $$select api.call_record('s1')$$]) as statement;

select * from finish();
rollback;

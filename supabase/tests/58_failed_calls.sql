-- Failed calls by lane and reason, and trying them again.
begin;
\ir helpers/setup.psql
select no_plan();

select is(api.failed_calls(), '[]', 'nothing has failed');
select tests.call('failed', failed_lane => 'vault', id => 'v' || i) from generate_series(1, 3) as i;
select tests.call('failed', failed_lane => 'judge', id => 'j');
select tests.call('safe', id => 'fine');
update core.calls set status_changed_at = now() - interval '1 hour' * substr(ringba_call_id, 2)::integer where ringba_call_id like 'v%';
update core.calls set last_error = 'The link is dead: 404.', last_error_code = 'recording_gone' where ringba_call_id = 'v2';
update core.calls set last_error = 'The link is dead: 410.', last_error_code = 'recording_gone' where ringba_call_id = 'v3';

select results_eq(
  $$select g ->> 'lane', g ->> 'kind', g ->> 'reason', (g ->> 'calls')::integer,
      (select string_agg(c.ringba_call_id, ' ' order by n.place) from jsonb_array_elements(g -> 'newest') with ordinality as n(call, place)
        join core.calls as c on c.call_id = (n.call ->> 'call_id')::bigint)
    from jsonb_array_elements(api.failed_calls()) with ordinality as g(g, place) order by g.place$$,
  $$values ('judge', 'it broke', 'it broke', 1, 'j'), ('vault', 'it broke', 'it broke', 1, 'v1'),
    ('vault', 'recording_gone', 'The link is dead: 404.', 2, 'v2 v3')$$,
  'the newest failure first; one reason for what has one name, told in the newest words'
);
select is((select jsonb_array_length(g -> 'newest') from jsonb_array_elements(api.failed_calls(1)) as g where g ->> 'kind' = 'recording_gone'), 1,
  'only the newest of a reason are named');
select is((api.failed_calls(1) #>> '{2,first_failed_at}')::timestamptz, now() - interval '3 hours', 'since when');

select tests.become('admin');
select is(api.retry_failed('vault', 'recording_gone'), 2, 'both of them are tried again');
select tests.become('owner');
select results_eq($$select ringba_call_id, status, round from core.calls order by 1$$,
  $$values ('fine', 'safe', 1), ('j', 'failed', 1), ('v1', 'failed', 1), ('v2', 'pending', 2), ('v3', 'pending', 2)$$, 'and no other');
select results_eq($$select c.ringba_call_id, l.user_id::text, l.data ->> 'last_error' from core.sys_logs as l join core.calls as c using (call_id)
    where l.event = 'call_retried' order by 1$$,
  $$values ('v2', '00000000-0000-4000-8000-0000000000a2', 'The link is dead: 404.'), ('v3', '00000000-0000-4000-8000-0000000000a2', 'The link is dead: 410.')$$,
  'who did it is kept with each');
select is(api.retry_failed('vault', 'recording_gone'), 0, 'a second press finds none');
select is(api.retry_failed('worker', 'it broke'), 0, 'another lane has none');
select is(api.retry_failed('judge', 'it broke', 0), 0, 'none at all');
select is(api.retry_failed('judge', 'it broke'), 1, 'a reason without a name');
select is(tests.status((select call_id from core.calls where ringba_call_id = 'j')), 'transcribed', 'goes back to its own lane');

select * from finish();
rollback;

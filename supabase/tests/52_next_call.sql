-- The next call, and saved views.
begin;
\ir helpers/setup.psql
select no_plan();
select tests.call(status, id => name, started => now() - age)
from (values ('flagged', 'a', interval '5 hours'), ('flagged', 'b', '4 hours'), ('undecided', 'c', '3 hours'), ('safe', 'd', '2 hours')) as v(status, name, age);
update core.calls set flags = jsonb_build_array(tests.flag(9), tests.flag(3) || '{"start_ms": 500}') where ringba_call_id = 'a';
create function tests.next(leaving text default null, filter jsonb default '{}') returns text language sql as $$
  select (select ringba_call_id from core.calls where call_id = (n ->> 'call_id')::bigint)
  from api.next_call(filter, (select call_id from core.calls where ringba_call_id = leaving)) as n
$$;
create function tests.open_by(who text) returns text language sql as $$
  select coalesce(string_agg(c.ringba_call_id, '' order by 1), '') from core.presence as p join core.calls as c using (call_id)
  where p.user_email = who || '@example.test' and core.is_present(p.seen_at)
$$;

grant execute on all functions in schema tests to public;
select tests.become('reviewer');
select is(api.next_call() - 'call_id', '{"flag_id": "guarantee:3-4", "start_ms": 500}', 'the most urgent one, at its first flag');
select is(tests.open_by('reviewer'), 'a', 'is marked as open');
select tests.become('admin');
select is(tests.next(), 'b', 'another person gets another');
select is(tests.next('b'), 'c', 'who leaves a call undecided goes on behind it');
select is(tests.open_by('admin'), 'c', 'and has let go of it');
select is(tests.next('c'), 'b', 'after the last one the queue begins anew');
select is(tests.next('b', '{"state": "undecided"}'), 'c', 'filters hold');
select is(tests.next('c', '{"severity": "minor"}'), null, 'nothing is left under these');
select is(tests.open_by('admin'), '', 'which lets go all the same');
select throws_ok($$select api.next_call('{"state": "lost"}')$$, '22023', 'There is no state lost.');
select tests.become('owner');
select tests.move_time('1 minute');
select tests.become('admin');
select is(tests.next(), 'a', 'whose page gives no sign any more has left');
select tests.become('owner');
insert into core.reviews (call_id, flag_id, verdict, reviewer_id, reviewer_email)
select call_id, 'guarantee:3-4', 'confirmed', '00000000-0000-4000-8000-0000000000a2', 'admin@example.test' from core.calls where ringba_call_id in ('a', 'b');
select tests.become('reviewer');
select is(tests.next(), 'c', 'what is decided, and what another has open, is passed over');
select tests.become('owner');
delete from core.presence;
select tests.become('reviewer');
select is(api.next_call() - 'call_id', '{"flag_id": "guarantee:9-10", "start_ms": 1000}', 'a call opens at the first flag that is open');
select tests.become('owner');
delete from core.presence;
delete from core.calls where ringba_call_id = 'c';
select tests.become('reviewer');
select is(tests.next('a'), null, 'the call that is left is not its own next');

-- Saved views.
select is(api.saved_views(), '[]', 'no views yet');
select is(api.save_view(' Late ', 'state=failed') - 'view_id', '{"name": "Late", "query": "state=failed"}', 'a view is kept');
select throws_ok($$select api.save_view('Late', 'state=safe')$$, '22023', 'You have a view named Late already.');
select throws_ok(format('select api.save_view(%L, %L)', name, query), '22023', sentence)
from (values (' ', 'q', 'A view needs a name of 1 to 100 characters.'), (null, 'q', 'A view needs a name of 1 to 100 characters.'),
  (repeat('x', 101), 'q', 'A view needs a name of 1 to 100 characters.'), ('n', repeat('x', 2001), 'These filters are too long to be kept.'),
  ('n', null, 'These filters are too long to be kept.')) as v(name, query, sentence);
select api.save_view('early', 'state=safe');
select is((select string_agg(v ->> 'name', ',') from jsonb_array_elements(api.saved_views()) as v), 'early,Late', 'they are listed by name');
create temp table views as select api.saved_views() as shown;
grant select on views to public;
select tests.become('admin');
select is(api.saved_views(), '[]', 'nobody sees another''s');
select lives_ok($$select api.save_view('Late', 'x=1')$$, 'and names are one''s own');
select is((select api.delete_view((shown -> 0 ->> 'view_id')::bigint) from views), false, 'nor deletes them');
select tests.become('reviewer');
select is((select api.delete_view((shown -> 0 ->> 'view_id')::bigint) from views), true, 'one''s own goes');
select is(jsonb_array_length(api.saved_views()), 1, 'and the other stays');
select save_view from generate_series(1, 99) as i, api.save_view('view ' || i, 'q');
select throws_ok($$select api.save_view('one too many', 'q')$$, '22023', 'You have 100 views already. Delete one first.');
select tests.become('owner');

select * from finish();
rollback;

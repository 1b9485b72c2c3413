-- The queue's filters, pages, counts, choices and plans.
begin;
\ir helpers/setup.psql
select no_plan();
select tests.rule();

select tests.call(status, id => name, started => now() - age)
from (values ('flagged', 'a', interval '5 hours'), ('flagged', 'b', '4 hours'), ('undecided', 'c', '3 hours'),
  ('safe', 'd', '2 hours'), ('failed', 'e', '1 hour'), ('pending', 'f', '0')) as v(status, name, age);
update core.calls set vertical = 'aca', campaign_name = 'Health', publisher_name = 'P1', buyer_name = 'B1' where ringba_call_id in ('a', 'd');
update core.calls set publisher_name = 'O''Brien' where ringba_call_id = 'b';
update core.calls set flags = jsonb_build_array(tests.flag(3, 'critical')) where ringba_call_id = 'b';

create function tests.names(filter jsonb) returns text language sql as $$
  select coalesce(string_agg(ringba_call_id, '' order by n), '') from (select ringba_call_id, row_number() over () as n from tests.queue(filter)) as q
$$;
create function tests.counts(filter jsonb) returns text language sql as $$
  select string_agg((c ->> 'calls') || case when (c ->> 'more')::boolean then '+' else '' end, ' ' order by n)
  from jsonb_array_elements(api.queue_page(filter) -> 'counts') with ordinality as e(c, n)
$$;
grant execute on all functions in schema tests to public;
select tests.become('reviewer');
select is(tests.names(filter::jsonb), found, filter)
from (values ('{}', 'bacfed'), ('{"state": "all"}', 'bacfed'), ('{"state": "to_review"}', 'bac'), ('{"state": "flagged"}', 'ba'),
  ('{"state": "undecided"}', 'c'), ('{"state": "safe"}', 'd'), ('{"state": "in_progress"}', 'f'), ('{"state": "failed"}', 'e'),
  ('{"state": "no_recording"}', ''), ('{"severity": "critical"}', 'b'), ('{"severity": "minor"}', ''), ('{"rule": "guarantee"}', 'ba'),
  ('{"rule": "other"}', ''), ('{"vertical": "aca"}', 'ad'), ('{"campaign": "Health", "state": "safe"}', 'd'), ('{"publisher": "P1"}', 'ad'),
  ('{"publisher": "O''Brien"}', 'b'), ('{"publisher": "'' or true --"}', ''), ('{"buyer": "B1"}', 'ad'), ('{"reviewer": "reviewer@example.test"}', '')) as v(filter, found);
select is(tests.names(jsonb_build_object('from', now() - interval '3 hours', 'to', now())), 'ced', 'from is in, to is out');
select is(tests.counts('{}'), '6 3 2 1 1 1 1 0', 'the tabs'' counts, in their order');
select is(tests.counts('{"state": "failed"}'), '6 3 2 1 1 1 1 0', 'are the same on every tab');
select is(tests.counts('{"publisher": "P1"}'), '2 1 1 0 1 0 0 0', 'under a filter its own');
select throws_ok(format('select api.queue_page(%L)', filter), '22023', sentence)
from (values ('{"state": "lost"}', 'There is no state lost.'), ('{"severity": "grave"}', 'There is no severity grave.'),
  ('{"colour": "red"}', 'The queue has no filter colour.'), ('{"rule": ""}', 'The filter rule needs a value of 1 to 300 characters.'),
  ('{"rule": 3}', 'The filter rule needs a value of 1 to 300 characters.'), ('[]', 'The filters of the queue are one JSON object.'),
  ('{"from": "soon"}', 'The filter from is no moment in time: soon.'),
  ('{"to": "infinity"}', 'The filter to is no moment in time: infinity.')) as v(filter, sentence);
select throws_ok($$select api.queue_page('{}', '{"urgency": "1; drop table", "queue_place": 1, "call_id": 1}')$$, '22023',
  'This page of the queue is unknown. Begin at its top.');

-- Page by page, nothing twice and nothing missed.
create temp table paged as
with recursive walk as (
  select api.queue_page('{}', null, 2) as page
  union all
  select api.queue_page('{}', page -> 'next', 2) from walk where page -> 'next' <> 'null'
)
select string_agg((select string_agg(r -> 'call' ->> 'ringba_call_id', '' order by n) from jsonb_array_elements(page -> 'rows') with ordinality as e(r, n)), '|') as names
from walk;
select is((select names from paged), 'ba|cf|ed', 'pages follow each other');

-- Who has it open, and who said something.
select tests.become('owner');
insert into core.presence (call_id, user_id, user_email, seen_at)
select call_id, '00000000-0000-4000-8000-0000000000a2', 'admin@example.test', core.now() - age
from core.calls join (values ('a', interval '1 second'), ('b', '2 minutes')) as v(name, age) on name = ringba_call_id;
insert into core.reviews (call_id, flag_id, verdict, reviewer_id, reviewer_email)
select call_id, 'guarantee:3-4', 'confirmed', '00000000-0000-4000-8000-0000000000a1', 'reviewer@example.test' from core.calls where ringba_call_id = 'b';
select tests.become('reviewer');
select results_eq($$select ringba_call_id, shown ->> 'open_by' from tests.queue('{"state": "flagged"}')$$,
  $$values ('a', '["admin@example.test"]'), ('b', '[]')$$, 'another has the one open, and left the other long ago');
select is(tests.names('{"reviewer": "admin@example.test"}'), 'a', 'whoever has a call open is its reviewer');
select is(tests.names('{"reviewer": "reviewer@example.test"}'), 'b', 'and who said something about it');
select is(api.queue_choices(), '{"rules": [{"key": "guarantee", "title": "guarantee"}], "verticals": ["aca"], "campaigns": ["Health"],
  "publishers": ["O''Brien", "P1"], "buyers": ["B1"], "reviewers": ["admin@example.test", "reviewer@example.test"]}', 'what can be chosen');
select tests.become('admin');
select results_eq($$select shown ->> 'open_by' from tests.queue('{"state": "flagged"}')$$, $$values ('[]'), ('[]')$$, 'one''s own does not count');
select tests.become('owner');

-- Many calls: no count, page or choice reads them all.
insert into core.calls (account, ringba_call_id, start_time_utc, storage_path, status, flags, qa_version, judge_model, publisher_name, campaign_name, buyer_name, vertical)
select 'RA1', 'many-' || i, now() - make_interval(mins => i), 'p/' || i, 'safe', '[]', 'q', 'm', 'P' || i % 40, 'C' || i % 50, 'B' || i % 30, 'aca'
from generate_series(1, 20000) as i;
analyze core.calls;
select is(tests.counts('{"vertical": "aca"}'), '1000+ 1 1 0 1000+ 0 0 0', 'many are counted up to 1000');
create function tests.calls_in_order(filter jsonb) returns bigint[] language plpgsql as $$
declare
  calls bigint[];
begin
  execute format('select array(select c.call_id from core.calls as c where %s order by c.urgency desc, c.queue_place desc, c.call_id desc limit 51)',
    core.queue_conditions(filter)) into calls;
  return calls;
end
$$;
create function tests.plan_of(filter jsonb, after jsonb default null) returns text language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  line text;
  plan text := '';
begin
  for line in execute 'explain ' || core.queue_query(filter, after, 51) loop
    plan := plan || line || E'\n';
  end loop;
  return plan;
end
$$;
select matches(tests.plan_of('{}'), 'using idx_calls_urgency', 'the order of all calls is an index');
select doesnt_match(tests.plan_of(filter::jsonb), 'Seq Scan|Bitmap|Sort Key: c\.', 'that needs no sorting: ' || filter)
from unnest(array['{}', '{"state": "to_review"}', '{"state": "safe"}', '{"severity": "critical"}',
  '{"publisher": "P1"}', '{"campaign": "C1"}', '{"buyer": "B1"}', '{"vertical": "aca"}', '{"state": "safe", "campaign": "C1"}']) as filter;
select matches(tests.plan_of('{"rule": "guarantee"}'), 'idx_calls_by_rule', 'so is that of a rule''s calls');
select matches(tests.plan_of('{}', '{"urgency": 0, "queue_place": 5, "call_id": 9}'), 'Index Cond: \(ROW', 'a page begins in the middle of it');
select is(tests.scanned_whole(format('select core.queue_calls(%L, null, 51)', filter)), '{}', 'no table is read from end to end: ' || filter)
from unnest(array['{"state": "to_review"}', '{"state": "failed"}', '{"state": "in_progress"}', '{"state": "no_recording"}', '{"rule": "guarantee"}',
  '{"severity": "critical"}', '{"publisher": "P1"}', '{"campaign": "Health"}', '{"buyer": "B1"}', '{"vertical": "medicare"}',
  '{"reviewer": "reviewer@example.test"}', '{"state": "safe", "publisher": "P7", "from": "2026-11-01", "to": "2026-11-02"}']) as filter;
select is(core.queue_calls(f, null, 51), tests.calls_in_order(f), 'found as by reading them all: ' || f::text)
from unnest(array['{"rule": "guarantee"}', '{"rule": "guarantee", "state": "safe"}', '{"rule": "guarantee", "publisher": "P1"}',
  '{"publisher": "P1"}', '{"campaign": "Health"}', '{"vertical": "aca", "buyer": "B7"}', '{"vertical": "aca", "state": "to_review"}',
  '{"severity": "critical", "campaign": "Health"}', '{"severity": "critical", "state": "failed"}']::jsonb[]) as f;

select * from finish();
rollback;

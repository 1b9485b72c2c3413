-- Calls by the rules of their flags: in line with the flags and with the queue, whatever happens to the call.
begin;
\ir helpers/setup.psql
select no_plan();
select tests.rule();

create function tests.kept() returns setof text language sql as $$
  select format('%s under %s: %s, %s', c.ringba_call_id, b.rule_key, b.urgency, b.queue_place)
  from core.calls_by_rule as b join core.calls as c using (call_id) order by 1
$$;
create function tests.found_in_flags() returns setof text language sql as $$
  select distinct format('%s under %s: %s, %s', c.ringba_call_id, f ->> 'rule_key', c.urgency, c.queue_place)
  from core.calls as c cross join jsonb_array_elements(c.flags) as f order by 1
$$;
create function tests.in_line(happened text) returns setof text language sql as $$
  select results_eq('select * from tests.kept()', 'select * from tests.found_in_flags()', 'in line: ' || happened)
$$;

select tests.call('flagged', id => 'one'), tests.call('flagged', id => 'two'), tests.call('flagged', id => 'three'), tests.call('safe', id => 'none');
select is((select count(*) from core.calls_by_rule), 3::bigint, 'flagged calls and no other');
select tests.in_line('calls come');
update core.calls set flags = jsonb_build_array(tests.flag(3, 'critical'), tests.flag(9) || '{"id": "other:9-10", "rule_key": "other"}',
  tests.flag(20)) where ringba_call_id = 'one';
select is((select array_agg(b.rule_key order by b.rule_key) from core.calls_by_rule as b join core.calls as c using (call_id)
  where c.ringba_call_id = 'one'), '{guarantee,other}', 'once under each rule');
select tests.in_line('other flags');
update core.calls set campaign_name = 'Another' where ringba_call_id = 'one';
update core.calls set completed_at = completed_at + interval '1 minute' where ringba_call_id = 'two';
select tests.in_line('another place in the queue');
insert into core.reviews (call_id, flag_id, verdict, reviewer_id, reviewer_email)
select call_id, flags -> 0 ->> 'id', 'confirmed', gen_random_uuid(), 'e' from core.calls where ringba_call_id = 'two';
select is((select b.urgency from core.calls_by_rule as b join core.calls as c using (call_id) where c.ringba_call_id = 'two'), 0::smallint,
  'a reviewed call waits for nobody');
select tests.in_line('a review');
update core.calls set status = 'transcribed', verdict_before = 'flagged', round = round + 1 where ringba_call_id = 'one';
select is((select count(*) from core.calls_by_rule), 4::bigint, 'a call that is judged again keeps its flags');
select tests.in_line('a call is judged again');
update core.calls set flags = null, verdict_before = null, qa_version = null, judge_model = null where ringba_call_id = 'one';
select tests.in_line('no flags any more');
delete from core.calls where ringba_call_id = 'three';
select is((select count(*) from core.calls_by_rule), 1::bigint, 'nothing is left of a call that goes');

select * from finish();
rollback;

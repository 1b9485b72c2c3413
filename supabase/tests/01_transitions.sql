-- Every pair of states: those of the design pass, all others are refused.
begin;
\ir helpers/setup.psql
select no_plan();

create temp table design (from_status text, to_status text);
insert into design values
  ('pending', 'downloading'), ('pending', 'no_recording'),
  ('downloading', 'downloaded'), ('downloading', 'pending'), ('downloading', 'failed'),
  ('downloaded', 'processing'),
  ('processing', 'transcribed'), ('processing', 'downloaded'), ('processing', 'failed'),
  ('transcribed', 'judging'),
  ('judging', 'flagged'), ('judging', 'safe'), ('judging', 'undecided'), ('judging', 'transcribed'), ('judging', 'failed'),
  ('no_recording', 'pending'),
  ('flagged', 'transcribed'), ('safe', 'transcribed'), ('undecided', 'transcribed'),
  ('failed', 'pending'), ('failed', 'downloaded'), ('failed', 'transcribed'),
  ('pending', 'failed'), ('downloaded', 'failed'), ('transcribed', 'failed');

create temp table states (status text, waits_for text);
insert into states values
  ('pending', 'vault'), ('downloading', null), ('downloaded', 'worker'), ('processing', null), ('transcribed', 'judge'),
  ('judging', null), ('flagged', null), ('safe', null), ('undecided', null), ('no_recording', null), ('failed', null);

select is(
  (select pg_get_constraintdef(oid) from pg_constraint where conname = 'status_valid'),
  (select format('CHECK ((status = ANY (ARRAY[%s])))', string_agg(quote_literal(s.status) || '::text', ', ' order by s.place))
    from unnest(array['pending', 'downloading', 'downloaded', 'processing', 'transcribed', 'judging', 'flagged', 'safe',
      'undecided', 'no_recording', 'failed']) with ordinality as s(status, place)),
  'status_valid lists the eleven states'
);
select set_eq('select from_status, to_status from core.transitions', 'select * from design', 'core.transitions is the design''s list');

create function tests.move(from_status text, to_status text, failed_lane text) returns text language plpgsql as $$
declare
  call constant bigint := tests.call(from_status, failed_lane);
  leased constant boolean := to_status in ('downloading', 'processing', 'judging');
  judged constant boolean := to_status in ('flagged', 'safe', 'undecided');
begin
  update core.calls set
    status = to_status,
    failed_lane = case when to_status = 'failed' then 'vault' end,
    last_error = case when to_status = 'failed' then 'by hand' end,
    lease_token = case when leased then gen_random_uuid() end, lease_owner = case when leased then 'x' end,
    lease_expires_at = case when leased then now() end, leased_at = case when leased then now() end,
    lease_progressed_at = case when leased then now() end,
    flags = case when to_status = 'flagged' then jsonb_build_array(tests.flag()) when judged then '[]'::jsonb end,
    qa_version = case when judged then 'q' end, judge_model = case when judged then 'm' end
  where call_id = call;
  return 'moved';
exception when check_violation then
  return sqlerrm;
end
$$;

select is(
  tests.move(a.status, b.status, coalesce(b.waits_for, 'vault')),
  case when exists (select from design as d where (d.from_status, d.to_status) = (a.status, b.status))
    then 'moved' else format('A call cannot go from "%s" to "%s".', a.status, b.status) end,
  format('%s to %s', a.status, b.status)
)
from states as a
cross join states as b
where a.status <> b.status
order by a.status, b.status;

select is(
  tests.move('failed', b.status, l.lane),
  case when b.waits_for = l.lane then 'moved'
    else format('A call cannot go from "failed" to "%s": the lane %s gave it up.', b.status, l.lane) end,
  format('failed in %s to %s', l.lane, b.status)
)
from core.lanes as l
cross join states as b
where b.waits_for is not null
order by l.lane, b.status;

select * from finish();
rollback;

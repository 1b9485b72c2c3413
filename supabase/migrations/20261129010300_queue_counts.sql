-- The tabs' counts beside filters, with millions of calls: nothing is looked for where it cannot be, and nothing is
-- gathered whole for the sake of a thousand.

create function core.count_calls(conditions text, most bigint) returns bigint
language plpgsql stable set search_path = '' set jit = off set enable_seqscan = off set enable_bitmapscan = off as $$
declare
  calls bigint;
begin
  execute format('select count(*) from (select from core.calls as c where %s limit %s) as counted', conditions, most) into calls;
  return calls;
end
$$;
comment on function core.count_calls(text, bigint) is
  'How many calls c fulfil conditions, counted up to a limit along one index: a bitmap would gather all of them first.';
grant execute on function core.count_calls(text, bigint) to authenticated, service_role;

create or replace function core.queue_counts(filter jsonb) returns jsonb
language plpgsql stable set search_path = '' set jit = off set enable_seqscan = off as $$
declare
  most constant bigint := 1000;
  others constant text := core.queue_conditions(filter - 'state');
  kept constant boolean := filter - 'state' = '{}';
  -- The constraint verdict_complete: a verdict has flags when it is flagged, and only then.
  of_flags constant boolean := filter ?| array['severity', 'rule'];
  counts jsonb := '[]';
  tab record;
  calls bigint;
begin
  for tab in select * from core.queue_states() as s order by s.place loop
    if kept and tab.state <> 'to_review' then
      execute format('select coalesce(sum(c.calls), 0)::bigint from api.call_counts() as c where %s', tab.condition) into calls;
      counts := counts || jsonb_build_object('state', tab.state, 'calls', calls, 'more', false);
      continue;
    end if;
    if of_flags and tab.state in ('undecided', 'safe', 'failed', 'no_recording') then
      calls := 0;
    elsif tab.state in ('to_review', 'in_progress') then
      -- Small indexes hold what waits, for people and for the lanes.
      calls := core.count_calls(format('%s and %s', tab.condition, others), most + 1);
    else
      execute format('select count(*) from (select from core.calls as c where %s and %s limit %s) as counted',
        tab.condition, others, most + 1) into calls;
    end if;
    counts := counts || jsonb_build_object('state', tab.state, 'calls', least(calls, most), 'more', calls > most);
  end loop;
  return counts;
end
$$;

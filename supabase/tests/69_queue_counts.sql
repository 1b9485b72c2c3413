-- The tabs' counts beside filters: right whatever is left out, and cheap.
begin;
\ir helpers/setup.psql
select no_plan();

-- Of every state, with flags of two rules and severities, in two campaigns.
select tests.call(s, id => s || '-' || i, started => now() - make_interval(mins => i::integer))
from unnest(array['pending', 'downloading', 'downloaded', 'processing', 'transcribed', 'judging', 'flagged', 'flagged', 'safe', 'undecided', 'no_recording', 'failed'])
  with ordinality as states(s, place), generate_series(place * 10, place * 10 + 3) as i;
update core.calls set campaign_name = 'Campaign ' || call_id % 2;
update core.calls set flags = jsonb_build_array(tests.flag(3, 'critical') || '{"id": "other:3-4", "rule_key": "other"}') where status = 'flagged' and call_id % 3 = 0;
-- A call that is judged again keeps the flags it had.
update core.calls set verdict_before = 'flagged', flags = jsonb_build_array(tests.flag(3, 'critical')), qa_version = 'r/p', judge_model = 'm'
where ringba_call_id like 'transcribed-%';

create function tests.counts(filter jsonb) returns jsonb language sql as $$
  select jsonb_object_agg(c ->> 'state', c -> 'calls') from jsonb_array_elements(core.queue_counts(filter)) as c
$$;
create function tests.counted_one_by_one(filter jsonb) returns jsonb language plpgsql as $$
declare
  counts jsonb := '{}';
  tab record;
  calls bigint;
begin
  for tab in select * from core.queue_states() loop
    execute format('select count(*) from core.calls as c where %s and %s', tab.condition, core.queue_conditions(filter - 'state')) into calls;
    counts := counts || jsonb_build_object(tab.state, calls);
  end loop;
  return counts;
end
$$;
select is(tests.counts(f), tests.counted_one_by_one(f), 'counted right: ' || f::text)
from unnest(array['{}', '{"severity": "critical"}', '{"severity": "major"}', '{"rule": "other"}', '{"rule": "guarantee", "campaign": "Campaign 1"}',
  '{"campaign": "Campaign 0"}', '{"state": "flagged", "severity": "critical"}']::jsonb[]) as f;
select cmp_ok((tests.counts('{"severity": "critical"}') ->> 'in_progress')::integer, '>', 0, 'calls that are judged again among them');

insert into core.calls (account, ringba_call_id, start_time_utc, storage_path, status, flags, qa_version, judge_model, campaign_name)
select 'RA1', 'old-' || i, core.now() - make_interval(days => 2, secs => i), 'RA1/1.mp3', 'safe', '[]', 'r/p', 'm', 'Campaign ' || i % 2
from generate_series(1, 20000) as i;
analyze core.calls;
select is(tests.scanned_whole(format('select core.queue_counts(%L)', f)), '{}', 'no table is read from end to end: ' || f)
from unnest(array['{}', '{"severity": "critical"}', '{"rule": "other"}', '{"campaign": "Campaign 0"}']) as f;

select * from finish();
rollback;

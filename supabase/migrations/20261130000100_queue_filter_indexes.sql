-- What stands behind a filter, in the order of each state: however many calls there are, and however long ago those of
-- a campaign were, a page is one stretch of each index, and so is a count. Entered once, when the lanes are done.

drop index core.idx_calls_vertical, core.idx_calls_campaign, core.idx_calls_publisher, core.idx_calls_buyer,
  core.idx_calls_rules, core.idx_calls_severity;
create index idx_calls_vertical on core.calls (vertical, status, urgency desc, queue_place desc, call_id desc)
  where status in ('flagged', 'safe', 'undecided', 'no_recording', 'failed');
create index idx_calls_campaign on core.calls (campaign_name, status, urgency desc, queue_place desc, call_id desc)
  where status in ('flagged', 'safe', 'undecided', 'no_recording', 'failed');
create index idx_calls_publisher on core.calls (publisher_name, status, urgency desc, queue_place desc, call_id desc)
  where status in ('flagged', 'safe', 'undecided', 'no_recording', 'failed');
create index idx_calls_buyer on core.calls (buyer_name, status, urgency desc, queue_place desc, call_id desc)
  where status in ('flagged', 'safe', 'undecided', 'no_recording', 'failed');
create index idx_calls_severity on core.calls (worst_severity, urgency desc, queue_place desc, call_id desc) include (status)
  where worst_severity is not null;

create or replace function core.values_of_calls(column_name text) returns text[]
language plpgsql stable set search_path = '' as $$
declare
  found_values text[];
begin
  -- As the predicate of the indexes is written.
  execute format(
    'with recursive walk as (
      (select c.%1$I as v from core.calls as c where %2$s and c.%1$I is not null order by c.%1$I limit 1)
      union all
      select (select c.%1$I from core.calls as c where %2$s and c.%1$I > walk.v order by c.%1$I limit 1) from walk where walk.v is not null
    ) select array(select v from walk where v is not null limit 500)',
    column_name, 'c.status in (''flagged'', ''safe'', ''undecided'', ''no_recording'', ''failed'')') into found_values;
  return found_values;
end
$$;
comment on function core.values_of_calls(text) is
  'The first 500 different values that calls at the end of their way have in an indexed column of core.calls.';

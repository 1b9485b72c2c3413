-- Lines come in batches, and late while the database was away. How long ago each one was is told, not when: machines
-- need not agree on the time. A line cannot claim to be of the future, nor older than a day.
create or replace function api.write_log(events jsonb) returns void
language plpgsql volatile security definer set search_path = '' as $$
declare
  who constant text := core.require('service', 'worker');
  right_now constant timestamptz := core.now();
begin
  if who = 'worker' and exists (
    select from jsonb_array_elements(events) as e where e ->> 'lane' is distinct from 'worker'
  ) then
    raise exception 'A worker reports for the lane worker only.' using errcode = 'insufficient_privilege';
  end if;
  insert into core.sys_logs (logged_at, level, lane, event, call_id, worker, user_id, data)
  select right_now - make_interval(secs => least(greatest(coalesce(e.ago_ms, 0), 0), 86400000) / 1000.0),
    e.level, e.lane, e.event, e.call_id, e.worker, case who when 'worker' then auth.uid() end, coalesce(e.data, '{}')
  from jsonb_to_recordset(events)
    as e(level text, lane text, event text, call_id bigint, worker text, ago_ms bigint, data jsonb);
end
$$;
comment on function api.write_log(jsonb) is 'Adds lines to core.sys_logs: [{level, lane, event, call_id?, worker?, ago_ms?, data?}].';
comment on column core.sys_logs.logged_at is 'When it happened.';

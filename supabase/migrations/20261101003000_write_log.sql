create function api.write_log(events jsonb) returns void
language plpgsql volatile security definer set search_path = '' as $$
declare
  who constant text := core.require('service', 'worker');
begin
  if who = 'worker' and exists (
    select from jsonb_array_elements(events) as e where e ->> 'lane' is distinct from 'worker'
  ) then
    raise exception 'A worker reports for the lane worker only.' using errcode = 'insufficient_privilege';
  end if;
  insert into core.sys_logs (level, lane, event, call_id, worker, user_id, data)
  select e.level, e.lane, e.event, e.call_id, e.worker, case who when 'worker' then auth.uid() end, coalesce(e.data, '{}')
  from jsonb_to_recordset(events) as e(level text, lane text, event text, call_id bigint, worker text, data jsonb);
end
$$;
comment on function api.write_log(jsonb) is 'Adds lines to core.sys_logs: [{level, lane, event, call_id?, worker?, data?}].';
grant execute on function api.write_log(jsonb) to authenticated, service_role;

-- A float that Ringba prints with all its digits has more than 15 of them after the point; the client
-- sends at most 28.

create or replace function core.record_problem(r core.call_record) returns text
language plpgsql immutable set search_path = '' as $$
declare
  time constant text :=
    '^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$';
  amount constant text := '^[+-]?(\d{1,15}(\.\d{0,28})?|\.\d{1,28})([eE][+-]?\d{1,2})?$';
  whole constant text := '^\d{1,9}$';
begin
  return case
    when r.ringba_call_id is null or r.ringba_call_id !~ '\S' then 'it has no id'
    when length(r.ringba_call_id) > 128 then 'its id is too long'
    when r.start_time_utc is null then 'it has no start time'
    when r.start_time_utc !~ time then 'its start time cannot be read'
    when r.connected_at !~ time or r.completed_at !~ time then 'one of its times cannot be read'
    when r.call_length_seconds !~ whole or r.connected_length_seconds !~ whole then 'one of its lengths cannot be read'
    when r.revenue !~ amount or r.payout !~ amount or r.cost !~ amount then 'one of its amounts cannot be read'
    when r.is_live not in ('true', 'false') or r.has_recording not in ('true', 'false')
      then 'one of its yes-or-no values cannot be read'
  end;
end
$$;

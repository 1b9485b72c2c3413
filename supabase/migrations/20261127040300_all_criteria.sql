-- All five criteria by one function. Compiling its plan would take longer than the work.

create or replace function api.criteria() returns table (
  criterion integer, title text, subject text, measured text, target text, holds boolean, details jsonb
)
language plpgsql stable set search_path = '' set jit = off as $$
begin
  perform core.require('service', 'reviewer', 'admin');
  return query
  select * from api.criterion_1_ingest_lag
  union all select * from api.criterion_2_audio
  union all select * from api.criterion_3_once
  union all select * from api.criterion_4_flag_latency
  union all select * from api.criterion_5_books
  order by 1, 3;
end
$$;

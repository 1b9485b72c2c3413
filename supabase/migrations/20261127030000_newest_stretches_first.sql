-- A search lists the newest calls first. The full-text index knows no order, so for words that stand in very many
-- transcripts the stretches are walked by the start of their call, newest first, until the page is full.

alter table core.transcript_chunks add column start_time_utc timestamptz;
comment on column core.transcript_chunks.start_time_utc is 'When the call came in, as in core.calls: the order of search.';
update core.transcript_chunks as t set start_time_utc = c.start_time_utc
from core.calls as c
where c.call_id = t.call_id;
alter table core.transcript_chunks alter column start_time_utc set not null;
create index idx_transcript_chunks_newest on core.transcript_chunks (start_time_utc desc, call_id desc, chunk_no desc);

-- Nothing tells the planner how few words a transcript has; it would compile the plan for half a second, each time.
create or replace function core.chunk_transcript() returns trigger
language plpgsql security definer set search_path = '' set jit = off as $$
declare
  step constant integer := 240000;
  overlap constant integer := 60000;
  started constant timestamptz := (select c.start_time_utc from core.calls as c where c.call_id = new.call_id);
begin
  delete from core.transcript_chunks as c where c.call_id = new.call_id;
  insert into core.transcript_chunks (call_id, chunk_no, start_ms, end_ms, text, start_time_utc)
  select new.call_id, placed.chunk_no, placed.chunk_no * step,
    placed.chunk_no * step + least(step + overlap, greatest(0, new.duration_ms - placed.chunk_no * step)),
    string_agg(placed.text, ' ' order by placed.segment_no, placed.word_no), started
  from (
    select s.segment_no, w.word_no, w.word ->> 0 as text, chunk.chunk_no
    from jsonb_array_elements(new.segments) with ordinality as s(segment, segment_no)
    cross join lateral jsonb_array_elements(s.segment -> 'words') with ordinality as w(word, word_no)
    -- A word of the first minute of a stretch is in the one before as well.
    cross join lateral generate_series(
      greatest(0, ((w.word ->> 1)::integer - overlap) / step), (w.word ->> 1)::integer / step
    ) as chunk(chunk_no)
  ) as placed
  group by placed.chunk_no;
  return null;
end
$$;

create function core.move_stretches() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  update core.transcript_chunks as t set start_time_utc = new.start_time_utc where t.call_id = new.call_id;
  return null;
end
$$;
comment on function core.move_stretches() is 'Keeps the stretches in the order of their calls when Ringba corrects a start.';
create trigger move_stretches after update of start_time_utc on core.calls
  for each row when (old.start_time_utc is distinct from new.start_time_utc) execute function core.move_stretches();

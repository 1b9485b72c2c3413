-- One transcript per call, and its text in stretches that full-text search can hold: one vector per
-- call would lose positions after 16,383 words.

create function core.segments_are_well_formed(segments jsonb) returns boolean
language sql immutable set search_path = '' as $$
  select case when jsonb_typeof(segments) = 'array' then
    not exists (
      select
      from jsonb_array_elements(segments) as s(segment)
      where not coalesce(segment @? 'strict $ ? (
          @.channel >= 0 && @.channel < 256
          && (@.speaker == "agent" || @.speaker == "caller" || @.speaker == "unknown")
          && @.start_ms >= 0 && @.end_ms >= @.start_ms && @.words.type() == "array")', false)
        or exists (
          select
          from jsonb_array_elements(segment -> 'words') as w(word)
          where not coalesce(word @? 'strict $ ? (
            @.size() == 4 && @[0].type() == "string" && @[1] >= 0 && @[2] >= @[1] && @[3] >= 0 && @[3] <= 1)', false)
        )
    )
  else false end
$$;
comment on function core.segments_are_well_formed(jsonb) is 'Segments as the client''s type Segment has them, each word as [text, start_ms, end_ms, probability].';

create table core.transcripts (
  call_id bigint primary key references core.calls (call_id),
  model text not null constraint transcript_names_model check (model ~ '\S'),
  language text not null constraint language_valid check (language ~ '^[a-z]{2,3}$'),
  duration_ms integer not null constraint duration_not_negative check (duration_ms >= 0),
  segments jsonb not null constraint segments_well_formed check (core.segments_are_well_formed(segments)),
  peaks jsonb not null default '[]' constraint peaks_well_formed check (jsonb_typeof(peaks) = 'array'),
  round integer not null,
  created_at timestamptz not null default core.now()
);
alter table core.transcripts enable row level security;
comment on table core.transcripts is 'What was said, as the worker heard it.';
comment on column core.transcripts.call_id is 'The call.';
comment on column core.transcripts.model is 'File name of the model that heard the call.';
comment on column core.transcripts.language is 'ISO 639 code.';
comment on column core.transcripts.duration_ms is 'Length of the recording in milliseconds.';
comment on column core.transcripts.segments is 'Stretches of one speaker, ordered by start; each word as [text, start_ms, end_ms, probability].';
comment on column core.transcripts.peaks is 'Waveform peaks, one row of 0 to 255 per channel.';
comment on column core.transcripts.round is 'The call''s round in which it was made.';
comment on column core.transcripts.created_at is 'When it was stored.';

create table core.transcript_chunks (
  call_id bigint not null references core.transcripts (call_id) on delete cascade,
  chunk_no integer not null,
  start_ms integer not null,
  end_ms integer not null,
  text text not null,
  search tsvector generated always as (to_tsvector('pg_catalog.english'::regconfig, text)) stored,
  primary key (call_id, chunk_no),
  constraint chunk_at_most_5_minutes check (end_ms between start_ms and start_ms + 300000)
);
alter table core.transcript_chunks enable row level security;
create index idx_transcript_chunks_search on core.transcript_chunks using gin (search);
comment on table core.transcript_chunks is 'The transcript for searching: stretches of 5 minutes that begin every 4, so that no phrase is cut.';
comment on column core.transcript_chunks.call_id is 'The call.';
comment on column core.transcript_chunks.chunk_no is 'Which stretch: it begins at 4 minutes times this.';
comment on column core.transcript_chunks.start_ms is 'Where the stretch begins.';
comment on column core.transcript_chunks.end_ms is 'Where it ends.';
comment on column core.transcript_chunks.text is 'Its words.';
comment on column core.transcript_chunks.search is 'Its words for PostgreSQL''s full-text search.';

create function core.chunk_transcript() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  step constant integer := 240000;
  overlap constant integer := 60000;
begin
  delete from core.transcript_chunks as c where c.call_id = new.call_id;
  insert into core.transcript_chunks (call_id, chunk_no, start_ms, end_ms, text)
  select new.call_id, placed.chunk_no, placed.chunk_no * step,
    placed.chunk_no * step + least(step + overlap, greatest(0, new.duration_ms - placed.chunk_no * step)),
    string_agg(placed.text, ' ' order by placed.segment_no, placed.word_no)
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
create trigger chunk_transcript after insert or update of segments on core.transcripts
  for each row execute function core.chunk_transcript();

grant select on core.transcripts, core.transcript_chunks to authenticated, service_role;
create policy "Reviewers and admins read transcripts" on core.transcripts
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));
create policy "Reviewers and admins search transcripts" on core.transcript_chunks
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

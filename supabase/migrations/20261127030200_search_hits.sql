-- Where in a stretch the words stand: to the word, and so to the millisecond.

create function core.stretch_hits(
  call_id bigint, stretch_start_ms integer, asked core.search_terms, most integer
) returns table (start_ms integer, end_ms integer, speaker text, matched text, lines jsonb)
language plpgsql stable set search_path = '' set client_min_messages = 'warning' as $$
#variable_conflict use_column
declare
  english constant regconfig := 'pg_catalog.english';
  any_word constant tsquery := (select string_agg(w::text, ' | ')::tsquery from unnest(asked.words) as w);
  -- Words around a match; two that lie further apart than the widest are shown with a gap between them.
  before constant integer := 10;
  behind constant integer := 14;
  widest constant integer := 40;
  texts text[];
  starts integer[];
  ends integer[];
  speakers text[];
  hot integer[];
  taken int4multirange := '{}';
  hit record;
begin
  select array_agg(w.word ->> 0 order by s.segment_no, w.word_no),
    array_agg((w.word ->> 1)::integer order by s.segment_no, w.word_no),
    array_agg((w.word ->> 2)::integer order by s.segment_no, w.word_no),
    array_agg(s.segment ->> 'speaker' order by s.segment_no, w.word_no)
  into texts, starts, ends, speakers
  from core.transcripts as t
  cross join lateral jsonb_array_elements(t.segments) with ordinality as s(segment, segment_no)
  cross join lateral jsonb_array_elements(s.segment -> 'words') with ordinality as w(word, word_no)
  where t.call_id = stretch_hits.call_id
    -- Segments that are far away are not taken apart. Words are near their segment, if not always inside.
    and (s.segment ->> 'end_ms')::integer >= stretch_start_ms - 60000
    and (s.segment ->> 'start_ms')::integer < stretch_start_ms + 360000
    -- The words of the stretch as core.chunk_transcript() chooses them.
    and (w.word ->> 1)::integer >= stretch_start_ms and (w.word ->> 1)::integer < stretch_start_ms + 300000;
  -- Most words are none that the search names. Each is read once, however often it stands here.
  select array_agg(p.place::integer order by p.place) into hot
  from unnest(texts) with ordinality as p(text, place)
  where p.text = any (array(
    select d.text from (select distinct u.text from unnest(texts) as u(text)) as d
    where to_tsvector(english, d.text) @@ any_word
  ));

  for hit in
    with term as materialized (
      select t.*
      from unnest(asked.terms, asked.words, asked.spans, asked.sides) with ordinality
        as t(query, words, span, side, term_no)
    ),
    hot_word as materialized (
      select p.place, to_tsvector(english, texts[p.place]) as lexemes from unnest(hot) as p(place)
    ),
    -- Every place where a term stands. A phrase begins at one of its words and is as short as it can be.
    spoken as materialized (
      select distinct on (t.term_no, until.last) t.term_no, t.side, h.place as first, until.last
      from term as t
      join hot_word as h on h.lexemes @@ t.words
      cross join lateral (
        select h.place + n - 1 as last
        from generate_series(1, least(t.span, cardinality(texts) - h.place + 1)) as n
        where case when n = 1 then h.lexemes
          else to_tsvector(english, array_to_string(texts[h.place : h.place + n - 1], ' ')) end @@ t.query
        order by n
        limit 1
      ) as until
      order by t.term_no, until.last, h.place desc
    ),
    -- All terms of one side: from each place backwards to the nearest place of every other term.
    cover as (
      select distinct min(nearest.first) as first, e.last
      from spoken as e
      cross join lateral (
        select (select max(o.first) from spoken as o where o.term_no = t.term_no and o.last <= e.last) as first
        from term as t
        where t.side = e.side
      ) as nearest
      group by e.term_no, e.side, e.first, e.last
      having bool_and(nearest.first is not null)
    )
    select c.first, c.last, (select range_agg(int4range(s.first, s.last, '[]')) from spoken as s) as marks
    from cover as c
    order by c.last - c.first, c.first
  loop
    exit when most <= 0;
    continue when taken && int4range(hit.first, hit.last, '[]');
    taken := taken + int4multirange(int4range(hit.first, hit.last, '[]'));
    most := most - 1;
    start_ms := starts[hit.first];
    end_ms := ends[hit.last];
    speaker := speakers[hit.first];
    select regexp_replace(array_to_string(texts[hit.first : least(upper(m), hit.first + 10) - 1], ' '), '^\W+|\W+$', '', 'g')
    into matched
    from unnest(hit.marks) as m
    where m @> hit.first;
    select jsonb_agg(jsonb_build_object('speaker', l.speaker, 'parts', l.parts) order by l.line) into lines
    from (
      select p.line, min(p.speaker) as speaker, jsonb_agg(jsonb_build_array(p.text, p.marked) order by p.part) as parts
      from (
        select n.line, n.part, min(n.speaker) as speaker, bool_or(n.marked) as marked,
          string_agg(n.text, ' ' order by n.place) as text
        from (
          select w.*,
            count(*) filter (where w.gap or w.speaker is distinct from w.speaker_before) over so_far as line,
            count(*) filter (
              where w.gap or w.speaker is distinct from w.speaker_before or w.marked is distinct from w.marked_before
            ) over so_far as part
          from (
            select p.place, speakers[p.place] as speaker, hit.marks @> p.place as marked,
              lag(speakers[p.place]) over by_place as speaker_before, lag(hit.marks @> p.place) over by_place as marked_before,
              p.place - lag(p.place) over by_place > 1 as gap,
              case when not hit.marks @> p.place and case when lag(p.place) over by_place is null
                  then p.place > 1 or stretch_start_ms > 0 else p.place - lag(p.place) over by_place > 1 end
                then '… ' else '' end
              || texts[p.place]
              || case when lead(p.place) over by_place is null and not hit.marks @> p.place and p.place < cardinality(texts)
                then ' …' else '' end as text
            from generate_series(greatest(1, hit.first - before), least(cardinality(texts), hit.last + behind)) as p(place)
            where hit.last - hit.first <= widest or p.place <= hit.first + behind or p.place >= hit.last - before
            window by_place as (order by p.place)
          ) as w
          window so_far as (order by w.place)
        ) as n
        group by n.line, n.part
      ) as p
      group by p.line
    ) as l;
    return next;
  end loop;
end
$$;
comment on function core.stretch_hits(bigint, integer, core.search_terms, integer) is
  'The shortest ranges of words in a stretch that answer the search, and the words around them by speaker.';

create function core.call_hits(call_id bigint, asked core.search_terms) returns jsonb
language plpgsql stable set search_path = '' as $$
#variable_conflict use_column
declare
  -- Hits told of one call, and stretches looked into for them: the rest is found on the call's page.
  most constant integer := 3;
  looked_into constant integer := 4;
  stretch record;
  hit record;
  hits jsonb := '[]';
  stretches integer := 0;
begin
  for stretch in
    select c.start_ms, c.end_ms, c.text
    from core.transcript_chunks as c
    where c.call_id = call_hits.call_id and c.search @@ (asked).matching
    order by c.chunk_no
  loop
    stretches := stretches + 1;
    continue when stretches > looked_into or jsonb_array_length(hits) >= most;
    for hit in
      select h.* from core.stretch_hits(call_hits.call_id, stretch.start_ms, asked, most) as h order by h.start_ms
    loop
      -- Neighbours share a minute, and what is said there is found in both.
      continue when exists (
        select from jsonb_array_elements(hits) as told
        where told ->> 'speaker' = hit.speaker
          and (told ->> 'start_ms')::integer <= hit.end_ms and (told ->> 'end_ms')::integer >= hit.start_ms
      );
      hits := hits || jsonb_build_object('start_ms', hit.start_ms, 'end_ms', hit.end_ms, 'speaker', hit.speaker,
        'matched', hit.matched, 'lines', hit.lines);
      exit when jsonb_array_length(hits) >= most;
    end loop;
    -- The parser read the words together in another way than one by one: the stretch is told, if not the word.
    if stretches = 1 and hits = '[]' then
      hits := jsonb_build_array(jsonb_build_object('start_ms', stretch.start_ms, 'end_ms', stretch.end_ms,
        'speaker', 'unknown', 'matched', '', 'lines', jsonb_build_array(jsonb_build_object('speaker', 'unknown',
          'parts', jsonb_build_array(jsonb_build_array(left(stretch.text, 200) || ' …', false))))));
    end if;
  end loop;
  return jsonb_build_object('hits', hits, 'stretches', stretches);
end
$$;
comment on function core.call_hits(bigint, core.search_terms) is
  'The first few places of a call that answer the search, each once, and how many of its stretches do (client type FoundCall).';

-- What a person typed into the search field, read the way web search engines read it: words, "phrases",
-- -exclusions, or. Nothing that can be typed is an error.

create type core.search_terms as (
  -- What a stretch must match; empty when nothing is left to look for.
  matching tsquery,
  -- The same without the order of words. The full-text index answers it alone, without a look at the rows.
  likely tsquery,
  -- What no stretch of the call may match; null when nothing is excluded.
  excluded tsquery,
  -- The words and phrases one by one, and the words of each.
  terms tsquery[],
  words tsquery[],
  -- How many words of a transcript each may span.
  spans integer[],
  -- Which side of an `or` each stands on.
  sides integer[]
);
comment on type core.search_terms is 'A search as the database understands it.';

create function core.read_search(query text) returns core.search_terms
language plpgsql immutable set search_path = '' set client_min_messages = 'warning' as $$
declare
  english constant regconfig := 'pg_catalog.english';
  part record;
  term tsquery;
  its_words tsquery;
  all_words tsquery;
  side tsquery;
  likely_side tsquery;
  side_no integer := 1;
  after_or boolean := false;
  read core.search_terms;
begin
  read.matching := ''; read.likely := ''; read.terms := '{}'; read.words := '{}'; read.spans := '{}'; read.sides := '{}';
  for part in
    select p[1] <> '' as excludes, btrim(p[2], '"') as text, p[2] like '"%' as quoted
    from regexp_matches(query, '(-*)("[^"]*"?|[^[:space:]"]+)', 'g') as p
  loop
    if lower(part.text) = 'or' and not part.quoted and not part.excludes then
      after_or := side is not null;
      continue;
    end if;
    term := phraseto_tsquery(english, part.text);
    if part.excludes then
      -- It holds for the whole call, so it is no side of an or.
      after_or := false;
      if numnode(term) > 0 then
        read.excluded := coalesce(read.excluded || term, term);
      end if;
    elsif numnode(term) > 0 then
      its_words := ''; all_words := '';
      select string_agg(w.word, ' | ')::tsquery, string_agg(w.word, ' & ')::tsquery into its_words, all_words
      from (
        select '''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || '''' as word
        from unnest(tsvector_to_array(to_tsvector(english, part.text))) as lexeme
      ) as w;
      if after_or then
        read.matching := read.matching || side;
        read.likely := read.likely || likely_side;
        side := null; likely_side := null; side_no := side_no + 1; after_or := false;
      end if;
      side := coalesce(side && term, term);
      likely_side := coalesce(likely_side && all_words, all_words);
      read.terms := read.terms || term;
      read.words := read.words || its_words;
      read.spans := read.spans || case when numnode(term) = 1 then 1
        else 2 + array_length(regexp_split_to_array(btrim(part.text), '\s+'), 1) end;
      read.sides := read.sides || side_no;
    end if;
  end loop;
  if side is not null then
    read.matching := read.matching || side;
    read.likely := read.likely || likely_side;
  end if;
  return read;
end
$$;
comment on function core.read_search(text) is
  'Words, "phrases", -exclusions and or. All words of one side of an or are wanted; an exclusion holds for the whole call.';

create function core.search_problem(query text, asked core.search_terms) returns text
language sql immutable set search_path = '' as $$
  select case
    when coalesce(query, '') !~ '\S' then 'empty'
    when length(query) > 1000 or cardinality(asked.terms) > 30 then 'too_long'
    when cardinality(asked.terms) > 0 then null
    when asked.excluded is not null then 'only_exclusions'
    else 'only_common_words'
  end
$$;
comment on function core.search_problem(text, core.search_terms) is 'Why there is nothing to look for; null when there is.';

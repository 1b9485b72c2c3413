-- Where the words stand: to the second, each place once, and in bounded time.
begin;
\ir helpers/setup.psql
select no_plan();

-- Three hours, 30,000 words, a word every 360 ms: w0 … w29999, agent and caller in turn every 30 words.
create function tests.long_call(id text, said jsonb) returns bigint language plpgsql as $$
declare
  call constant bigint := tests.call('safe', id => id);
begin
  insert into core.transcripts (call_id, model, language, duration_ms, segments, round)
  select call, 'm', 'en', 10800000, jsonb_agg(jsonb_build_object('channel', n % 2, 'speaker', case n % 2 when 0 then 'agent' else 'caller' end,
    'start_ms', n * 10800, 'end_ms', n * 10800 + 10800, 'words', words) order by n), 1
  from (
    select i / 30 as n, jsonb_agg(jsonb_build_array(coalesce(said ->> i::text, 'w' || i), i * 360, i * 360 + 300, 0.9) order by i) as words
    from generate_series(0, 29999) as i
    group by i / 30
  ) as s;
  return call;
end
$$;
create function tests.places(query text) returns table (start_ms integer, end_ms integer, speaker text, matched text) language sql as $$
  select (h ->> 'start_ms')::integer, (h ->> 'end_ms')::integer, h ->> 'speaker', h ->> 'matched'
  from jsonb_array_elements(api.search_transcripts(query) -> 'calls') as f
  cross join jsonb_array_elements(f -> 'hits') as h
$$;

-- "guaranteed approval" 40 s before the end; a phrase over the border of two stretches; one in the shared minute.
select tests.long_call('long', '{"29888": "Guaranteed", "29889": "approval,", "832": "social", "833": "security", "834": "number?",
  "700": "secret", "5000": "apple", "5100": "pear", "5003": "apple"}');
select results_eq($$select * from tests.places('"guaranteed approval"')$$,
  $$values (29888 * 360, 29889 * 360 + 300, 'agent', 'Guaranteed approval')$$,
  'a phrase in the last minute of three hours, at its millisecond');
select results_eq($$select * from tests.places('guarantee')$$, $$values (29888 * 360, 29888 * 360 + 300, 'agent', 'Guaranteed')$$, 'by another form of the word');
select results_eq($$select * from tests.places('"social security number"')$$,
  $$values (832 * 360, 834 * 360 + 300, 'caller', 'social security number')$$, 'a phrase across the end of a stretch, once');
select results_eq($$select * from tests.places('secret')$$, $$values (700 * 360, 700 * 360 + 300, 'caller', 'secret')$$, 'what two stretches share is told once');
select is(api.search_transcripts('secret') #>> '{calls,0,stretches}', '2', 'of both stretches');
select results_eq($$select * from tests.places('pear apple')$$, $$values (5003 * 360, 5100 * 360 + 300, 'agent', 'apple')$$,
  'of all places of the words those that lie nearest');
select is_empty($$select * from tests.places('secret pear')$$, 'words that are far apart are no hit');
select is(api.search_transcripts('w15000') #> '{calls,0,hits,0,lines}',
  '[{"speaker": "caller", "parts": [["… w14990 w14991 w14992 w14993 w14994 w14995 w14996 w14997 w14998 w14999", false]]},
    {"speaker": "agent", "parts": [["w15000", true], ["w15001 w15002 w15003 w15004 w15005 w15006 w15007 w15008 w15009 w15010 w15011 w15012 w15013 w15014 …", false]]}]',
  'the words around, by speaker, with the hit marked');
select is((select count(*)::integer from jsonb_array_elements(api.search_transcripts('apple pear') #> '{calls,0,hits,0,lines}') as l
    where l -> 'parts' #>> '{0,0}' like '… %' or l -> 'parts' #>> '{-1,0}' like '… %'), 2,
  'what lies between words that are far apart is left out');

-- No plan of a search reads a table from end to end, rare words and common ones alike.
create function tests.scans() returns bigint language sql as $$
  select sum(seq_scan)::bigint from pg_stat_xact_user_tables where schemaname = 'core' and relname in ('calls', 'transcripts', 'transcript_chunks')
$$;
create temp table before as select tests.scans() as scans;
select api.search_transcripts('"guaranteed approval" -never');
select core.find_calls(core.read_search('guaranteed -never'), '{"campaign": "none"}', null, 20, 0);
select api.search_choices();
select is(tests.scans(), scans, 'no sequential scan') from before;

-- An exclusion holds for the whole call, however far away it stands.
select is(jsonb_array_length(api.search_transcripts('guaranteed -secret') -> 'calls'), 0, 'said three hours before');
select is(jsonb_array_length(api.search_transcripts('guaranteed -never') -> 'calls'), 1, 'never said');

-- Many hits: the first three, and how many stretches have more.
select tests.long_call('often', (select jsonb_object_agg(i * 1000, 'banana') from generate_series(0, 29) as i));
select is((select count(*) from tests.places('banana')), 3::bigint, 'three places');
select ok((api.search_transcripts('banana') #>> '{calls,0,stretches}')::integer >= 29, 'of many stretches');

-- A word that the recogniser wrote in two parts is found at its first.
select tests.long_call('odd', '{"10": "o''clock", "11": "well-known", "12": "$1,200.50"}');
select is((select start_ms from tests.places('o''clock') limit 1), 3600, 'an apostrophe');
select is((select start_ms from tests.places('well-known')), 3960, 'a hyphen');
select is((select start_ms from tests.places('known')), 3960, 'a part of a word');
select is((select start_ms from tests.places('1,200.50')), 4320, 'an amount');

-- Pages: every call once, in order, whatever the page size and whichever way they are found.
select tests.clear();
do $$
begin
  for i in 1..25 loop
    perform tests.judged_call('page-' || i, started => now() - i * interval '1 minute');
  end loop;
  -- Two at the same moment.
  perform tests.judged_call('page-26', started => now() - interval '1 minute');
end
$$;
create function tests.paged(page_size integer, candidates integer, looked_at integer) returns text[] language plpgsql as $$
declare
  asked constant core.search_terms := core.read_search('guarantee');
  page record;
  told bigint[] := '{}';
  place jsonb;
  pages integer := 0;
begin
  loop
    page := core.find_calls(asked, '{}', place, page_size, candidates, looked_at);
    told := told || page.call_ids;
    place := page.next_after;
    pages := pages + 1;
    exit when place is null or pages > 100;
    if not page.cut and cardinality(page.call_ids) <> page_size then
      raise 'a page of % calls that is not the last', cardinality(page.call_ids);
    end if;
  end loop;
  return (select array_agg(c.ringba_call_id order by p.place) from unnest(told) with ordinality as p(call_id, place) join core.calls as c using (call_id));
end
$$;
create temp table in_order as
  select array_agg(ringba_call_id order by start_time_utc desc, call_id desc) as ids from core.calls;
select is(tests.paged(size, 10000, 50000), ids, format('pages of %s from the index', size)) from in_order, unnest(array[1, 5, 26, 50]) as size;
select is(tests.paged(size, 0, 50000), ids, format('pages of %s newest first', size)) from in_order, unnest(array[1, 5, 26, 50]) as size;
select is(tests.paged(20, 0, looked), ids, format('cut after %s stretches and gone on', looked)) from in_order, unnest(array[1, 3, 7]) as looked;

-- A long call in the middle of which a search is cut is told once, or found later.
select tests.clear();
select tests.judged_call('newer', started => now() + interval '1 hour');
select tests.long_call('long', '{"100": "guarantee", "29000": "guarantee"}');
select tests.judged_call('older', started => now() - interval '1 hour');
select is(tests.paged(20, 0, looked), '{newer,long,older}', format('a long call, %s stretches at once', looked)) from unnest(array[1, 2, 7, 44, 100]) as looked;
select is((core.find_calls(core.read_search('guarantee'), '{"campaign": "none"}', null, 20, 0, 3)).cut, true, 'a search that finds nothing is cut, and says so');
select isnt((core.find_calls(core.read_search('guarantee'), '{"campaign": "none"}', null, 20, 0, 3)).next_after, null, 'with the place to go on');
select is((core.find_calls(core.read_search('guarantee'), '{}', null, 20, 0, 50000, '-1 second')).cut, false, 'too few stretches to look at the clock');

-- Ringba corrects a start, and the order follows.
update core.calls set start_time_utc = now() - interval '2 hours' where ringba_call_id = 'newer';
select is(tests.paged(20, 0, 50000), '{long,older,newer}', 'in the new order');
select is_empty($$select c.call_id from core.calls as c join core.transcript_chunks as t using (call_id) where t.start_time_utc <> c.start_time_utc$$,
  'stretches and calls begin at the same moment');

select * from finish();
rollback;

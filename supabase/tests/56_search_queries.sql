-- What a person types into the search field: read as web search engines read it, and never an error.
begin;
\ir helpers/setup.psql
select no_plan();

-- A call whose lines are said in turn by agent and caller, a word every second.
create function tests.spoken(id text, talk text, started timestamptz default now(), status text default 'safe') returns bigint
language plpgsql as $$
declare
  call constant bigint := tests.call(status, started => started, id => id);
begin
  insert into core.transcripts (call_id, model, language, duration_ms, segments, round)
  select call, 'm', 'en', 600000, jsonb_agg(jsonb_build_object('channel', (n + 1) % 2, 'speaker',
    case when n % 2 = 1 then 'agent' else 'caller' end, 'start_ms', began, 'end_ms', ended, 'words', words) order by n), 1
  from (
    select n, min(at) as began, max(at) + 500 as ended, jsonb_agg(jsonb_build_array(word, at, at + 500, 0.9) order by k) as words
    from (
      select l.n, x.k, x.word, (row_number() over (order by l.n, x.k) - 1) * 1000 as at
      from regexp_split_to_table(talk, '\|') with ordinality as l(line, n)
      cross join lateral regexp_split_to_table(btrim(l.line), '\s+') with ordinality as x(word, k)
    ) as w
    group by n
  ) as s;
  return call;
end
$$;

select tests.spoken('gift', 'Hello this is Ann on a recorded line | Hi | You will get a free gift card when you enroll', now());
select tests.spoken('cards', 'Two gift cards for you | Never call me again', now() - interval '1 hour');
select tests.spoken('card', 'Please read your insurance card number | It was a gift', now() - interval '2 hours');
select tests.spoken('none', 'The weather is fine | Indeed', now() - interval '3 hours');

create function tests.found(query text, filter jsonb default '{}') returns text[] language sql as $$
  select coalesce(array_agg(f -> 'call' ->> 'ringba_call_id' order by place), '{}')
  from jsonb_array_elements(api.search_transcripts(query, filter) -> 'calls') with ordinality as f(f, place)
$$;
create function tests.problem(query text) returns text language sql as $$
  select api.search_transcripts(query) ->> 'problem'
$$;

select is(tests.found('gift card'), '{gift,cards,card}', 'all words in any order and form, newest call first');
select is(tests.found('GIFTS'), '{gift,cards,card}', 'in any form and case');
select is(tests.found('"gift card"'), '{gift,cards}', 'a phrase stands together');
select is(tests.found('"card gift"'), '{}', 'in its order');
select is(tests.found('"gift card'), '{gift,cards}', 'a quote that is not closed ends with the search');
select is(tests.found('“gift card”'), '{gift,cards,card}', 'other quotes are punctuation');
select is(tests.found('gift -recorded'), '{cards,card}', 'an exclusion');
select is(tests.found('gift -"call me"'), '{gift,card}', 'of a phrase');
select is(tests.found('gift -"free card"'), '{gift,cards,card}', 'that stands nowhere');
select is(tests.found('-recorded gift -insurance'), '{cards}', 'several, anywhere');
select is(tests.found('weather or recorded'), '{gift,none}', 'either');
select is(tests.found('insurance card or never call'), '{cards,card}', 'or binds less than words side by side');
select is(tests.found('weather or -recorded'), '{none}', 'an or before an exclusion is none');
select is(tests.found('or weather or'), '{none}', 'nor one at the ends');
select is(tests.found('"or" weather'), '{none}', 'a quoted or is a word, and one that stands everywhere');
select is(tests.found('the weather is'), '{none}', 'words that stand everywhere are left out');
select is(tests.found('weather (fine) & !indeed | <-> :*'), '{none}', 'operators are punctuation');
select is(tests.found('gift') , tests.found('gift gift gift'), 'saying it twice changes nothing');

select is(tests.problem(query), problem, format('%s: %s', left(query, 20), problem))
from (values
  ('', 'empty'), ('   ', 'empty'), (null, 'empty'),
  ('-recorded', 'only_exclusions'), ('-"gift card" -free', 'only_exclusions'),
  ('the of and', 'only_common_words'), ('"', 'only_common_words'), ('""', 'only_common_words'), ('-', 'only_common_words'),
  ('!!! & | <-> ()', 'only_common_words'), ('-- -"" -the', 'only_common_words'),
  (repeat('a', 10000), 'too_long'), (repeat('gift ', 2000), 'too_long'), (repeat('word ', 31), 'too_long'), (repeat('"', 10000), 'too_long')
) as v(query, problem);
select lives_ok(format('select api.search_transcripts(%L)', query), 'no error: ' || left(query, 30))
from unnest(array[
  repeat('a', 1000), repeat('-', 1000), repeat('"', 999), repeat('or ', 300), repeat('x-', 400), 'a'' or ''1''=''1', '\', '\\ ''', ':*A', '<b>gift</b>',
  'https://example.test/a?b=c', 'a@b.test', '-1.5e10', '$5.50', '50%', U&'\00A0', '👍', 'żółć', '&&&', '! gift', '"gift" "', E'tab\tand\nline', '-"'
]) as query;

select is(jsonb_array_length(api.search_transcripts('gift', '{}', '{"call_id": "x"}') -> 'calls'), 3, 'a place without a moment is none');

-- Filters.
update core.calls set campaign_name = 'ACA', publisher_name = 'P', buyer_name = 'B', vertical = 'aca' where ringba_call_id = 'gift';
select tests.spoken('flagged', 'gift', now() - interval '4 hours', 'flagged');
select is(tests.found('gift', filter), found, format('only %s', filter))
from (values
  ('{"statuses": ["flagged"]}'::jsonb, '{flagged}'::text[]), ('{"statuses": ["flagged", "safe"]}', '{gift,cards,card,flagged}'),
  ('{"severity": "major"}', '{flagged}'), ('{"severity": "minor"}', '{}'), ('{"rule": "guarantee"}', '{flagged}'), ('{"rule": "x"}', '{}'),
  ('{"campaign": "ACA"}', '{gift}'), ('{"publisher": "P"}', '{gift}'), ('{"buyer": "B"}', '{gift}'), ('{"vertical": "aca"}', '{gift}'),
  ('{"vertical": "aca", "buyer": "C"}', '{}'),
  (jsonb_build_object('from_time', now() - interval '90 minutes'), '{gift,cards}'),
  (jsonb_build_object('to_time', now() - interval '1 hour'), '{card,flagged}'),
  (jsonb_build_object('from_time', now() - interval '2 hours', 'to_time', now()), '{cards,card}')
) as v(filter, found);

-- Reviewers see what they may read, and no more.
grant execute on all functions in schema tests to public;
select tests.become('reviewer');
select is(tests.found('"gift cards"'), '{gift,cards}', 'a reviewer searches');
select is(api.search_transcripts('gift') #>> '{calls,0,call,caller_number_masked}', '•••• 4567', 'and sees four digits');
select ok(not api.search_transcripts('gift') -> 'calls' -> 0 -> 'call' ?| array['caller_number', 'audio_url', 'lease_token'], 'no more');
select is(api.search_choices() -> 'campaigns', '["ACA"]', 'choices are names of newest calls');
select tests.become('owner');

select * from finish();
rollback;

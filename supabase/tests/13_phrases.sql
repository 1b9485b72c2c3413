-- The phrase check against the list that it shares with the judge's matcher.
begin;
\ir helpers/setup.psql
select no_plan();

-- Found from this folder as from the repository's root.
\set shared `cat phrases.json 2>/dev/null || cat supabase/tests/phrases.json`
create temp table shared as select (:'shared')::jsonb as list;

select is(core.phrase_problem(phrase), null, 'good: ' || phrase)
from shared, jsonb_array_elements_text(list -> 'good') as phrase;
select isnt(core.phrase_problem(bad ->> 'phrase'), null, format('bad: %s (%s)', replace(to_json(bad ->> 'phrase')::text, '#', '\#'), bad ->> 'why'))
from shared, jsonb_array_elements(list -> 'bad') as bad;
select cmp_ok((select jsonb_array_length(list -> 'good') + jsonb_array_length(list -> 'bad') from shared), '>', 50, 'the list is not empty');

select is(core.phrase_problem(null), 'it is empty');
select is(core.phrase_problem('gift *30 card'), 'the gap "*30" is not * and a number from 1 to 20');
select is(core.phrase_problem('free, plan'), '"free," is not a word');
select is(core.phrase_problem('(a | b) plan'), '"(a | b)" is not a list of words such as (enroll|sign up)');
select is(core.phrase_problem('*3 free'), 'it begins or ends with a gap');
select is(core.phrase_problem('maybe?'), 'it has no word that must be said');

select * from finish();
rollback;

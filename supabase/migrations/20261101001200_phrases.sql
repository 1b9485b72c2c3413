-- The phrase grammar of the rules, checked here and matched by the judge. The shared list
-- supabase/tests/phrases.json holds the two together.

create function core.phrase_problem(phrase text) returns text
language plpgsql immutable set search_path = '' as $$
declare
  word constant text := '''*[[:alnum:]][[:alnum:]'']*';
  branch constant text := word || '( ' || word || ')*';
  rest text := phrase;
  item text;
  first_item text;
  has_anchor boolean := false;
begin
  if phrase is null or phrase !~ '\S' then
    return 'it is empty';
  elsif phrase ~ '^\s|\s$|\s\s|[^\S ]' then
    return 'its items are not separated by single spaces';
  end if;
  while rest <> '' loop
    -- A list in parentheses is one item, spaces and all.
    item := substring(rest from '^(\([^()]*\)\S*|\S+)');
    rest := substr(rest, length(item) + 2);
    first_item := coalesce(first_item, item);
    if item ~ ('^' || word || '$') then
      has_anchor := true;
    elsif item ~ ('^\(' || branch || '(\|' || branch || ')*\)$') then
      has_anchor := true;
    elsif item ~ ('^' || word || '\?$') or item ~ ('^\(' || branch || '(\|' || branch || ')*\)\?$') or item = '#' then
      null;
    elsif item ~ '^\*' then
      if item !~ '^\*([1-9]|1[0-9]|20)$' then
        return format('the gap "%s" is not * and a number from 1 to 20', item);
      end if;
    elsif item ~ '[()|]' then
      return format('"%s" is not a list of words such as (enroll|sign up)', item);
    else
      return format('"%s" is not a word', item);
    end if;
  end loop;
  if first_item ~ '^\*' or item ~ '^\*' then
    return 'it begins or ends with a gap';
  elsif not has_anchor then
    return 'it has no word that must be said';
  end if;
  return null;
end
$$;
comment on function core.phrase_problem(text) is 'Null for a phrase of the grammar described at core.rules.phrases, else what is wrong with it.';

-- The queue, page by page.

drop function api.queue(text[], integer);

create function core.queue_counts(filter jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  most constant bigint := 1000;
  others constant text := core.queue_conditions(filter - 'state');
  kept constant boolean := filter - 'state' = '{}';
  counts jsonb := '[]';
  tab record;
  calls bigint;
begin
  for tab in select * from core.queue_states() as s order by s.place loop
    if kept and tab.state <> 'to_review' then
      execute format('select coalesce(sum(c.calls), 0)::bigint from api.call_counts() as c where %s', tab.condition) into calls;
      counts := counts || jsonb_build_object('state', tab.state, 'calls', calls, 'more', false);
    else
      execute format('select count(*) from (select from core.calls as c where %s and %s limit %s) as counted',
        tab.condition, others, most + 1) into calls;
      counts := counts || jsonb_build_object('state', tab.state, 'calls', least(calls, most), 'more', calls > most);
    end if;
  end loop;
  return counts;
end
$$;
comment on function core.queue_counts(jsonb) is
  'How many calls stand behind each tab under the other filters: without any from the kept counts; else, and for what is to be reviewed, counted up to 1000 and more is true beyond.';
grant execute on function core.queue_counts(jsonb) to authenticated, service_role;

create function api.queue_page(filter jsonb default '{}', after jsonb default null, page_size integer default 50) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  conditions text;
  size constant integer := least(greatest(coalesce(page_size, 50), 1), 1000);
  calls bigint[];
  more boolean;
begin
  perform core.require('service', 'reviewer', 'admin');
  conditions := core.queue_conditions(filter);
  if after is not null then
    if not coalesce(after @? 'strict $ ? (@.urgency.type() == "number" && @.queue_place.type() == "number"
        && @.call_id.type() == "number")', false) then
      raise exception 'This page of the queue is unknown. Begin at its top.' using errcode = 'invalid_parameter_value';
    end if;
    conditions := conditions || format(' and (c.urgency, c.queue_place, c.call_id) < (%s::smallint, %s::bigint, %s::bigint)',
      after ->> 'urgency', after ->> 'queue_place', after ->> 'call_id');
  end if;
  -- One call more than the page holds tells whether there is another page.
  execute format(
    'select array(select c.call_id from core.calls as c where %s'
    ' order by c.urgency desc, c.queue_place desc, c.call_id desc limit %s)',
    conditions, size + 1) into calls;
  more := cardinality(calls) > size;
  calls := calls[:size];
  return jsonb_build_object(
    'rows', coalesce((
      select jsonb_agg(jsonb_build_object(
        'call', to_jsonb(v),
        'to_review', c.to_review,
        'decided', case when c.flags is null then 0 else (
          select count(*) filter (where item.decided) from core.review_items(c.call_id, c.flags, c.judgement_id) as item) end,
        'open_by', array(
          select p.user_email from core.presence as p
          where p.call_id = c.call_id and core.is_present(p.seen_at) and p.user_id is distinct from auth.uid()
          order by p.user_email)
      ) order by c.urgency desc, c.queue_place desc, c.call_id desc)
      from core.calls as c
      join api.calls as v on v.call_id = c.call_id
      where c.call_id = any (calls)
    ), '[]'),
    'next', case when more then (
      select jsonb_build_object('urgency', c.urgency, 'queue_place', c.queue_place, 'call_id', c.call_id)
      from core.calls as c where c.call_id = calls[size]
    ) end,
    'counts', core.queue_counts(filter)
  );
end
$$;
comment on function api.queue_page(jsonb, jsonb, integer) is
  'A page of the queue under filters (client types QueueFilter and QueuePage): most urgent first, of those that need somebody the longest waiting first, the rest newest first; with where the next page begins, and the tabs'' counts.';
grant execute on function api.queue_page(jsonb, jsonb, integer) to authenticated, service_role;

-- From value to value along the index: as many steps as there are values, however many calls there are.
create function core.values_of_calls(column_name text) returns text[]
language plpgsql stable set search_path = '' as $$
declare
  found_values text[];
begin
  execute format(
    'with recursive walk as (
      (select c.%1$I as v from core.calls as c where c.%1$I is not null order by c.%1$I limit 1)
      union all
      select (select c.%1$I from core.calls as c where c.%1$I > walk.v order by c.%1$I limit 1) from walk where walk.v is not null
    ) select array(select v from walk where v is not null limit 500)', column_name) into found_values;
  return found_values;
end
$$;
comment on function core.values_of_calls(text) is 'The first 500 different values in an indexed column of core.calls.';
grant execute on function core.values_of_calls(text) to authenticated, service_role;

create function api.queue_choices() returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  perform core.require('service', 'reviewer', 'admin');
  return jsonb_build_object(
    'rules', coalesce((
      select jsonb_agg(jsonb_build_object('key', r.key, 'title', r.title) order by r.title, r.key)
      from (select distinct on (r.key) r.key, r.title from core.rules as r order by r.key, r.rule_id desc) as r
    ), '[]'),
    'verticals', core.values_of_calls('vertical'),
    'campaigns', core.values_of_calls('campaign_name'),
    'publishers', core.values_of_calls('publisher_name'),
    'buyers', core.values_of_calls('buyer_name'),
    'reviewers', array(
      with recursive walk as (
        (select r.reviewer_email as v from core.reviews as r order by r.reviewer_email limit 1)
        union all
        select (select r.reviewer_email from core.reviews as r where r.reviewer_email > walk.v order by r.reviewer_email limit 1)
        from walk where walk.v is not null
      )
      select v from walk where v is not null
      union
      select p.user_email from core.presence as p where core.is_present(p.seen_at)
      union
      select auth.jwt() ->> 'email' where auth.jwt() ->> 'email' is not null
      order by 1
    )
  );
end
$$;
comment on function api.queue_choices() is
  'What the queue''s filters offer (client type QueueChoices): the present rules, and the values that calls and reviews hold, found along their indexes.';
grant execute on function api.queue_choices() to authenticated, service_role;

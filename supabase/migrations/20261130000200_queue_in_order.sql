-- Pages and counts along the indexes that have the queue's order: nothing is gathered whole for the sake of a
-- thousand, and no parallel workers start for what takes a millisecond.

-- Conditions as text, each value quoted by format: every set of filters gets a plan of its own.
create or replace function core.queue_conditions(filter jsonb) returns text
language plpgsql stable set search_path = '' as $$
declare
  conditions text[] := '{}';
  given record;
begin
  if coalesce(jsonb_typeof(filter), 'null') <> 'object' then
    raise exception 'The filters of the queue are one JSON object.' using errcode = 'invalid_parameter_value';
  end if;
  for given in select f.key, f.value #>> '{}' as value, jsonb_typeof(f.value) as kind from jsonb_each(filter) as f loop
    if given.kind <> 'string' or given.value !~ '\S' or length(given.value) > 300 then
      raise exception 'The filter % needs a value of 1 to 300 characters.', left(given.key, 100) using errcode = 'invalid_parameter_value';
    end if;
    conditions := conditions || case given.key
      when 'state' then (select s.condition from core.queue_states() as s where s.state = given.value)
      when 'severity' then case when given.value in ('critical', 'major', 'minor')
        then format('c.worst_severity = %L', given.value) end
      when 'rule' then format(
        'exists (select from core.calls_by_rule as r where r.call_id = c.call_id and r.rule_key = %L)', given.value)
      when 'vertical' then format('c.vertical = %L', given.value)
      when 'campaign' then format('c.campaign_name = %L', given.value)
      when 'publisher' then format('c.publisher_name = %L', given.value)
      when 'buyer' then format('c.buyer_name = %L', given.value)
      when 'from' then format('c.start_time_utc >= %L', core.read_moment(given.key, given.value))
      when 'to' then format('c.start_time_utc < %L', core.read_moment(given.key, given.value))
      when 'reviewer' then format(
        'c.call_id in (select r.call_id from core.reviews as r where r.reviewer_email = %1$L'
        ' union all select p.call_id from core.presence as p where p.user_email = %1$L and core.is_present(p.seen_at))',
        given.value)
      else ''
    end;
    if conditions[cardinality(conditions)] is null then
      raise exception 'There is no % %.', given.key, left(given.value, 100) using errcode = 'invalid_parameter_value';
    elsif conditions[cardinality(conditions)] = '' then
      raise exception 'The queue has no filter %.', left(given.key, 100) using errcode = 'invalid_parameter_value';
    end if;
  end loop;
  return coalesce(nullif(array_to_string(conditions, ' and '), ''), 'true');
end
$$;

create function core.fits_no_call(filter jsonb) returns boolean
language sql immutable set search_path = ''
return filter ?| array['severity', 'rule'] and filter ->> 'state' in ('undecided', 'safe', 'failed', 'no_recording');
comment on function core.fits_no_call(jsonb) is
  'Whether filters of the queue exclude each other: by the constraint verdict_complete a verdict has flags when it is flagged, and only then.';
grant execute on function core.fits_no_call(jsonb) to authenticated, service_role;

create or replace function core.queue_counts(filter jsonb) returns jsonb
language plpgsql stable set search_path = '' set jit = off set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set max_parallel_workers_per_gather = 0 as $$
declare
  others constant jsonb := filter - 'state';
  -- How far is counted where no count is kept.
  most constant bigint := 1000;
  counts jsonb := '[]';
  of_all bigint := 0;
  more_of_all boolean := false;
  tab record;
  of_tab jsonb;
  conditions text;
  calls bigint;
  more boolean;
begin
  for tab in select * from core.queue_states() as s where s.state <> 'all' order by s.place loop
    of_tab := others || jsonb_build_object('state', tab.state);
    conditions := core.queue_conditions(of_tab);
    if others = '{}' and tab.state <> 'to_review' then
      execute format('select coalesce(sum(c.calls), 0)::bigint from api.call_counts() as c where %s', conditions) into calls;
      more := false;
    else
      if core.fits_no_call(of_tab) then
        calls := 0;
      elsif tab.state in ('to_review', 'in_progress') then
        -- Small indexes hold what waits, for people and for the lanes.
        calls := core.count_calls(conditions, most + 1);
      else
        execute format('select count(*) from (select from core.calls as c where %s limit %s) as counted', conditions, most + 1)
          into calls;
      end if;
      more := calls > most;
      calls := least(calls, most);
    end if;
    counts := counts || jsonb_build_object('state', tab.state, 'calls', calls, 'more', more);
    -- What is to be reviewed stands behind another tab as well.
    if tab.state <> 'to_review' then
      of_all := of_all + calls;
      more_of_all := more_of_all or more;
    end if;
  end loop;
  if others <> '{}' then
    more_of_all := more_of_all or of_all > most;
    of_all := least(of_all, most);
  end if;
  return jsonb_build_object('state', 'all', 'calls', of_all, 'more', more_of_all) || counts;
end
$$;

create function core.queue_query(filter jsonb, after jsonb, most integer) returns text
language plpgsql stable set search_path = '' as $$
declare
  source text := 'core.calls as c';
  conditions text := core.queue_conditions(filter);
  -- Whose order is walked.
  walked text := 'c';
  states text[] := '{true}';
  parts text;
begin
  if core.fits_no_call(filter) then
    conditions := 'false';
  elsif filter ? 'rule' then
    source := format('core.calls_by_rule as r join core.calls as c on c.call_id = r.call_id and r.rule_key = %L', filter ->> 'rule');
    conditions := core.queue_conditions(filter - 'rule');
    walked := 'r';
  elsif not filter ?| array['state', 'severity'] and filter ?| array['vertical', 'campaign', 'publisher', 'buyer'] then
    -- The indexes of these have the order of each state: the first calls of all are among the first of each.
    states := array(select s.condition from core.queue_states() as s where s.state not in ('all', 'to_review'));
  end if;
  if after is not null then
    conditions := conditions || format(' and (%1$s.urgency, %1$s.queue_place, %1$s.call_id) < (%2$s::smallint, %3$s::bigint, %4$s::bigint)',
      walked, after ->> 'urgency', after ->> 'queue_place', after ->> 'call_id');
  end if;
  select string_agg(format(
    '(select %1$s.urgency, %1$s.queue_place, %1$s.call_id from %2$s where %3$s and %4$s'
    ' order by %1$s.urgency desc, %1$s.queue_place desc, %1$s.call_id desc limit %5$s)',
    walked, source, s, conditions, most), ' union all ') into parts from unnest(states) as s;
  return format('select f.call_id from (%s) as f order by f.urgency desc, f.queue_place desc, f.call_id desc limit %s', parts, most);
end
$$;
comment on function core.queue_query(jsonb, jsonb, integer) is
  'The query for the first calls of the queue under filters, behind a place {urgency, queue_place, call_id} or from its top.';
grant execute on function core.queue_query(jsonb, jsonb, integer) to authenticated, service_role;

create function core.queue_calls(filter jsonb, after jsonb, most integer) returns bigint[]
language plpgsql stable set search_path = '' set jit = off set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set max_parallel_workers_per_gather = 0 as $$
declare
  calls bigint[];
begin
  execute format('select array(%s)', core.queue_query(filter, after, most)) into calls;
  return calls;
end
$$;
comment on function core.queue_calls(jsonb, jsonb, integer) is 'The first calls of the queue, as core.queue_query has them.';
grant execute on function core.queue_calls(jsonb, jsonb, integer) to authenticated, service_role;

create or replace function api.queue_page(filter jsonb default '{}', after jsonb default null, page_size integer default 50) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  size constant integer := least(greatest(coalesce(page_size, 50), 1), 1000);
  calls bigint[];
  more boolean;
begin
  perform core.require('service', 'reviewer', 'admin');
  if after is not null and not coalesce(after @? 'strict $ ? (@.urgency.type() == "number" && @.queue_place.type() == "number"
      && @.call_id.type() == "number")', false) then
    raise exception 'This page of the queue is unknown. Begin at its top.' using errcode = 'invalid_parameter_value';
  end if;
  -- One call more than the page holds tells whether there is another page.
  calls := core.queue_calls(filter, after, size + 1);
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

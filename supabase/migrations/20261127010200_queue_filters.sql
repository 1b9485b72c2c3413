-- The filters of the queue's address, read in one place for the page, its counts and the next call.

create function core.queue_states() returns table (place integer, state text, condition text)
language sql immutable set search_path = '' as $$
  values
    (1, 'all', 'true'),
    (2, 'to_review', 'c.urgency > 0'),
    (3, 'flagged', 'c.status = ''flagged'''),
    (4, 'undecided', 'c.status = ''undecided'''),
    (5, 'safe', 'c.status = ''safe'''),
    -- As the predicate of idx_calls_in_work is written.
    (6, 'in_progress', 'c.status in (''pending'', ''downloading'', ''downloaded'', ''processing'', ''transcribed'', ''judging'')'),
    (7, 'failed', 'c.status = ''failed'''),
    (8, 'no_recording', 'c.status = ''no_recording''')
$$;
comment on function core.queue_states() is 'The queue''s tabs in their order, and which calls c stand behind each.';
grant execute on function core.queue_states() to authenticated, service_role;

create function core.read_moment(name text, written text) returns timestamptz
language plpgsql stable set search_path = '' as $$
declare
  moment timestamptz;
begin
  moment := written::timestamptz;
  if isfinite(moment) then
    return moment;
  end if;
  raise datetime_field_overflow;
exception when data_exception then
  raise exception 'The filter % is no moment in time: %.', name, left(written, 100) using errcode = 'invalid_parameter_value';
end
$$;
comment on function core.read_moment(text, text) is 'A moment that somebody wrote, or a refusal in a sentence.';
grant execute on function core.read_moment(text, text) to authenticated, service_role;

-- Conditions as text, each value quoted by format: every set of filters gets a plan of its own.
create function core.queue_conditions(filter jsonb) returns text
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
      when 'rule' then format('c.worst_severity is not null and core.flagged_rules(c.flags) @> %L', to_jsonb(given.value))
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
comment on function core.queue_conditions(jsonb) is
  'The condition on core.calls as c that filters of the queue make (client type QueueFilter), or a refusal in a sentence. severity and rule speak of flags; reviewer is who said something about the call or has it open.';
grant execute on function core.queue_conditions(jsonb) to authenticated, service_role;

-- What people do with calls by hand: by their ids, or all of a lane that fit. Every act goes call by call, each in a
-- transaction of its own inside the one of the request, so that a call that refuses does not keep the others from it,
-- and so that a trial runs the very same code and takes it back.

create function core.calls_of_lane(lane core.lanes, state text) returns text
language sql immutable set search_path = '' as $$
  select case state
    when 'waiting' then format('c.status = %L', lane.waiting_status)
    when 'in_work' then format('c.status = %L', lane.leased_status)
    when 'failed' then format('c.status = ''failed'' and c.failed_lane = %L', lane.lane)
  end
$$;
comment on function core.calls_of_lane(core.lanes, text) is 'The condition on core.calls as c: what waits for a lane, is in work there, or failed in it.';

create function core.states_acted_on(act text) returns text[]
language sql immutable set search_path = '' as $$
  select case act
    when 'retry' then array['failed']
    when 'release' then array['in_work']
    when 'fail' then array['in_work', 'waiting']
    when 'show' then array['failed', 'in_work', 'waiting']
  end
$$;
comment on function core.states_acted_on(text) is 'Which calls of a lane retry, release, fail and show take.';

-- Whatever a plan expects of the ids: calls are never read from end to end, here and below.
create function core.chosen_calls(act text, selection jsonb, after bigint, most integer)
returns table (name text, call_id bigint, matching bigint)
language plpgsql stable set search_path = '' set enable_seqscan = off as $$
#variable_conflict use_column
declare
  takes text[] := core.states_acted_on(act);
  line core.lanes;
  fits text;
  key text;
  parts text;
begin
  if takes is null then
    raise exception 'There is no act "%": there are retry, release, fail and show.', left(act, 100)
      using errcode = 'invalid_parameter_value';
  elsif coalesce(jsonb_typeof(selection), 'null') <> 'object' or (selection ? 'calls') = (selection ? 'lane') then
    raise exception 'Calls are chosen by their ids (calls) or by their lane (lane), by one of both.'
      using errcode = 'invalid_parameter_value';
  end if;
  for key in select jsonb_object_keys(selection) loop
    if not (key = 'calls' or selection ? 'lane' and key in ('lane', 'state', 'kind', 'account', 'filter')) then
      raise exception 'Calls cannot be chosen by %.', left(key, 100) using errcode = 'invalid_parameter_value';
    end if;
  end loop;

  if selection ? 'calls' then
    if jsonb_typeof(selection -> 'calls') <> 'array' or jsonb_array_length(selection -> 'calls') > most then
      raise exception 'The ids of calls are a list of at most %.', most using errcode = 'invalid_parameter_value';
    end if;
    -- Numbers of calls here, or Ringba's ids.
    return query
      select n.name, coalesce(
        case when n.name ~ '^\d{1,18}$' then (select c.call_id from core.calls as c where c.call_id = n.name::bigint) end,
        (select c.call_id from core.calls as c where c.ringba_call_id = n.name)), null::bigint
      from (select distinct btrim(e) as name from jsonb_array_elements_text(selection -> 'calls') as e) as n;
    return;
  end if;

  select l.* into line from core.lanes as l where l.lane = selection ->> 'lane';
  if line.lane is null then
    raise exception 'There is no lane "%" that holds calls: there are vault, worker and judge.', left(selection ->> 'lane', 100)
      using errcode = 'invalid_parameter_value';
  end if;
  if selection ? 'state' then
    if not coalesce(selection ->> 'state' = any (takes), false) then
      raise exception '% takes calls that are %, not "%".', act, replace(array_to_string(takes, ' or '), '_', ' '),
        left(selection ->> 'state', 100) using errcode = 'invalid_parameter_value';
    end if;
    takes := array[selection ->> 'state'];
  end if;
  fits := core.queue_conditions(coalesce(selection -> 'filter', '{}'))
    || coalesce(' and core.failure_kind(c) = ' || quote_literal(selection ->> 'kind'), '')
    || coalesce(' and c.account = ' || quote_literal(selection ->> 'account'), '');
  select string_agg(format('select c.call_id from core.calls as c where %s and %s', core.calls_of_lane(line, t), fits), ' union all ')
  into parts from unnest(takes) as t;
  return query execute format(
    'with fitting as materialized (%s)
    select null::text, f.call_id, (select count(*) from fitting) from fitting as f where f.call_id > $1 order by f.call_id limit $2',
    parts) using coalesce(after, 0), most;
end
$$;
comment on function core.chosen_calls(text, jsonb, bigint, integer) is
  'Calls by their ids or Ringba''s ({calls}), an unknown one without number, or those of a lane that an act takes ({lane, state?, kind?, account?, filter?}; client type CallSelection), by their numbers, and how many fit altogether.';

create function core.take_back(call_id bigint) returns core.calls
language plpgsql volatile set search_path = '' as $$
declare
  held core.calls;
  line core.lanes;
begin
  select c.* into held from core.calls as c where c.call_id = take_back.call_id for update;
  if not found then
    raise exception 'There is no call %.', call_id using errcode = 'invalid_parameter_value';
  end if;
  select l.* into line from core.lanes as l where l.leased_status = held.status;
  if line.lane is null then
    raise exception 'Only a call in work can be released; this one is %.', replace(held.status, '_', ' ')
      using errcode = 'invalid_parameter_value';
  end if;
  update core.calls as c set
    status = line.waiting_status,
    lease_token = null, lease_owner = null, lease_user = null, lease_expires_at = null, leased_at = null,
    lease_progress = null, lease_progressed_at = null
  where c.call_id = held.call_id;
  -- No digest: whatever its holder still answers comes too late.
  perform core.close_attempt(held.lease_token, 'released', null, line.waiting_status, null);
  return held;
end
$$;
comment on function core.take_back(bigint) is
  'Takes a call back from whoever holds it, without counting a failure; returns it as it was. Its holder gets "lease lost".';

create function core.act_on_call(act text, call_id bigint, reason text) returns text
language plpgsql volatile set search_path = '' as $$
declare
  held core.calls;
  line core.lanes;
begin
  if act = 'retry' then
    return api.retry_call(call_id);
  elsif act = 'fail' then
    if exists (select from core.calls as c join core.lanes as l on l.leased_status = c.status where c.call_id = act_on_call.call_id) then
      perform core.take_back(call_id);
    end if;
    return api.give_up_call(call_id, reason);
  end if;
  held := core.take_back(call_id);
  select l.* into line from core.lanes as l where l.leased_status = held.status;
  perform core.log_by_hand('call_released', held.call_id, jsonb_build_object('lane', line.lane, 'holder', held.lease_owner));
  return line.waiting_status;
end
$$;
comment on function core.act_on_call(text, bigint, text) is 'Does one thing with one call, or refuses in a sentence. Returns the new state.';

-- The outcome is kept outside what is taken back.
create function core.try_act(act text, call_id bigint, reason text, dry_run boolean) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare
  status text;
  refused text;
  broken text;
begin
  begin
    status := core.act_on_call(act, call_id, reason);
    if dry_run then
      raise exception 'a trial' using errcode = 'DRYRN';
    end if;
  exception
    when sqlstate 'DRYRN' then null;
    when lock_not_available then
      status := null;
      refused := 'Somebody else is changing this call at this moment.';
    when invalid_parameter_value or integrity_constraint_violation or raise_exception then
      get stacked diagnostics refused = message_text, broken = constraint_name;
      status := null;
  end;
  return jsonb_build_object('status', status, 'refused', refused, 'constraint', nullif(broken, ''));
end
$$;
comment on function core.try_act(text, bigint, text, boolean) is 'What an act did with a call, or why it was refused; nothing is left of a trial.';

create function api.act_on_calls(
  act text, selection jsonb, operator text default null, reason text default null, dry_run boolean default false,
  after bigint default null, most integer default 200
) returns jsonb
language plpgsql volatile security definer set search_path = '' set lock_timeout = '2s' set enable_seqscan = off as $$
declare
  at_most constant integer := least(greatest(coalesce(most, 200), 1), 500);
  chosen record;
  results jsonb[] := '{}';
  taken integer := 0;
  last_id bigint;
  fitting bigint;
begin
  perform core.act_as(operator);
  if act = 'show' then
    raise exception 'Showing calls is no act.' using errcode = 'invalid_parameter_value';
  elsif act = 'fail' and coalesce(reason, '') !~ '\S' then
    raise exception 'Giving calls up needs a reason.' using errcode = 'invalid_parameter_value';
  end if;
  -- In the order in which heartbeats and ingest lock calls.
  for chosen in
    select k.name, k.call_id, k.matching, c.ringba_call_id, c.status
    from core.chosen_calls(act, selection, after, at_most) as k
    left join core.calls as c on c.call_id = k.call_id
    order by c.ringba_call_id
  loop
    taken := taken + 1;
    last_id := greatest(last_id, chosen.call_id);
    fitting := coalesce(chosen.matching, taken);
    results := results || (
      jsonb_build_object('call_id', chosen.call_id, 'name', coalesce(chosen.name, chosen.call_id::text),
        'ringba_call_id', chosen.ringba_call_id, 'was', chosen.status)
      || case when chosen.call_id is null
        then jsonb_build_object('status', null, 'refused', format('There is no call %s.', left(chosen.name, 150)), 'constraint', null)
        else core.try_act(act, chosen.call_id, reason, coalesce(dry_run, false))
      end);
  end loop;
  return jsonb_build_object('results', to_jsonb(results), 'matching', coalesce(fitting, 0),
    'next_after', case when selection ? 'lane' and taken = at_most then last_id end);
end
$$;
comment on function api.act_on_calls(text, jsonb, text, text, boolean, bigint, integer) is
  'Does one thing (retry, release, fail) with chosen calls (client type CallSelection), at most 500 at a time, and tells for each what became of it or why it was refused (client type ActedOn). dry_run: tells the same and changes nothing. next_after: where to go on. operator: who does it, where the service asks.';
grant execute on function api.act_on_calls(text, jsonb, text, text, boolean, bigint, integer) to authenticated, service_role;

-- A call that refuses does not keep the others of its group.
create or replace function api.retry_failed(lane text, kind text, most integer default 500) returns integer
language plpgsql volatile security definer set search_path = '' as $$
declare
  given_up bigint;
  retried integer := 0;
begin
  perform core.require('service', 'admin');
  for given_up in
    select c.call_id
    from core.calls as c
    where c.status = 'failed' and c.failed_lane = retry_failed.lane and core.failure_kind(c) = retry_failed.kind
    order by c.status_changed_at desc, c.call_id desc
    limit least(greatest(most, 0), 1000)
    for update skip locked
  loop
    if core.try_act('retry', given_up, null, false) ->> 'status' is not null then
      retried := retried + 1;
    end if;
  end loop;
  return retried;
end
$$;

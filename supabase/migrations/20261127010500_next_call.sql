-- The next call of a reviewer: nobody else has it open, and from now on the reviewer has.

create function core.free_call(conditions text, asker uuid) returns bigint
language plpgsql stable set search_path = '' as $$
declare
  free bigint;
begin
  execute format(
    'select c.call_id from core.calls as c where %s and c.urgency > 0 and not exists (
      select from core.presence as p where p.call_id = c.call_id and p.user_id <> $1 and core.is_present(p.seen_at)
    ) order by c.urgency desc, c.queue_place desc, c.call_id desc limit 1', conditions) into free using asker;
  return free;
end
$$;
comment on function core.free_call(text, uuid) is
  'The most urgent call under conditions of core.queue_conditions that needs somebody and that nobody but the asker has open.';

create function api.next_call(filter jsonb default '{}', leaving bigint default null) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  conditions text;
  who constant uuid := auth.uid();
  left_call core.calls;
  taken bigint;
  first_flag jsonb;
begin
  perform core.require('reviewer', 'admin');
  conditions := core.queue_conditions(filter);
  -- One at a time: who comes second sees what the first has taken. It is a matter of milliseconds.
  perform pg_advisory_xact_lock(hashtextextended('api.next_call', 0));
  delete from core.presence as p where p.call_id = leaving and p.user_id = who;
  select c.* into left_call from core.calls as c where c.call_id = leaving;
  -- A call that was left undecided is not offered again at once: the queue goes on behind it, and then begins anew.
  if left_call.urgency > 0 then
    taken := core.free_call(conditions || format(' and (c.urgency, c.queue_place, c.call_id) < (%s::smallint, %s::bigint, %s::bigint)',
      left_call.urgency, left_call.queue_place, left_call.call_id), who);
  end if;
  if taken is null then
    taken := core.free_call(conditions || format(' and c.call_id is distinct from %L::bigint', leaving), who);
  end if;
  if taken is null then
    return null;
  end if;
  insert into core.presence (call_id, user_id, user_email, seen_at)
  values (taken, who, auth.jwt() ->> 'email', core.now())
  on conflict (call_id, user_id) do update set seen_at = excluded.seen_at, user_email = excluded.user_email;
  select f into first_flag
  from core.calls as c
  cross join jsonb_array_elements(c.flags) as f
  join core.review_items(c.call_id, c.flags, c.judgement_id) as item on item.flag_id = f ->> 'id' and not item.decided
  where c.call_id = taken
  order by (f ->> 'start_ms')::bigint, f ->> 'id'
  limit 1;
  return jsonb_build_object('call_id', taken, 'flag_id', first_flag -> 'id', 'start_ms', first_flag -> 'start_ms');
end
$$;
comment on function api.next_call(jsonb, bigint) is
  'Takes the most urgent call under the filters that needs somebody and that nobody else has open, marks it as open by the asker and lets go of the one that is left. Returns it with its first open flag (client type NextCall); null when there is none.';
grant execute on function api.next_call(jsonb, bigint) to authenticated;

-- Only the pairs of core.transitions, and back from failed only to the lane that gave up.

create function core.check_transition() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if not exists (
    select from core.transitions as t where t.from_status = old.status and t.to_status = new.status
  ) then
    raise exception 'A call cannot go from "%" to "%".', old.status, new.status
      using errcode = 'check_violation', constraint = 'transition_allowed';
  end if;
  if old.status = 'failed' and not exists (
    select from core.lanes as l where l.lane = old.failed_lane and l.waiting_status = new.status
  ) then
    raise exception 'A call cannot go from "failed" to "%": the lane % gave it up.', new.status, old.failed_lane
      using errcode = 'check_violation', constraint = 'transition_allowed';
  end if;
  new.status_changed_at := core.now();
  return new;
end
$$;
comment on function core.check_transition() is 'Refuses a change of state that core.transitions does not list, naming both states.';

create trigger transition_allowed before update on core.calls
  for each row when (old.status is distinct from new.status)
  execute function core.check_transition();

-- A new link brings back a call that had no recording, and a download that failed (the old link had
-- expired), the latter three times at most. Fires before transition_allowed: triggers go by name.
create function core.revive_by_link() returns trigger
language plpgsql set search_path = '' as $$
begin
  if old.status = 'no_recording' then
    new.status := 'pending';
  elsif old.status = 'failed' and old.failed_lane = 'vault' and old.link_revivals < 3 then
    new.status := 'pending';
    new.failed_lane := null;
    new.last_error := null;
    new.attempts := 0;
    new.round := old.round + 1;
    new.link_revivals := old.link_revivals + 1;
  end if;
  return new;
end
$$;
comment on function core.revive_by_link() is 'Returns a call to the vault lane when its link is a new one.';

create trigger link_revives_call before update on core.calls
  for each row when (new.audio_url is not null and old.audio_url is distinct from new.audio_url
    and old.status = new.status)
  execute function core.revive_by_link();

-- In the vault, links that end within the hour go first; every so many-th claim still takes the newest
-- call, so that a fresh one never waits behind them all.

create or replace function core.next_claimable(lane core.lanes, turn bigint) returns bigint
language plpgsql volatile set search_path = '' as $$
declare
  found_id bigint;
begin
  if lane.lane = 'vault' and turn % lane.oldest_every <> 1 then
    select c.call_id into found_id from core.calls as c
    where c.claimable and c.status = 'pending'
      and c.link_expires_at between core.now() and core.now() + interval '1 hour'
    order by c.link_expires_at limit 1 for update skip locked;
    if found_id is not null then
      return found_id;
    end if;
  end if;
  if turn % lane.oldest_every <> 0 then
    select c.call_id into found_id from core.calls as c
    where c.claimable and c.status = lane.waiting_status
    order by c.start_time_utc desc limit 1 for update skip locked;
  elsif lane.lane = 'vault' then
    select c.call_id into found_id from core.calls as c
    where c.claimable and c.status = 'pending'
    order by c.link_expires_at limit 1 for update skip locked;
  else
    select c.call_id into found_id from core.calls as c
    where c.claimable and c.status = lane.waiting_status
    order by c.start_time_utc limit 1 for update skip locked;
  end if;
  return found_id;
end
$$;

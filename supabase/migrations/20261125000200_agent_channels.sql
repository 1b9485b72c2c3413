-- Which channel of a recording is the agent's differs from account to account.

alter table core.ingest_accounts add column agent_channel smallint
  constraint agent_channel_valid check (agent_channel in (0, 1));
comment on column core.ingest_accounts.agent_channel is
  'Which channel of a two-channel recording is the agent''s: 0 left, 1 right; empty: as the worker is set (0 unless changed). Counts for calls that are transcribed from now on.';

drop function api.claim(text, text, integer);

-- As before, and the worker is told the account's channel.
create function api.claim(lane text, worker text, max integer default 1)
returns table (
  call_id bigint,
  lease_token uuid,
  lease_expires_at timestamptz,
  account text,
  ringba_call_id text,
  start_time_utc timestamptz,
  call_length_seconds integer,
  vertical text,
  attempts integer,
  audio_url text,
  storage_path text,
  agent_channel smallint
)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  who constant text := core.require_lane(claim.lane);
  right_now constant timestamptz := core.now();
  line core.lanes;
  id bigint;
  taken core.calls;
begin
  select l.* into line from core.lanes as l where l.lane = claim.lane;
  if line.paused then
    return;
  end if;
  update core.calls as c set delayed_until = null
  where c.call_id in (
    select d.call_id from core.calls as d
    where d.status = line.waiting_status and d.delayed_until <= right_now
    order by d.delayed_until limit 100 for update skip locked
  );
  for turn in 1 .. least(coalesce(claim.max, 1), 1000) loop
    id := core.next_claimable(line, nextval(format('core.%I', line.lane || '_turns')));
    exit when id is null;
    update core.calls as c set
      status = line.leased_status,
      lease_token = gen_random_uuid(),
      lease_owner = claim.worker,
      lease_user = case who when 'worker' then auth.uid() end,
      lease_expires_at = right_now + line.lease_length,
      leased_at = right_now,
      lease_progressed_at = right_now
    where c.call_id = id
    returning c.* into taken;
    insert into core.attempts (call_id, lane, round, lease_token, worker, user_id, started_at)
    values (taken.call_id, line.lane, taken.round, taken.lease_token, taken.lease_owner, taken.lease_user, right_now);
    return query select taken.call_id, taken.lease_token, taken.lease_expires_at, taken.account,
      taken.ringba_call_id, taken.start_time_utc, taken.call_length_seconds, taken.vertical, taken.attempts,
      case when line.lane = 'vault' then taken.audio_url end,
      case when line.lane <> 'vault' then taken.storage_path end,
      case when line.lane = 'worker' then (
        select a.agent_channel from core.ingest_accounts as a where a.account = taken.account
      ) end;
  end loop;
end
$$;
comment on function api.claim(text, text, integer) is
  'Takes up to max calls for a lane, each under a fresh lease token; never more than 1000 at a time. Service: every lane. Worker: the lane worker.';
grant execute on function api.claim(text, text, integer) to authenticated, service_role;

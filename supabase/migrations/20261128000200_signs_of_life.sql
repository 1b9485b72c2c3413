-- Who was heard of lately: a worker that has nothing to do, and a server, leave no other trace.

create table core.signs_of_life (
  lane text not null constraint sign_of_life_lane_valid check (lane in ('worker', 'watchdog')),
  worker text not null,
  seen_at timestamptz not null default core.now(),
  primary key (lane, worker)
);
alter table core.signs_of_life enable row level security;
comment on table core.signs_of_life is 'When each worker, and each server with its watchdog, was last heard of; forgotten after a week.';
comment on column core.signs_of_life.lane is 'worker, or watchdog for a server.';
comment on column core.signs_of_life.worker is 'Its name.';
comment on column core.signs_of_life.seen_at is 'When it was last heard of, to 20 seconds.';
grant select on core.signs_of_life to authenticated, service_role;
create policy "Reviewers and admins see who is alive" on core.signs_of_life
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

create function core.note_sign_of_life(lane text, worker text) returns void
language plpgsql volatile set search_path = '' as $$
begin
  -- Workers ask every two seconds: most of that is not worth a write.
  if not exists (
    select from core.signs_of_life as s
    where s.lane = note_sign_of_life.lane and s.worker = coalesce(note_sign_of_life.worker, '')
      and s.seen_at > core.now() - interval '20 seconds'
  ) then
    insert into core.signs_of_life (lane, worker) values (note_sign_of_life.lane, coalesce(note_sign_of_life.worker, ''))
    on conflict on constraint signs_of_life_pkey do update set seen_at = core.now();
  end if;
end
$$;
comment on function core.note_sign_of_life(text, text) is 'Somebody was heard of.';

-- As before, and a worker that asks is alive, whether or not there is work.
create or replace function api.claim(lane text, worker text, max integer default 1)
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
  if line.lane = 'worker' then
    perform core.note_sign_of_life('worker', claim.worker);
  end if;
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

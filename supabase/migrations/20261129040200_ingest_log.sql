-- Every new call leaves a line, in the same statement: none is forgotten, and none costs another request. Records that
-- are set aside are masked.
create or replace function api.ingest_calls(account text, records jsonb) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  right_now constant timestamptz := core.now();
  report jsonb;
begin
  perform core.require('service');
  if account !~ '\S' or account is null or jsonb_typeof(records) is distinct from 'array' then
    raise exception 'A page of calls has an account and a list of records.' using errcode = 'invalid_parameter_value';
  end if;

  with page as materialized (
    select e.place, e.record, r as told, core.record_problem(r) as problem
    from jsonb_array_elements(records) with ordinality as e(record, place)
    cross join lateral jsonb_populate_record(
      null::core.call_record, case jsonb_typeof(e.record) when 'object' then e.record else '{}' end
    ) as r
  ),
  typed as materialized (
    -- The same call twice on one page: the later line is the newer one.
    select distinct on ((p.told).ringba_call_id)
      (p.told).ringba_call_id,
      (p.told).start_time_utc::timestamptz as start_time_utc,
      (p.told).connected_at::timestamptz as connected_at,
      (p.told).completed_at::timestamptz as completed_at,
      (p.told).call_length_seconds::integer as call_length_seconds,
      (p.told).connected_length_seconds::integer as connected_length_seconds,
      (p.told).campaign_id, (p.told).campaign_name, (p.told).publisher_id, (p.told).publisher_name,
      (p.told).target_id, (p.told).target_name, (p.told).buyer_name, (p.told).caller_number, (p.told).dialled_number,
      (p.told).revenue::numeric as revenue, (p.told).payout::numeric as payout, (p.told).cost::numeric as cost,
      (p.told).is_live::boolean as is_live, (p.told).has_recording::boolean as has_recording,
      nullif((p.told).audio_url, '') as audio_url,
      p.record
    from page as p
    where p.problem is null
    order by (p.told).ringba_call_id, p.place desc
  ),
  -- What the call is known to be after this page: a hang-up or a link, once told, stays.
  merged as materialized (
    select t.ringba_call_id, t.start_time_utc, t.record,
      coalesce(t.connected_at, c.connected_at) as connected_at,
      coalesce(t.completed_at, c.completed_at) as completed_at,
      t.call_length_seconds, t.connected_length_seconds,
      t.campaign_id, t.campaign_name, t.publisher_id, t.publisher_name,
      t.target_id, t.target_name, t.buyer_name, t.caller_number, t.dialled_number,
      t.revenue, t.payout, t.cost,
      case when coalesce(t.completed_at, c.completed_at) is not null then false else t.is_live end as is_live,
      t.has_recording,
      coalesce(t.audio_url, c.audio_url) as audio_url,
      c.call_id as known_id,
      c.account is distinct from ingest_calls.account and c.call_id is not null as elsewhere,
      (c.start_time_utc, c.connected_at, c.completed_at, c.call_length_seconds, c.connected_length_seconds,
        c.campaign_id, c.campaign_name, c.publisher_id, c.publisher_name, c.target_id, c.target_name, c.buyer_name,
        c.caller_number, c.dialled_number, c.revenue, c.payout, c.cost, c.is_live, c.has_recording, c.audio_url)
      is distinct from
      (t.start_time_utc, coalesce(t.connected_at, c.connected_at), coalesce(t.completed_at, c.completed_at),
        t.call_length_seconds, t.connected_length_seconds,
        t.campaign_id, t.campaign_name, t.publisher_id, t.publisher_name, t.target_id, t.target_name, t.buyer_name,
        t.caller_number, t.dialled_number, t.revenue, t.payout, t.cost,
        case when coalesce(t.completed_at, c.completed_at) is not null then false else t.is_live end,
        t.has_recording, coalesce(t.audio_url, c.audio_url)) as differs
    from typed as t
    left join core.calls as c on c.ringba_call_id = t.ringba_call_id
  ),
  campaigns as materialized (
    select campaign.campaign_id, campaign.campaign_name,
      core.vertical_of(ingest_calls.account, campaign.campaign_id, campaign.campaign_name) as vertical
    from (
      select distinct m.campaign_id, m.campaign_name from merged as m where m.differs and not m.elsewhere
    ) as campaign
  ),
  news as materialized (
    select m.*, k.vertical,
      m.completed_at is not null or m.is_live is false as is_over,
      coalesce(m.completed_at, m.start_time_utc + make_interval(secs => coalesce(m.call_length_seconds, 0)))
        + interval '24 hours' as link_ends
    from merged as m
    join campaigns as k on k.campaign_id is not distinct from m.campaign_id
      and k.campaign_name is not distinct from m.campaign_name
    where m.differs and not m.elsewhere
  ),
  inserted as (
    -- In the order of the ids, so that two overlapping pages cannot wait for each other.
    insert into core.calls (
      account, ringba_call_id, start_time_utc, connected_at, completed_at, call_length_seconds,
      connected_length_seconds, campaign_id, campaign_name, publisher_id, publisher_name, target_id, target_name,
      buyer_name, vertical, caller_number, dialled_number, revenue, payout, cost, is_live, has_recording, audio_url,
      audio_url_seen_at, link_expires_at, recording_denied_since, ingested_at
    )
    select ingest_calls.account, n.ringba_call_id, n.start_time_utc, n.connected_at, n.completed_at,
      n.call_length_seconds, n.connected_length_seconds, n.campaign_id, n.campaign_name, n.publisher_id,
      n.publisher_name, n.target_id, n.target_name, n.buyer_name, n.vertical, n.caller_number, n.dialled_number,
      n.revenue, n.payout, n.cost, n.is_live, n.has_recording, n.audio_url,
      case when n.audio_url is not null then right_now end,
      n.link_ends,
      case when n.is_over and n.has_recording is false and n.audio_url is null then right_now end,
      right_now
    from news as n
    where n.known_id is null
    order by n.ringba_call_id
    on conflict (ringba_call_id) do nothing
    returning call_id
  ),
  -- The first line of the log about a call.
  noted as (
    insert into core.sys_logs (logged_at, level, lane, event, call_id)
    select right_now, 'info', 'ingest', 'call_read', i.call_id from inserted as i
  ),
  locked as materialized (
    select c.call_id
    from core.calls as c
    where c.call_id in (select n.known_id from news as n)
    order by c.ringba_call_id
    for update
  ),
  updated as (
    update core.calls as c set
      start_time_utc = n.start_time_utc, connected_at = n.connected_at, completed_at = n.completed_at,
      call_length_seconds = n.call_length_seconds, connected_length_seconds = n.connected_length_seconds,
      campaign_id = n.campaign_id, campaign_name = n.campaign_name,
      publisher_id = n.publisher_id, publisher_name = n.publisher_name,
      target_id = n.target_id, target_name = n.target_name, buyer_name = n.buyer_name,
      caller_number = n.caller_number, dialled_number = n.dialled_number,
      revenue = n.revenue, payout = n.payout, cost = n.cost,
      is_live = n.is_live, has_recording = n.has_recording, audio_url = n.audio_url,
      -- A verdict keeps the vertical that it was given under.
      vertical = case when coalesce(c.verdict_before, c.status) in ('flagged', 'safe', 'undecided')
        then c.vertical else n.vertical end,
      audio_url_seen_at = case when n.audio_url is not null then coalesce(c.audio_url_seen_at, right_now) end,
      link_expires_at = n.link_ends,
      recording_denied_since = case
        when n.is_over and n.has_recording is false and n.audio_url is null
        then coalesce(c.recording_denied_since, right_now)
      end
    from news as n
    join locked as l on l.call_id = n.known_id
    where c.call_id = n.known_id
    returning c.call_id
  ),
  put_aside as materialized (
    select p.record, p.problem from page as p where p.problem is not null
    union all
    select m.record, 'its id is known from another account' from merged as m where m.elsewhere
  ),
  logged as (
    insert into core.sys_logs (logged_at, level, lane, event, data)
    select distinct on (entry.sha256) right_now, 'warn', 'ingest', 'record_set_aside',
      jsonb_build_object('account', ingest_calls.account, 'problem', entry.problem, 'record', entry.text,
        'sha256', entry.sha256)
    from (
      select a.problem, left(core.mask_record(a.record)::text, 4000) as text,
        encode(sha256(convert_to(a.record::text, 'UTF8')), 'hex') as sha256
      from put_aside as a
    ) as entry
    where not exists (
      select from core.sys_logs as s
      where s.event = 'record_set_aside' and s.data ->> 'sha256' = entry.sha256
    )
  )
  select jsonb_build_object(
    'inserted', counted.inserted,
    'updated', counted.updated,
    'unchanged', counted.all_records - counted.inserted - counted.updated - counted.set_aside,
    'set_aside', counted.set_aside
  )
  into report
  from (
    select (select count(*) from inserted) as inserted,
      (select count(*) from updated) as updated,
      (select count(*) from put_aside) as set_aside,
      (select count(*) from page) as all_records
  ) as counted;
  return report;
end
$$;

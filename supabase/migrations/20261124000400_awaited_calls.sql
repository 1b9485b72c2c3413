-- Calls that are live, or over without a link, are asked for by id: all of them, page by page. Those of
-- the live window are read with it.

drop function api.calls_awaiting_link(text, integer);

create function api.calls_awaiting_link(
  account text, started_before timestamptz default 'infinity', before_id text default null, max integer default 500
) returns table (ringba_call_id text, start_time_utc timestamptz)
language plpgsql stable security definer set search_path = '' as $$
begin
  perform core.require('service');
  return query
  select c.ringba_call_id, c.start_time_utc
  from core.calls as c
  where c.account = calls_awaiting_link.account
    and c.status = 'pending' and c.audio_url is null
    -- A call that was live when everything stood still is still to be asked for afterwards.
    and (c.link_expires_at > core.now()
      or c.completed_at is null and c.is_live is not false and c.start_time_utc > core.now() - interval '30 days')
    and (c.start_time_utc, c.ringba_call_id) < (calls_awaiting_link.started_before, coalesce(calls_awaiting_link.before_id, ''))
  order by c.start_time_utc desc, c.ringba_call_id desc
  limit least(greatest(calls_awaiting_link.max, 0), 1000);
end
$$;
comment on function api.calls_awaiting_link(text, timestamptz, text, integer) is
  'Calls that are live, or over without a link, newest first, a page of those that started before a moment (and id).';
grant execute on function api.calls_awaiting_link(text, timestamptz, text, integer) to service_role;

drop index core.idx_calls_awaiting_link;
create index idx_calls_awaiting_link on core.calls (account, start_time_utc desc, ringba_call_id desc)
  where status = 'pending' and audio_url is null;

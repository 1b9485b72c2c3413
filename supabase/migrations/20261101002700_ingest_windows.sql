create function api.record_window(report jsonb) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  told record;
  is_whole boolean;
  id bigint;
begin
  perform core.require('service');
  select r.* into told from jsonb_to_record(report) as r(
    account text, window_start timestamptz, window_end timestamptz, fetched bigint, total bigint,
    partial boolean, stop_reason text);
  -- Stopping is not believing: whole is what Ringba's own count confirms.
  is_whole := not told.partial and told.fetched >= told.total and told.stop_reason <> 'error';
  insert into core.ingest_windows as w (
    account, window_start, window_end, state, fetched, total, partial, stop_reason, first_fetched_at, last_fetched_at
  )
  values (
    told.account, told.window_start, told.window_end, case when is_whole then 'whole' else 'open' end,
    told.fetched, told.total, told.partial, told.stop_reason, core.now(), core.now()
  )
  on conflict (account, window_start, window_end) do update set
    state = excluded.state, fetched = excluded.fetched, total = excluded.total, partial = excluded.partial,
    stop_reason = excluded.stop_reason, tries = w.tries + 1, last_fetched_at = excluded.last_fetched_at
  returning w.window_id into id;
  return jsonb_build_object('window_id', id, 'whole', is_whole);
end
$$;
comment on function api.record_window(jsonb) is
  'Keeps what became of one fetched window (client type WindowReport); returns {window_id, whole}.';
grant execute on function api.record_window(jsonb) to service_role;

create function api.calls_awaiting_link(account text, max integer default 50) returns setof text
language plpgsql stable security definer set search_path = '' as $$
begin
  perform core.require('service');
  return query
  select c.ringba_call_id
  from core.calls as c
  where c.account = calls_awaiting_link.account
    and c.status = 'pending' and c.audio_url is null
    and c.start_time_utc >= core.now() - interval '24 hours'
  order by c.start_time_utc desc
  limit greatest(calls_awaiting_link.max, 0);
end
$$;
comment on function api.calls_awaiting_link(text, integer) is
  'Ringba ids of calls of the last 24 hours that are live, or over without a link, newest first.';
grant execute on function api.calls_awaiting_link(text, integer) to service_role;

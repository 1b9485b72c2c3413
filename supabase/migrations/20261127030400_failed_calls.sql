-- Failed calls by what they failed of, for admins: the same reason often has one cause, and once that is gone all of
-- them can be tried again.

create index idx_calls_failed on core.calls (status_changed_at desc, call_id desc) where status = 'failed';

create function core.failure_kind(call core.calls) returns text
language sql immutable set search_path = '' as $$
  select coalesce(call.last_error_code, call.last_error)
$$;
comment on function core.failure_kind(core.calls) is 'What failed calls are grouped by: the kind of the failure where it has a name, the sentence otherwise.';

create function api.failed_calls(group_size integer default 20) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform core.require('service', 'admin');
  return coalesce((
    select jsonb_agg(jsonb_build_object('lane', g.failed_lane, 'kind', g.kind, 'reason', g.reason, 'calls', g.calls,
      'first_failed_at', g.first_failed_at, 'last_failed_at', g.last_failed_at, 'newest', g.newest)
      order by g.last_failed_at desc, g.failed_lane, g.kind)
    from (
      select f.failed_lane, f.kind, max(f.last_error) filter (where f.place = 1) as reason, count(*) as calls,
        min(f.status_changed_at) as first_failed_at, max(f.status_changed_at) as last_failed_at,
        jsonb_agg(jsonb_build_object('call_id', f.call_id, 'campaign_name', f.campaign_name,
          'start_time_utc', f.start_time_utc, 'failed_at', f.status_changed_at, 'reason', f.last_error) order by f.place)
          filter (where f.place <= group_size) as newest
      from (
        select c.call_id, c.failed_lane, core.failure_kind(c) as kind, c.last_error, c.status_changed_at, c.campaign_name,
          c.start_time_utc, row_number() over (
            partition by c.failed_lane, core.failure_kind(c) order by c.status_changed_at desc, c.call_id desc
          ) as place
        from core.calls as c
        where c.status = 'failed'
      ) as f
      group by f.failed_lane, f.kind
    ) as g
  ), '[]');
end
$$;
comment on function api.failed_calls(integer) is
  'Failed calls by lane and reason, the newest failure first, with the newest calls of each (client type FailedGroup).';
grant execute on function api.failed_calls(integer) to authenticated, service_role;

create function api.retry_failed(lane text, kind text, most integer default 500) returns integer
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
    perform api.retry_call(given_up);
    retried := retried + 1;
  end loop;
  return retried;
end
$$;
comment on function api.retry_failed(text, text, integer) is
  'Gives failed calls of one lane and reason back to that lane, newest failure first; who did it is kept with each. Returns how many.';
grant execute on function api.retry_failed(text, text, integer) to authenticated, service_role;

-- What an operator needs to know of calls: a line of each, or everything of one. No numbers, links or secrets of leases.

create function core.call_line(c core.calls) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('call_id', c.call_id, 'ringba_call_id', c.ringba_call_id, 'account', c.account,
    'campaign_name', c.campaign_name, 'start_time_utc', c.start_time_utc, 'status', c.status,
    'status_changed_at', c.status_changed_at,
    'lane', coalesce(c.failed_lane, (select l.lane from core.lanes as l where c.status in (l.waiting_status, l.leased_status))),
    'attempts', c.attempts, 'delayed_until', c.delayed_until, 'last_error', c.last_error, 'last_error_code', c.last_error_code,
    'holder', c.lease_owner, 'leased_at', c.leased_at, 'lease_expires_at', c.lease_expires_at)
$$;
comment on function core.call_line(core.calls) is 'A call in a line (client type CallLine).';

create function api.list_calls(selection jsonb, after bigint default null, most integer default 50) returns jsonb
language plpgsql stable security definer set search_path = '' set enable_seqscan = off as $$
declare
  at_most constant integer := least(greatest(coalesce(most, 50), 1), 500);
begin
  perform core.require('service', 'admin');
  return (
    select jsonb_build_object(
      'calls', coalesce(jsonb_agg(core.call_line(c) order by c.call_id) filter (where c.call_id is not null), '[]'),
      'unknown', coalesce(jsonb_agg(k.name order by k.name) filter (where c.call_id is null), '[]'),
      'matching', coalesce(max(k.matching), count(*)),
      'next_after', case when selection ? 'lane' and count(*) = at_most then max(k.call_id) end)
    from core.chosen_calls('show', selection, after, at_most) as k
    left join core.calls as c on c.call_id = k.call_id
  );
end
$$;
comment on function api.list_calls(jsonb, bigint, integer) is
  'Chosen calls (client type CallSelection) in a line each, by their numbers, at most 500 at a time (client type CallLines).';
grant execute on function api.list_calls(jsonb, bigint, integer) to authenticated, service_role;

create function api.call_record(call text) returns jsonb
language plpgsql stable security definer set search_path = '' set enable_seqscan = off as $$
declare
  c core.calls;
begin
  perform core.require('service', 'admin');
  select x.* into c from core.calls as x
  where x.call_id = (select k.call_id from core.chosen_calls('show', jsonb_build_object('calls', jsonb_build_array(call)), null, 1) as k);
  if c.call_id is null then
    raise exception 'There is no call %.', left(call, 150) using errcode = 'invalid_parameter_value';
  end if;
  return core.call_line(c) || jsonb_build_object(
    'vertical', c.vertical, 'call_length_seconds', c.call_length_seconds, 'completed_at', c.completed_at,
    'ingested_at', c.ingested_at, 'round', c.round, 'verdict_before', c.verdict_before,
    'lease_user', c.lease_user, 'lease_progress', c.lease_progress, 'lease_progressed_at', c.lease_progressed_at,
    'recording', jsonb_build_object(
      'has_recording', c.has_recording, 'link_seen_at', c.audio_url_seen_at, 'link_expires_at', c.link_expires_at,
      'link_revivals', c.link_revivals, 'storage_path', c.storage_path, 'bytes', c.audio_bytes, 'sha256', c.audio_sha256,
      'content_type', c.audio_content_type, 'checked_at', c.audio_checked_at, 'missing_at', c.audio_missing_at,
      'deleted_at', c.audio_deleted_at),
    'review_copy', case when c.review_path is not null then jsonb_build_object('storage_path', c.review_path,
      'bytes', c.review_bytes, 'sha256', c.review_sha256, 'content_type', c.review_content_type) end,
    'tries', (
      select coalesce(jsonb_agg(to_jsonb(a) order by a.started_at, a.attempt_id), '[]')
      from (
        select t.attempt_id, t.lane, t.round, t.worker, t.started_at, t.ended_at, t.outcome, t.error, t.error_code
        from core.attempts as t where t.call_id = c.call_id order by t.started_at desc, t.attempt_id desc limit 50
      ) as a
    ),
    'judgements', (
      select coalesce(jsonb_agg(to_jsonb(g) order by g.judged_at), '[]')
      from (
        select j.judgement_id, j.round, j.verdict, j.qa_version, j.judge_model, jsonb_array_length(j.flags) as flags, j.judged_at,
          j.judgement_id is not distinct from c.judgement_id as shown
        from core.judgements as j where j.call_id = c.call_id order by j.judged_at desc limit 50
      ) as g
    ),
    'alerts', (
      select coalesce(jsonb_agg(jsonb_build_object('kind', a.kind, 'level', a.level, 'message', a.message, 'raised_at', a.raised_at)
        order by a.raised_at), '[]')
      from core.alerts as a where a.cleared_at is null and a.subject = c.ringba_call_id
    ),
    'log', (
      select coalesce(jsonb_agg(to_jsonb(s) order by s.logged_at, s.log_id), '[]')
      from (
        select l.log_id, l.logged_at, l.level, l.lane, l.event, l.worker, l.user_id, l.data
        from core.sys_logs as l where l.call_id = c.call_id order by l.logged_at desc, l.log_id desc limit 50
      ) as s
    ));
end
$$;
comment on function api.call_record(text) is
  'Everything that an operator needs of one call, by its number or Ringba''s id: how it stands, who holds it, its recordings'' paths, tries, verdicts, open alerts and newest log lines (client type CallRecord).';
grant execute on function api.call_record(text) to authenticated, service_role;

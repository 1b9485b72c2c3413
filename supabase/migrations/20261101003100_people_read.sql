-- What reviewers and admins read, with their own rights: the tables' policies decide.

create view api.calls with (security_invoker = true) as
select
  c.call_id, c.ringba_call_id, c.account, c.start_time_utc, c.completed_at, c.call_length_seconds,
  c.status, c.failed_lane, c.last_error, c.vertical,
  c.campaign_name, c.publisher_name, c.target_name, c.buyer_name,
  c.caller_number_masked, c.dialled_number_masked,
  -- As text: a JSON number would be read as a float.
  c.revenue::text as revenue, c.payout::text as payout, c.cost::text as cost,
  c.worst_severity, coalesce(c.flags, '[]') as flags
from core.calls as c;
comment on view api.calls is 'Calls as reviewers see them (client type CallSummary): numbers by their last four digits.';
grant select on api.calls to authenticated, service_role;

create function api.me() returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  who constant text := core.require('reviewer', 'admin', 'worker');
begin
  return jsonb_build_object('user_id', auth.uid(), 'email', auth.jwt() ->> 'email', 'role', who);
end
$$;
comment on function api.me() is 'Who asks: {user_id, email, role}.';
grant execute on function api.me() to authenticated;

create function api.queue(statuses text[] default null, page_size integer default 100) returns setof api.calls
language plpgsql stable set search_path = '' as $$
begin
  perform core.require('service', 'reviewer', 'admin');
  return query
  select v.*
  from (
    select c.call_id, c.urgency, c.start_time_utc
    from core.calls as c
    where statuses is null or c.status = any (statuses)
    order by c.urgency desc, c.start_time_utc desc, c.call_id desc
    limit least(greatest(page_size, 0), 1000)
  ) as page
  join api.calls as v on v.call_id = page.call_id
  order by page.urgency desc, page.start_time_utc desc, page.call_id desc;
end
$$;
comment on function api.queue(text[], integer) is
  'Calls by urgency: flagged by worst severity, then undecided, then the rest; newest first.';
grant execute on function api.queue(text[], integer) to authenticated, service_role;

create function api.call_counts() returns table (status text, calls bigint)
language plpgsql stable set search_path = '' as $$
#variable_conflict use_column
begin
  perform core.require('service', 'reviewer', 'admin');
  return query
  select c.status, c.calls + coalesce(d.calls, 0)::bigint
  from core.call_counts as c
  left join (
    select delta.status, sum(delta.calls) as calls from core.call_count_deltas as delta group by delta.status
  ) as d on d.status = c.status
  order by c.status;
end
$$;
comment on function api.call_counts() is 'How many calls stand in each state.';
grant execute on function api.call_counts() to authenticated, service_role;

create function core.review_json(r core.reviews) returns jsonb
language sql immutable set search_path = '' as $$
  select jsonb_build_object('review_id', r.review_id, 'flag_id', r.flag_id, 'verdict', r.verdict,
    'reason', r.reason, 'reviewer_email', r.reviewer_email, 'created_at', r.created_at)
$$;
grant execute on function core.review_json(core.reviews) to authenticated, service_role;

create function api.call_page(call_id bigint) returns jsonb
language plpgsql stable set search_path = '' as $$
#variable_conflict use_column
begin
  perform core.require('service', 'reviewer', 'admin');
  return (
    select jsonb_build_object(
      'call', to_jsonb(v),
      'storage_path', c.storage_path,
      'audio_content_type', c.audio_content_type,
      'audio_deleted_at', c.audio_deleted_at,
      'qa_version', c.qa_version,
      'judge_model', c.judge_model,
      'transcript', (select core.transcript_json(t) from core.transcripts as t where t.call_id = c.call_id),
      'rule_results', coalesce(
        (select j.rule_results from core.judgements as j where j.judgement_id = c.judgement_id), '[]'),
      'reviews', coalesce((
        select jsonb_agg(core.review_json(r) order by r.created_at desc, r.review_id desc)
        from core.reviews as r where r.call_id = c.call_id
      ), '[]'),
      'history', coalesce((
        select jsonb_agg(jsonb_build_object('lane', a.lane, 'round', a.round, 'worker', a.worker,
          'started_at', a.started_at, 'ended_at', a.ended_at, 'outcome', a.outcome, 'error', a.error)
          order by a.started_at, a.attempt_id)
        from core.attempts as a where a.call_id = c.call_id
      ), '[]')
    )
    from core.calls as c
    join api.calls as v on v.call_id = c.call_id
    where c.call_id = call_page.call_id
  );
end
$$;
comment on function api.call_page(bigint) is 'Everything that the call page shows (client type CallPage); null when there is no such call.';
grant execute on function api.call_page(bigint) to authenticated, service_role;

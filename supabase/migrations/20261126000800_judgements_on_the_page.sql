-- The call page lists every verdict that was ever given, and says which one is shown.

create function core.judgement_json(j core.judgements, shown boolean) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('judgement_id', j.judgement_id, 'judged_at', j.judged_at, 'verdict', j.verdict,
    'qa_version', j.qa_version, 'judge_model', j.judge_model, 'returned_model', j.returned_model, 'endpoint', j.endpoint,
    'flags', j.flags, 'rule_results', j.rule_results,
    -- The table's policy decides: for all but admins and the service there are none.
    'refused_findings', (select count(*) from core.refused_findings as f where f.judgement_id = j.judgement_id),
    'requests', j.requests, 'tokens_in', j.tokens_in, 'tokens_out', j.tokens_out,
    -- As text: a JSON number would be read as a float.
    'cost_usd', j.cost_usd::text, 'shown', shown)
$$;
comment on function core.judgement_json(core.judgements, boolean) is 'A verdict as the call page lists it (client type GivenJudgement).';
grant execute on function core.judgement_json(core.judgements, boolean) to authenticated, service_role;

create or replace function api.call_page(call_id bigint) returns jsonb
language plpgsql stable set search_path = '' as $$
#variable_conflict use_column
begin
  perform core.require('service', 'reviewer', 'admin');
  return (
    select jsonb_build_object(
      'call', to_jsonb(v),
      'storage_path', c.storage_path,
      'review_path', c.review_path,
      'audio_content_type', c.audio_content_type,
      'audio_deleted_at', c.audio_deleted_at,
      'qa_version', c.qa_version,
      'judge_model', c.judge_model,
      'transcript', (select core.transcript_json(t) from core.transcripts as t where t.call_id = c.call_id),
      'rule_results', coalesce(
        (select j.rule_results from core.judgements as j where j.judgement_id = c.judgement_id), '[]'),
      'judgements', coalesce((
        select jsonb_agg(core.judgement_json(j, j.judgement_id is not distinct from c.judgement_id)
          order by j.judged_at desc, j.judgement_id desc)
        from core.judgements as j where j.call_id = c.call_id
      ), '[]'),
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

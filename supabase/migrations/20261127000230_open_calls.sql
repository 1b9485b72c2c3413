-- Who has a call open, and what of an open call changes: everything but the transcript, which is large and stays.

create function core.mark_present(call_id bigint) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform core.require('reviewer', 'admin');
  insert into core.presence as p (call_id, user_id, user_email, seen_at)
  select c.call_id, auth.uid(), auth.jwt() ->> 'email', core.now()
  from core.calls as c where c.call_id = mark_present.call_id
  on conflict on constraint presence_pkey do update set seen_at = excluded.seen_at, user_email = excluded.user_email;
  -- What somebody left without a word is of no use to anybody.
  delete from core.presence as p where p.user_id = auth.uid() and not core.is_present(p.seen_at);
end
$$;
comment on function core.mark_present(bigint) is 'Notes that the asker has the call open.';
grant execute on function core.mark_present(bigint) to authenticated;

create function api.leave_call(call_id bigint) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform core.require('reviewer', 'admin');
  delete from core.presence as p where p.call_id = leave_call.call_id and p.user_id = auth.uid();
end
$$;
comment on function api.leave_call(bigint) is 'The asker has closed the call.';
grant execute on function api.leave_call(bigint) to authenticated;

create function core.call_parts(call_id bigint) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'call', to_jsonb(v),
    'storage_path', c.storage_path,
    'review_path', c.review_path,
    'audio_content_type', c.audio_content_type,
    'audio_deleted_at', c.audio_deleted_at,
    'qa_version', c.qa_version,
    'judge_model', c.judge_model,
    'has_transcript', exists (select from core.transcripts as t where t.call_id = c.call_id),
    'rules', coalesce((
      select jsonb_agg(jsonb_build_object('key', r ->> 'key', 'title', r ->> 'title') order by r ->> 'title')
      from core.judgements as j
      join core.rulesets as s on s.ruleset_id = j.ruleset_id
      cross join jsonb_array_elements(s.rules) as r
      where j.judgement_id = c.judgement_id
    ), '[]'),
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
    'comments', coalesce((
      select jsonb_agg(core.comment_json(m) order by m.at_ms nulls first, m.created_at, m.comment_id)
      from core.comments as m where m.call_id = c.call_id and m.removed_at is null
    ), '[]'),
    'present', coalesce((
      select jsonb_agg(p.user_email order by p.user_email)
      from core.presence as p
      where p.call_id = c.call_id and p.user_id is distinct from auth.uid() and core.is_present(p.seen_at)
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
  where c.call_id = call_parts.call_id
$$;
comment on function core.call_parts(bigint) is 'The call page without its transcript.';
grant execute on function core.call_parts(bigint) to authenticated, service_role;

create or replace function api.call_page(call_id bigint) returns jsonb
language plpgsql stable set search_path = '' as $$
#variable_conflict use_column
begin
  perform core.require('service', 'reviewer', 'admin');
  return core.call_parts(call_page.call_id) || jsonb_build_object(
    'transcript', (select core.transcript_json(t) from core.transcripts as t where t.call_id = call_page.call_id));
end
$$;

create function api.touch_call(call_id bigint) returns jsonb
language plpgsql volatile set search_path = '' as $$
begin
  perform core.require('reviewer', 'admin');
  perform core.mark_present(touch_call.call_id);
  return core.call_parts(touch_call.call_id);
end
$$;
comment on function api.touch_call(bigint) is
  'Notes that the asker has the call open, and tells how it stands now: the call page without its transcript (client type CallPage); null when there is no such call.';
grant execute on function api.touch_call(bigint) to authenticated;

-- The shape of the client's type Transcript.
create function core.transcript_json(t core.transcripts) returns jsonb
language sql immutable set search_path = '' as $$
  select jsonb_build_object('model', t.model, 'language', t.language, 'duration_ms', t.duration_ms,
    'segments', t.segments, 'peaks', t.peaks)
$$;
grant execute on function core.transcript_json(core.transcripts) to authenticated, service_role;

create function api.judge_material(call_id bigint) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  material jsonb;
begin
  perform core.require('service');
  select jsonb_build_object(
    'transcript', core.transcript_json(t),
    'ruleset', jsonb_build_object('ruleset_id', s.ruleset_id, 'vertical', s.vertical, 'rules', s.rules)
  )
  into material
  from core.calls as c
  join core.transcripts as t on t.call_id = c.call_id
  join core.verticals as v on v.vertical = coalesce(c.vertical, 'common')
  join core.rulesets as s on s.ruleset_id = v.ruleset_id
  where c.call_id = judge_material.call_id;
  if material is null then
    raise exception 'There is no transcript of call %.', call_id using errcode = 'invalid_parameter_value';
  end if;
  return material;
end
$$;
comment on function api.judge_material(bigint) is
  'Transcript of a call and the ruleset of its vertical; the common one when its campaign is not mapped.';
grant execute on function api.judge_material(bigint) to service_role;

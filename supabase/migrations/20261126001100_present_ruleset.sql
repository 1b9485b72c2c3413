-- The rules of a vertical as they stand, for programs that judge without a call of the queue.

create function api.present_ruleset(vertical text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  present jsonb;
begin
  perform core.require('service');
  select jsonb_build_object('ruleset_id', s.ruleset_id, 'vertical', s.vertical, 'rules', s.rules)
  into present
  from core.verticals as v
  join core.rulesets as s on s.ruleset_id = v.ruleset_id
  where v.vertical = present_ruleset.vertical;
  if present is null then
    raise exception 'There is no vertical "%".', vertical using errcode = 'invalid_parameter_value';
  end if;
  return present;
end
$$;
comment on function api.present_ruleset(text) is
  'The ruleset that calls of a vertical are judged under from now on (client type Ruleset); common for calls that are not mapped.';
grant execute on function api.present_ruleset(text) to service_role;

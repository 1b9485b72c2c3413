-- Who asks: the service, or a signed-in person by app_metadata.role, which people cannot edit.

-- Runs as its owner, so that current_user names the owner of the database and a person's own role
-- can only be read from the setting that PostgREST and Storage make for each request.
create function core.caller() returns text
language sql stable security definer set search_path = '' as $$
  select case coalesce(nullif(pg_catalog.current_setting('role', true), 'none'), session_user::text)
    when 'service_role' then 'service'
    when current_user::text then 'service'
    when 'authenticated' then (
      select claim.role
      from (select auth.jwt() -> 'app_metadata' ->> 'role' as role) as claim
      where claim.role in ('reviewer', 'admin', 'worker')
    )
  end
$$;
comment on function core.caller() is 'service, reviewer, admin or worker; null for everybody else.';
grant execute on function core.caller() to authenticated, service_role;

create function core.require(variadic allowed text[]) returns text
language plpgsql stable set search_path = '' as $$
declare
  who constant text := core.caller();
begin
  if who is null or who <> all (allowed) then
    raise exception '%', case
        when allowed = array['service'] then 'Only the service may do this.'
        else format('This needs the role %s.', array_to_string(array_remove(allowed, 'service'), ' or '))
      end
      using errcode = 'insufficient_privilege';
  end if;
  return who;
end
$$;
comment on function core.require(text[]) is 'Returns who asks, or refuses with 42501 when that is none of the allowed.';
grant execute on function core.require(text[]) to authenticated, service_role;

create function core.refuse_change() returns trigger
language plpgsql set search_path = '' as $$
begin
  raise exception '%.% keeps what was written: rows are only added.', tg_table_schema, tg_table_name
    using errcode = 'check_violation', constraint = 'append_only';
end
$$;
comment on function core.refuse_change() is 'Trigger of the append-only tables.';

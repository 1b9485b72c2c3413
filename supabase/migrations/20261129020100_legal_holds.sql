-- A call under a legal hold loses nothing, whatever its age: the database refuses it to everybody, Storage included.

create table core.legal_holds (
  hold_id bigint generated always as identity primary key,
  call_id bigint not null references core.calls (call_id),
  reason text not null constraint hold_has_reason check (reason ~ '\S' and length(reason) <= 2000),
  held_at timestamptz not null default core.now(),
  held_by text not null default coalesce(auth.jwt() ->> 'email', 'service')
    constraint hold_names_person check (held_by ~ '\S'),
  lifted_at timestamptz,
  lifted_by text,
  lift_reason text constraint lift_has_reason check (lift_reason ~ '\S' and length(lift_reason) <= 2000),
  constraint hold_lifted_complete check (num_nonnulls(lifted_at, lifted_by, lift_reason) in (0, 3)),
  constraint hold_lifted_after_it_was_set check (lifted_at >= held_at)
);
alter table core.legal_holds enable row level security;
create unique index one_legal_hold on core.legal_holds (call_id) where lifted_at is null;
create index legal_holds_of_call on core.legal_holds (call_id);
comment on table core.legal_holds is
  'Calls of which nothing may be deleted. Who set a hold, why, and who lifted it is kept for ever.';
comment on column core.legal_holds.hold_id is 'Number of the hold.';
comment on column core.legal_holds.call_id is 'The call.';
comment on column core.legal_holds.reason is 'Why, for example the case that it is needed for.';
comment on column core.legal_holds.held_at is 'Since when.';
comment on column core.legal_holds.held_by is 'E-mail of the admin; service where a program did it.';
comment on column core.legal_holds.lifted_at is 'Until when; empty while it holds.';
comment on column core.legal_holds.lifted_by is 'Who lifted it.';
comment on column core.legal_holds.lift_reason is 'Why it was lifted.';
grant select on core.legal_holds to authenticated, service_role;
create policy "Reviewers and admins read legal holds" on core.legal_holds
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

create function core.keep_legal_holds() returns trigger
language plpgsql set search_path = '' as $$
begin
  if tg_op = 'UPDATE' and old.lifted_at is null and new.lifted_at is not null
    and (new.hold_id, new.call_id, new.reason, new.held_at, new.held_by)
      = (old.hold_id, old.call_id, old.reason, old.held_at, old.held_by)
  then
    return new;
  end if;
  raise exception 'core.legal_holds keeps what was written: a hold is lifted once and never removed.'
    using errcode = 'check_violation', constraint = 'append_only';
end
$$;
comment on function core.keep_legal_holds() is 'Lets a hold be lifted, and nothing else.';
create trigger append_only before update or delete on core.legal_holds
  for each row execute function core.keep_legal_holds();
create trigger append_only_truncate before truncate on core.legal_holds
  for each statement execute function core.refuse_change();

-- Kept on the call as well, for the indexes of what is due, and so that setting a hold waits for whoever deletes
-- something of the call at this moment, and the other way round.
alter table core.calls add column legal_hold_at timestamptz;
comment on column core.calls.legal_hold_at is 'Since when nothing of the call may be deleted, by core.legal_holds; empty where there is no hold.';
grant select (legal_hold_at) on core.calls to authenticated;

create function core.note_legal_hold() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  update core.calls as c set legal_hold_at = case when new.lifted_at is null then new.held_at end
  where c.call_id = new.call_id;
  return null;
end
$$;
comment on function core.note_legal_hold() is 'Keeps on the call whether it has a hold.';
create trigger note_legal_hold after insert or update on core.legal_holds
  for each row execute function core.note_legal_hold();

create function core.check_legal_hold() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if new.legal_hold_at is distinct from
    (select h.held_at from core.legal_holds as h where h.call_id = new.call_id and h.lifted_at is null)
  then
    raise exception 'A legal hold is a row of core.legal_holds.' using errcode = 'check_violation', constraint = 'legal_hold_has_row';
  end if;
  return new;
end
$$;
comment on function core.check_legal_hold() is 'Refuses to forget a hold on the call alone.';
create trigger legal_hold_has_row before update on core.calls
  for each row when (old.legal_hold_at is distinct from new.legal_hold_at) execute function core.check_legal_hold();

create function api.hold_call(call_id bigint, reason text) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  held core.calls;
  given core.legal_holds;
begin
  perform core.require('service', 'admin');
  -- Locked first: a deletion of this call that has begun ends before the hold is set.
  select c.* into held from core.calls as c where c.call_id = hold_call.call_id for update;
  if not found then
    raise exception 'There is no call %.', call_id using errcode = 'invalid_parameter_value';
  elsif held.legal_hold_at is not null then
    raise exception 'This call is under a legal hold already.' using errcode = 'invalid_parameter_value';
  elsif coalesce(reason, '') !~ '\S' then
    raise exception 'A legal hold needs a reason.' using errcode = 'invalid_parameter_value';
  end if;
  insert into core.legal_holds (call_id, reason) values (held.call_id, btrim(hold_call.reason)) returning * into given;
  perform core.log_by_hand('legal_hold_set', given.call_id, jsonb_build_object('hold_id', given.hold_id, 'reason', given.reason));
  return core.legal_hold_json(given);
end
$$;
comment on function api.hold_call(bigint, text) is
  'Sets a legal hold with a reason: nothing of the call is deleted any more. Returns it (client type LegalHold).';

create function core.legal_hold_json(h core.legal_holds) returns jsonb
language sql immutable set search_path = '' as $$
  select jsonb_build_object('held_at', h.held_at, 'held_by', h.held_by, 'reason', h.reason)
$$;
comment on function core.legal_hold_json(core.legal_holds) is 'A hold as the call page shows it (client type LegalHold).';
grant execute on function core.legal_hold_json(core.legal_holds) to authenticated, service_role;

create function api.lift_hold(call_id bigint, reason text) returns void
language plpgsql volatile security definer set search_path = '' as $$
declare
  lifted bigint;
begin
  perform core.require('service', 'admin');
  if coalesce(reason, '') !~ '\S' then
    raise exception 'Lifting a legal hold needs a reason.' using errcode = 'invalid_parameter_value';
  end if;
  perform from core.calls as c where c.call_id = lift_hold.call_id for update;
  update core.legal_holds as h set
    lifted_at = greatest(core.now(), h.held_at), lifted_by = coalesce(auth.jwt() ->> 'email', 'service'),
    lift_reason = btrim(lift_hold.reason)
  where h.call_id = lift_hold.call_id and h.lifted_at is null
  returning h.hold_id into lifted;
  if lifted is null then
    raise exception 'This call is under no legal hold.' using errcode = 'invalid_parameter_value';
  end if;
  perform core.log_by_hand('legal_hold_lifted', lift_hold.call_id,
    jsonb_build_object('hold_id', lifted, 'reason', btrim(lift_hold.reason)));
end
$$;
comment on function api.lift_hold(bigint, text) is 'Lifts the legal hold of a call, with a reason: the ages hold for it again.';
grant execute on function api.hold_call(bigint, text), api.lift_hold(bigint, text) to authenticated, service_role;

-- Which calls have flags under a rule, in the order of the queue. An index over what stands inside flags knows no
-- order: with a million flagged calls it would gather half of them to show fifty.

create table core.calls_by_rule (
  call_id bigint not null constraint calls_by_rule_call_id_fkey references core.calls on delete cascade,
  rule_key text not null,
  urgency smallint not null,
  queue_place bigint not null,
  primary key (call_id, rule_key)
);
create index idx_calls_by_rule on core.calls_by_rule (rule_key, urgency desc, queue_place desc, call_id desc);
alter table core.calls_by_rule enable row level security;
comment on table core.calls_by_rule is 'Calls under the rules that their flags stand under; kept by triggers on core.calls.';
comment on column core.calls_by_rule.call_id is 'The flagged call.';
comment on column core.calls_by_rule.rule_key is 'Rule of one or more of its flags.';
comment on column core.calls_by_rule.urgency is 'As in core.calls.';
comment on column core.calls_by_rule.queue_place is 'As in core.calls.';
grant select on core.calls_by_rule to authenticated, service_role;
create policy "Reviewers and admins see which rules calls are flagged under" on core.calls_by_rule
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

insert into core.calls_by_rule (call_id, rule_key, urgency, queue_place)
select distinct c.call_id, k.rule_key, c.urgency, c.queue_place
from core.calls as c cross join jsonb_array_elements_text(core.flagged_rules(c.flags)) as k(rule_key)
where c.worst_severity is not null;

create function core.keep_calls_by_rule() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if tg_op = 'UPDATE' then
    delete from core.calls_by_rule as b where b.call_id = new.call_id;
  end if;
  insert into core.calls_by_rule (call_id, rule_key, urgency, queue_place)
  select distinct new.call_id, k.rule_key, new.urgency, new.queue_place
  from jsonb_array_elements_text(core.flagged_rules(new.flags)) as k(rule_key);
  return null;
end
$$;
comment on function core.keep_calls_by_rule() is 'Keeps core.calls_by_rule in line with the flags of core.calls and their place in the queue.';
create trigger keep_rules_of_new after insert on core.calls
  for each row when (new.worst_severity is not null)
  execute function core.keep_calls_by_rule();
-- The lanes' own steps leave the flags alone, and this trigger asleep.
create trigger keep_rules after update on core.calls
  for each row when (
    (old.worst_severity is not null or new.worst_severity is not null)
    and (old.flags is distinct from new.flags or old.urgency is distinct from new.urgency
      or old.queue_place is distinct from new.queue_place)
  )
  execute function core.keep_calls_by_rule();

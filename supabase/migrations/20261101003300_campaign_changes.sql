-- A changed mapping reaches the calls that have no verdict yet; verdicts keep the vertical they were
-- given under.

create function core.remap_calls() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  with campaigns as materialized (
    select known.account, known.campaign_id, known.campaign_name,
      core.vertical_of(known.account, known.campaign_id, known.campaign_name) as vertical
    from (
      select distinct c.account, c.campaign_id, c.campaign_name
      from core.calls as c
      where c.status not in ('flagged', 'safe', 'undecided') and c.verdict_before is null
    ) as known
  )
  update core.calls as c set vertical = m.vertical
  from campaigns as m
  where c.account = m.account
    and c.campaign_id is not distinct from m.campaign_id
    and c.campaign_name is not distinct from m.campaign_name
    and c.status not in ('flagged', 'safe', 'undecided') and c.verdict_before is null
    and c.vertical is distinct from m.vertical;
  return null;
end
$$;
comment on function core.remap_calls() is 'Gives waiting calls the vertical of the present mapping.';
create trigger remap_calls after insert or update or delete or truncate on core.campaign_verticals
  for each statement execute function core.remap_calls();

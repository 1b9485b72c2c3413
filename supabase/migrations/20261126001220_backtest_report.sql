-- What a backtest comes to: verdicts and flags before and after, held against what reviewers said.

create function core.backtest_flags(b core.backtests)
returns table (call_id bigint, change text, flag jsonb)
language sql stable set search_path = '' as $$
  select c.call_id, f.change, f.flag
  from core.backtest_calls as c
  cross join lateral (
    select 'added' as change, jsonb_array_elements(c.added) as flag
    union all select 'removed', jsonb_array_elements(c.removed)
    union all select 'kept', jsonb_array_elements(c.kept)
  ) as f
  where c.backtest_id = b.backtest_id
$$;
comment on function core.backtest_flags(core.backtests) is 'Every flag of a backtest: added, removed or kept.';

create function core.backtest_reviews(b core.backtests)
returns table (call_id bigint, flag_id text, rule_key text, confirmed boolean)
language sql stable set search_path = '' as $$
  select newest.call_id, newest.flag_id, split_part(newest.flag_id, ':', 1), newest.verdict = 'confirmed'
  from (
    select distinct on (r.call_id, r.flag_id) r.call_id, r.flag_id, r.verdict
    from core.backtest_calls as c
    join core.reviews as r on r.call_id = c.call_id
    where c.backtest_id = b.backtest_id
    order by r.call_id, r.flag_id, r.created_at desc, r.review_id desc
  ) as newest
  -- What people settled about undecided rules is about no flag.
  where newest.verdict in ('confirmed', 'dismissed')
$$;
comment on function core.backtest_reviews(core.backtests) is
  'What reviewers said last about each flag of the calls of a backtest, flags that are not shown any more included.';

create function core.backtest_rules(b core.backtests) returns jsonb
language sql stable set search_path = '' as $$
  with flags as materialized (
    select f.call_id, f.change, f.flag ->> 'id' as flag_id, f.flag ->> 'rule_key' as rule_key, f.flag ->> 'rule_title' as rule_title
    from core.backtest_flags(b) as f
  ),
  named as (
    select r ->> 'key' as rule_key, r ->> 'title' as rule_title from jsonb_array_elements(b.ruleset -> 'rules') as r
    union all
    -- Rules that the draft does without.
    select f.rule_key, max(f.rule_title) from flags as f
    where not b.ruleset -> 'rules' @> jsonb_build_array(jsonb_build_object('key', f.rule_key))
    group by f.rule_key
  ),
  counted as (
    select f.rule_key,
      count(*) filter (where f.change = 'kept') as kept,
      count(*) filter (where f.change = 'added') as added,
      count(*) filter (where f.change = 'removed') as removed
    from flags as f group by f.rule_key
  ),
  reviewed as (
    select r.rule_key,
      count(*) filter (where r.confirmed) as confirmed,
      count(*) filter (where not r.confirmed) as dismissed,
      count(*) filter (where f.change in ('kept', 'removed')) as judged_before,
      count(*) filter (where f.change in ('kept', 'removed') and r.confirmed) as right_before,
      count(*) filter (where f.change in ('kept', 'added')) as judged,
      count(*) filter (where f.change in ('kept', 'added') and r.confirmed) as right_now
    from core.backtest_reviews(b) as r
    left join flags as f on f.call_id = r.call_id and f.flag_id = r.flag_id
    group by r.rule_key
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'rule_key', n.rule_key, 'rule_title', n.rule_title,
    'before', coalesce(c.kept + c.removed, 0), 'after', coalesce(c.kept + c.added, 0),
    'added', coalesce(c.added, 0), 'removed', coalesce(c.removed, 0),
    'before_precision', round(r.right_before::numeric / nullif(r.judged_before, 0), 4),
    'before_recall', round(r.right_before::numeric / nullif(r.confirmed, 0), 4),
    'precision', round(r.right_now::numeric / nullif(r.judged, 0), 4),
    'recall', round(r.right_now::numeric / nullif(r.confirmed, 0), 4),
    'confirmed', coalesce(r.confirmed, 0), 'dismissed', coalesce(r.dismissed, 0)
  ) order by coalesce(c.added + c.removed, 0) desc, n.rule_key collate "C"), '[]')
  from named as n
  left join counted as c on c.rule_key = n.rule_key
  left join reviewed as r on r.rule_key = n.rule_key
$$;
comment on function core.backtest_rules(core.backtests) is
  'Per rule: flags before and after, and the share of reviewed ones that were confirmed (precision) and of confirmed ones that were found (recall). Those that change most come first.';

create function core.backtest_changes(b core.backtests, change text) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'call_id', f.call_id, 'flag_id', f.flag ->> 'id', 'rule_key', f.flag ->> 'rule_key', 'quote', f.flag ->> 'quote',
    'link', format('/calls/%s?flag=%s', f.call_id, replace(f.flag ->> 'id', ':', '%3A'))
  ) order by f.call_id desc, f.flag ->> 'id'), '[]')
  from (
    select listed.* from core.backtest_flags(b) as listed
    where listed.change = backtest_changes.change
    order by listed.call_id desc, listed.flag ->> 'id'
    limit 200
  ) as f
$$;
comment on function core.backtest_changes(core.backtests, text) is 'The first 200 flags that were added or removed, with where to look at them.';

create function core.make_backtest_report(b core.backtests) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'calls', count(*),
    'verdicts', jsonb_build_object(
      'before', jsonb_build_object(
        'flagged', count(*) filter (where c.verdict_before = 'flagged'),
        'safe', count(*) filter (where c.verdict_before = 'safe'),
        'undecided', count(*) filter (where c.verdict_before = 'undecided')),
      'after', jsonb_build_object(
        'flagged', count(*) filter (where c.verdict = 'flagged'),
        'safe', count(*) filter (where c.verdict = 'safe'),
        'undecided', count(*) filter (where c.verdict = 'undecided'))),
    'rules', core.backtest_rules(b),
    'added_total', coalesce(sum(jsonb_array_length(c.added)), 0),
    'removed_total', coalesce(sum(jsonb_array_length(c.removed)), 0),
    'added', core.backtest_changes(b, 'added'),
    'removed', core.backtest_changes(b, 'removed')
  )
  from core.backtest_calls as c
  where c.backtest_id = b.backtest_id
$$;
comment on function core.make_backtest_report(core.backtests) is 'What a backtest has come to so far (client type BacktestReport).';

create function api.finish_backtest(lease_token uuid, error text default null) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  why constant text := left(nullif(btrim(finish_backtest.error), ''), 2000);
  held core.backtests;
begin
  perform core.require('service');
  select b.* into held from core.backtests as b where b.lease_token = finish_backtest.lease_token for update;
  if not found then
    select b.* into held from core.backtests as b where b.answered_token = finish_backtest.lease_token;
    if not found then
      perform core.refuse_backtest_answer();
    end if;
    return held.report;
  end if;
  if why is null and held.calls_done < held.calls_total and exists (select from core.backtest_candidates(held)) then
    raise exception 'This backtest is not through: % of % calls are left.', held.calls_total - held.calls_done, held.calls_total
      using errcode = 'invalid_parameter_value';
  end if;
  held.report := core.make_backtest_report(held);
  update core.backtests as b set
    status = case when why is null then 'done' else 'failed' end,
    error = why, report = held.report, finished_at = core.now(),
    lease_token = null, lease_owner = null, lease_expires_at = null, answered_token = finish_backtest.lease_token
  where b.backtest_id = held.backtest_id;
  return held.report;
end
$$;
comment on function api.finish_backtest(uuid, text) is
  'Ends a backtest: done once all calls were reported, failed with a sentence. Returns the report (client type BacktestReport), the same one when sent again.';
grant execute on function api.finish_backtest(uuid, text) to service_role;

create function api.backtest_report(backtest_id bigint) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  asked core.backtests;
begin
  perform core.require('service', 'reviewer', 'admin');
  select b.* into asked from core.backtests as b where b.backtest_id = backtest_report.backtest_id;
  if not found then
    raise exception 'There is no backtest %.', backtest_report.backtest_id using errcode = 'invalid_parameter_value';
  end if;
  return jsonb_build_object('status', asked.status, 'calls_done', asked.calls_done, 'calls_total', asked.calls_total,
    'error', asked.error, 'report', asked.report);
end
$$;
comment on function api.backtest_report(bigint) is
  'How far a backtest is, and its report once it has one (client type BacktestProgress).';
grant execute on function api.backtest_report(bigint) to authenticated, service_role;

-- Backtests are work: claimed under a lease, tried batch by batch, taken over from a server that died.

create function core.backtest_lease_length() returns interval
language sql immutable set search_path = '' as $$ select interval '2 minutes' $$;
comment on function core.backtest_lease_length() is 'How long a backtest is held after the last sign of life.';

create function api.claim_backtest(worker text, backtest_id bigint default null) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  taken core.backtests;
begin
  perform core.require('service');
  if coalesce(worker, '') !~ '\S' then
    raise exception 'Whoever claims a backtest has a name.' using errcode = 'invalid_parameter_value';
  elsif claim_backtest.backtest_id is not null
    and not exists (select from core.backtests as b where b.backtest_id = claim_backtest.backtest_id)
  then
    raise exception 'There is no backtest %.', claim_backtest.backtest_id using errcode = 'invalid_parameter_value';
  end if;
  update core.backtests as b set
    status = 'running',
    lease_token = gen_random_uuid(),
    lease_owner = claim_backtest.worker,
    lease_expires_at = core.now() + core.backtest_lease_length(),
    started_at = coalesce(b.started_at, core.now())
  where b.backtest_id = (
    select w.backtest_id from core.backtests as w
    where w.status in ('waiting', 'running') and (w.lease_expires_at is null or w.lease_expires_at < core.now())
      and (claim_backtest.backtest_id is null or w.backtest_id = claim_backtest.backtest_id)
    order by w.backtest_id limit 1 for update skip locked
  )
  returning b.* into taken;
  if taken.backtest_id is null then
    return null;
  end if;
  return jsonb_build_object('backtest_id', taken.backtest_id, 'lease_token', taken.lease_token, 'draft', taken.draft,
    'ruleset', taken.ruleset, 'calls_done', taken.calls_done, 'calls_total', taken.calls_total);
end
$$;
comment on function api.claim_backtest(text, bigint) is
  'Takes the oldest backtest that waits or whose lease ran out, or this one (client type ClaimedBacktest); null when there is none.';
grant execute on function api.claim_backtest(text, bigint) to service_role;

create function core.refuse_backtest_answer() returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform nextval('core.stale_answers');
  raise sqlstate 'PT409' using message = 'lease lost', detail = 'Another server has this backtest now, or it is over; nothing was changed.';
end
$$;
comment on function core.refuse_backtest_answer() is 'Refuses a stale lease token.';

create function core.hold_backtest(token uuid) returns core.backtests
language plpgsql volatile set search_path = '' as $$
declare
  held core.backtests;
begin
  update core.backtests as b set lease_expires_at = core.now() + core.backtest_lease_length()
  where b.lease_token = token
  returning b.* into held;
  if held.backtest_id is null then
    perform core.refuse_backtest_answer();
  end if;
  return held;
end
$$;
comment on function core.hold_backtest(uuid) is 'Locks the backtest of a lease token and extends the lease; refuses a stale token with PT409.';

create function api.beat_backtest(lease_token uuid) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform core.require('service');
  update core.backtests as b set lease_expires_at = core.now() + core.backtest_lease_length()
  where b.lease_token = beat_backtest.lease_token;
  return found;
end
$$;
comment on function api.beat_backtest(uuid) is 'Keeps the lease of a backtest; false when it is lost.';
grant execute on function api.beat_backtest(uuid) to service_role;

create function api.backtest_batch(lease_token uuid, max integer default 20) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  held core.backtests;
  batch bigint[];
begin
  perform core.require('service');
  held := core.hold_backtest(backtest_batch.lease_token);
  batch := array(
    select c.call_id from core.backtest_candidates(held) as c
    limit least(greatest(coalesce(backtest_batch.max, 20), 1), 100, held.calls_total - held.calls_done)
  );
  -- Whatever is newer has been reported.
  update core.backtests as b set cursor_start = c.start_time_utc, cursor_call_id = c.call_id
  from core.calls as c
  where b.backtest_id = held.backtest_id and c.call_id = batch[1];
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'call_id', c.call_id,
      'vertical', held.vertical,
      'transcript', core.transcript_json(t),
      'shown', jsonb_build_object(
        'verdict', coalesce(c.verdict_before, c.status),
        'ruleset', jsonb_build_object('ruleset_id', s.ruleset_id, 'vertical', s.vertical, 'rules', s.rules),
        'flags', c.flags,
        'rule_results', j.rule_results
      )
    ) order by c.start_time_utc desc, c.call_id desc), '[]')
    from core.calls as c
    join core.transcripts as t on t.call_id = c.call_id
    join core.judgements as j on j.judgement_id = c.judgement_id
    join core.rulesets as s on s.ruleset_id = j.ruleset_id
    where c.call_id = any (batch)
  );
end
$$;
comment on function api.backtest_batch(uuid, integer) is
  'The next calls to try, newest first, 100 at most (client type BacktestCall); the same ones again until they are reported. Empty when all were.';
grant execute on function api.backtest_batch(uuid, integer) to service_role;

-- Flags are the same when their ids are: the same rule and the same words.
create function core.compare_flags(shown jsonb, found jsonb, out added jsonb, out removed jsonb, out kept jsonb)
language sql immutable set search_path = '' as $$
  select
    coalesce(jsonb_agg(f.flag order by f.place) filter (where not f.shown and not known), '[]'),
    coalesce(jsonb_agg(f.flag order by f.place) filter (where f.shown and not known), '[]'),
    coalesce(jsonb_agg(f.flag order by f.place) filter (where not f.shown and known), '[]')
  from (
    select flag, place, false as shown, compare_flags.shown @> jsonb_build_array(jsonb_build_object('id', flag -> 'id')) as known
    from jsonb_array_elements(compare_flags.found) with ordinality as e(flag, place)
    union all
    select flag, place, true, compare_flags.found @> jsonb_build_array(jsonb_build_object('id', flag -> 'id'))
    from jsonb_array_elements(compare_flags.shown) with ordinality as e(flag, place)
  ) as f
$$;
comment on function core.compare_flags(jsonb, jsonb) is
  'Flags that were found and are not shown, that are shown and were not found, and both.';

create function core.check_backtested(b core.backtests, calls jsonb) returns void
language plpgsql stable set search_path = '' as $$
declare
  stranger text;
begin
  if jsonb_typeof(calls) is distinct from 'array' or jsonb_array_length(calls) = 0 then
    raise exception 'A report names at least one call.' using errcode = 'invalid_parameter_value';
  end if;
  select r ->> 'call_id' into stranger from jsonb_array_elements(calls) as r
  where not exists (
    select from core.calls as c
    where c.call_id = (r ->> 'call_id')::bigint and c.judgement_id is not null
      and c.start_time_utc >= b.from_time and c.start_time_utc < b.to_time
  )
  limit 1;
  if found then
    raise exception 'Call % is no part of this backtest.', coalesce(stranger, 'without a number')
      using errcode = 'invalid_parameter_value';
  end if;
  select named.key into stranger
  from jsonb_array_elements(calls) as r
  cross join lateral (
    select f ->> 'rule_key' as key from jsonb_array_elements(r -> 'flags') as f
    union all select jsonb_array_elements_text(r -> 'undecided')
  ) as named
  where not b.ruleset -> 'rules' @> jsonb_build_array(jsonb_build_object('key', named.key))
  limit 1;
  if found then
    raise exception 'The draft "%" has no rule "%".', b.draft, stranger using errcode = 'invalid_parameter_value';
  end if;
end
$$;
comment on function core.check_backtested(core.backtests, jsonb) is 'Refuses a report about other calls or other rules.';

create function api.report_backtest(
  lease_token uuid, calls jsonb, requests bigint default 0, tokens bigint default 0, cost_usd numeric default 0
) returns integer
language plpgsql volatile security definer set search_path = '' as $$
declare
  held core.backtests;
  news integer;
begin
  perform core.require('service');
  perform core.check_model_use(tokens, cost_usd);
  if (requests >= 0) is not true then
    raise exception 'The number of requests cannot be negative.' using errcode = 'invalid_parameter_value';
  end if;
  held := core.hold_backtest(report_backtest.lease_token);
  perform core.check_backtested(held, report_backtest.calls);
  insert into core.backtest_calls (backtest_id, call_id, verdict_before, verdict, added, removed, kept, undecided)
  select held.backtest_id, c.call_id, coalesce(c.verdict_before, c.status), r ->> 'verdict',
    compared.added, compared.removed, compared.kept, coalesce(r -> 'undecided', '[]')
  from jsonb_array_elements(report_backtest.calls) as r
  join core.calls as c on c.call_id = (r ->> 'call_id')::bigint
  -- A rule that could not be decided under the draft says nothing about the flags that it has.
  cross join lateral core.compare_flags((
    select coalesce(jsonb_agg(f), '[]') from jsonb_array_elements(c.flags) as f
    where not r -> 'undecided' ? (f ->> 'rule_key')
  ), r -> 'flags') as compared
  on conflict on constraint backtest_calls_pkey do nothing;
  get diagnostics news = row_count;
  -- What was reported before has been counted with its cost.
  if news > 0 then
    update core.backtests as b set
      calls_done = b.calls_done + news,
      requests = b.requests + report_backtest.requests,
      tokens = b.tokens + report_backtest.tokens,
      cost_usd = b.cost_usd + report_backtest.cost_usd
    where b.backtest_id = held.backtest_id;
  end if;
  return held.calls_total - held.calls_done - news;
end
$$;
comment on function api.report_backtest(uuid, jsonb, bigint, bigint, numeric) is
  'Keeps what the draft made of calls [{call_id, verdict, flags, undecided}] (client type BacktestedCall) and what asking the model took. The same report sent twice is one. Returns how many calls are left.';
grant execute on function api.report_backtest(uuid, jsonb, bigint, bigint, numeric) to service_role;

-- Search over all transcripts.

create function core.call_fits(call core.calls, filter jsonb) returns boolean
language sql immutable set search_path = '' as $$
  select coalesce((filter -> 'statuses') ? call.status, true)
    and coalesce(call.worst_severity = filter ->> 'severity', filter ->> 'severity' is null)
    and (filter ->> 'rule' is null
      or coalesce(call.flags @> jsonb_build_array(jsonb_build_object('rule_key', filter ->> 'rule')), false))
    and coalesce(call.vertical = filter ->> 'vertical', filter ->> 'vertical' is null)
    and coalesce(call.campaign_name = filter ->> 'campaign', filter ->> 'campaign' is null)
    and coalesce(call.publisher_name = filter ->> 'publisher', filter ->> 'publisher' is null)
    and coalesce(call.buyer_name = filter ->> 'buyer', filter ->> 'buyer' is null)
$$;
comment on function core.call_fits(core.calls, jsonb) is
  'Whether a call is among those asked for: {statuses, severity, rule, vertical, campaign, publisher, buyer}, each of which may be missing.';

-- A search may take so long and look at so much; what is left then is told, and can be asked for. Stretches are read
-- one by one only where words are so common that a page is full after a few hundred.
create function core.find_calls(
  asked core.search_terms, filter jsonb, after jsonb, page_size integer,
  most_candidates integer default 10000, most_looked_at integer default 50000, patience interval default '2 seconds',
  out call_ids bigint[], out next_after jsonb, out cut boolean
)
language plpgsql stable set search_path = '' set enable_seqscan = off set jit = off as $$
declare
  ends constant timestamptz := clock_timestamp() + patience;
  from_time constant timestamptz := coalesce((filter ->> 'from_time')::timestamptz, '-infinity');
  to_time constant timestamptz := coalesce((filter ->> 'to_time')::timestamptz, 'infinity');
  -- Everything before this place in the order was told already.
  start_before timestamptz := to_time;
  call_before bigint := -1;
  chunk_before integer := -1;
  candidates bigint[];
  likely bigint;
  looked_at integer := 0;
  settled_call bigint;
  stretch record;
  wanted boolean;
begin
  call_ids := '{}'; cut := false;
  if after is not null and (after ->> 'start_time_utc')::timestamptz < to_time then
    start_before := (after ->> 'start_time_utc')::timestamptz;
    call_before := (after ->> 'call_id')::bigint;
    chunk_before := (after ->> 'chunk_no')::integer;
  end if;

  -- The index alone answers this; the order of words is looked at only where there are few rows to look at.
  select count(*) into likely
  from (select from core.transcript_chunks as t where t.search @@ (asked).likely limit most_candidates + 1) as c;

  if likely <= most_candidates then
    select array_agg(distinct t.call_id) into candidates
    from core.transcript_chunks as t
    where t.search @@ (asked).likely and t.search @@ (asked).matching;
    select array_agg(p.call_id order by p.start_time_utc desc, p.call_id desc) into call_ids
    from (
      select c.call_id, c.start_time_utc
      from core.calls as c
      where c.call_id = any (candidates)
        and c.start_time_utc >= from_time
        and (c.start_time_utc, c.call_id, 0) < (start_before, call_before, chunk_before)
        and core.call_fits(c, filter)
        and ((asked).excluded is null or not coalesce((
          select true from core.transcript_chunks as t
          where t.call_id = c.call_id and t.search @@ (asked).excluded
          limit 1
        ), false))
      order by c.start_time_utc desc, c.call_id desc
      limit page_size + 1
    ) as p;
    call_ids := coalesce(call_ids, '{}');
  else
    for stretch in
      select t.start_time_utc, t.call_id, t.chunk_no, t.search @@ (asked).matching as matches
      from core.transcript_chunks as t
      where t.start_time_utc >= from_time
        and (t.start_time_utc, t.call_id, t.chunk_no) < (start_before, call_before, chunk_before)
      order by t.start_time_utc desc, t.call_id desc, t.chunk_no desc
      limit most_looked_at + 1
    loop
      looked_at := looked_at + 1;
      if looked_at > most_looked_at or looked_at % 100 = 0 and clock_timestamp() > ends then
        cut := true;
        exit;
      end if;
      if stretch.matches and stretch.call_id is distinct from settled_call then
        settled_call := stretch.call_id;
        select core.call_fits(c, filter)
          and ((asked).excluded is null or not coalesce((
            select true from core.transcript_chunks as t
            where t.call_id = c.call_id and t.search @@ (asked).excluded
            limit 1
          ), false))
        into wanted
        from core.calls as c
        where c.call_id = stretch.call_id;
        if wanted then
          call_ids := call_ids || stretch.call_id;
          exit when cardinality(call_ids) > page_size;
        end if;
      end if;
      next_after := jsonb_build_object('start_time_utc', stretch.start_time_utc, 'call_id', stretch.call_id,
        'chunk_no', case when stretch.call_id = settled_call then -1 else stretch.chunk_no end);
    end loop;
    if not cut then
      next_after := null;
    end if;
  end if;

  if cardinality(call_ids) > page_size then
    call_ids := call_ids[:page_size];
    cut := false;
    select jsonb_build_object('start_time_utc', c.start_time_utc, 'call_id', c.call_id, 'chunk_no', -1) into next_after
    from core.calls as c
    where c.call_id = call_ids[page_size];
  end if;
end
$$;
comment on function core.find_calls(core.search_terms, jsonb, jsonb, integer, integer, integer, interval) is
  'Calls that answer a search, newest first, and where to go on. Cut when it gave up before the page was full.';

create function api.search_transcripts(
  query text, filter jsonb default '{}', after jsonb default null, page_size integer default 20
) returns jsonb
language plpgsql stable security definer set search_path = '' set enable_seqscan = off set jit = off as $$
declare
  asked core.search_terms;
  problem text;
  answer record;
  size constant integer := least(greatest(coalesce(page_size, 20), 1), 50);
begin
  -- Row level security would keep the planner from the full-text index, so this function is the lock: what it returns
  -- is what reviewers may read.
  perform core.require('service', 'reviewer', 'admin');
  asked := core.read_search(left(query, 1001));
  problem := core.search_problem(query, asked);
  if problem is not null then
    return jsonb_build_object('calls', '[]'::jsonb, 'after', null, 'cut', false, 'problem', problem);
  end if;
  answer := core.find_calls(asked, coalesce(filter, '{}'), after, size);
  return jsonb_build_object(
    'calls', coalesce((
      select jsonb_agg(jsonb_build_object('call', to_jsonb(v)) || core.call_hits(v.call_id, asked)
        order by v.start_time_utc desc, v.call_id desc)
      from api.calls as v
      where v.call_id = any (answer.call_ids)
    ), '[]'),
    'after', answer.next_after,
    'cut', answer.cut,
    'problem', null
  );
end
$$;
comment on function api.search_transcripts(text, jsonb, jsonb, integer) is
  'Calls whose transcripts answer a web search, newest first, each with its first hits (client type SearchPage).';
grant execute on function api.search_transcripts(text, jsonb, jsonb, integer) to authenticated, service_role;

create function api.search_choices() returns jsonb
language plpgsql stable security definer set search_path = '' set enable_seqscan = off set jit = off as $$
declare
  -- Names come from so many of the newest stretches.
  newest constant integer := 3000;
begin
  perform core.require('service', 'reviewer', 'admin');
  return (
    with recent as materialized (
      select c.campaign_name, c.publisher_name, c.buyer_name
      from (
        select distinct n.call_id from (
          select t.call_id from core.transcript_chunks as t order by t.start_time_utc desc, t.call_id desc, t.chunk_no desc limit newest
        ) as n
      ) as n
      join core.calls as c on c.call_id = n.call_id
    )
    select jsonb_build_object(
      'verticals', coalesce((
        select jsonb_agg(jsonb_build_object('key', v.vertical, 'title', v.title) order by v.title)
        from core.verticals as v where v.vertical <> 'common'), '[]'),
      'rules', coalesce((
        select jsonb_agg(jsonb_build_object('key', r.key, 'title', r.title) order by r.title)
        from (select distinct on (r.key) r.key, r.title from core.rules as r order by r.key, r.rule_id) as r), '[]'),
      'campaigns', coalesce((select jsonb_agg(distinct campaign_name) filter (where campaign_name is not null) from recent), '[]'),
      'publishers', coalesce((select jsonb_agg(distinct publisher_name) filter (where publisher_name is not null) from recent), '[]'),
      'buyers', coalesce((select jsonb_agg(distinct buyer_name) filter (where buyer_name is not null) from recent), '[]')
    )
  );
end
$$;
comment on function api.search_choices() is
  'What a search can be narrowed to: verticals, rules, and the names in the newest calls (client type SearchChoices).';
grant execute on function api.search_choices() to authenticated, service_role;

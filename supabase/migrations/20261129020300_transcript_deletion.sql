-- With a transcript everything goes that quotes it: the stretches for searching, the quotes in flags, verdicts, refused
-- findings, added flags and backtests. Verdicts, rules, places and counts stay, and so does what people wrote themselves.

alter table core.calls
  add column transcript_deleted_at timestamptz,
  add constraint transcript_needed_for_work check (
    transcript_deleted_at is null or status not in ('pending', 'downloading', 'downloaded', 'processing', 'transcribed', 'judging')
  ),
  add constraint no_transcript_to_ask_about check (transcript_deleted_at is null or ask_again_at is null);
comment on column core.calls.transcript_deleted_at is
  'When retention deleted the transcript and what quotes it; the call cannot be judged again.';
grant select (transcript_deleted_at) on core.calls to authenticated;

create index idx_calls_transcript_due on core.calls (start_time_utc, call_id)
  where transcript_deleted_at is null and legal_hold_at is null and to_review = 0
    and (status in ('flagged', 'safe', 'undecided') or status = 'failed' and failed_lane = 'judge');

drop trigger held_call_keeps_all on core.calls;
-- A deletion that was over before the hold was set may still be noted.
create trigger held_call_keeps_all before update on core.calls
  for each row when (
    new.legal_hold_at is not null and (
      old.audio_deleting_since is null and (
        new.audio_deleting_since is not null or old.audio_deleted_at is null and new.audio_deleted_at is not null)
      or old.storage_path is distinct from new.storage_path and old.storage_path is not null
      or old.transcript_deleted_at is null and new.transcript_deleted_at is not null
    )
  )
  execute function core.refuse_deletion_under_hold();

create function core.keep_held_transcript() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if exists (select from core.calls as c where c.call_id = old.call_id and c.legal_hold_at is not null) then
    raise exception 'Call % is under a legal hold: nothing of it is deleted.', old.call_id
      using errcode = 'check_violation', constraint = 'held_call_keeps_all';
  end if;
  return old;
end
$$;
comment on function core.keep_held_transcript() is 'Keeps the transcript of a call that is under a legal hold.';
create trigger held_call_keeps_all before delete on core.transcripts
  for each row execute function core.keep_held_transcript();

-- A flag keeps its form: its id is made of words, and quoted words cannot be empty.
create function core.without_quotes(flags jsonb) returns jsonb
language sql immutable set search_path = '' as $$
  select case when jsonb_typeof(flags) = 'array' then (
    select coalesce(jsonb_agg(case when f.flag ->> 'quote' <> '' then f.flag || '{"quote": "[deleted]"}' else f.flag end order by f.place), '[]')
    from jsonb_array_elements(flags) with ordinality as f(flag, place)
  ) else flags end
$$;
comment on function core.without_quotes(jsonb) is 'Flags as they are, with [deleted] in place of what was said.';

create function core.row_without_quotes(kind text, kept jsonb) returns jsonb
language sql immutable set search_path = '' as $$
  select case kind
    when 'judgements' then kept || jsonb_build_object('flags', core.without_quotes(kept -> 'flags'))
    when 'refused_findings' then kept || '{"quote": "[deleted]"}'
    when 'reviews' then kept || jsonb_build_object('flag', core.without_quotes(jsonb_build_array(kept -> 'flag')) -> 0)
  end
$$;
comment on function core.row_without_quotes(text, jsonb) is 'A row of an append-only table without what it quotes.';

-- The one thing that may change in these tables.
create function core.refuse_change_but_of_quotes() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  -- A column that is made of others has no new value yet.
  if to_jsonb(new) - 'qa_version' = core.row_without_quotes(tg_table_name, to_jsonb(old)) - 'qa_version'
    and exists (select from core.calls as c where c.call_id = old.call_id and c.transcript_deleted_at is not null)
  then
    return new;
  end if;
  raise exception '%.% keeps what was written: rows are only added.', tg_table_schema, tg_table_name
    using errcode = 'check_violation', constraint = 'append_only';
end
$$;
comment on function core.refuse_change_but_of_quotes() is
  'Trigger of append-only tables: quotes go with their transcript, and nothing else is ever changed.';
drop trigger append_only on core.judgements;
drop trigger append_only on core.refused_findings;
drop trigger append_only on core.reviews;
create trigger append_only before delete on core.judgements for each row execute function core.refuse_change();
create trigger append_only before delete on core.refused_findings for each row execute function core.refuse_change();
create trigger append_only before delete on core.reviews for each row execute function core.refuse_change();
create trigger append_only_but_quotes before update on core.judgements
  for each row execute function core.refuse_change_but_of_quotes();
create trigger append_only_but_quotes before update on core.refused_findings
  for each row execute function core.refuse_change_but_of_quotes();
create trigger append_only_but_quotes before update on core.reviews
  for each row execute function core.refuse_change_but_of_quotes();

-- A backtest that had read the transcript may report after it was deleted.
create function core.forget_quotes_of_backtest() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if exists (select from core.calls as c where c.call_id = new.call_id and c.transcript_deleted_at is not null) then
    new.added := core.without_quotes(new.added);
    new.removed := core.without_quotes(new.removed);
    new.kept := core.without_quotes(new.kept);
  end if;
  return new;
end
$$;
comment on function core.forget_quotes_of_backtest() is 'Keeps no quotes of a call whose transcript is deleted.';
create trigger quotes_go_with_transcript before insert or update on core.backtest_calls
  for each row execute function core.forget_quotes_of_backtest();

create function core.changes_without_quotes(changes jsonb, call_id bigint) returns jsonb
language sql immutable set search_path = '' as $$
  select coalesce(jsonb_agg(case when (e.change ->> 'call_id')::bigint = changes_without_quotes.call_id and e.change ->> 'quote' <> ''
    then e.change || '{"quote": "[deleted]"}' else e.change end order by e.place), '[]')
  from jsonb_array_elements(changes) with ordinality as e(change, place)
$$;
comment on function core.changes_without_quotes(jsonb, bigint) is
  'The added or removed flags of a backtest''s report, with [deleted] in place of what was said in one call.';

create function core.delete_transcript(call_id bigint) returns void
language plpgsql volatile set search_path = '' as $$
begin
  -- The call first: it is the lock, and what allows the rest.
  update core.calls as c set
    transcript_deleted_at = core.now(), flags = core.without_quotes(c.flags), ask_again_at = null, ask_again_tries = 0,
    last_error_code = case when c.status = 'failed' then 'given_up' else c.last_error_code end
  where c.call_id = delete_transcript.call_id;
  update core.judgements as j set flags = core.without_quotes(j.flags)
  where j.call_id = delete_transcript.call_id and j.flags <> core.without_quotes(j.flags);
  update core.refused_findings as f set quote = '[deleted]' where f.call_id = delete_transcript.call_id;
  update core.reviews as r set flag = core.without_quotes(jsonb_build_array(r.flag)) -> 0
  where r.call_id = delete_transcript.call_id and r.flag is not null;
  update core.backtest_calls as b set added = b.added where b.call_id = delete_transcript.call_id;
  update core.backtests as b set report = b.report || jsonb_build_object(
    'added', core.changes_without_quotes(b.report -> 'added', delete_transcript.call_id),
    'removed', core.changes_without_quotes(b.report -> 'removed', delete_transcript.call_id))
  where b.report is not null
    and b.backtest_id in (select d.backtest_id from core.backtest_calls as d where d.call_id = delete_transcript.call_id);
  delete from core.transcripts as t where t.call_id = delete_transcript.call_id;
end
$$;
comment on function core.delete_transcript(bigint) is 'Deletes the transcript of a call and everything that quotes it.';

create function core.delete_transcripts(max integer default 200) returns integer
language plpgsql volatile security definer set search_path = '' as $$
declare
  due_before constant timestamptz := core.kept_since('transcripts');
  due bigint;
  deleted bigint[] := '{}';
begin
  for due in
    select c.call_id from core.calls as c
    where c.transcript_deleted_at is null and c.legal_hold_at is null and c.to_review = 0
      and (c.status in ('flagged', 'safe', 'undecided') or c.status = 'failed' and c.failed_lane = 'judge')
      and c.start_time_utc < due_before
      -- A backtest that was begun is finished with the calls that it counted.
      and not exists (
        select from core.backtests as b
        where b.status in ('waiting', 'running') and c.start_time_utc >= b.from_time and c.start_time_utc < b.to_time
      )
    order by c.start_time_utc, c.call_id
    limit max
    for update of c skip locked
  loop
    perform core.delete_transcript(due);
    deleted := deleted || due;
  end loop;
  insert into core.sys_logs (level, lane, event, call_id) select 'info', 'database', 'transcript_deleted', d from unnest(deleted) as d;
  return cardinality(deleted);
end
$$;
comment on function core.delete_transcripts(integer) is
  'Deletes up to so many transcripts whose age is over, oldest call first; returns how many.';

-- Judging again needs the transcript.
create or replace function core.judge_anew(call_ids bigint[]) returns integer
language plpgsql volatile set search_path = '' as $$
declare
  sent integer;
begin
  -- The verdict stays shown until there is a new one; the campaign may be mapped otherwise by now.
  -- Every rule is asked, not only what was left unasked.
  update core.calls as c set
    status = 'transcribed', verdict_before = coalesce(c.verdict_before, c.status), attempts = 0, last_error = null,
    round = c.round + 1, vertical = core.vertical_of(c.account, c.campaign_id, c.campaign_name),
    ask_again_at = null, ask_again_tries = 0
  where c.call_id = any (call_ids) and c.transcript_deleted_at is null
    and (c.status in ('flagged', 'safe', 'undecided') or c.status = 'transcribed' and c.ask_again_at is not null);
  get diagnostics sent = row_count;
  return sent;
end
$$;
comment on function core.judge_anew(bigint[]) is
  'Sends calls with a verdict and a transcript back to the judge, who asks every rule under the present rules; returns how many.';

create function core.require_transcript(call_id bigint) returns void
language plpgsql stable set search_path = '' as $$
declare
  deleted_at timestamptz;
begin
  select c.transcript_deleted_at into deleted_at from core.calls as c where c.call_id = require_transcript.call_id;
  if deleted_at is not null then
    raise exception 'The transcript of this call was deleted on %: it cannot be judged again.',
      to_char(deleted_at at time zone 'UTC', 'YYYY-MM-DD')
      using errcode = 'check_violation', constraint = 'transcript_needed_for_work';
  end if;
end
$$;
comment on function core.require_transcript(bigint) is 'Refuses with a sentence where retention has deleted the transcript.';

create or replace function api.rejudge_call(call_id bigint) returns text
language plpgsql volatile security definer set search_path = '' as $$
declare
  judged core.calls;
begin
  perform core.require('service', 'admin');
  select c.* into judged from core.calls as c where c.call_id = rejudge_call.call_id for update;
  if not found then
    raise exception 'There is no call %.', call_id using errcode = 'invalid_parameter_value';
  elsif judged.status not in ('flagged', 'safe', 'undecided') then
    raise exception 'Only a call with a verdict can be judged again; this one is %.', replace(judged.status, '_', ' ')
      using errcode = 'invalid_parameter_value';
  end if;
  perform core.require_transcript(judged.call_id);
  perform core.judge_anew(array[judged.call_id]);
  perform core.log_by_hand('call_judged_again', judged.call_id,
    jsonb_build_object('verdict', judged.status, 'qa_version', judged.qa_version));
  return 'transcribed';
end
$$;

create or replace function core.work_off_rejudge_order(this core.rejudge_orders, room integer) returns integer
language plpgsql volatile set search_path = '' as $$
declare
  -- Looked at in one go, however many calls an order is about and however few of them it wants.
  most constant integer := 5000;
  upper_time timestamptz := this.reached_time;
  upper_call bigint := this.reached_call;
  lower_time timestamptz := coalesce(this.from_time, '-infinity');
  found_ids bigint[];
  looked_at integer;
  passed integer;
  sent integer;
begin
  -- Who claimed a call before the order may judge it by the rules of that time: it waits for their verdicts.
  if exists (
    select from core.calls as c
    where c.lease_token is not null and c.status = 'judging' and c.leased_at < this.created_at
  ) then
    return 0;
  end if;
  if this.call_id is not null then
    select c.start_time_utc, c.call_id + 1, c.start_time_utc into upper_time, upper_call, lower_time
    from core.calls as c where c.call_id = this.call_id;
  end if;
  with looked as materialized (
    select c.call_id, c.start_time_utc, c.vertical, c.judgement_id
    from core.calls as c
    where c.judgement_id is not null and c.transcript_deleted_at is null
      -- One that waits for only its unasked rules to be asked is to have all of them asked as well.
      and (c.status in ('flagged', 'safe', 'undecided') or c.status = 'transcribed' and c.ask_again_at is not null)
      and (c.start_time_utc, c.call_id) < (upper_time, upper_call) and c.start_time_utc >= lower_time
    order by c.start_time_utc desc, c.call_id desc
    limit most
  ),
  sifted as (
    select l.call_id, l.start_time_utc,
      (this.call_id is null or l.call_id = this.call_id)
        and (this.vertical is null or coalesce(l.vertical, 'common') = this.vertical)
        and coalesce(coalesce(a.started_at, j.judged_at) < this.created_at, true) as wanted
    from looked as l
    left join core.judgements as j on j.judgement_id = l.judgement_id
    left join core.attempts as a on a.call_id = j.call_id and a.lane = 'judge' and a.round = j.round and a.outcome = 'accepted'
  ),
  numbered as (
    select s.*, row_number() over newest_first as place, count(*) filter (where s.wanted) over newest_first as nth
    from sifted as s
    window newest_first as (order by s.start_time_utc desc, s.call_id desc)
  ),
  locked as (
    select c.call_id from core.calls as c
    where c.call_id in (select n.call_id from numbered as n where n.wanted and n.nth <= room)
      and (c.status in ('flagged', 'safe', 'undecided') or c.status = 'transcribed' and c.ask_again_at is not null)
    for update skip locked
  ),
  taken as (
    select n.*, l.call_id is not null as locked from numbered as n left join locked as l on l.call_id = n.call_id
    where n.nth <= room
  ),
  -- A call that somebody holds just now is left for the next time, and the order goes no further than it.
  held as (
    select coalesce(min(t.place), most + 1) as place from taken as t where t.wanted and not t.locked
  )
  select array_agg(t.call_id) filter (where t.locked), (select count(*) from looked),
    count(*) filter (where t.place < h.place),
    coalesce((array_agg(t.start_time_utc order by t.place desc) filter (where t.place < h.place))[1], this.reached_time),
    coalesce((array_agg(t.call_id order by t.place desc) filter (where t.place < h.place))[1], this.reached_call)
  into found_ids, looked_at, passed, upper_time, upper_call
  from taken as t
  cross join held as h;
  sent := core.judge_anew(coalesce(found_ids, '{}'));
  update core.rejudge_orders as o set
    calls_done = o.calls_done + sent, reached_time = upper_time, reached_call = upper_call,
    finished_at = case when passed = looked_at and looked_at < most then core.now() end
  where o.order_id = this.order_id;
  return sent;
end
$$;
create function core.check_order_of_one_call() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform core.require_transcript(new.call_id);
  return new;
end
$$;
comment on function core.check_order_of_one_call() is 'Refuses an order to judge a call again whose transcript is deleted.';
create trigger transcript_needed before insert or update of call_id on core.rejudge_orders
  for each row when (new.call_id is not null) execute function core.check_order_of_one_call();

do $$
begin
  if exists (select from pg_catalog.pg_extension where extname = 'pg_cron') then
    perform cron.schedule('callscript-delete-transcripts', '* * * * *', 'select core.delete_transcripts()');
  end if;
end
$$;

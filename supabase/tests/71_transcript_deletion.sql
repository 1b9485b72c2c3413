-- A transcript goes when its age is over, and with it everything that quotes it; verdicts, rules, times and counts stay.
begin;
\ir helpers/setup.psql
select no_plan();
select tests.rule();
update core.retention set keep = '30 days' where what = 'transcripts';
select tests.move_time('1 day');

select tests.judged_call('old', 'flagged', now() - interval '31 days');
select tests.judged_call('held', 'flagged', now() - interval '31 days');
select tests.judged_call('in work', 'safe', now() - interval '31 days');
select tests.judged_call('unseen', 'flagged', now() - interval '31 days');
select tests.judged_call('young', 'safe', now() - interval '20 days');
create function tests.of(id text) returns core.calls language sql as $$ select c from core.calls as c where c.ringba_call_id = id $$;

-- Everything that quotes: an earlier verdict, a refused finding, an added flag, a backtest and its report.
insert into core.judgements (call_id, round, ruleset_id, prompt_version, verdict, judge_model, flags, rule_results, cost_usd)
select call_id, 1, ruleset_id, 'p0', 'flagged', 'm',
  jsonb_build_array(tests.flag(7), tests.flag() || '{"id": "guarantee:missing", "words": null, "quote": ""}'),
  '[{"rule_key": "guarantee", "rule_title": "t", "outcome": "violation"}]', 0.1234567
from core.judgements where call_id = (tests.of('old')).call_id;
insert into core.refused_findings (judgement_id, place, call_id, rule_key, line, speaker, quote, reason)
select max(judgement_id), 1, call_id, 'r', 3, 'agent', 'nobody said that', 'quote_not_found' from core.judgements
where call_id = (tests.of('old')).call_id group by call_id;
select tests.become('reviewer');
select api.review_flag(call_id, 'guarantee:3-4', 'confirmed', 'clear') from core.calls where ringba_call_id in ('old', 'held');
select api.add_flag(call_id, 'guarantee', 0, 1, 'missed') from core.calls where ringba_call_id in ('old', 'held');
select api.add_comment(call_id, 'Rude.') from core.calls where ringba_call_id = 'old';
select tests.become('owner');
insert into core.draft_rules (draft, key, title, severity, instruction, phrases) values ('d', 'guarantee', 't', 'minor', 'i', '{a}');
insert into core.backtests (draft, vertical, from_time, to_time) values ('d', 'common', now() - interval '40 days', now() - interval '30 days');
create temp table b as select api.claim_backtest('w') ->> 'lease_token' as token;
-- The reviewer's word on 'unseen' is still awaited; 'in work' is being judged again.
select api.rejudge_call((tests.of('in work')).call_id);
select is(core.delete_transcripts(), 0, 'a backtest that was begun is finished first');
select api.report_backtest((select token from b)::uuid, (select jsonb_agg(jsonb_build_object('call_id', c.call_id, 'verdict', 'flagged',
  'flags', jsonb_build_array(tests.flag(5)), 'undecided', '[]'::jsonb)) from core.calls as c where c.ringba_call_id in ('old', 'held')));
select api.finish_backtest((select token from b)::uuid, 'enough');
create temp table before as select to_jsonb(j) as row from core.judgements as j where call_id = (tests.of('old')).call_id;
create temp table words as select to_jsonb(r) as row from core.reviews as r where call_id = (tests.of('old')).call_id;
select is((select count(*) from core.transcript_chunks where call_id = (tests.of('old')).call_id), 1::bigint);
select api.hold_call((tests.of('held')).call_id, 'Case 12');

-- History does not change by hand, before or after.
select is(tests.breaks($$update core.judgements set flags = core.without_quotes(flags)$$), 'append_only', 'quotes stay as long as the transcript');
select is(tests.breaks($$update core.reviews set flag = core.without_quotes(jsonb_build_array(flag)) -> 0 where flag is not null$$), 'append_only');

select is(core.delete_transcripts(), 1, 'one is due: not what is held, in work, awaits a word, or is young');
select ok((tests.of('old')).transcript_deleted_at is not null);
select is((select array_agg(ringba_call_id order by ringba_call_id collate "C") from core.transcripts join core.calls using (call_id)), array['held', 'in work', 'unseen', 'young'], 'its transcript is gone');
select is((select count(*) from core.transcript_chunks where call_id = (tests.of('old')).call_id), 0::bigint, 'and cannot be searched');
select is((tests.of('old')).flags, jsonb_build_array(tests.flag() || '{"quote": "[deleted]"}'), 'the flag stands without its words');
select is((tests.of('old')).status || (tests.of('old')).to_review, 'flagged0', 'verdict and reviews count as before');
select set_eq($$select to_jsonb(j) - 'flags' from core.judgements as j where call_id = (tests.of('old')).call_id$$, $$select row - 'flags' from before$$, 'of verdicts everything else stays');
select is((select flags from core.judgements where prompt_version = 'p0'),
  jsonb_build_array(tests.flag(7) || '{"quote": "[deleted]"}', tests.flag() || '{"id": "guarantee:missing", "words": null, "quote": ""}'), 'a sentence that was missed has no words');
select is((select quote from core.refused_findings), '[deleted]');
select set_eq($$select to_jsonb(r) - 'flag' from core.reviews as r where call_id = (tests.of('old')).call_id$$, $$select row - 'flag' from words$$, 'what people said stays');
select is((select flag ->> 'quote' from core.reviews where call_id = (tests.of('old')).call_id and flag is not null), '[deleted]', 'an added flag is without its words');
select is((select body from core.comments), 'Rude.', 'comments are people''s own');
select set_eq($$select c.ringba_call_id, b.added -> 0 ->> 'quote' as added, b.removed -> 0 ->> 'quote' as removed from core.backtest_calls as b join core.calls as c using (call_id)$$,
  $$values ('old', '[deleted]', '[deleted]'), ('held', 'I guarantee', 'I guarantee')$$, 'backtests forget');
select set_eq($$select (a ->> 'call_id')::bigint as call, a ->> 'quote' as quote from core.backtests, jsonb_array_elements(report -> 'added') as a$$,
  $$values ((tests.of('old')).call_id, '[deleted]'), ((tests.of('held')).call_id, 'I guarantee')$$, 'and so do their reports');
select is((select count(*) from core.sys_logs where event = 'transcript_deleted' and call_id = (tests.of('old')).call_id), 1::bigint, 'the log says so');
-- Nowhere is a word of it left.
create function tests.tables_that_quote(words text, call bigint) returns setof text language plpgsql as $$
declare
  name text;
  found_one boolean;
begin
  for name in
    select c.oid::regclass::text from pg_class as c join pg_attribute as a on a.attrelid = c.oid and a.attname = 'call_id'
    where c.relnamespace = 'core'::regnamespace and c.relkind = 'r'
  loop
    execute format('select exists (select from %s as t where t.call_id = $1 and to_jsonb(t)::text like $2)', name) into found_one using call, '%' || words || '%';
    if found_one then
      return next name;
    end if;
  end loop;
end
$$;
select is_empty($$select tests.tables_that_quote('I guarantee', (tests.of('old')).call_id)$$, 'no table quotes it');
select is_empty($$select tests.tables_that_quote('nobody said that', (tests.of('old')).call_id)$$);
select isnt_empty($$select tests.tables_that_quote('I guarantee', (tests.of('held')).call_id)$$, 'as they do a call that is held');

-- Even then nothing else changes.
select is(tests.breaks($$update core.judgements set verdict = 'safe', flags = '[]'$$), 'append_only');
select is(tests.breaks($$update core.judgements set cost_usd = 0 where prompt_version = 'p0'$$), 'append_only');
select is(tests.breaks($$delete from core.judgements$$), 'append_only');
select is(tests.breaks($$update core.refused_findings set quote = 'x'$$), 'append_only');
select is(tests.breaks($$update core.reviews set reason = 'x'$$), 'append_only');
select is(tests.breaks($$delete from core.transcripts where call_id = (select call_id from core.calls where ringba_call_id = 'held')$$), 'held_call_keeps_all', 'a hold keeps the transcript');

-- Judging again.
select throws_like($$select api.rejudge_call((tests.of('old')).call_id)$$, 'The transcript of this call was deleted on ____-__-__: it cannot be judged again.');
select throws_like($$select api.order_rejudging(call_id => (tests.of('old')).call_id)$$, 'The transcript of this call was deleted on %');
select tests.move_time('1 second');
select api.order_rejudging('common');
select is(core.work_off_rejudge_orders(), 3, 'an order for many leaves it out');
select is((tests.of('old')).status, 'flagged');
select is(core.judge_anew(array[(tests.of('old')).call_id]), 0, 'whoever sends it');
select is((select p ->> 'has_transcript' from api.call_page((tests.of('old')).call_id) as p), 'false', 'the page knows');
select isnt((select p ->> 'transcript_deleted_at' from api.call_page((tests.of('old')).call_id) as p), null, 'and since when');

-- A late report of a backtest, and a call that failed in the judge.
insert into core.backtest_calls (backtest_id, call_id, verdict_before, verdict, added, removed, kept, undecided)
select max(backtest_id), (tests.of('old')).call_id, 'flagged', 'flagged', jsonb_build_array(tests.flag(9)), '[]', '[]', '[]' from core.backtests
on conflict (backtest_id, call_id) do update set added = excluded.added;
select is((select added -> 0 ->> 'quote' from core.backtest_calls where call_id = (tests.of('old')).call_id), '[deleted]', 'a late report quotes nothing');
select tests.call('failed', 'judge', now() - interval '31 days', 'failed');
select is(core.delete_transcripts(), 1);
select is(tests.breaks($$select api.retry_call((tests.of('failed')).call_id)$$), 'transcript_needed_for_work', 'it cannot be tried again');
select is(api.retry_failed('judge', 'given_up'), 0, 'nor with the others');
select is(core.delete_transcripts(), 0, 'each once');

select * from finish();
rollback;

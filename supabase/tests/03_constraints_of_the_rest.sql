-- Each constraint and unique index of the other tables, and none forgotten.
begin;
\ir helpers/setup.psql
select no_plan();

select tests.call('safe', id => 'c');
select tests.rule();
create temp table c as select call_id as id from core.calls;
create temp table r as select ruleset_id as id from core.verticals where vertical = 'common';

insert into core.judgements (call_id, round, ruleset_id, prompt_version, verdict, judge_model, flags, rule_results)
select c.id, 1, r.id, 'p', 'safe', 'm', '[]', '[]' from c, r;
create temp table j as select judgement_id, call_id from core.judgements;

-- Two backtests of one call.
insert into core.draft_rules (draft, key, title, severity, instruction, phrases) values ('d', 'drafted', 't', 'minor', 'i', '{a}');
insert into core.transcripts select id, 'm', 'en', 1, '[]', '[]', 1 from c;
update core.calls set judgement_id = (select judgement_id from j);
insert into core.backtests (draft, vertical, from_time, to_time)
select 'd', 'common', now() - interval '1 day', now() + interval '1 day' from generate_series(1, 2);
delete from core.transcripts;

insert into core.alert_channels (channel) values ('slack');
insert into core.alerts (kind, level, message) values ('told', 'info', 'm');

create temp table attempted (constraint_name text, statement text);
insert into attempted values
  ('only_one_clock', $$insert into core.test_clock values (false, '1 s')$$),
  ('vertical_valid', $$insert into core.verticals (vertical, title) values ('A B', 't')$$),
  ('vertical_has_title', $$insert into core.verticals (vertical, title) values ('x', ' ')$$),
  ('campaign_named', $$insert into core.campaign_verticals (campaign, vertical) values ('**', 'aca')$$),
  ('campaign_maps_to_a_line_of_business', $$insert into core.campaign_verticals (campaign, vertical) values ('x', 'common')$$),
  ('campaign_mapped_once', $$insert into core.campaign_verticals (campaign, vertical) values ('x', 'aca'), ('x', 'medicare')$$),
  ('oldest_every_positive', $$update core.lanes set oldest_every = 1$$),
  ('lane_can_be_paused', $$insert into core.pauses (lane) values ('watchdog')$$),
  ('pause_names_somebody', $$insert into core.pauses (lane) values ('vault'); update core.pauses set paused_by = ' '$$),
  ('verticals_ruleset_id_fkey', $$update core.verticals set ruleset_id = 'nothing'$$),
  ('campaign_verticals_vertical_fkey', $$insert into core.campaign_verticals (campaign, vertical) values ('x', 'nothing')$$),
  ('lanes_waiting_status_key', $$update core.lanes set waiting_status = 'pending' where lane = 'worker'$$),
  ('lanes_leased_status_key', $$update core.lanes set leased_status = 'downloading' where lane = 'worker'$$),
  ('attempts_call_id_fkey', $$insert into core.attempts (call_id, lane, round, lease_token, worker)
    values (-1, 'vault', 1, gen_random_uuid(), 'w')$$),
  ('attempts_lane_fkey', $$insert into core.attempts (call_id, lane, round, lease_token, worker)
    select id, 'kitchen', 1, gen_random_uuid(), 'w' from c$$),
  ('attempts_lease_token_key', $$insert into core.attempts (call_id, lane, round, lease_token, worker)
    select id, lane, 1, '00000000-0000-4000-8000-000000000001', 'w' from c, unnest(array['vault', 'judge']) as lane$$),
  ('outcome_valid', $$insert into core.attempts (call_id, lane, round, lease_token, worker, ended_at, outcome)
    select id, 'vault', 1, gen_random_uuid(), 'w', now(), 'vanished' from c$$),
  ('attempt_ends_with_outcome', $$insert into core.attempts (call_id, lane, round, lease_token, worker, ended_at)
    select id, 'vault', 1, gen_random_uuid(), 'w', now() from c$$),
  ('attempt_ends_after_start', $$insert into core.attempts (call_id, lane, round, lease_token, worker, ended_at, outcome)
    select id, 'vault', 1, gen_random_uuid(), 'w', now() - interval '1 day', 'failed' from c$$),
  ('one_accepted_result', $$insert into core.attempts (call_id, lane, round, lease_token, worker, ended_at, outcome)
    select id, 'vault', 1, gen_random_uuid(), 'w', now(), 'accepted' from c, generate_series(1, 2)$$),
  ('one_live_attempt', $$insert into core.attempts (call_id, lane, round, lease_token, worker)
    select id, 'vault', 1, gen_random_uuid(), 'w' from c, generate_series(1, 2)$$),
  ('criterion_state_valid', $$insert into core.criterion_states (criterion, subject, holds) values (6, '', true)$$),
  ('double_work_kind_valid', $$insert into core.double_work (kind, call_id, lane, attempt_id, other_attempt_id)
    values ('thrice', 1, 'vault', 2, 1)$$),
  ('transcripts_call_id_fkey', $$insert into core.transcripts values (-1, 'm', 'en', 1, '[]', '[]', 1)$$),
  ('transcript_chunks_call_id_fkey', $$insert into core.transcript_chunks (call_id, chunk_no, start_ms, end_ms, text, start_time_utc)
    values (-1, 0, 0, 1, 'x', now())$$),
  ('transcript_names_model', $$insert into core.transcripts select id, '', 'en', 1, '[]', '[]', 1 from c$$),
  ('language_valid', $$insert into core.transcripts select id, 'm', 'English', 1, '[]', '[]', 1 from c$$),
  ('duration_not_negative', $$insert into core.transcripts select id, 'm', 'en', -1, '[]', '[]', 1 from c$$),
  ('segments_well_formed', $$insert into core.transcripts select id, 'm', 'en', 1, '{}', '[]', 1 from c$$),
  ('segments_well_formed', $$insert into core.transcripts
    select id, 'm', 'en', 1, '[{"channel": 0, "speaker": "dog", "start_ms": 0, "end_ms": 1, "words": []}]', '[]', 1 from c$$),
  ('segments_well_formed', $$insert into core.transcripts
    select id, 'm', 'en', 1, '[{"channel": 0, "speaker": "agent", "start_ms": 0, "end_ms": 1, "words": [["a", 2, 1, 0.5]]}]', '[]', 1 from c$$),
  ('segments_well_formed', $$insert into core.transcripts
    select id, 'm', 'en', 1, '[{"channel": 0, "speaker": "agent", "start_ms": 0, "end_ms": 1, "words": [["a", 0, 1]]}]', '[]', 1 from c$$),
  ('peaks_well_formed', $$insert into core.transcripts select id, 'm', 'en', 1, '[]', '{}', 1 from c$$),
  ('unheard_well_formed', $$insert into core.transcripts (call_id, model, language, duration_ms, segments, round, unheard)
    select id, 'm', 'en', 1, '[]', 1, '[{"channel": 0}]' from c$$),
  ('chunk_at_most_5_minutes', $$with t as (insert into core.transcripts select id, 'm', 'en', 1, '[]', '[]', 1 from c returning 1)
    insert into core.transcript_chunks (call_id, chunk_no, start_ms, end_ms, text, start_time_utc) select id, 0, 0, 300001, 'x', now() from c$$),
  ('rules_vertical_fkey', $$select tests.rule(vertical => 'nothing')$$),
  ('rule_key_once_per_vertical', $$select tests.rule()$$),
  ('draft_named', $$insert into core.draft_rules (draft, key, title, severity, instruction, phrases)
    values (' d', 'k', 't', 'minor', 'i', '{a}')$$),
  ('draft_rules_vertical_fkey', $$insert into core.draft_rules (draft, vertical, key, title, severity, instruction, phrases)
    values ('d', 'nothing', 'k', 't', 'minor', 'i', '{a}')$$),
  ('draft_rule_key_once', $$insert into core.draft_rules (draft, key, title, severity, instruction, phrases)
    select 'd', 'k', 't', 'minor', 'i', '{a}' from generate_series(1, 2)$$),
  ('backtest_status_valid', $$update core.backtests set status = 'tired'$$),
  ('backtest_calls_done_valid', $$update core.backtests set calls_done = calls_total + 1$$),
  ('backtest_requests_not_negative', $$update core.backtests set requests = -1$$),
  ('backtest_tokens_not_negative', $$update core.backtests set tokens = -1$$),
  ('backtest_cost_not_negative', $$update core.backtests set cost_usd = 'NaN'$$),
  ('backtest_lease_complete', $$update core.backtests set status = 'running'$$),
  ('backtest_lease_complete', $$update core.backtests set lease_token = gen_random_uuid()$$),
  ('backtest_cursor_complete', $$update core.backtests set cursor_start = now()$$),
  ('failed_backtest_says_why', $$update core.backtests set status = 'failed', report = '{}', finished_at = now()$$),
  ('failed_backtest_says_why', $$update core.backtests set error = 'it broke'$$),
  ('finished_backtest_reports', $$update core.backtests set status = 'done', finished_at = now()$$),
  ('finished_backtest_reports', $$update core.backtests set report = '{}'$$),
  ('backtests_lease_token_key', $$update core.backtests set status = 'running', lease_token = '00000000-0000-4000-8000-000000000001',
    lease_owner = 'w', lease_expires_at = now()$$),
  ('backtest_calls_backtest_id_fkey', $$insert into core.backtest_calls (backtest_id, call_id, verdict_before, verdict, added, removed, kept, undecided)
    select -1, id, 'safe', 'safe', '[]', '[]', '[]', '[]' from c$$),
  ('backtest_calls_call_id_fkey', $$insert into core.backtest_calls (backtest_id, call_id, verdict_before, verdict, added, removed, kept, undecided)
    select (select min(backtest_id) from core.backtests), -1, 'safe', 'safe', '[]', '[]', '[]', '[]' from c$$),
  ('backtest_verdict_before_valid', $$insert into core.backtest_calls (backtest_id, call_id, verdict_before, verdict, added, removed, kept, undecided)
    select (select min(backtest_id) from core.backtests), id, 'innocent', 'safe', '[]', '[]', '[]', '[]' from c$$),
  ('backtest_verdict_valid', $$insert into core.backtest_calls (backtest_id, call_id, verdict_before, verdict, added, removed, kept, undecided)
    select (select min(backtest_id) from core.backtests), id, 'safe', 'innocent', '[]', '[]', '[]', '[]' from c$$),
  ('backtest_added_well_formed', $$insert into core.backtest_calls (backtest_id, call_id, verdict_before, verdict, added, removed, kept, undecided)
    select (select min(backtest_id) from core.backtests), id, 'safe', 'flagged', '[{}]', '[]', '[]', '[]' from c$$),
  ('backtest_removed_well_formed', $$insert into core.backtest_calls (backtest_id, call_id, verdict_before, verdict, added, removed, kept, undecided)
    select (select min(backtest_id) from core.backtests), id, 'safe', 'safe', '[]', '[{}]', '[]', '[]' from c$$),
  ('backtest_kept_well_formed', $$insert into core.backtest_calls (backtest_id, call_id, verdict_before, verdict, added, removed, kept, undecided)
    select (select min(backtest_id) from core.backtests), id, 'safe', 'flagged', '[]', '[]', '[{}]', '[]' from c$$),
  ('backtest_undecided_is_a_list', $$insert into core.backtest_calls (backtest_id, call_id, verdict_before, verdict, added, removed, kept, undecided)
    select (select min(backtest_id) from core.backtests), id, 'safe', 'undecided', '[]', '[]', '[]', '[1]' from c$$),
  ('backtest_flagged_has_flags', $$insert into core.backtest_calls (backtest_id, call_id, verdict_before, verdict, added, removed, kept, undecided)
    select (select min(backtest_id) from core.backtests), id, 'safe', 'flagged', '[]', '[]', '[]', '[]' from c$$),
  ('rulesets_vertical_fkey', $$insert into core.rulesets values ('x', 'nothing', '[]')$$),
  ('ruleset_is_a_list', $$insert into core.rulesets values ('x', 'aca', '{}')$$),
  ('judgements_call_id_fkey', $$insert into core.judgements (call_id, round, ruleset_id, prompt_version, verdict, judge_model, flags, rule_results)
    select -1, 1, r.id, 'p', 'safe', 'm', '[]', '[]' from r$$),
  ('judgements_ruleset_id_fkey', $$insert into core.judgements (call_id, round, ruleset_id, prompt_version, verdict, judge_model, flags, rule_results)
    select c.id, 1, 'nothing', 'p', 'safe', 'm', '[]', '[]' from c$$),
  ('prompt_version_named', $$insert into core.judgements (call_id, round, ruleset_id, prompt_version, verdict, judge_model, flags, rule_results)
    select c.id, 1, r.id, '', 'safe', 'm', '[]', '[]' from c, r$$),
  ('verdict_valid', $$insert into core.judgements (call_id, round, ruleset_id, prompt_version, verdict, judge_model, flags, rule_results)
    select c.id, 1, r.id, 'p', 'innocent', 'm', '[]', '[]' from c, r$$),
  ('judge_model_named', $$insert into core.judgements (call_id, round, ruleset_id, prompt_version, verdict, judge_model, flags, rule_results)
    select c.id, 1, r.id, 'p', 'safe', '', '[]', '[]' from c, r$$),
  ('judgement_flags_well_formed', $$insert into core.judgements (call_id, round, ruleset_id, prompt_version, verdict, judge_model, flags, rule_results)
    select c.id, 1, r.id, 'p', 'flagged', 'm', jsonb_build_array(tests.flag() - 'quote'), '[]' from c, r$$),
  ('flagged_has_flags', $$insert into core.judgements (call_id, round, ruleset_id, prompt_version, verdict, judge_model, flags, rule_results)
    select c.id, 1, r.id, 'p', 'flagged', 'm', '[]', '[]' from c, r$$),
  ('rule_results_well_formed', $$insert into core.judgements (call_id, round, ruleset_id, prompt_version, verdict, judge_model, flags, rule_results)
    select c.id, 1, r.id, 'p', 'safe', 'm', '[]', '[{"rule_key": "guarantee", "rule_title": "t", "outcome": "maybe"}]' from c, r$$),
  ('judged_rules_exist', $$insert into core.judgements (call_id, round, ruleset_id, prompt_version, verdict, judge_model, flags, rule_results)
    select c.id, 1, r.id, 'p', 'safe', 'm', '[]', '[{"rule_key": "invented", "rule_title": "t", "outcome": "pass"}]' from c, r$$),
  ('tokens_in_not_negative', $$insert into core.judgements (call_id, round, ruleset_id, prompt_version, verdict, judge_model, flags, rule_results, tokens_in)
    select c.id, 1, r.id, 'p', 'safe', 'm', '[]', '[]', -1 from c, r$$),
  ('tokens_out_not_negative', $$insert into core.judgements (call_id, round, ruleset_id, prompt_version, verdict, judge_model, flags, rule_results, tokens_out)
    select c.id, 1, r.id, 'p', 'safe', 'm', '[]', '[]', -1 from c, r$$),
  ('cost_usd_not_negative', $$insert into core.judgements (call_id, round, ruleset_id, prompt_version, verdict, judge_model, flags, rule_results, cost_usd)
    select c.id, 1, r.id, 'p', 'safe', 'm', '[]', '[]', 'NaN' from c, r$$),
  ('requests_not_negative', $$insert into core.judgements (call_id, round, ruleset_id, prompt_version, verdict, judge_model, flags, rule_results, requests)
    select c.id, 1, r.id, 'p', 'safe', 'm', '[]', '[]', -1 from c, r$$),
  ('unasked_reason_valid', $$insert into core.judgements (call_id, round, ruleset_id, prompt_version, verdict, judge_model, flags, rule_results)
    select c.id, 1, r.id, 'p', 'safe', 'm', '[]', '[{"rule_key": "guarantee", "rule_title": "t", "outcome": "pass", "unasked": "lazy"}]' from c, r$$),
  ('verdict_follows_rules', $$insert into core.judgements (call_id, round, ruleset_id, prompt_version, verdict, judge_model, flags, rule_results)
    select c.id, 1, r.id, 'p', 'safe', 'm', '[]', '[{"rule_key": "guarantee", "rule_title": "t", "outcome": "undecided"}]' from c, r$$),
  ('refused_findings_judgement_id_fkey', $$insert into core.refused_findings (judgement_id, place, call_id, rule_key, speaker, quote, reason)
    select -1, 1, j.call_id, 'r', null, 'q', 'too_late' from j$$),
  ('refused_findings_call_id_fkey', $$insert into core.refused_findings (judgement_id, place, call_id, rule_key, speaker, quote, reason)
    select j.judgement_id, 1, -1, 'r', null, 'q', 'too_late' from j$$),
  ('refused_finding_place_positive', $$insert into core.refused_findings (judgement_id, place, call_id, rule_key, speaker, quote, reason)
    select j.judgement_id, 0, j.call_id, 'r', null, 'q', 'too_late' from j$$),
  ('refused_rule_key_short', $$insert into core.refused_findings (judgement_id, place, call_id, rule_key, speaker, quote, reason)
    select j.judgement_id, 1, j.call_id, repeat('x', 201), null, 'q', 'too_late' from j$$),
  ('refused_speaker_short', $$insert into core.refused_findings (judgement_id, place, call_id, rule_key, speaker, quote, reason)
    select j.judgement_id, 1, j.call_id, 'r', repeat('x', 51), 'q', 'too_late' from j$$),
  ('refused_quote_short', $$insert into core.refused_findings (judgement_id, place, call_id, rule_key, speaker, quote, reason)
    select j.judgement_id, 1, j.call_id, 'r', null, repeat('x', 2001), 'too_late' from j$$),
  ('refusal_reason_valid', $$insert into core.refused_findings (judgement_id, place, call_id, rule_key, speaker, quote, reason)
    select j.judgement_id, 1, j.call_id, 'r', null, 'q', 'boring' from j$$),
  ('reviews_call_id_fkey', $$insert into core.reviews (call_id, flag_id, verdict, reviewer_id, reviewer_email)
    values (-1, 'guarantee:1-2', 'confirmed', gen_random_uuid(), 'e')$$),
  ('comments_call_id_fkey', $$insert into core.comments (call_id, body, author_id, author_email) values (-1, 'b', gen_random_uuid(), 'e')$$),
  ('presence_call_id_fkey', $$insert into core.presence (call_id, user_id, user_email) values (-1, gen_random_uuid(), 'e')$$),
  ('calls_by_rule_call_id_fkey', $$insert into core.calls_by_rule (call_id, rule_key, urgency, queue_place) values (-1, 'guarantee', 0, 0)$$),
  ('flag_id_valid', $$insert into core.reviews (call_id, flag_id, verdict, reviewer_id, reviewer_email)
    select id, 'guarantee', 'confirmed', gen_random_uuid(), 'e' from c$$),
  ('review_verdict_valid', $$insert into core.reviews (call_id, flag_id, verdict, reviewer_id, reviewer_email)
    select id, 'guarantee:1-2', 'perhaps', gen_random_uuid(), 'e' from c$$),
  ('dismissal_has_reason', $$insert into core.reviews (call_id, flag_id, verdict, reviewer_id, reviewer_email)
    select id, 'guarantee:1-2', 'dismissed', gen_random_uuid(), 'e' from c$$),
  ('review_fits_subject', $$insert into core.reviews (call_id, flag_id, verdict, reviewer_id, reviewer_email)
    select id, 'guarantee:undecided', 'confirmed', gen_random_uuid(), 'e' from c$$),
  ('review_fits_subject', $$insert into core.reviews (call_id, flag_id, verdict, reviewer_id, reviewer_email)
    select id, 'guarantee:missing', 'pass', gen_random_uuid(), 'e' from c$$),
  ('added_flag_complete', $$insert into core.reviews (call_id, flag_id, verdict, reviewer_id, reviewer_email)
    select id, 'guarantee:1-2', 'added', gen_random_uuid(), 'e' from c$$),
  ('added_flag_complete', $$insert into core.reviews (call_id, flag_id, verdict, flag, reviewer_id, reviewer_email)
    select id, 'guarantee:1-2', 'confirmed', tests.flag(), gen_random_uuid(), 'e' from c$$),
  ('added_flag_complete', $$insert into core.reviews (call_id, flag_id, verdict, flag, reviewer_id, reviewer_email)
    select id, 'guarantee:1-2', 'added', tests.flag(), gen_random_uuid(), 'e' from c$$),
  ('fine', $$insert into core.reviews (call_id, flag_id, verdict, reviewer_id, reviewer_email)
    select id, 'guarantee:undecided', 'withdrawn', gen_random_uuid(), 'e' from c$$),
  ('not_applicable_has_reason', $$insert into core.reviews (call_id, flag_id, verdict, reason, reviewer_id, reviewer_email)
    select id, 'guarantee:undecided', 'not_applicable', ' ', gen_random_uuid(), 'e' from c$$),
  ('fine', $$insert into core.reviews (call_id, flag_id, verdict, reviewer_id, reviewer_email)
    select id, 'guarantee:undecided', 'violation', gen_random_uuid(), 'e' from c$$),
  ('word_key_valid', $$insert into core.sent_words (user_id, word_key, review_id) values (gen_random_uuid(), 'a b', 1)$$),
  ('sent_words_review_id_fkey', $$insert into core.sent_words (user_id, word_key, review_id) values (gen_random_uuid(), 'key-0001', -1)$$),
  ('review_reason_short', $$insert into core.reviews (call_id, flag_id, verdict, reason, reviewer_id, reviewer_email)
    select id, 'guarantee:1-2', 'dismissed', repeat('x', 2001), gen_random_uuid(), 'e' from c$$),
  -- The order's trigger speaks before its foreign keys do.
  ('order_vertical_exists', $$insert into core.rejudge_orders (vertical) values ('nothing')$$),
  ('rejudge_orders_vertical_fkey', $$alter table core.rejudge_orders disable trigger check_rejudge_order;
    insert into core.rejudge_orders (vertical, reached_time, reached_call) values ('nothing', now(), 0)$$),
  ('rejudge_orders_call_id_fkey', $$alter table core.rejudge_orders disable trigger check_rejudge_order;
    insert into core.rejudge_orders (call_id, reached_time, reached_call) values (-1, now(), 0)$$),
  ('comment_moment_not_negative', $$insert into core.comments (call_id, at_ms, body, author_id, author_email)
    select id, -1, 'b', gen_random_uuid(), 'e' from c$$),
  ('comment_has_body', $$insert into core.comments (call_id, body, author_id, author_email) select id, ' ', gen_random_uuid(), 'e' from c$$),
  ('comment_removed_after_it_was_made', $$insert into core.comments (call_id, body, author_id, author_email, removed_at)
    select id, 'b', gen_random_uuid(), 'e', core.now() - interval '1 hour' from c$$),
  ('saved_view_named', $$insert into core.saved_views (user_id, name, query) values (gen_random_uuid(), '', 'q')$$),
  ('saved_view_query_short', $$insert into core.saved_views (user_id, name, query) values (gen_random_uuid(), 'n', repeat('x', 2001))$$),
  ('saved_view_name_once', $$insert into core.saved_views (user_id, name, query)
    select '00000000-0000-4000-8000-0000000000a1', 'n', 'q' from generate_series(1, 2)$$),
  ('window_state_valid', $$insert into core.ingest_windows (account, window_start, window_end, state, fetched, total, partial, stop_reason)
    values ('a', now(), now() + interval '1 minute', 'odd', 0, 0, false, 'short_page')$$),
  ('window_fetched_not_negative', $$insert into core.ingest_windows (account, window_start, window_end, state, fetched, total, partial, stop_reason)
    values ('a', now(), now() + interval '1 minute', 'open', -1, 0, false, 'short_page')$$),
  ('window_total_not_negative', $$insert into core.ingest_windows (account, window_start, window_end, state, fetched, total, partial, stop_reason)
    values ('a', now(), now() + interval '1 minute', 'open', 0, -1, false, 'short_page')$$),
  ('stop_reason_valid', $$insert into core.ingest_windows (account, window_start, window_end, state, fetched, total, partial, stop_reason)
    values ('a', now(), now() + interval '1 minute', 'open', 0, 0, false, 'tired')$$),
  ('window_runs_forward', $$insert into core.ingest_windows (account, window_start, window_end, state, fetched, total, partial, stop_reason)
    values ('a', now(), now(), 'open', 0, 0, false, 'short_page')$$),
  ('whole_window_is_whole', $$insert into core.ingest_windows (account, window_start, window_end, state, fetched, total, partial, stop_reason)
    values ('a', now(), now() + interval '1 minute', 'whole', 95, 1000, false, 'short_page')$$),
  ('window_open_once', $$insert into core.ingest_windows (account, window_start, window_end, state)
    select 'a', now(), now() + interval '1 minute', 'open' from generate_series(1, 2)$$),
  ('window_purpose_valid', $$insert into core.ingest_windows (account, window_start, window_end, state, purpose)
    values ('a', now(), now() + interval '1 minute', 'open', 'fun')$$),
  ('given_up_window_says_why', $$insert into core.ingest_windows (account, window_start, window_end, state)
    values ('a', now(), now() + interval '1 minute', 'incomplete')$$),
  ('window_lease_complete', $$insert into core.ingest_windows (account, window_start, window_end, state, lease_token)
    values ('a', now(), now() + interval '1 minute', 'open', gen_random_uuid())$$),
  ('window_lease_complete', $$insert into core.ingest_windows
    (account, window_start, window_end, state, fetched, total, partial, stop_reason, lease_token, lease_owner, lease_expires_at)
    values ('a', now(), now() + interval '1 minute', 'whole', 0, 0, false, 'all_fetched', gen_random_uuid(), 'w', now())$$),
  ('ingest_account_named', $$insert into core.ingest_accounts (account, reads_from) values (' ', now())$$),
  ('given_up_is_not_covered', $$insert into core.ingest_accounts (account, reads_from, covered, given_up)
    select 'a', now(), r, r from (select tstzmultirange(tstzrange(now(), now() + interval '1 minute')) as r) as x$$),
  ('agent_channel_valid', $$insert into core.ingest_accounts (account, reads_from, agent_channel) values ('a', now(), 2)$$),
  ('error_code_valid', $$insert into core.attempts (call_id, lane, round, lease_token, worker, error_code)
    select id, 'vault', 1, gen_random_uuid(), 'w', 'Not Found' from c$$),
  ('ingest_windows_half_of_fkey', $$insert into core.ingest_windows (account, window_start, window_end, state, half_of)
    values ('a', now(), now() + interval '1 minute', 'open', -1)$$),
  ('ingest_windows_lease_token_key', $$insert into core.ingest_windows
      (account, window_start, window_end, state, lease_token, lease_owner, lease_expires_at)
    select account, now(), now() + interval '1 minute', 'open', '00000000-0000-4000-8000-000000000001', 'w', now()
    from unnest(array['a', 'b']) as account$$),
  ('books_reconciliation_id_fkey', $$insert into core.books (account, hour_start, matches, checked_at, reconciliation_id)
    values ('a', '2026-11-01 10:00Z', true, now(), -1)$$),
  ('reconciled_hour_is_whole', $$insert into core.reconciliations (account, hour_start, our_calls, our_revenue, our_payout, our_cost,
    ringba_calls, ringba_revenue, ringba_payout, ringba_cost) values ('a', '2026-11-01 10:30Z', 0, 0, 0, 0, 0, 0, 0, 0)$$),
  ('alert_kind_valid', $$insert into core.alerts (kind, level, message) values ('Calls stuck', 'info', 'm')$$),
  ('alert_level_valid', $$insert into core.alerts (kind, level, message) values ('k', 'loud', 'm')$$),
  ('alert_has_message', $$insert into core.alerts (kind, level, message) values ('k', 'info', '')$$),
  ('alert_clears_after_it_is_raised', $$insert into core.alerts (kind, level, message, cleared_at) values ('k', 'info', 'm', now() - interval '1 day')$$),
  ('one_open_alert', $$insert into core.alerts (kind, level, message) values ('k', 'info', 'm'), ('k', 'info', 'm')$$),
  ('alert_affected_not_negative', $$insert into core.alerts (kind, level, message, affected) values ('k', 'info', 'm', -1)$$),
  ('alert_kind_named', $$insert into core.alert_kinds (kind, title, advice) values ('Calls stuck', 't', 'a')$$),
  ('alert_kind_has_title', $$insert into core.alert_kinds (kind, title, advice) values ('k', ' ', 'a')$$),
  ('alert_has_advice', $$insert into core.alert_kinds (kind, title, advice) values ('k', 't', '')$$),
  ('alert_limit_positive', $$update core.alert_kinds set limit_value = 0 where kind = 'calls_stuck'$$),
  ('alert_limit_positive', $$update core.alert_kinds set limit_value = 'NaN' where kind = 'calls_stuck'$$),
  ('alert_unit_valid', $$update core.alert_kinds set unit = 'parsecs' where kind = 'calls_stuck'$$),
  ('alert_limit_has_unit', $$update core.alert_kinds set unit = null where kind = 'calls_stuck'$$),
  ('alert_lasting_not_negative', $$update core.alert_kinds set lasting = '-1 s' where kind = 'calls_stuck'$$),
  ('alert_calm_not_negative', $$update core.alert_kinds set calm = '-1 s' where kind = 'calls_stuck'$$),
  ('alert_kind_level_valid', $$update core.alert_kinds set level = 'loud' where kind = 'calls_stuck'$$),
  ('alert_page_valid', $$update core.alert_kinds set page = '//elsewhere.test/' where kind = 'calls_stuck'$$),
  ('one_row_of_starts', $$update core.database_starts set only_row = false$$),
  ('sign_of_life_lane_valid', $$insert into core.signs_of_life (lane, worker) values ('kitchen', 'w')$$),
  ('alert_channel_valid', $$insert into core.alert_channels (channel) values ('pigeon')$$),
  ('channel_failures_not_negative', $$insert into core.alert_channels (channel, failures) values ('slack', -1)$$),
  ('quiet_level_valid', $$insert into core.quiet_hours (level, begins, ends) values ('loud', '22:00', '06:00')$$),
  ('quiet_hours_not_empty', $$insert into core.quiet_hours (level, begins, ends) values ('info', '22:00', '22:00')$$),
  ('quiet_time_zone_valid', $$insert into core.quiet_hours (level, begins, ends, time_zone) values ('info', '22:00', '06:00', 'Here')$$),
  ('alert_outbox_channel_fkey', $$insert into core.alert_outbox (channel, alert_id, event) select 'pigeon', alert_id, 'opened' from core.alerts$$),
  ('alert_outbox_alert_id_fkey', $$insert into core.alert_outbox (channel, alert_id, event) values ('slack', -1, 'opened')$$),
  ('outbox_event_valid', $$update core.alert_outbox set event = 'forgotten'$$),
  ('outbox_tries_not_negative', $$update core.alert_outbox set tries = -1$$),
  ('outbox_lease_complete', $$update core.alert_outbox set message_id = gen_random_uuid(), lease_token = gen_random_uuid()$$),
  ('outbox_lease_has_message', $$update core.alert_outbox set lease_token = gen_random_uuid(), lease_expires_at = now()$$),
  ('outbox_ends_once', $$update core.alert_outbox set sent_at = now(), given_up_at = now()$$),
  ('outbox_tells_once', $$insert into core.alert_outbox (channel, alert_id, event) select channel, alert_id, event from core.alert_outbox$$),
  ('outbox_one_change_waits', $$insert into core.alert_outbox (channel, alert_id, event)
    select channel, alert_id, 'changed' from core.alert_outbox cross join generate_series(1, 2)$$),
  ('day_tokens_not_negative', $$insert into core.model_days (day, tokens) values ('2026-11-01', -1)$$),
  ('day_cost_not_negative', $$insert into core.model_days (day, cost_usd) values ('2026-11-01', 'NaN')$$),
  ('model_reservations_day_fkey', $$insert into core.model_reservations (reservation, day, tokens, cost_usd)
    values (gen_random_uuid(), '2026-11-01', 1, 0)$$),
  ('reserved_tokens_not_negative', $$insert into core.model_reservations (reservation, day, tokens, cost_usd)
    values (gen_random_uuid(), '2026-11-01', -1, 0)$$),
  ('reserved_cost_not_negative', $$insert into core.model_reservations (reservation, day, tokens, cost_usd)
    values (gen_random_uuid(), '2026-11-01', 1, -1)$$),
  ('retention_what_valid', $$insert into core.retention (what, keep) values ('memories', '1 year')$$),
  ('retention_age_valid', $$update core.retention set keep = '6 days' where what = 'recordings'$$),
  ('retention_age_valid', $$update core.retention set keep = '101 years' where what = 'logs'$$),
  ('legal_holds_call_id_fkey', $$insert into core.legal_holds (call_id, reason) values (-1, 'r')$$),
  ('hold_has_reason', $$insert into core.legal_holds (call_id, reason) select id, ' ' from c$$),
  ('hold_names_person', $$insert into core.legal_holds (call_id, reason, held_by) select id, 'r', '' from c$$),
  ('lift_has_reason', $$insert into core.legal_holds (call_id, reason, lifted_at, lifted_by, lift_reason)
    select id, 'r', now(), 'e', ' ' from c$$),
  ('hold_lifted_complete', $$insert into core.legal_holds (call_id, reason, lifted_at) select id, 'r', now() from c$$),
  ('hold_lifted_after_it_was_set', $$insert into core.legal_holds (call_id, reason, lifted_at, lifted_by, lift_reason)
    select id, 'r', now() - interval '1 day', 'e', 'r' from c$$),
  ('one_legal_hold', $$insert into core.legal_holds (call_id, reason) select id, 'r' from c, generate_series(1, 2)$$),
  ('log_level_valid', $$insert into core.sys_logs (level, lane, event) values ('loud', 'web', 'e')$$),
  ('log_lane_valid', $$insert into core.sys_logs (level, lane, event) values ('info', 'kitchen', 'e')$$),
  ('log_event_named', $$insert into core.sys_logs (level, lane, event) values ('info', 'web', '')$$),
  ('log_data_small', $$insert into core.sys_logs (level, lane, event, data)
    values ('info', 'web', 'e', (select jsonb_agg(gen_random_uuid()) from generate_series(1, 3000)))$$);

select is(tests.breaks(statement), constraint_name, constraint_name) from attempted;

select is_empty(
  $$select conname from pg_constraint
    where connamespace = 'core'::regnamespace and contype in ('c', 'f', 'u', 'x') and conrelid <> 'core.calls'::regclass
    union
    select i.relname from pg_index as u
    join pg_class as i on i.oid = u.indexrelid
    where i.relnamespace = 'core'::regnamespace and u.indisunique
      and not exists (select from pg_constraint as k where k.conindid = u.indexrelid)
    except select constraint_name from attempted$$,
  'every check, foreign key and unique index of schema core is tried'
);

-- Primary keys, of core.calls as well: one row of each table, and then the same row once more.
delete from core.backtests;
select tests.fill_every_table();
create function tests.row_once_more(of_table regclass) returns text language sql as $$
  select format('insert into %s (%s) overriding system value select %2$s from %1$s limit 1', of_table, columns.names)
  from (
    select string_agg(quote_ident(a.attname), ', ') as names
    from pg_attribute as a
    where a.attrelid = of_table and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  ) as columns
$$;
-- 'fine' where a table has no row: tests.fill_every_table() forgets it.
select is(tests.breaks(tests.row_once_more(k.conrelid)), k.conname::text, k.conname::text)
from pg_constraint as k
where k.connamespace = 'core'::regnamespace and k.contype = 'p'
order by k.conname;
select is_empty(
  $$select relname from pg_class where relnamespace = 'core'::regnamespace and relkind in ('r', 'p')
    except select c.relname from pg_class as c join pg_constraint as k on k.conrelid = c.oid and k.contype = 'p'$$,
  'every table has a primary key'
);

select * from finish();
rollback;

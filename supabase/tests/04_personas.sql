-- Who may call what: every function of the api schema, asked by every kind of person.
begin;
\ir helpers/setup.psql
select no_plan();

select tests.call('flagged', id => 'c');
select tests.rule();
create temp table c as select call_id as id from core.calls;
grant select on c to public;

-- allowed: who is not refused. Everybody else gets 42501.
create temp table doors (name text, allowed text[], statement text);
grant select on doors to public;
insert into doors values
  ('claim', '{service}', $$select api.claim('vault', 'w')$$),
  ('claim', '{service}', $$select api.claim('judge', 'w')$$),
  ('claim', '{service,worker}', $$select api.claim('worker', 'w')$$),
  ('heartbeat', '{service,worker}', $$select api.heartbeat('[]')$$),
  ('complete_download', '{service}', $$select api.complete_download(gen_random_uuid(), 'p', 1, repeat('a', 64), 'audio/mpeg')$$),
  ('complete_transcription', '{service,worker}', $$select api.complete_transcription(gen_random_uuid(), '{}')$$),
  ('complete_transcription', '{service,worker}', $$select api.complete_transcription(gen_random_uuid(), '{}', '{}')$$),
  ('complete_judgement', '{service}', $$select api.complete_judgement(gen_random_uuid(), '{}')$$),
  ('fail', '{service,worker}', $$select api.fail(gen_random_uuid(), 'e')$$),
  ('postpone', '{service,worker}', $$select api.postpone(gen_random_uuid(), 'e')$$),
  ('release', '{service,worker}', $$select api.release(gen_random_uuid())$$),
  ('ask_unasked', '{service}', $$select api.ask_unasked(0)$$),
  ('judge_material', '{service}', $$select api.judge_material(-1)$$),
  ('ingest_calls', '{service}', $$select api.ingest_calls('RA1', '[]')$$),
  ('begin_live_window', '{service}', $$select api.begin_live_window('RA1', 'w')$$),
  ('claim_window', '{service}', $$select api.claim_window('RA1', 'w')$$),
  ('beat_window', '{service}', $$select api.beat_window(gen_random_uuid())$$),
  ('complete_window', '{service}', $$select api.complete_window(gen_random_uuid(), '{}')$$),
  ('release_window', '{service}', $$select api.release_window(gen_random_uuid())$$),
  ('reingest', '{service}', $$select api.reingest('RA1', now() - interval '1 hour', now())$$),
  ('windows_left', '{service}', $$select api.windows_left('{1}')$$),
  ('calls_awaiting_link', '{service}', $$select api.calls_awaiting_link('RA1')$$),
  ('recordings_to_audit', '{service}', $$select api.recordings_to_audit()$$),
  ('claim_audio_deletions', '{service}', $$select api.claim_audio_deletions()$$),
  ('record_audio_deletions', '{service}', $$select api.record_audio_deletions('[]')$$),
  ('recording_to_play', '{service,reviewer,admin}', $$select api.recording_to_play(-1)$$),
  ('hold_call', '{service,admin}', $$select api.hold_call(-1, 'r')$$),
  ('lift_hold', '{service,admin}', $$select api.lift_hold(-1, 'r')$$),
  ('record_audit', '{service}', $$select api.record_audit('[]')$$),
  ('hours_to_reconcile', '{service}', $$select api.hours_to_reconcile('RA1')$$),
  ('record_reconciliation', '{service}', $$select api.record_reconciliation('RA1', date_trunc('hour', now()),
    '{"calls": 0, "revenue": 0, "payout": 0, "cost": 0}')$$),
  ('criteria', '{service,reviewer,admin}', $$select api.criteria()$$),
  ('metrics', '{service}', $$select api.metrics()$$),
  ('dashboard_report', '{service,reviewer,admin}', $$select api.dashboard_report(1)$$),
  ('lane_report', '{service,reviewer,admin}', $$select api.lane_report()$$),
  ('paused_lanes', '{service,reviewer,admin}', $$select api.paused_lanes()$$),
  ('open_alert_list', '{service,reviewer,admin}', $$select api.open_alert_list()$$),
  ('raise_alert', '{service}', $$select api.raise_alert('test', '', 'info', 'A test.')$$),
  ('clear_alert', '{service}', $$select api.clear_alert('test', '')$$),
  ('watch', '{service}', $$select api.watch('w')$$),
  ('claim_alert_message', '{service}', $$select api.claim_alert_message('slack')$$),
  ('alert_message_sent', '{service}', $$select api.alert_message_sent(gen_random_uuid())$$),
  ('alert_message_failed', '{service}', $$select api.alert_message_failed(gen_random_uuid(), 'e')$$),
  ('present_ruleset', '{service}', $$select api.present_ruleset('aca')$$),
  ('publish_draft', '{service,admin}', $$select api.publish_draft('nothing')$$),
  ('order_backtest', '{service,admin}', $$select api.order_backtest('nothing', 'aca', now() - interval '1 hour', now())$$),
  ('claim_backtest', '{service}', $$select api.claim_backtest('w')$$),
  ('beat_backtest', '{service}', $$select api.beat_backtest(gen_random_uuid())$$),
  ('backtest_batch', '{service}', $$select api.backtest_batch(gen_random_uuid())$$),
  ('report_backtest', '{service}', $$select api.report_backtest(gen_random_uuid(), '[]')$$),
  ('finish_backtest', '{service}', $$select api.finish_backtest(gen_random_uuid())$$),
  ('backtest_report', '{service,reviewer,admin}', $$select api.backtest_report(-1)$$),
  ('reserve_model_use', '{service}', $$select api.reserve_model_use(gen_random_uuid(), 1, 0)$$),
  ('settle_model_use', '{service}', $$select api.settle_model_use(gen_random_uuid(), 1, 0)$$),
  ('model_use_today', '{service,reviewer,admin}', $$select api.model_use_today()$$),
  ('write_log', '{service}', $$select api.write_log('[{"level": "info", "lane": "vault", "event": "e"}]')$$),
  ('write_log', '{service,worker}', $$select api.write_log('[{"level": "info", "lane": "worker", "event": "e"}]')$$),
  ('me', '{reviewer,admin,worker}', $$select api.me()$$),
  ('next_call', '{reviewer,admin}', $$select api.next_call()$$),
  ('queue_page', '{service,reviewer,admin}', $$select api.queue_page()$$),
  ('queue_choices', '{service,reviewer,admin}', $$select api.queue_choices()$$),
  ('saved_views', '{reviewer,admin}', $$select api.saved_views()$$),
  ('save_view', '{reviewer,admin}', $$select api.save_view('n', 'state=failed')$$),
  ('delete_view', '{reviewer,admin}', $$select api.delete_view(-1)$$),
  ('call_counts', '{service,reviewer,admin}', $$select api.call_counts()$$),
  ('call_page', '{service,reviewer,admin}', $$select api.call_page(1)$$),
  ('review_flag', '{reviewer,admin}', $$select api.review_flag((select id from c), 'guarantee:3-4', 'confirmed')$$),
  ('send_word', '{reviewer,admin}', $$select api.send_word('key-0001', (select id from c), 'guarantee:3-4', 'confirmed')$$),
  ('settle_rule', '{reviewer,admin}', $$select api.settle_rule((select id from c), 'guarantee', 'pass')$$),
  ('withdraw_review', '{reviewer,admin}', $$select api.withdraw_review((select id from c), 'guarantee:3-4')$$),
  ('add_flag', '{reviewer,admin}', $$select api.add_flag((select id from c), 'guarantee', 0, 1)$$),
  ('add_comment', '{reviewer,admin}', $$select api.add_comment((select id from c), 'A comment.')$$),
  ('remove_comment', '{reviewer,admin}', $$select api.remove_comment(-1)$$),
  ('touch_call', '{reviewer,admin}', $$select api.touch_call((select id from c))$$),
  ('leave_call', '{reviewer,admin}', $$select api.leave_call((select id from c))$$),
  ('search_transcripts', '{service,reviewer,admin}', $$select api.search_transcripts('guarantee')$$),
  ('search_choices', '{service,reviewer,admin}', $$select api.search_choices()$$),
  ('failed_calls', '{service,admin}', $$select api.failed_calls()$$),
  ('retry_failed', '{service,admin}', $$select api.retry_failed('vault', 'nothing')$$),
  ('rules_in_force', '{service,admin}', $$select api.rules_in_force()$$),
  ('people', '{service,admin}', $$select api.people()$$),
  ('retry_call', '{service,admin}', $$select api.retry_call(-1)$$),
  ('rejudge_call', '{service,admin}', $$select api.rejudge_call(-1)$$),
  ('order_rejudging', '{service,admin}', $$select api.order_rejudging('aca')$$),
  ('give_up_call', '{service,admin}', $$select api.give_up_call(-1, 'r')$$),
  ('act_on_calls', '{service,admin}', $$select api.act_on_calls('retry', '{"calls": ["-1"]}', 'o')$$),
  ('list_calls', '{service,admin}', $$select api.list_calls('{"lane": "judge"}')$$),
  ('call_record', '{service,admin}', $$select api.call_record('-1')$$),
  ('pause_lane', '{service,admin}', $$select api.pause_lane('nothing', 'o')$$),
  ('resume_lane', '{service,admin}', $$select api.resume_lane('nothing', 'o')$$);

select bag_eq(
  $$select distinct name from doors$$,
  $$select proname::text from pg_proc where pronamespace = 'api'::regnamespace$$,
  'every function of the api schema is asked here'
);

create temp table personas as
  select unnest(array['anon', 'nobody', 'reviewer', 'admin', 'worker', 'service']) as persona;

create function tests.asked(persona text, statement text) returns text language plpgsql as $$
declare
  state text := 'allowed';
begin
  perform tests.become(persona);
  begin
    execute statement;
  exception
    when insufficient_privilege then state := 'refused';
    -- Let in, and told that the lease or the call is unknown.
    when sqlstate 'PT409' or invalid_parameter_value then null;
  end;
  perform tests.become('owner');
  return state;
end
$$;

select is(
  tests.asked(p.persona, d.statement),
  case when p.persona = any (d.allowed) then 'allowed' else 'refused' end,
  format('%s: %s', p.persona, left(regexp_replace(d.statement, '\s+', ' ', 'g'), 70))
)
from doors as d
cross join personas as p;

-- A role written by the person itself counts for nothing: the helper gives everybody user_metadata.role
-- admin. And the service's name in a token of a signed-in person is not the service.
select tests.become('nobody');
select set_config('request.jwt.claims', '{"role": "service_role", "app_metadata": {"role": "service"}}', true);
select throws_ok($$select api.queue_page()$$, '42501', null, 'a signed-in person is not the service, whatever the token says');
select throws_ok($$select api.claim('worker', 'w')$$, '42501', null, 'nor a worker');
select set_config('request.jwt.claims', '', true);
select throws_ok($$select api.me()$$, '42501', 'This needs the role reviewer or admin or worker.', 'a token without claims is nobody');
select tests.become('owner');

select * from finish();
rollback;

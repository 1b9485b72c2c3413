-- History is only added to.
begin;
\ir helpers/setup.psql
select no_plan();
select tests.rule();
select tests.call('transcribed', id => 'c');
select api.complete_judgement(tests.claim('judge'), tests.judgement('flagged')
  || '{"refused_findings": [{"rule_key": "r", "line": 1, "speaker": "agent", "quote": "q", "reason": "quote_not_found"}]}');
insert into core.reviews (call_id, flag_id, verdict, reviewer_id, reviewer_email)
select call_id, 'guarantee:3-4', 'confirmed', gen_random_uuid(), 'e' from core.calls;

create temp table changes (statement text);
insert into changes values
  ('update core.judgements set verdict = ''safe'', flags = ''[]'''), ('delete from core.judgements'), ('truncate core.judgements cascade'),
  ('update core.refused_findings set quote = ''x'''), ('delete from core.refused_findings'), ('truncate core.refused_findings'),
  ('update core.reviews set verdict = ''dismissed'', reason = ''x'''), ('delete from core.reviews'), ('truncate core.reviews cascade'),
  ('update core.attempts set worker = ''somebody else'''), ('update core.attempts set outcome = ''failed'''),
  ('update core.attempts set ended_at = null, outcome = null'), ('delete from core.attempts');
select is(tests.breaks(statement), 'append_only', statement) from changes;

-- An open attempt may be closed, but not rewritten.
select tests.call('transcribed', id => 'open');
select isnt(tests.claim('judge'), null, 'an open attempt');
select is(tests.breaks($$update core.attempts set worker = 'x', ended_at = core.now(), outcome = 'failed' where ended_at is null$$),
  'append_only', 'closing does not change whose it was');
select is(tests.breaks($$update core.attempts set ended_at = core.now(), outcome = 'failed' where ended_at is null$$), 'fine', 'closing is all');

-- One accepted result per call, lane and round.
select is(
  tests.breaks($$insert into core.attempts (call_id, lane, round, lease_token, worker, ended_at, outcome)
    select call_id, lane, round, gen_random_uuid(), 'x', core.now(), 'accepted' from core.attempts where outcome = 'accepted'$$),
  'one_accepted_result', 'no second accepted result in a round'
);

select * from finish();
rollback;

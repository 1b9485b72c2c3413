-- Findings that the transcript does not bear out are kept for admins, beside the verdict given without them.
begin;
\ir helpers/setup.psql
select no_plan();
select tests.rule();

select tests.call('transcribed', id => 'c');
create temp table token as select tests.claim('judge') as token;
create temp table given as select tests.judgement('safe') || jsonb_build_object('refused_findings', jsonb_build_array(
  '{"rule_key": "guarantee", "line": 4, "speaker": "agent", "quote": "I guarantee it", "reason": "quote_not_found"}'::jsonb,
  '{"rule_key": "invented", "line": null, "speaker": null, "quote": "", "reason": "unknown_rule"}'::jsonb,
  -- A model writes what it likes; the verdict must be stored all the same.
  jsonb_build_object('rule_key', repeat('k', 500), 'line', -9223372036854775808, 'speaker', repeat('s', 500),
    'quote', repeat('q', 5000), 'reason', 'wrong_speaker'))) as judgement;
select is(api.complete_judgement((select token from token), (select judgement from given)), 'safe', 'the verdict is given without them');
select is(api.complete_judgement((select token from token), (select judgement from given)), 'safe', 'and told again');
select results_eq(
  $$select place, f.call_id = c.call_id, f.judgement_id = c.judgement_id, rule_key, line, speaker, quote, reason
    from core.refused_findings as f cross join core.calls as c order by place$$,
  $$values (1, true, true, 'guarantee', 4::bigint, 'agent', 'I guarantee it', 'quote_not_found'),
    (2, true, true, 'invented', null, null, '', 'unknown_rule'),
    (3, true, true, repeat('k', 200), -9223372036854775808, repeat('s', 50), repeat('q', 2000), 'wrong_speaker')$$,
  'each is kept once, cut to what can be read'
);
select is((select flags from core.calls), '[]', 'none is a flag');

-- Older judges send none.
select tests.call('transcribed', id => 'older'), tests.call('transcribed', id => 'null');
select is(api.complete_judgement(tests.claim('judge'), tests.judgement('safe')), 'safe', 'without the field');
select is(api.complete_judgement(tests.claim('judge'), tests.judgement('safe') || '{"refused_findings": null}'), 'safe', 'with nothing in it');
select is((select count(*) from core.refused_findings), 3::bigint, 'nothing is added');

select * from finish();
rollback;

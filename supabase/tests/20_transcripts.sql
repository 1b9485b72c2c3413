-- Transcripts are searched in stretches of five minutes that overlap by one.
begin;
\ir helpers/setup.psql
select no_plan();

select tests.call('downloaded', id => 'long');
-- Twenty minutes, a word every ten seconds: w0 … w119.
create temp table spoken as
select jsonb_build_object('model', 'm', 'language', 'en', 'duration_ms', 1200000, 'peaks', '[]'::jsonb, 'segments', jsonb_build_array(
  jsonb_build_object('channel', 0, 'speaker', 'agent', 'start_ms', 0, 'end_ms', 1200000, 'words',
    (select jsonb_agg(jsonb_build_array('w' || i, i * 10000, i * 10000 + 500, 0.9) order by i) from generate_series(0, 119) as i)))) as t;
select is(api.complete_transcription(tests.claim('worker'), (select t from spoken)), 'transcribed', 'a long call');
select results_eq(
  $$select chunk_no, start_ms, end_ms, split_part(text, ' ', 1), split_part(text, ' ', -1) from core.transcript_chunks order by chunk_no$$,
  $$values (0, 0, 300000, 'w0', 'w29'), (1, 240000, 540000, 'w24', 'w53'), (2, 480000, 780000, 'w48', 'w77'),
    (3, 720000, 1020000, 'w72', 'w101'), (4, 960000, 1200000, 'w96', 'w119')$$,
  'five stretches'
);
select is((select array_agg(chunk_no order by chunk_no) from core.transcript_chunks where search @@ phraseto_tsquery('english', 'w29 w30')), '{1}',
  'a phrase over the end of one stretch is whole in the next');
select is((select array_agg(chunk_no order by chunk_no) from core.transcript_chunks where search @@ phraseto_tsquery('english', 'w118 w119')), '{4}',
  'the last minute is found');

-- A new transcript replaces the old one and its stretches.
update core.transcripts set duration_ms = 10000, segments = tests.transcript() -> 'segments';
select results_eq('select chunk_no, end_ms, text from core.transcript_chunks', $$values (0, 10000, 'Hello I guarantee')$$, 'stored again');
select tests.call('downloaded', id => 'silent', started => now() + interval '1 day');
select setval('core.worker_turns', 400);
select is(api.complete_transcription(tests.claim('worker'), tests.transcript() || '{"segments": []}'), 'transcribed', 'silence is a transcript too');
select tests.call('downloaded', id => 'bad', started => now() + interval '1 day');
select throws_ok($$select api.complete_transcription(tests.claim('worker'), tests.transcript() - 'model')$$, '23502', null, 'one without a model is not');

select * from finish();
rollback;

-- A transcript tells where somebody may have spoken and nothing was recognised.
begin;
\ir helpers/setup.psql
select no_plan();

create function tests.with_unheard(unheard jsonb) returns jsonb language sql as $$
  select tests.transcript() || jsonb_build_object('unheard', unheard)
$$;
select tests.call('downloaded', id => 'c');
select api.complete_transcription(tests.claim('worker'), tests.with_unheard('[{"channel": 1, "start_ms": 500, "end_ms": 1500}]'));
select is((select unheard from core.transcripts), '[{"channel": 1, "start_ms": 500, "end_ms": 1500}]', 'stored');
create temp table c as select call_id as id from core.calls;
grant select on c to public;
select is((select api.judge_material(id) -> 'transcript' -> 'unheard' from c), (select unheard from core.transcripts), 'the judge gets it');
select tests.become('reviewer');
select is((select api.call_page(id) -> 'transcript' -> 'unheard' from c), '[{"channel": 1, "start_ms": 500, "end_ms": 1500}]', 'and the page');
select tests.become('owner');

-- Heard once more, the stretches are those of the new transcript; a worker that tells none has none.
select tests.call('downloaded', id => 'old worker');
select api.complete_transcription(tests.claim('worker'), tests.transcript() - 'unheard');
select is((select unheard from core.transcripts join core.calls using (call_id) where ringba_call_id = 'old worker'), '[]', 'none is none');
select tests.call('downloaded', id => 'again');
insert into core.transcripts (call_id, model, language, duration_ms, segments, unheard, round)
select call_id, 'm', 'en', 10000, '[]', '[{"channel": 0, "start_ms": 0, "end_ms": 10000}]', 1 from core.calls where ringba_call_id = 'again';
select api.complete_transcription(tests.claim('worker'), tests.transcript());
select is((select unheard from core.transcripts join core.calls using (call_id) where ringba_call_id = 'again'), '[]', 'a new transcript has its own');

select is(
  tests.breaks(format('update core.transcripts set unheard = %L where call_id = (select id from c)', unheard)),
  case when holds then 'fine' else 'unheard_well_formed' end, unheard::text
)
from (values
  ('[]'::jsonb, true), ('[{"channel": 0, "start_ms": 0, "end_ms": 0}, {"channel": 255, "start_ms": 5, "end_ms": 9}]', true),
  ('{}', false), ('null', false), ('[1]', false), ('[{}]', false),
  ('[{"channel": -1, "start_ms": 0, "end_ms": 1}]', false), ('[{"channel": 256, "start_ms": 0, "end_ms": 1}]', false),
  ('[{"channel": 0, "start_ms": 2, "end_ms": 1}]', false), ('[{"channel": 0, "start_ms": -1, "end_ms": 1}]', false),
  ('[{"channel": 0, "start_ms": 1}]', false), ('[{"channel": "0", "start_ms": 0, "end_ms": 1}]', false)
) as u(unheard, holds);

select * from finish();
rollback;

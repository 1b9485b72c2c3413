-- Each named constraint of core.calls refuses the nonsense that it is named after.
begin;
\ir helpers/setup.psql
select no_plan();

select tests.call('pending', id => 'pending'), tests.call('downloading', id => 'downloading'),
  tests.call('downloaded', id => 'downloaded'), tests.call('processing', id => 'processing'),
  tests.call('transcribed', id => 'transcribed'),
  tests.call('flagged', id => 'flagged'), tests.call('safe', id => 'safe'),
  tests.call('undecided', id => 'undecided'),
  tests.call('failed', 'judge', id => 'failed');

create function tests.with_review_copy(
  path text default 'RA1/2026/11/01/1.review.mp3', bytes bigint default 10,
  sha256 text default repeat('b', 64), content_type text default 'audio/mpeg'
) returns text language sql as $$
  select format('review_path = %L, review_bytes = %L, review_sha256 = %L, review_content_type = %L', path, bytes, sha256, content_type)
$$;

create temp table attempted (constraint_name text, id text, change text);
insert into attempted values
  ('account_named', 'pending', $$account = ' '$$),
  ('ringba_call_id_valid', 'pending', $$ringba_call_id = ''$$),
  ('ringba_call_id_valid', 'pending', $$ringba_call_id = repeat('x', 129)$$),
  ('calls_ringba_call_id_key', 'pending', $$ringba_call_id = 'safe'$$),
  ('call_length_not_negative', 'pending', 'call_length_seconds = -1'),
  ('connected_length_not_negative', 'pending', 'connected_length_seconds = -1'),
  ('vertical_is_a_line_of_business', 'pending', $$vertical = 'common'$$),
  ('calls_vertical_fkey', 'pending', $$vertical = 'nothing'$$),
  ('revenue_finite', 'pending', $$revenue = 'NaN'$$),
  ('payout_finite', 'pending', $$payout = 'Infinity'$$),
  ('cost_finite', 'pending', $$cost = 'NaN'$$),
  ('link_revivals_limit', 'pending', 'link_revivals = 4'),
  ('storage_path_valid', 'downloaded', $$storage_path = '/x'$$),
  ('audio_not_empty', 'downloaded', 'audio_bytes = 0'),
  ('audio_sha256_valid', 'downloaded', $$audio_sha256 = 'ABC'$$),
  ('valid_processing_state', 'downloaded', 'storage_path = null'),
  ('valid_processing_state', 'safe', 'storage_path = null'),
  ('retry_limit', 'pending', 'attempts = 4'),
  ('retry_limit', 'pending', 'attempts = -1'),
  ('round_positive', 'pending', 'round = 0'),
  ('lease_owner_named', 'downloading', $$lease_owner = ''$$),
  ('calls_lease_token_key', 'processing',
    $$lease_token = (select lease_token from core.calls where ringba_call_id = 'downloading')$$),
  ('lease_complete', 'downloading', 'lease_token = null'),
  ('lease_complete', 'downloading', 'lease_owner = null'),
  ('lease_complete', 'downloading', 'lease_expires_at = null'),
  ('lease_complete', 'pending', 'lease_token = gen_random_uuid()'),
  ('lease_complete', 'safe', $$lease_owner = 'me'$$),
  ('lease_complete', 'transcribed', 'lease_expires_at = now()'),
  ('verdict_complete', 'flagged', 'flags = null'),
  ('verdict_complete', 'flagged', $$flags = '[]'$$),
  ('verdict_complete', 'flagged', $$flags = '{}'$$),
  ('verdict_complete', 'flagged', 'qa_version = null'),
  ('verdict_complete', 'safe', 'judge_model = null'),
  ('verdict_complete', 'safe', 'flags = jsonb_build_array(tests.flag())'),
  ('verdict_complete', 'transcribed', $$flags = '[]'$$),
  ('verdict_complete', 'flagged', $$flags = jsonb_build_array(tests.flag() || '{"severity": "grave"}')$$),
  ('verdict_complete', 'flagged', $$flags = jsonb_build_array(tests.flag() || '{"speaker": "dog"}')$$),
  ('verdict_complete', 'flagged', $$flags = jsonb_build_array(tests.flag() || '{"quote": ""}')$$),
  ('verdict_complete', 'flagged', $$flags = jsonb_build_array(tests.flag() || '{"end_ms": 1}')$$),
  ('verdict_complete', 'flagged', $$flags = jsonb_build_array(tests.flag() || '{"id": "guarantee:9-9"}')$$),
  ('verdict_complete', 'flagged', $$flags = jsonb_build_array(tests.flag() || '{"words": null}')$$),
  ('verdict_complete', 'flagged', 'flags = jsonb_build_array(tests.flag(), tests.flag())'),
  ('verdict_before_valid', 'safe', $$verdict_before = 'safe'$$),
  ('verdict_before_valid', 'transcribed',
    $$verdict_before = 'failed', flags = null, qa_version = null, judge_model = null$$),
  ('failed_names_lane', 'failed', 'failed_lane = null'),
  ('failed_names_lane', 'pending', $$failed_lane = 'vault'$$),
  ('failed_names_lane', 'failed', 'storage_path = null'),
  ('calls_failed_lane_fkey', 'failed', $$failed_lane = 'nothing'$$),
  ('failed_has_reason', 'failed', 'last_error = null'),
  ('failed_has_reason', 'failed', $$last_error = ' '$$),
  ('audio_missing_why_valid', 'safe', $$audio_missing_at = now(), audio_missing_why = 'odd'$$),
  ('missing_audio_says_why', 'safe', 'audio_missing_at = now()'),
  ('review_copy_complete', 'downloaded', $$review_path = 'RA1/2026/11/01/1.review.mp3'$$),
  ('review_copy_complete', 'downloaded', 'review_bytes = 10'),
  ('review_copy_complete', 'downloaded', tests.with_review_copy(sha256 => null)),
  ('review_copy_beside_original', 'downloaded', tests.with_review_copy('RA1/2026/11/01/2.review.mp3')),
  ('review_copy_beside_original', 'downloaded', tests.with_review_copy('RA1/2026/11/01/1.mp3')),
  ('review_copy_beside_original', 'downloaded', tests.with_review_copy('RA1/2026/11/01/1.review.')),
  ('review_copy_beside_original', 'pending', tests.with_review_copy() || ', storage_path = null'),
  ('review_copy_not_empty', 'downloaded', tests.with_review_copy(bytes => 0)),
  ('review_sha256_valid', 'downloaded', tests.with_review_copy(sha256 => 'ABC')),
  ('review_content_type_valid', 'downloaded', tests.with_review_copy(content_type => 'text/html')),
  ('ask_again_tries_not_negative', 'safe', 'ask_again_tries = -1'),
  ('asked_again_has_verdict', 'transcribed', 'ask_again_at = now()'),
  ('settled_as_valid', 'safe', $$settled_as = 'safe'$$),
  ('settled_as_valid', 'flagged', $$settled_as = 'flagged'$$),
  ('settled_as_valid', 'undecided', $$settled_as = 'undecided'$$),
  ('to_review_fits_verdict', 'safe', 'to_review = 1'),
  ('to_review_fits_verdict', 'flagged', 'to_review = -1'),
  ('audio_deletion_has_recording', 'pending', 'storage_path = null, audio_deleting_since = now()'),
  ('audio_deletion_ends', 'safe', 'audio_deleting_since = now(), audio_deleted_at = now()'),
  ('recording_needed_for_work', 'downloaded', 'audio_deleting_since = now()'),
  ('recording_needed_for_work', 'processing', 'audio_deleted_at = now()'),
  ('deleted_recording_not_missing', 'safe', $$audio_deleting_since = now(), audio_missing_at = now(), audio_missing_why = 'gone'$$),
  ('transcript_needed_for_work', 'transcribed', 'transcript_deleted_at = now()'),
  ('no_transcript_to_ask_about', 'safe', 'transcript_deleted_at = now(), ask_again_at = now()'),
  ('legal_hold_has_row', 'safe', 'legal_hold_at = now()'),
  ('last_error_code_valid', 'failed', $$last_error_code = 'Not Found'$$),
  ('shown_judgement_exists', 'safe', 'judgement_id = -1'),
  -- The transition trigger speaks before the check of the list.
  ('transition_allowed', 'pending', $$status = 'lost'$$),
  -- And what makes sense is let through.
  ('fine', 'pending', 'storage_path = null, audio_url = null'),
  ('fine', 'downloaded', tests.with_review_copy()),
  ('fine', 'downloaded', tests.with_review_copy('RA1/2026/11/01/1.review.m4a')),
  ('fine', 'failed', $$last_error = 'another reason'$$),
  ('fine', 'flagged', $$flags = jsonb_build_array(tests.flag() || '{"id": "guarantee:missing", "words": null, "quote": ""}')$$),
  ('fine', 'undecided', $$settled_as = 'safe'$$),
  ('fine', 'flagged', 'ask_again_at = now()'),
  ('fine', 'transcribed', $$ask_again_at = now(), settled_as = 'flagged', verdict_before = 'undecided', flags = '[]', qa_version = 'q', judge_model = 'm'$$),
  ('fine', 'transcribed', $$verdict_before = 'undecided', flags = '[]', qa_version = 'q', judge_model = 'm'$$);

select is(
  tests.breaks(format('update core.calls set %s where ringba_call_id = %L', change, id)),
  constraint_name,
  format('%s: %s of a %s call', constraint_name, change, id)
)
from attempted;

select is(
  tests.breaks($$insert into core.calls (account, ringba_call_id, start_time_utc, status) values ('RA1', 'x', now(), 'lost')$$),
  'status_valid', 'status_valid: a new call in an unknown state'
);
select is(
  tests.breaks($$insert into core.calls (account, ringba_call_id, start_time_utc, status) values ('RA1', 'x', now(), 'failed')$$),
  'failed_has_reason', 'a failed call needs more than its state'
);

select is_empty(
  $$select conname from pg_constraint
    where conrelid = 'core.calls'::regclass and contype in ('c', 'f', 'u', 'x') and conname <> 'status_valid'
    except select constraint_name from attempted$$,
  'every constraint of core.calls is tried here; its primary key with those of the other tables'
);

select * from finish();
rollback;

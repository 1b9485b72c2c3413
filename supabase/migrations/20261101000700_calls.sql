-- One row per Ringba call. The named constraints are the state machine's other half: the client
-- knows a sentence for each of them.

create table core.calls (
  call_id bigint generated always as identity primary key,
  account text not null constraint account_named check (account ~ '\S'),
  ringba_call_id text not null unique
    constraint ringba_call_id_valid check (length(ringba_call_id) between 1 and 128),

  start_time_utc timestamptz not null,
  connected_at timestamptz,
  completed_at timestamptz,
  call_length_seconds integer constraint call_length_not_negative check (call_length_seconds >= 0),
  connected_length_seconds integer constraint connected_length_not_negative check (connected_length_seconds >= 0),
  campaign_id text,
  campaign_name text,
  publisher_id text,
  publisher_name text,
  target_id text,
  target_name text,
  buyer_name text,
  vertical text references core.verticals (vertical)
    constraint vertical_is_a_line_of_business check (vertical <> 'common'),
  caller_number text,
  dialled_number text,
  caller_number_masked text generated always as (core.mask_number(caller_number)) stored,
  dialled_number_masked text generated always as (core.mask_number(dialled_number)) stored,
  revenue numeric constraint revenue_finite check (revenue < 'infinity'),
  payout numeric constraint payout_finite check (payout < 'infinity'),
  cost numeric constraint cost_finite check (cost < 'infinity'),
  is_live boolean,
  has_recording boolean,
  recording_denied_since timestamptz,
  audio_url text,
  audio_url_seen_at timestamptz,
  link_expires_at timestamptz,
  link_revivals smallint not null default 0 constraint link_revivals_limit check (link_revivals between 0 and 3),

  storage_path text constraint storage_path_valid check (storage_path ~ '^[^/].*[^/]$'),
  audio_bytes bigint constraint audio_not_empty check (audio_bytes > 0),
  audio_sha256 text constraint audio_sha256_valid check (audio_sha256 ~ '^[0-9a-f]{64}$'),
  audio_content_type text,
  audio_checked_at timestamptz,
  audio_missing_at timestamptz,
  audio_deleted_at timestamptz,

  status text not null default 'pending' constraint status_valid check (status in (
    'pending', 'downloading', 'downloaded', 'processing', 'transcribed', 'judging',
    'flagged', 'safe', 'undecided', 'no_recording', 'failed')),
  status_changed_at timestamptz not null default core.now(),
  failed_lane text references core.lanes (lane),
  attempts integer not null default 0 constraint retry_limit check (attempts between 0 and 3),
  round integer not null default 1 constraint round_positive check (round >= 1),
  delayed_until timestamptz,
  last_error text,
  lease_token uuid unique,
  lease_owner text constraint lease_owner_named check (length(lease_owner) between 1 and 200),
  lease_user uuid,
  lease_expires_at timestamptz,
  leased_at timestamptz,
  lease_progress bigint,
  lease_progressed_at timestamptz,

  verdict_before text,
  flags jsonb,
  qa_version text,
  judge_model text,
  judgement_id bigint,
  worst_severity text generated always as (core.worst_severity(flags)) stored,
  urgency smallint generated always as (core.urgency(coalesce(verdict_before, status), flags)) stored,
  claimable boolean generated always as (
    delayed_until is null
    and (status = 'pending' and audio_url is not null or status in ('downloaded', 'transcribed'))
  ) stored,
  ingested_at timestamptz not null default core.now(),

  constraint valid_processing_state check (
    status not in ('downloaded', 'processing', 'transcribed', 'judging', 'flagged', 'safe', 'undecided')
    or storage_path is not null
  ),
  constraint lease_complete check (
    case when status in ('downloading', 'processing', 'judging')
      then lease_token is not null and lease_owner is not null and lease_expires_at is not null
        and leased_at is not null and lease_progressed_at is not null
      else lease_token is null and lease_owner is null and lease_expires_at is null
        and leased_at is null and lease_progressed_at is null and lease_progress is null and lease_user is null
    end
  ),
  constraint verdict_complete check (
    case when coalesce(verdict_before, status) in ('flagged', 'safe', 'undecided')
      then coalesce(core.flags_are_well_formed(flags), false) and qa_version is not null and judge_model is not null
        and (jsonb_array_length(flags) > 0) = (coalesce(verdict_before, status) = 'flagged')
      else flags is null and qa_version is null and judge_model is null
    end
  ),
  constraint verdict_before_valid check (
    verdict_before is null
    or verdict_before in ('flagged', 'safe', 'undecided') and status in ('transcribed', 'judging')
  ),
  constraint failed_names_lane check (
    (status = 'failed') = (failed_lane is not null)
    and (failed_lane is null or failed_lane = 'vault' or storage_path is not null)
  ),
  constraint failed_has_reason check (status <> 'failed' or coalesce(last_error ~ '\S', false))
) with (fillfactor = 85);
alter table core.calls enable row level security;

comment on table core.calls is 'One row per Ringba call: what Ringba told, where the recording is, and how far the lanes are.';
comment on column core.calls.call_id is 'Number of the call here.';
comment on column core.calls.account is 'Ringba account that the call came from.';
comment on column core.calls.ringba_call_id is 'Ringba''s inboundCallId.';
comment on column core.calls.start_time_utc is 'When the call came in (Ringba callDt).';
comment on column core.calls.connected_at is 'When the target answered.';
comment on column core.calls.completed_at is 'When somebody hung up; empty while the call is live.';
comment on column core.calls.call_length_seconds is 'Whole length in seconds.';
comment on column core.calls.connected_length_seconds is 'Length of the connection with the target in seconds.';
comment on column core.calls.campaign_id is 'Ringba campaign id.';
comment on column core.calls.campaign_name is 'Ringba campaign name.';
comment on column core.calls.publisher_id is 'Ringba publisher id.';
comment on column core.calls.publisher_name is 'Who sold the call.';
comment on column core.calls.target_id is 'Ringba target id.';
comment on column core.calls.target_name is 'Who answered the call.';
comment on column core.calls.buyer_name is 'Who bought the call.';
comment on column core.calls.vertical is 'Line of business by core.campaign_verticals; empty when the campaign is not mapped.';
comment on column core.calls.caller_number is 'The caller''s number. Reviewers only see the masked one.';
comment on column core.calls.dialled_number is 'The number that was dialled. Reviewers only see the masked one.';
comment on column core.calls.caller_number_masked is 'Last four digits.';
comment on column core.calls.dialled_number_masked is 'Last four digits.';
comment on column core.calls.revenue is 'Ringba conversionAmount, exact.';
comment on column core.calls.payout is 'Ringba payoutAmount, exact.';
comment on column core.calls.cost is 'Ringba totalCost, exact.';
comment on column core.calls.is_live is 'Whether the call was still going on when last seen.';
comment on column core.calls.has_recording is 'What Ringba says; means nothing while the call is live.';
comment on column core.calls.recording_denied_since is 'Since when Ringba has denied a recording of the finished call.';
comment on column core.calls.audio_url is 'Link of the recording at Ringba; only the vault lane receives it.';
comment on column core.calls.audio_url_seen_at is 'When the link first came: tells Ringba''s delay from ours.';
comment on column core.calls.link_expires_at is '24 hours after hang-up: after that the link may be dead.';
comment on column core.calls.link_revivals is 'How often a new link brought back a failed download; three times at most.';
comment on column core.calls.storage_path is 'Path of the original recording in the bucket recordings.';
comment on column core.calls.audio_bytes is 'Size of the recording in bytes.';
comment on column core.calls.audio_sha256 is 'SHA-256 of the recording, lower-case hex.';
comment on column core.calls.audio_content_type is 'Type of the recording by its first bytes.';
comment on column core.calls.audio_checked_at is 'When the recording was last looked for in storage.';
comment on column core.calls.audio_missing_at is 'When it was not there; empty when it was.';
comment on column core.calls.audio_deleted_at is 'When retention deleted the recording; storage_path stays.';
comment on column core.calls.status is 'Where the call stands; core.transitions lists the ways.';
comment on column core.calls.status_changed_at is 'Since when.';
comment on column core.calls.failed_lane is 'The lane that gave up; set exactly when status is failed.';
comment on column core.calls.attempts is 'Failures of the present stage; the third ends in failed.';
comment on column core.calls.round is 'Counts retries by hand and judgings again; each lane has one accepted result per round.';
comment on column core.calls.delayed_until is 'Not to be claimed before; empty when there is nothing to wait for.';
comment on column core.calls.last_error is 'Newest failure, in words a reviewer can read.';
comment on column core.calls.lease_token is 'Secret of the present holder; every answer must carry it.';
comment on column core.calls.lease_owner is 'Name of the present holder.';
comment on column core.calls.lease_user is 'The signed-in worker that holds the call; empty for the server''s lanes.';
comment on column core.calls.lease_expires_at is 'When the call may be taken back unless a heartbeat comes.';
comment on column core.calls.leased_at is 'When the call was claimed.';
comment on column core.calls.lease_progress is 'Bytes or milliseconds done so far.';
comment on column core.calls.lease_progressed_at is 'When that last grew.';
comment on column core.calls.verdict_before is 'The verdict that stays shown while the call is judged again, and comes back if that fails.';
comment on column core.calls.flags is 'The shown verdict''s flags, a JSON array.';
comment on column core.calls.qa_version is 'Ruleset and prompt version of the shown verdict.';
comment on column core.calls.judge_model is 'Model of the shown verdict, or phrases.';
comment on column core.calls.judgement_id is 'The shown verdict''s row in core.judgements.';
comment on column core.calls.worst_severity is 'Gravest of the flags.';
comment on column core.calls.urgency is 'Place in the reviewers'' queue, 4 first.';
comment on column core.calls.claimable is 'Whether a lane can claim the call now.';
comment on column core.calls.ingested_at is 'When the call first came in here.';

-- Reviewers read every column but the full numbers, the link and the lease.
grant select (
  call_id, account, ringba_call_id, start_time_utc, connected_at, completed_at, call_length_seconds,
  connected_length_seconds, campaign_id, campaign_name, publisher_id, publisher_name, target_id, target_name,
  buyer_name, vertical, caller_number_masked, dialled_number_masked, revenue, payout, cost, is_live,
  has_recording, recording_denied_since, audio_url_seen_at, storage_path, audio_bytes, audio_sha256,
  audio_content_type, audio_checked_at, audio_missing_at, audio_deleted_at, status, status_changed_at,
  failed_lane, attempts, round, delayed_until, last_error, leased_at, verdict_before, flags, qa_version,
  judge_model, judgement_id, worst_severity, urgency, claimable, ingested_at
) on core.calls to authenticated;
grant select on core.calls to service_role;
create policy "Reviewers and admins read calls" on core.calls
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

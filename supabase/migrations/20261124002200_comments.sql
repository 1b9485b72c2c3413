-- What the view and the claim did not say about themselves.

comment on column api.calls.call_id is 'Number of the call here.';
comment on column api.calls.ringba_call_id is 'Ringba''s inboundCallId.';
comment on column api.calls.account is 'Ringba account that the call came from.';
comment on column api.calls.start_time_utc is 'When the call came in.';
comment on column api.calls.completed_at is 'When somebody hung up; empty while the call is live.';
comment on column api.calls.call_length_seconds is 'Whole length in seconds.';
comment on column api.calls.status is 'Where the call stands; core.transitions lists the ways.';
comment on column api.calls.failed_lane is 'The lane that gave up; set exactly when status is failed.';
comment on column api.calls.last_error is 'Newest failure, in words a reviewer can read.';
comment on column api.calls.vertical is 'Line of business; empty when the campaign is not mapped.';
comment on column api.calls.campaign_name is 'Ringba campaign name.';
comment on column api.calls.publisher_name is 'Who sold the call.';
comment on column api.calls.target_name is 'Who answered the call.';
comment on column api.calls.buyer_name is 'Who bought the call.';
comment on column api.calls.caller_number_masked is 'Last four digits of the caller''s number.';
comment on column api.calls.dialled_number_masked is 'Last four digits of the number that was dialled.';
comment on column api.calls.revenue is 'What the call brought, digit by digit as text; empty where Ringba has not told.';
comment on column api.calls.payout is 'What the publisher gets for it, digit by digit as text.';
comment on column api.calls.cost is 'What the telephony cost, digit by digit as text.';
comment on column api.calls.worst_severity is 'Gravest of the flags: minor, major or critical; empty without flags.';
comment on column api.calls.flags is 'The shown verdict''s flags, a JSON array; empty without a verdict.';

comment on function api.claim(text, text, integer) is
  'Takes up to max calls for a lane, each under a fresh lease token; never more than 1000 at a time. Service: every lane. Worker: the lane worker.';

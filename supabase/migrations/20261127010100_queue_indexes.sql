-- What the queue reads. A call is written some ten times on its way, and each time every index gets an entry; so
-- there is one index for the order of all calls, one for the ends of the way, one for what is on it, and one small
-- index for each filter. Their keys hardly change, and equal keys share their room.

create index idx_calls_urgency on core.calls (urgency desc, queue_place desc, call_id desc);
-- Entered once, when the lanes are done with the call.
create index idx_calls_ended on core.calls (status, urgency desc, queue_place desc, call_id desc)
  where status in ('flagged', 'safe', 'undecided', 'no_recording', 'failed');
-- Left by most calls within minutes.
create index idx_calls_in_work on core.calls (urgency desc, queue_place desc, call_id desc)
  where status in ('pending', 'downloading', 'downloaded', 'processing', 'transcribed', 'judging');

-- Few values for many calls: read when a value is rare, and walked from value to value by api.queue_choices.
create index idx_calls_vertical on core.calls (vertical);
create index idx_calls_campaign on core.calls (campaign_name);
create index idx_calls_publisher on core.calls (publisher_name);
create index idx_calls_buyer on core.calls (buyer_name);

create function core.flagged_rules(flags jsonb) returns jsonb
language sql immutable
return jsonb_path_query_array(flags, 'lax $[*].rule_key');
comment on function core.flagged_rules(jsonb) is 'The keys of the rules that flags stand under, as a JSON array.';
grant execute on function core.flagged_rules(jsonb) to authenticated, service_role;
-- Flagged calls only.
create index idx_calls_rules on core.calls using gin (core.flagged_rules(flags)) where worst_severity is not null;
create index idx_calls_severity on core.calls (worst_severity) where worst_severity is not null;

-- Calls come in by time, and so they lie: an entry for some thousand of them finds a day.
create index idx_calls_started on core.calls using brin (start_time_utc timestamptz_minmax_multi_ops)
  with (pages_per_range = 64, autosummarize = on);

create index reviews_of_reviewer on core.reviews (reviewer_email, call_id);
create index presence_of_user on core.presence (user_email);

-- `claimable` is a stored column, so that delayed calls and calls without a link are not in the
-- index at all, and so that a claim's plan does not depend on which lane asks.
create index idx_calls_queue on core.calls (status, start_time_utc desc) where claimable;
create index idx_calls_links_ending on core.calls (link_expires_at) where claimable and status = 'pending';
create index idx_calls_delayed on core.calls (status, delayed_until) where delayed_until is not null;
create index idx_calls_leased on core.calls (status) where lease_token is not null;
create index idx_calls_awaiting_link on core.calls (account, start_time_utc desc)
  where status = 'pending' and audio_url is null;
create index idx_calls_urgency on core.calls (urgency desc, start_time_utc desc, call_id desc);
create index idx_calls_start on core.calls (account, start_time_utc);

-- What the lanes leave behind about themselves.

create table core.ingest_windows (
  window_id bigint generated always as identity primary key,
  account text not null,
  window_start timestamptz not null,
  window_end timestamptz not null,
  state text not null constraint window_state_valid check (state in ('open', 'whole', 'incomplete')),
  fetched bigint not null constraint window_fetched_not_negative check (fetched >= 0),
  total bigint not null constraint window_total_not_negative check (total >= 0),
  partial boolean not null,
  stop_reason text not null constraint stop_reason_valid
    check (stop_reason in ('short_page', 'partial_result', 'all_fetched', 'error')),
  tries integer not null default 1,
  first_fetched_at timestamptz not null default core.now(),
  last_fetched_at timestamptz not null default core.now(),
  constraint window_once unique (account, window_start, window_end),
  constraint window_runs_forward check (window_end > window_start),
  constraint whole_window_is_whole check (
    state <> 'whole' or not partial and fetched >= total and stop_reason <> 'error'
  )
);
alter table core.ingest_windows enable row level security;
create index ingest_windows_newest on core.ingest_windows (account, window_end desc);
comment on table core.ingest_windows is 'Stretches of call starts that were fetched from Ringba, and whether all of them came.';
comment on column core.ingest_windows.window_id is 'Number of the window.';
comment on column core.ingest_windows.account is 'Ringba account.';
comment on column core.ingest_windows.window_start is 'First call start.';
comment on column core.ingest_windows.window_end is 'End of the window.';
comment on column core.ingest_windows.state is 'open: to be fetched again. whole: everything came. incomplete: given up, and told.';
comment on column core.ingest_windows.fetched is 'Records that came.';
comment on column core.ingest_windows.total is 'Ringba''s own count.';
comment on column core.ingest_windows.partial is 'Whether Ringba said that its result was partial.';
comment on column core.ingest_windows.stop_reason is 'Why paging stopped: short_page, partial_result, all_fetched or error.';
comment on column core.ingest_windows.tries is 'How often it was fetched.';
comment on column core.ingest_windows.first_fetched_at is 'First fetch.';
comment on column core.ingest_windows.last_fetched_at is 'Last fetch.';

create table core.reconciliations (
  reconciliation_id bigint generated always as identity primary key,
  account text not null,
  hour_start timestamptz not null
    constraint reconciled_hour_is_whole check (extract(epoch from hour_start) % 3600 = 0),
  our_calls bigint not null,
  our_revenue numeric not null,
  our_payout numeric not null,
  our_cost numeric not null,
  ringba_calls bigint not null,
  ringba_revenue numeric not null,
  ringba_payout numeric not null,
  ringba_cost numeric not null,
  matches boolean not null generated always as (
    our_calls = ringba_calls and our_revenue = ringba_revenue and our_payout = ringba_payout and our_cost = ringba_cost
  ) stored,
  checked_at timestamptz not null default core.now()
);
alter table core.reconciliations enable row level security;
create index reconciliations_newest on core.reconciliations (account, hour_start, checked_at desc);
comment on table core.reconciliations is 'Our books against Ringba''s, hour by hour; every comparison is kept.';
comment on column core.reconciliations.reconciliation_id is 'Number of the comparison.';
comment on column core.reconciliations.account is 'Ringba account.';
comment on column core.reconciliations.hour_start is 'Start of the hour (of call starts).';
comment on column core.reconciliations.our_calls is 'Calls here.';
comment on column core.reconciliations.our_revenue is 'Revenue here.';
comment on column core.reconciliations.our_payout is 'Payout here.';
comment on column core.reconciliations.our_cost is 'Cost here.';
comment on column core.reconciliations.ringba_calls is 'Calls at Ringba.';
comment on column core.reconciliations.ringba_revenue is 'Revenue at Ringba.';
comment on column core.reconciliations.ringba_payout is 'Payout at Ringba.';
comment on column core.reconciliations.ringba_cost is 'Cost at Ringba.';
comment on column core.reconciliations.matches is 'Whether all four agree exactly.';
comment on column core.reconciliations.checked_at is 'When it was compared.';

create table core.alerts (
  alert_id bigint generated always as identity primary key,
  kind text not null constraint alert_kind_valid check (kind ~ '^[a-z][a-z0-9_]*$'),
  subject text not null default '',
  level text not null constraint alert_level_valid check (level in ('info', 'warning', 'critical')),
  message text not null constraint alert_has_message check (message ~ '\S'),
  raised_at timestamptz not null default core.now(),
  cleared_at timestamptz,
  constraint alert_clears_after_it_is_raised check (cleared_at >= raised_at)
);
alter table core.alerts enable row level security;
create unique index one_open_alert on core.alerts (kind, subject) where cleared_at is null;
comment on table core.alerts is 'What was wrong, since when and until when. One open alert per kind and subject.';
comment on column core.alerts.alert_id is 'Number of the alert.';
comment on column core.alerts.kind is 'What is wrong, for example calls_stuck.';
comment on column core.alerts.subject is 'With what, for example a lane.';
comment on column core.alerts.level is 'info, warning or critical.';
comment on column core.alerts.message is 'A sentence for people.';
comment on column core.alerts.raised_at is 'Since when.';
comment on column core.alerts.cleared_at is 'Until when; empty while it lasts.';

create table core.sys_logs (
  log_id bigint generated always as identity primary key,
  logged_at timestamptz not null default core.now(),
  level text not null constraint log_level_valid check (level in ('debug', 'info', 'warn', 'error')),
  lane text not null constraint log_lane_valid
    check (lane in ('ingest', 'vault', 'worker', 'judge', 'watchdog', 'reconcile', 'web', 'database')),
  event text not null constraint log_event_named check (length(event) between 1 and 200),
  call_id bigint,
  worker text,
  user_id uuid,
  data jsonb not null default '{}' constraint log_data_small check (pg_column_size(data) <= 65536)
);
alter table core.sys_logs enable row level security;
create index sys_logs_time on core.sys_logs (logged_at desc);
create index sys_logs_of_call on core.sys_logs (call_id, logged_at) where call_id is not null;
create index sys_logs_set_aside on core.sys_logs ((data ->> 'sha256')) where event = 'record_set_aside';
comment on table core.sys_logs is 'What all lanes report; kept for 30 days. No phone numbers, no secrets.';
comment on column core.sys_logs.log_id is 'Number of the line.';
comment on column core.sys_logs.logged_at is 'When.';
comment on column core.sys_logs.level is 'debug, info, warn or error.';
comment on column core.sys_logs.lane is 'Who reports.';
comment on column core.sys_logs.event is 'What happened, a short lasting name.';
comment on column core.sys_logs.call_id is 'The call it is about, if any.';
comment on column core.sys_logs.worker is 'The worker it is about, if any.';
comment on column core.sys_logs.user_id is 'The signed-in user who did it, if any.';
comment on column core.sys_logs.data is 'Details.';

grant select on core.ingest_windows, core.reconciliations, core.alerts, core.sys_logs to service_role;
grant select on core.ingest_windows, core.reconciliations, core.alerts to authenticated;
create policy "Reviewers and admins read ingest windows" on core.ingest_windows
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));
create policy "Reviewers and admins read reconciliations" on core.reconciliations
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));
create policy "Reviewers and admins read alerts" on core.alerts
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));
grant select on core.sys_logs to authenticated;
create policy "Admins read the log" on core.sys_logs
  for select to authenticated using ((select core.caller()) = 'admin');

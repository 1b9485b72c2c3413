-- What the watchdog looks for and from which value on it tells, and what to do about each kind of alert. Admins
-- edit the limits in Studio; they hold from the next check on.

create function core.is_page(page text) returns boolean
language sql immutable set search_path = '' as $$
  -- Of the app itself: an address that begins with // would lead elsewhere.
  select page ~ '^/([a-z?][a-z0-9_/?=&-]*)?$'
$$;
comment on function core.is_page(text) is 'Whether this is the address of a page of the app, with its query.';

create table core.alert_kinds (
  kind text primary key constraint alert_kind_named check (kind ~ '^[a-z][a-z0-9_]*$'),
  title text not null constraint alert_kind_has_title check (title ~ '\S'),
  limit_value numeric constraint alert_limit_positive check (limit_value > 0 and limit_value < 'infinity'),
  unit text constraint alert_unit_valid check (unit in ('calls', 'seconds', 'percent', 'gigabytes')),
  lasting interval not null default '0' constraint alert_lasting_not_negative check (lasting >= '0'),
  calm interval not null default '2 minutes' constraint alert_calm_not_negative check (calm >= '0'),
  level text not null default 'critical' constraint alert_kind_level_valid check (level in ('info', 'warning', 'critical')),
  enabled boolean not null default true,
  page text not null default '/dashboard' constraint alert_page_valid check (core.is_page(page)),
  advice text not null constraint alert_has_advice check (advice ~ '\S'),
  constraint alert_limit_has_unit check ((limit_value is null) = (unit is null))
);
alter table core.alert_kinds enable row level security;
comment on table core.alert_kinds is 'Kinds of alerts: the watchdog''s limits, and what to do. Limits, levels and advice are meant to be edited.';
comment on column core.alert_kinds.kind is 'The kind, as in core.alerts.';
comment on column core.alert_kinds.title is 'What is wrong, in some words.';
comment on column core.alert_kinds.limit_value is 'Alerts from this value on. Empty for kinds that a lane reports by itself.';
comment on column core.alert_kinds.unit is 'Unit of the limit: calls, seconds, percent or gigabytes.';
comment on column core.alert_kinds.lasting is 'A call counts as stuck after it has waited for so long.';
comment on column core.alert_kinds.calm is 'The alert is over when its limit was kept for so long: what comes and goes is told once.';
comment on column core.alert_kinds.level is 'Level of the watchdog''s own alerts: info, warning or critical.';
comment on column core.alert_kinds.enabled is 'Set to false to have the watchdog not look for it.';
comment on column core.alert_kinds.page is 'Page of the app where it shows, for example /?state=failed.';
comment on column core.alert_kinds.advice is 'What to do; stands in every message.';
grant select on core.alert_kinds to authenticated, service_role;
create policy "Reviewers and admins read the kinds of alerts" on core.alert_kinds
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

insert into core.alert_kinds (kind, title, limit_value, unit, lasting, calm, level, page, advice) values
  ('calls_stuck', 'Calls are stuck', 100, 'calls', '5 minutes', '2 minutes', 'critical', '/?state=in_progress',
    'Look at the lane on the dashboard: is it paused, is its process running, is what it needs there?'),
  ('ingest_behind', 'Ingest is behind', 120, 'seconds', '0', '2 minutes', 'critical', '/dashboard',
    'Is the lane ingest running, and does Ringba answer? What was missed is read by itself once it does.'),
  ('flags_late', 'Flags are late', 300, 'seconds', '0', '2 minutes', 'critical', '/?state=in_progress',
    'See on the dashboard in which lane calls wait, and whether workers and judge keep up.'),
  ('dead_letters', 'Calls have failed', 1, 'calls', '0', '0', 'warning', '/?state=failed',
    'Read the reasons on the page Admin, mend the cause, and have the calls tried again there.'),
  ('no_worker', 'No worker is alive', 180, 'seconds', '0', '0', 'critical', '/?state=in_progress',
    'Start a worker (gpu-worker), or look into its log; calls wait for it meanwhile.'),
  ('server_silent', 'The server is silent', 180, 'seconds', '0', '0', 'critical', '/dashboard',
    'Start the server (callscript-server), or look into its log. No lane of it is at work meanwhile.'),
  ('storage_near_limit', 'Storage is nearly full', 90, 'gigabytes', '0', '0', 'warning', '/dashboard',
    'Enlarge the plan and then the limit in core.alert_kinds, or keep recordings for a shorter time.'),
  ('database_near_limit', 'The database is nearly full', 7, 'gigabytes', '0', '0', 'warning', '/dashboard',
    'Enlarge the disk of the project, and then the limit in core.alert_kinds.'),
  ('connections_near_limit', 'Connections run out', 80, 'percent', '0', '2 minutes', 'critical', '/dashboard',
    'See in pg_stat_activity who holds them; have programs connect through the pooler.'),
  ('old_transaction', 'A transaction is too old', 600, 'seconds', '0', '0', 'warning', '/dashboard',
    'See in pg_stat_activity what it does, and end it with pg_terminate_backend: tables grow while it lasts.');
insert into core.alert_kinds (kind, title, page, advice) values
  ('audio_missing', 'Recordings are lost', '/dashboard',
    'Run callscript-server audit storage for the list, and restore them from a backup or from Ringba.'),
  ('recording_gone', 'Recordings are gone at Ringba', '/?state=failed',
    'Ask Ringba for them; a new link brings a call back by itself.'),
  ('recording_not_kept', 'Recordings could not be kept', '/?state=failed',
    'Mend the cause and have the calls tried again before their links end.'),
  ('books_differ', 'The books differ from Ringba''s', '/dashboard',
    'Compare the hour with Ringba''s own report; callscript-server reingest reads it again.'),
  ('ingest_window_incomplete', 'Ringba did not give all calls', '/dashboard',
    'Read the times again with callscript-server reingest.'),
  ('ringba_token_refused', 'Ringba refuses the token', '/dashboard',
    'Set a valid CALLSCRIPT_RINGBA_TOKEN and start the server again.'),
  ('ringba_column_missing', 'Ringba lacks a column', '/dashboard',
    'Ask Ringba about the column; start the server again when it is back.'),
  ('judge_endpoint_away', 'The judge''s endpoint does not answer', '/?state=undecided',
    'Ask whoever runs the endpoint. What could not be asked is asked when it is back.'),
  ('judge_budget_spent', 'The judge''s budget is spent', '/?state=undecided',
    'Raise CALLSCRIPT_JUDGE_TOKENS_PER_DAY or CALLSCRIPT_JUDGE_USD_PER_DAY, or wait for the next day (UTC).');

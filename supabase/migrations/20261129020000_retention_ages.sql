-- How long things are kept. Each kind has its own age, a row that admins edit in Studio.

create function core.least_age(what text) returns interval
language sql immutable set search_path = '' as $$
  -- Recordings and transcripts: nobody has reviewed a week's calls after an hour. Comparisons with Ringba: the books
  -- of the last day are read again. Alerts: channels are tried for a day.
  select case what when 'recordings' then interval '7 days' when 'transcripts' then interval '7 days'
    when 'reconciliations' then interval '2 days' when 'alerts' then interval '7 days' else interval '1 day' end
$$;
comment on function core.least_age(text) is 'The shortest age that can be set for a kind.';

create table core.retention (
  what text primary key constraint retention_what_valid check (
    what in ('recordings', 'transcripts', 'logs', 'cron_history', 'alerts', 'reconciliations')
  ),
  keep interval,
  holds_from timestamptz not null default core.now(),
  constraint retention_age_valid check (keep is null or keep between core.least_age(what) and interval '100 years')
);
alter table core.retention enable row level security;
comment on table core.retention is
  'How long things are kept. Change keep; a changed age holds a day later, and nothing of the kind is deleted until then. Calls with a legal hold lose nothing.';
comment on column core.retention.what is
  'recordings: original and review copy, by the start of the call. transcripts: with the quotes in flags and verdicts, by the start of the call. logs: core.sys_logs. cron_history: what pg_cron did. alerts: those that are over, with what was told of them. reconciliations: comparisons with Ringba, but for the newest of each hour.';
comment on column core.retention.keep is
  'For how long, for example 90 days or 7 years; empty for ever. At least 7 days for recordings, transcripts and alerts, 2 for reconciliations, 1 for the rest.';
comment on column core.retention.holds_from is 'From when on this age holds: a day after it was changed; filled by itself.';
grant select on core.retention to authenticated, service_role;
create policy "Reviewers and admins read how long things are kept" on core.retention
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

-- Recordings and transcripts are evidence, and what is deleted does not come back: how long the law of a place wants
-- them kept, or gone, only whoever runs this knows.
insert into core.retention (what, keep) values
  ('recordings', null), ('transcripts', null), ('logs', '30 days'), ('cron_history', '7 days'), ('alerts', '1 year'),
  ('reconciliations', '90 days');

-- A slip of the pen (7 days for 7 years) can be taken back for a day.
create function core.let_age_wait() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  new.holds_from := core.now() + interval '1 day';
  perform core.log_by_hand('retention_changed', null,
    jsonb_build_object('what', new.what, 'from', old.keep::text, 'to', new.keep::text, 'holds_from', new.holds_from));
  return new;
end
$$;
comment on function core.let_age_wait() is 'Has a changed age hold from the next day on, and keeps who changed it.';
create trigger let_age_wait before update on core.retention
  for each row when (old.keep is distinct from new.keep) execute function core.let_age_wait();

create function core.kept_since(what text) returns timestamptz
language sql stable set search_path = '' as $$
  select core.now() - r.keep from core.retention as r where r.what = kept_since.what and r.holds_from <= core.now()
$$;
comment on function core.kept_since(text) is 'What is older than this is deleted; null where nothing is.';

-- What has been read of each account's call log, as stretches of call starts. A multirange joins
-- what touches by itself, so years of gapless reading are one range.

create table core.ingest_accounts (
  account text primary key constraint ingest_account_named check (account ~ '\S'),
  reads_from timestamptz not null,
  covered tstzmultirange not null default '{}',
  given_up tstzmultirange not null default '{}',
  reread_recent_at timestamptz,
  reread_day_at timestamptz,
  constraint given_up_is_not_covered check (not covered && given_up)
);
alter table core.ingest_accounts enable row level security;
comment on table core.ingest_accounts is 'Ringba accounts that are read, and which call starts have been read whole.';
comment on column core.ingest_accounts.account is 'Ringba account.';
comment on column core.ingest_accounts.reads_from is 'First call start that must not be missing.';
comment on column core.ingest_accounts.covered is 'Stretches of call starts that were fetched whole.';
comment on column core.ingest_accounts.given_up is 'Stretches that Ringba never gave whole: closed as incomplete.';
comment on column core.ingest_accounts.reread_recent_at is 'When the starts of the last 4 hours were last lined up to be read again.';
comment on column core.ingest_accounts.reread_day_at is 'When those of the last 24 hours were.';
grant select on core.ingest_accounts to authenticated, service_role;
create policy "Reviewers and admins read what was ingested" on core.ingest_accounts
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

create function core.watermark(a core.ingest_accounts) returns timestamptz
language sql immutable set search_path = '' as $$
  select coalesce(
    (select upper(stretch) from unnest(a.covered + a.given_up) as stretch where stretch @> a.reads_from),
    a.reads_from)
$$;
comment on function core.watermark(core.ingest_accounts) is
  'End of the last window fetched whole without a gap before it; stretches that were given up have alerted and are no gap.';
grant execute on function core.watermark(core.ingest_accounts) to authenticated, service_role;

create function core.cover(account text, stretch tstzrange) returns void
language plpgsql volatile set search_path = '' as $$
declare
  now_known core.ingest_accounts;
begin
  update core.ingest_accounts as a set
    covered = a.covered + tstzmultirange(stretch),
    given_up = a.given_up - tstzmultirange(stretch)
  where a.account = cover.account
  returning a.* into now_known;
  if isempty(now_known.given_up) then
    perform core.clear_alert('ingest_window_incomplete', cover.account);
  end if;
end
$$;
comment on function core.cover(text, tstzrange) is 'Notes a stretch of call starts as fetched whole.';

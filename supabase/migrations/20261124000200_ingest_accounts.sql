-- What has been read of each account's call log, as stretches of call starts. A multirange joins
-- what touches by itself, so years of gapless reading are one range.

create table core.ingest_accounts (
  account text primary key constraint ingest_account_named check (account ~ '\S'),
  reads_from timestamptz not null,
  covered tstzmultirange not null default '{}',
  given_up tstzmultirange not null default '{}',
  reread_recent_at timestamptz,
  reread_day_at timestamptz,
  retired boolean not null default false,
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
comment on column core.ingest_accounts.retired is 'Set to true when an account is read no more: it is left out of the criteria.';
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

-- One alert per account tells every stretch that was given up.
create function core.alert_given_up(account text) returns void
language plpgsql volatile set search_path = '' as $$
declare
  stretches constant text[] := array(
    select format('%s to %s', to_char(lower(s) at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'),
      to_char(upper(s) at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'))
    from core.ingest_accounts as a cross join lateral unnest(a.given_up) as s
    where a.account = alert_given_up.account
  );
begin
  if cardinality(stretches) = 0 then
    perform core.clear_alert('ingest_window_incomplete', account);
  else
    perform core.raise_alert('ingest_window_incomplete', account, 'critical', format(
      'Ringba never gave all calls of account %s that started at these times (UTC): %s%s. Read them again with: callscript-server reingest.',
      account, array_to_string(stretches[:5], ', '),
      case when cardinality(stretches) > 5 then format(' and %s more', cardinality(stretches) - 5) else '' end));
  end if;
end
$$;
comment on function core.alert_given_up(text) is 'Brings the alert about stretches that were given up in line with them.';

create function core.cover(account text, stretch tstzrange) returns void
language plpgsql volatile set search_path = '' as $$
declare
  -- Nobody has called yet in the time to come, whatever Ringba counts there.
  past constant tstzmultirange := tstzmultirange(stretch * tstzrange(null, core.now()));
begin
  update core.ingest_accounts as a set
    covered = a.covered + past, given_up = a.given_up - past
  where a.account = cover.account;
  perform core.alert_given_up(cover.account);
end
$$;
comment on function core.cover(text, tstzrange) is 'Notes a stretch of call starts as fetched whole.';

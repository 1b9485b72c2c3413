-- A server that is dead sends nothing. pg_cron has the limits checked as well, notices its silence, and hands a message
-- to pg_net where that and the address are there: in Supabase's Vault, under the name callscript_slack_url.

alter table core.alerts add column handed_to_pg_net_at timestamptz;
comment on column core.alerts.handed_to_pg_net_at is 'When the database itself sent the alert, because no server was there to do so.';

create function core.tell_without_server() returns boolean
language plpgsql volatile security definer set search_path = '' as $$
declare
  silence core.alerts;
  address text;
begin
  select a.* into silence from core.alerts as a
  where a.kind = 'server_silent' and a.cleared_at is null and a.handed_to_pg_net_at is null
    -- A server may have sent it just before it fell silent again, or be about to.
    and not exists (
      select from core.alert_outbox as o
      where o.alert_id = a.alert_id and o.channel = 'slack' and (o.sent_at is not null or o.lease_expires_at > core.now())
    )
  for update;
  if not found or core.is_quiet(silence.level)
    or not exists (
      select from pg_catalog.pg_proc as p
      where p.pronamespace = pg_catalog.to_regnamespace('net') and p.proname = 'http_post'
    )
    or pg_catalog.to_regclass('vault.decrypted_secrets') is null
  then
    return false;
  end if;
  -- Neither has to be there when this function is made.
  execute 'select decrypted_secret from vault.decrypted_secrets where name = ''callscript_slack_url''' into address;
  if address is null then
    return false;
  end if;
  -- Sent after the transaction has been committed.
  execute 'select net.http_post(url := $1, body := $2)' using address, jsonb_build_object('text', format(
    E'*%s*: %s\n%s', (select k.title from core.alert_kinds as k where k.kind = silence.kind), silence.message,
    (select k.advice from core.alert_kinds as k where k.kind = silence.kind)));
  update core.alerts as a set
    handed_to_pg_net_at = core.now(), told_at = core.now(), told_level = a.level, told_message = a.message
  where a.alert_id = silence.alert_id;
  update core.alert_outbox as o set
    sent_at = core.now(), message_id = coalesce(o.message_id, gen_random_uuid()), lease_token = null, lease_expires_at = null
  where o.alert_id = silence.alert_id and o.channel = 'slack' and o.event = 'opened' and o.given_up_at is null;
  return true;
end
$$;
comment on function core.tell_without_server() is
  'Hands the alert about a silent server to pg_net, once. False where there is nothing to tell, or no way; it stands on the dashboard then.';

create function core.watch() returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform core.check_alerts();
  perform core.tell_without_server();
exception when others then
  -- pg_net or the Vault may refuse; the alert itself must stand.
  raise warning 'The silent server could not be told of: %', sqlerrm;
  perform core.check_alerts();
end
$$;
comment on function core.watch() is 'What pg_cron does once a minute in place of a server that may be silent.';

do $$
begin
  if exists (select from pg_catalog.pg_extension where extname = 'pg_cron') then
    perform cron.schedule('callscript-watch', '* * * * *', 'select core.watch()');
  end if;
end
$$;

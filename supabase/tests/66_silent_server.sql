-- A server that is silent: an alert, and a message through pg_net where that and the address are there.
begin;
\ir helpers/setup.psql
select no_plan();

update core.alert_kinds set limit_value = 0.000001 where kind = 'server_silent';
select api.watch('s');
select api.claim_alert_message('slack');
select core.watch();
select is_empty($$select 1 from core.alerts where kind = 'server_silent'$$, 'a server that was just heard of is not silent');

update core.signs_of_life set seen_at = core.now() - interval '1 hour';
select core.watch();
select results_eq(
  $$select level, message from core.alerts where kind = 'server_silent' and cleared_at is null$$,
  format($$values ('critical', 'No server was heard of since %s.')$$, core.utc_minute(core.now() - interval '1 hour')),
  'without pg_net the fact stands on the dashboard'
);
select is(core.tell_without_server(), false);

-- Stand-ins for pg_net and the Vault, where this database has neither.
create schema if not exists net;
create schema if not exists vault;
create temp table posted (url text, body jsonb);
create function net.http_post(url text, body jsonb default '{}', params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds integer default 5000)
returns bigint language sql as $$ insert into posted values (url, body) returning 1::bigint $$;
select is(core.tell_without_server(), false, 'without the Vault the address is not known');
create table vault.decrypted_secrets (name text, decrypted_secret text);
select is(core.tell_without_server(), false, 'nor without the secret');
insert into vault.decrypted_secrets values ('callscript_slack_url', 'https://hooks.slack.test/services/1');

insert into core.quiet_hours (level, begins, ends)
select 'critical', (core.now() at time zone 'UTC')::time, (core.now() at time zone 'UTC' + interval '1 hour')::time;
select is(core.tell_without_server(), false, 'in quiet hours it waits');
delete from core.quiet_hours;
select core.watch();
select is((select array_agg(url) from posted), '{https://hooks.slack.test/services/1}', 'pg_net is handed one message');
select matches((select body ->> 'text' from posted), '^\*The server is silent\*: No server was heard of since .+\.\nStart the server ');
select core.watch();
select is((select count(*) from posted), 1::bigint, 'once');
select is((select sent_at is not null from core.alert_outbox as o join core.alerts as a using (alert_id) where a.kind = 'server_silent'), true,
  'and the server will not send it again');

-- It comes back.
select api.watch('s');
select is((select array_agg(kind) from core.alerts where cleared_at is null and kind = 'server_silent'), null);
select is(api.claim_alert_message('slack') ->> 'event', 'over', 'that it is over the server tells itself');
select core.watch();
select is((select count(*) from posted), 1::bigint);

-- A project whose servers know no address: the database tells by itself, once each time.
delete from core.alert_channels;
update core.signs_of_life set seen_at = core.now() - interval '1 hour';
select core.watch();
select core.watch();
select is((select count(*) from posted), 2::bigint, 'a second silence is told once as well');
select api.watch('s');

-- What goes wrong on this way does not take the alert with it.
update core.signs_of_life set seen_at = core.now() - interval '1 hour';
drop table vault.decrypted_secrets;
create view vault.decrypted_secrets as select 'callscript_slack_url' as name, (1 / (select 0))::text as decrypted_secret;
set local client_min_messages = error;
select core.watch();
select is((select count(*) from core.alerts where cleared_at is null and kind = 'server_silent'), 1::bigint, 'the alert stands');

select * from finish();
rollback;

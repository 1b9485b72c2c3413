-- Two schemas: `core` holds the tables and is served to nobody, `api` is the only door.

create schema core;
create schema api;

comment on schema core is 'Private tables and helpers. Nothing in here is served; people edit rules and campaign mappings in Studio.';
comment on schema api is 'The only schema that PostgREST serves: functions and views, each with its own check of who asks.';

-- PostgreSQL lets everybody execute a new function. Here nobody may until a grant says so.
alter default privileges revoke execute on functions from public;

-- Views run with the reader's own rights, so readers need the way into `core`; each table's grants
-- and policies say what they find there.
grant usage on schema api, core to authenticated, service_role;

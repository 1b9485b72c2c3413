-- The worker is told which channel is the agent's, account by account.
begin;
\ir helpers/setup.psql
select no_plan();

insert into core.ingest_accounts (account, reads_from, agent_channel) values ('right', now(), 1), ('left', now(), 0), ('unset', now(), null);
select tests.call(status, id => account || ' ' || status)
from unnest(array['right', 'left', 'unset', 'unknown']) as account, unnest(array['pending', 'downloaded', 'transcribed']) as status;
update core.calls set account = split_part(ringba_call_id, ' ', 1);

select tests.become('worker');
select results_eq(
  $$select account, agent_channel from api.claim('worker', 'w', 10) order by account$$,
  $$values ('left', 0::smallint), ('right', 1::smallint), ('unknown', null), ('unset', null)$$,
  'a worker learns each account''s channel, and nothing where none is set'
);
select tests.become('service');
select results_eq(
  format('select account, agent_channel from api.claim(%L, %L, 10) order by account', lane, 'l'),
  $$values ('left', null::smallint), ('right', null), ('unknown', null), ('unset', null)$$,
  lane || ' has no use for it'
)
from unnest(array['vault', 'judge']) as lane;
select tests.become('owner');

select * from finish();
rollback;

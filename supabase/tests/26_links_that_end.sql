-- In the vault, links about to end go first, and a fresh call still gets its turn.
begin;
\ir helpers/setup.psql
select no_plan();
create function tests.claimed() returns text language sql as $$ select ringba_call_id from api.claim('vault', 'w') $$;

select tests.call('pending', id => 'fresh ' || i, started => now() - make_interval(mins => i)) from generate_series(1, 4) as i;
select tests.call('pending', id => 'ending ' || i, started => now() - make_interval(hours => 23, mins => 10 + i)) from generate_series(1, 5) as i;
select tests.call('pending', id => 'dead', started => now() - interval '2 days');
select setval('core.vault_turns', 400);
select results_eq($$select tests.claimed() from generate_series(1, 8)$$,
  $$values ('fresh 1'), ('ending 5'), ('ending 4'), ('ending 3'), ('fresh 2'), ('ending 2'), ('ending 1'), ('dead')$$,
  'three claims of four take the links that end within the hour, the fourth the newest call; a link past its end waits its turn');

select * from finish();
rollback;

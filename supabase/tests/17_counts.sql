-- Counts per state are kept, folded or not.
begin;
\ir helpers/setup.psql
select no_plan();

create function tests.count(of_status text) returns bigint language sql as $$
  select calls from api.call_counts() where status = of_status
$$;
create function tests.right_counts() returns boolean language sql as $$
  select bool_and(k.calls = (select count(*) from core.calls as c where c.status = k.status)) from api.call_counts() as k
$$;
select core.fold_call_counts();
select is((select count(*) from api.call_counts()), 11::bigint, 'all eleven states');
select ok(tests.right_counts(), 'right when there is nothing');
select tests.call('pending') from generate_series(1, 5);
select is(tests.count('pending'), 5::bigint, 'new calls count');
select count(*) from api.claim('vault', 'v', 2);
select is(tests.count('pending'), 3::bigint, 'claims move them');
select is(tests.count('downloading'), 2::bigint);
select cmp_ok(core.fold_call_counts(), '>', 0::bigint, 'folding');
select is(core.fold_call_counts(), 0::bigint, 'leaves nothing to fold');
select ok(tests.right_counts(), 'and the counts right');
select count(*) from api.claim('vault', 'v', 2);
delete from core.calls where status = 'pending';
select ok(tests.right_counts(), 'so do further changes and deletions');
create temp table deltas as select count(*) as n from core.call_count_deltas;
update core.calls set lease_progress = 1 where lease_token is not null;
select is((select count(*) from core.call_count_deltas), (select n from deltas), 'a heartbeat is no difference');

select * from finish();
rollback;

-- Tests move time; a hosted project cannot.
begin;
\ir helpers/setup.psql
select no_plan();

select is(core.now(), now(), 'core.now() is the time');
select tests.move_time('3 hours');
select is(core.now(), now() + interval '3 hours', 'unless a test moves it');
select tests.become('service');
select throws_ok($$update core.test_clock set shift = '1 day'$$, '42501', null, 'the service cannot');
select tests.become('admin');
select throws_ok($$insert into core.test_clock (shift) values ('1 day')$$, '42501', null, 'an admin cannot');
select tests.become('owner');
delete from core.test_clock;

-- As on a hosted project: the platform's own role is there, the local secret is not.
select exists (select from pg_roles where rolname = 'dashboard_user') as on_supabase \gset
\if :on_supabase
select skip('this is Supabase''s own local stack', 4);
\else
select lives_ok('create role dashboard_user');
select is(core.is_local(), false, 'a hosted project is not local');
select throws_ok($$insert into core.test_clock (shift) values ('1 day')$$, '23514', 'Only a local or test database lets time be moved.');
set local "app.settings.jwt_secret" = 'super-secret-jwt-token-with-at-least-32-characters-long';
select throws_ok($$insert into core.test_clock (shift) values ('1 day')$$, '23514', null, 'a session''s own setting makes nothing local');
\endif

select * from finish();
rollback;

-- What the language model may use in a day: reserved before, settled after, never passed.
begin;
\ir helpers/setup.psql
select no_plan();

-- Time stands at noon (UTC).
insert into core.test_clock (shift) values (
  (date_trunc('day', now() at time zone 'UTC') + interval '12 hours') at time zone 'UTC' - now());
create function tests.named(n integer) returns uuid language sql immutable as $$
  select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid
$$;
create function tests.reserved(n integer, tokens bigint, usd numeric default 0, most_tokens bigint default 1000, most_usd numeric default null)
returns boolean language sql as $$
  select api.reserve_model_use(tests.named(n), tokens, usd, most_tokens, most_usd)
$$;
create function tests.used() returns text language sql as $$
  select format('%s tokens, %s USD', u ->> 'tokens', u ->> 'cost_usd') from api.model_use_today() as u
$$;
create function tests.open_alerts() returns text[] language sql as $$
  select array_agg(subject order by subject) from core.alerts where kind = 'judge_budget_spent' and cleared_at is null
$$;
create function tests.today() returns text language sql as $$ select core.utc_day()::text $$;
grant execute on all functions in schema tests to public;

select is(tests.used(), '0 tokens, 0 USD', 'nothing was used yet');
select is(api.model_use_today() ->> 'day', tests.today());
select ok(tests.reserved(1, 600, 0.01), 'a request fits');
select ok(tests.reserved(1, 600, 0.01), 'the same reservation');
select is(tests.used(), '600 tokens, 0.01 USD', 'twice is one');
select ok(tests.reserved(2, 400), 'up to the limit itself');
select ok(not tests.reserved(3, 1), 'not one token more');
select is(tests.used(), '1000 tokens, 0.01 USD', 'what was refused counts for nothing');
select is(tests.open_alerts(), array[tests.today()], 'and somebody is told');
select results_eq(
  $$select level, message from core.alerts$$,
  $$select 'warning', format('The language model has used its limit of 1000 tokens for %s (UTC). Rules that need it stay undecided until the next day, or until the limit is raised.', tests.today())$$
);

-- What was not needed is free again.
select api.settle_model_use(tests.named(1), 100, 0.001);
select api.settle_model_use(tests.named(1), 100, 0.001);
select is(tests.used(), '500 tokens, 0.001 USD', 'settled, and settled again');
select lives_ok($$select api.settle_model_use(tests.named(99), 5, 5)$$, 'an unknown reservation is no error');
select is(tests.used(), '500 tokens, 0.001 USD', 'and changes nothing');
select ok(tests.reserved(3, 1), 'now it fits');
select is(tests.open_alerts(), array[tests.today()], 'under the same limit the alert stays');
select ok(not tests.reserved(4, 800), 'a large one still does not');
select ok(tests.reserved(4, 800, most_tokens => 2000), 'under a raised limit it does');
select is(tests.open_alerts(), null, 'and the alert is over');
select api.settle_model_use(tests.named(4), 5000, 0);
select is(tests.used(), '5501 tokens, 0.001 USD', 'a request may use more than it said');
select ok(tests.reserved(5, 1000, most_tokens => null), 'without a limit everything fits');

-- Money is limited likewise, exactly.
select ok(not tests.reserved(6, 0, 0.0990000001, null, 0.1), 'a tenth of a millionth of a cent too much');
select ok((select message ~ 'limit of 0.1 US dollars for' from core.alerts where cleared_at is null), 'the alert names the limit');
select ok(tests.reserved(6, 0, 0.099, null, 0.1), 'the limit itself');
select ok(not tests.reserved(7, 1, 1, 10, 0.5), 'both limits passed');
select ok((select message ~ 'limit of 10 tokens and 0.5 US dollars for' from core.alerts where cleared_at is null));
select ok(tests.reserved(7, 1, 0, null, 0.5), 'no limit of tokens any more');
select is(tests.open_alerts(), null, 'that is a raised one');
select ok(not tests.reserved(8, 1, 1, null, 0.5));

-- The next day begins with nothing used.
select tests.move_time('12 hours');
select is(tests.used(), '0 tokens, 0 USD', 'midnight');
select is(tests.open_alerts(), array[(core.utc_day() - 1)::text], 'the alert of the day before is still open');
select api.settle_model_use(tests.named(5), 1, 0);
select is(tests.used(), '0 tokens, 0 USD', 'what was reserved yesterday counts for yesterday');
select is((select tokens from core.model_days where day = core.utc_day() - 1), 5503::bigint);
select ok(tests.reserved(8, 1), 'a new day');
select is(tests.open_alerts(), null, 'ends the alert');
select ok(not tests.reserved(9, 5000), 'a request beyond any day');
select is((select count(*) from core.model_reservations), 8::bigint, 'a request of yesterday may still be under way');
select tests.move_time('1 day');
select ok(not tests.reserved(9, 5000), 'is refused again');
select is(tests.open_alerts(), array[tests.today()], 'there is one alert of it, not one for each day');
select tests.move_time('1 day');
select core.end_model_days();
select is(tests.open_alerts(), null, 'a day without any request ends it as well');
select tests.move_time('-1 day');
select ok(tests.reserved(9, 1));
select is((select array_agg(day order by day) from core.model_reservations), array[core.utc_day() - 1, core.utc_day()], 'older ones are forgotten');
select is((select count(*) from core.model_days), 3::bigint, 'days are not');

-- Nonsense.
select throws_ok(statement, '22023', sentence)
from (values
  ($$select tests.reserved(10, -1)$$, 'What a request uses is a number of tokens and of US dollars, none of them negative.'),
  ($$select tests.reserved(10, null)$$, 'What a request uses is a number of tokens and of US dollars, none of them negative.'),
  ($$select tests.reserved(10, 1, 'NaN')$$, 'What a request uses is a number of tokens and of US dollars, none of them negative.'),
  ($$select tests.reserved(10, 1, 'infinity')$$, 'What a request uses is a number of tokens and of US dollars, none of them negative.'),
  ($$select api.reserve_model_use(null, 1, 1)$$, 'A reservation needs a name.'),
  ($$select api.settle_model_use(tests.named(9), -1, 0)$$, 'What a request uses is a number of tokens and of US dollars, none of them negative.')
) as nonsense(statement, sentence);

select tests.become('reviewer');
select is(tests.used(), '1 tokens, 0 USD', 'reviewers read what was used');
select tests.become('owner');

select * from finish();
rollback;

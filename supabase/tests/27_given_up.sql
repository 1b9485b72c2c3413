-- Waiting calls are given up by hand: with a reason, by whom it may be, and for good.
begin;
\ir helpers/setup.psql
select no_plan();
select tests.rule();
select tests.call(status, id => status) from unnest(array['pending', 'downloading', 'downloaded', 'processing', 'transcribed',
  'judging', 'flagged', 'safe', 'undecided', 'no_recording', 'failed']) as status;
update core.calls set delayed_until = now() + interval '1 hour', attempts = 1, last_error = 'no GPU', last_error_code = 'no_gpu'
where ringba_call_id = 'downloaded';
create temp table ids as select ringba_call_id as name, call_id as id from core.calls;
grant select on ids to public;

create function tests.giving_up(name text, reason text default 'A test call.') returns text language sql as $$
  select api.give_up_call((select id from ids where ids.name = giving_up.name), reason)
$$;
grant execute on function tests.giving_up(text, text) to public;

select tests.become('admin');
select throws_ok($$select tests.giving_up('pending', ' ')$$, '22023', 'Giving a call up needs a reason.');
select throws_ok($$select tests.giving_up('pending', null)$$, '22023', 'Giving a call up needs a reason.');
select throws_ok($$select tests.giving_up('pending', repeat('x', 2001))$$, '22023', 'The reason is too long: 2000 characters at most.');
select throws_ok($$select tests.giving_up('nobody''s')$$, '22023', 'There is no call <NULL>.');
select throws_ok(format('select tests.giving_up(%L)', name), '22023',
  format('Only a waiting call can be given up; this one is %s.', replace(name, '_', ' ')))
from ids where name not in ('pending', 'downloaded', 'transcribed') order by name;
select is(tests.giving_up(name), 'failed', name || ' is given up')
from ids where name in ('pending', 'downloaded', 'transcribed') order by name;
select tests.become('owner');

select results_eq(
  $$select ringba_call_id, failed_lane, last_error, last_error_code, delayed_until from core.calls
    where status = 'failed' and ringba_call_id <> 'failed' order by 1$$,
  $$values ('downloaded', 'worker', 'A test call.', 'given_up', null::timestamptz), ('pending', 'vault', 'A test call.', 'given_up', null),
    ('transcribed', 'judge', 'A test call.', 'given_up', null)$$,
  'each names the lane that it waited for, and the reason'
);
select results_eq(
  $$select i.name, s.event, s.user_id, s.data ->> 'reason' from core.sys_logs as s join ids as i on i.id = s.call_id order by 1$$,
  $$select name, 'call_given_up', '00000000-0000-4000-8000-0000000000a2'::uuid, 'A test call.'
    from unnest(array['downloaded', 'pending', 'transcribed']) as name$$,
  'and the log keeps who did it'
);
select is((select array_agg(lease_token) from api.claim('vault', 'v')), null, 'no lane claims it');

-- A new link brings back failed downloads, but not this one; a retry by hand does.
update core.calls set audio_url = 'https://media.example.test/2' where ringba_call_id in ('pending', 'failed');
select is(tests.status((select id from ids where name = 'failed')), 'pending', 'a new link brings back a failed download');
select is(tests.status((select id from ids where name = 'pending')), 'failed', 'but no call that was given up by hand');
select is(api.retry_call((select id from ids where name = 'pending')), 'pending', 'which comes back by hand');
select is((select last_error_code from core.calls where ringba_call_id = 'pending'), null, 'as if nothing had been');

-- Judged again, a call keeps the verdict that it has.
select api.rejudge_call((select id from ids where name = 'flagged'));
select throws_ok($$select tests.giving_up('flagged')$$, '22023',
  'This call has a verdict and waits to be judged again; it cannot be given up.');

select * from finish();
rollback;

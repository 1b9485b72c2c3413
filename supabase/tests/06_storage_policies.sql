-- The bucket `recordings`: who reads and writes which object.
begin;
\ir helpers/setup.psql
select no_plan();

select results_eq(
  $$select public, file_size_limit from storage.buckets where id = 'recordings'$$,
  $$values (false, 1073741824::bigint)$$,
  'the bucket is private and takes up to 1 GiB'
);

select tests.call('downloaded', id => 'held', started => now() + interval '1 day');
update core.calls set storage_path = 'RA1/2026/11/01/held.mp3' where ringba_call_id = 'held';
select tests.call('downloaded', id => 'other');
update core.calls set storage_path = 'RA1/2026/11/01/other.mp3' where ringba_call_id = 'other';
insert into storage.objects (bucket_id, name) values
  ('recordings', 'RA1/2026/11/01/held.mp3'), ('recordings', 'RA1/2026/11/01/other.mp3');

create function tests.objects(persona text) returns text[] language plpgsql as $$
declare
  names text[];
begin
  perform tests.become(persona);
  begin
    select array_agg(split_part(name, '/', 5) order by name) into names from storage.objects where bucket_id = 'recordings';
  exception when insufficient_privilege then
    names := '{refused}';
  end;
  perform tests.become('owner');
  return names;
end
$$;
create function tests.writes(persona text, path text, bucket text default 'recordings') returns text language plpgsql as $$
declare
  answer text := 'written';
begin
  perform tests.become(persona);
  begin
    insert into storage.objects (bucket_id, name) values (bucket, path)
    on conflict (bucket_id, name) do update set updated_at = now();
  exception when insufficient_privilege then
    answer := 'refused';
  end;
  perform tests.become('owner');
  return answer;
end
$$;

select tests.become('worker');
select lives_ok($$select * from api.claim('worker', 'gpu-1')$$, 'the worker takes the newest call');
select tests.become('owner');

select is(tests.objects('anon'), null, 'anon sees no object');
select is(tests.objects('nobody'), null, 'a person without a role sees no object');
select is(tests.objects('reviewer'), '{held.mp3,other.mp3}', 'a reviewer sees all recordings');
select is(tests.objects('admin'), '{held.mp3,other.mp3}', 'an admin sees all recordings');
select is(tests.objects('worker'), '{held.mp3}', 'a worker sees the recording of the call that it holds');
select is(tests.objects('other worker'), null, 'another worker does not');
select is(tests.objects('service'), '{held.mp3,other.mp3}', 'the service sees all');

select is(tests.writes('anon', 'RA1/x.mp3'), 'refused', 'anon writes nothing');
select is(tests.writes('nobody', 'RA1/x.mp3'), 'refused', 'a person without a role writes nothing');
select is(tests.writes('reviewer', 'RA1/x.mp3'), 'refused', 'a reviewer writes nothing');
select is(tests.writes('admin', 'RA1/x.mp3'), 'refused', 'an admin writes nothing');
select is(tests.writes('service', 'RA1/x.mp3'), 'written', 'the service writes');
select is(tests.writes('worker', 'RA1/2026/11/01/held.mp3'), 'refused', 'a worker does not replace an original');
select is(tests.writes('worker', 'RA1/2026/11/01/other.review.mp3'), 'refused', 'nor writes beside a call that it does not hold');
select is(tests.writes('worker', 'RA1/2026/11/01/held.review.mp3', 'elsewhere'), 'refused', 'nor in another bucket');
select is(tests.writes('worker', 'RA1/2026/11/01/held/../other.review.mp3'), 'refused', 'nor by a crooked path');
select is(tests.writes('worker', 'RA1/2026/11/01/held.review.mp3'), 'written', 'it writes the review copy of its call');
select is(tests.writes('worker', 'RA1/2026/11/01/held.review.mp3'), 'written', 'and writes it again');
select is(tests.writes('worker', 'RA1/2026/11/01/held.review.mp3.html'), 'refused', 'but nothing else beside the original');
select is(tests.objects('worker'), '{held.mp3,held.review.mp3}', 'and sees both');
select is(tests.writes('other worker', 'RA1/2026/11/01/held.review.mp3'), 'refused', 'another worker does not');

select api.release(lease_token) from core.calls where ringba_call_id = 'held';
select is(tests.objects('worker'), null, 'after the release it sees nothing any more');
select is(tests.writes('worker', 'RA1/2026/11/01/held.review.mp3'), 'refused', 'and writes nothing any more');

select * from finish();
rollback;

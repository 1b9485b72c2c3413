-- The private bucket of the recordings: originals at {account}/{yyyy}/{mm}/{dd}/{id}.{ext}, review
-- copies beside them as {id}.review.{ext}.

insert into storage.buckets (id, name, public, file_size_limit)
values ('recordings', 'recordings', false, 1073741824)
on conflict (id) do update set public = excluded.public, file_size_limit = excluded.file_size_limit;

create function core.worker_holds_original(name text) returns boolean
language sql stable security definer set search_path = '' as $$
  select core.caller() = 'worker' and exists (
    select from core.calls as c
    where c.lease_token is not null and c.status = 'processing'
      and c.lease_user = auth.uid()
      and c.storage_path = worker_holds_original.name
  )
$$;
comment on function core.worker_holds_original(text) is 'Whether the asking worker holds the call whose recording this object is.';

create function core.worker_holds_review_copy(name text) returns boolean
language sql stable security definer set search_path = '' as $$
  select core.caller() = 'worker' and exists (
    select from core.calls as c
    where c.lease_token is not null and c.status = 'processing'
      and c.lease_user = auth.uid()
      and worker_holds_review_copy.name ~ '\.review\.[a-z0-9]{1,5}$'
      and regexp_replace(worker_holds_review_copy.name, '\.review\.[a-z0-9]{1,5}$', '')
        = regexp_replace(c.storage_path, '\.[^./]*$', '')
  )
$$;
comment on function core.worker_holds_review_copy(text) is 'Whether the asking worker holds the call whose review copy this object would be.';
grant execute on function core.worker_holds_original(text), core.worker_holds_review_copy(text) to authenticated;

create policy "Reviewers and admins listen to recordings" on storage.objects
  for select to authenticated
  using (bucket_id = 'recordings' and (select core.caller()) in ('reviewer', 'admin'));
create policy "Workers read originals and review copies of calls they hold" on storage.objects
  for select to authenticated
  using (bucket_id = 'recordings' and (select core.caller()) = 'worker'
    and (core.worker_holds_original(name) or core.worker_holds_review_copy(name)));
create policy "Workers write review copies of calls they hold" on storage.objects
  for insert to authenticated
  with check (bucket_id = 'recordings' and (select core.caller()) = 'worker' and core.worker_holds_review_copy(name));
create policy "Workers replace review copies of calls they hold" on storage.objects
  for update to authenticated
  using (bucket_id = 'recordings' and (select core.caller()) = 'worker' and core.worker_holds_review_copy(name))
  with check (bucket_id = 'recordings' and (select core.caller()) = 'worker' and core.worker_holds_review_copy(name));

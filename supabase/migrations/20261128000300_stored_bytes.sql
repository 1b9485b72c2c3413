-- How many bytes Storage holds, kept and not added up over all calls: each statement appends its difference,
-- pg_cron folds them into one row, and the sum of the rows is the answer.

create table core.stored_bytes (
  entry_id bigint generated always as identity primary key,
  bytes bigint not null
);
alter table core.stored_bytes enable row level security;
comment on table core.stored_bytes is 'Bytes of recordings and review copies in Storage: the sum of the rows.';
comment on column core.stored_bytes.entry_id is 'Number of the row.';
comment on column core.stored_bytes.bytes is 'How many bytes came (negative: went).';
grant select on core.stored_bytes to authenticated, service_role;
create policy "Reviewers and admins see how much is stored" on core.stored_bytes
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

create function core.bytes_of(call core.calls) returns bigint
language sql immutable set search_path = '' as $$
  select case when call.storage_path is not null and call.audio_deleted_at is null
    then coalesce(call.audio_bytes, 0) + coalesce(call.review_bytes, 0) else 0 end
$$;
comment on function core.bytes_of(core.calls) is 'Bytes that a call has in Storage.';

create function core.count_stored_bytes() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  difference bigint;
begin
  if tg_op = 'INSERT' then
    select coalesce(sum(core.bytes_of(n)), 0) into difference from new_rows as n;
  elsif tg_op = 'DELETE' then
    select -coalesce(sum(core.bytes_of(o)), 0) into difference from old_rows as o;
  else
    select coalesce((select sum(core.bytes_of(n)) from new_rows as n), 0)
      - coalesce((select sum(core.bytes_of(o)) from old_rows as o), 0) into difference;
  end if;
  if difference <> 0 then
    insert into core.stored_bytes (bytes) values (difference);
  end if;
  return null;
end
$$;
comment on function core.count_stored_bytes() is 'Notes what a statement added to Storage, or took away.';
create trigger count_stored_bytes_of_new after insert on core.calls
  referencing new table as new_rows for each statement execute function core.count_stored_bytes();
create trigger count_stored_bytes_of_changed after update on core.calls
  referencing old table as old_rows new table as new_rows for each statement execute function core.count_stored_bytes();
create trigger count_stored_bytes_of_deleted after delete on core.calls
  referencing old table as old_rows for each statement execute function core.count_stored_bytes();

insert into core.stored_bytes (bytes) select sum(core.bytes_of(c)) from core.calls as c having sum(core.bytes_of(c)) <> 0;

create function core.fold_stored_bytes() returns bigint
language sql volatile security definer set search_path = '' as $$
  with gone as (
    delete from core.stored_bytes returning bytes
  ),
  folded as (
    insert into core.stored_bytes (bytes) select sum(bytes) from gone having count(*) > 0
  )
  select count(*) from gone
$$;
comment on function core.fold_stored_bytes() is 'Makes one row of all; returns how many there were.';

do $$
begin
  if exists (select from pg_catalog.pg_extension where extname = 'pg_cron') then
    perform cron.schedule('callscript-fold-stored-bytes', '* * * * *', 'select core.fold_stored_bytes()');
  end if;
end
$$;

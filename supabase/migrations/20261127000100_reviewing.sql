-- What people can say about a call: a verdict may be taken back, a missed violation added, a comment removed.
-- Everything stays readable as history.

alter table core.reviews
  drop constraint review_verdict_valid,
  add constraint review_verdict_valid check (
    verdict in ('confirmed', 'dismissed', 'added', 'violation', 'pass', 'not_applicable', 'withdrawn')
  ),
  drop constraint review_fits_subject,
  add constraint review_fits_subject check (
    case when flag_id like '%:undecided' then verdict not in ('confirmed', 'dismissed', 'added')
      else verdict not in ('violation', 'pass', 'not_applicable') end
  ),
  add column flag jsonb,
  add constraint added_flag_complete check (
    (verdict = 'added') = (flag is not null)
    and (flag is null or core.flags_are_well_formed(jsonb_build_array(flag)) and flag ->> 'id' = flag_id)
  );
comment on column core.reviews.verdict is
  'Of a flag: confirmed or dismissed, or added where the judge missed it. Of an undecided rule: violation, pass or not_applicable. Of both: withdrawn, as if nothing had been said.';
comment on column core.reviews.flag is 'The flag that a person added, as in core.calls.flags; empty for every other verdict.';

alter table core.comments
  add column removed_at timestamptz,
  add constraint comment_removed_after_it_was_made check (removed_at >= created_at);
comment on column core.comments.removed_at is 'When its author took it back; it is not shown any more.';

create function core.is_present(seen_at timestamptz) returns boolean
language sql stable set search_path = '' as $$
  select seen_at > core.now() - interval '45 seconds'
$$;
comment on function core.is_present(timestamptz) is
  'Whether a page that gave its last sign then is taken for open. Pages give one every 4 seconds while they are seen, every 30 otherwise.';
grant execute on function core.is_present(timestamptz) to authenticated, service_role;

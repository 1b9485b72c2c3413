-- What people say about calls.

create table core.reviews (
  review_id bigint generated always as identity primary key,
  call_id bigint not null references core.calls (call_id),
  flag_id text not null constraint flag_id_valid check (flag_id ~ '^[a-z][a-z0-9_]*:([0-9]+-[0-9]+|missing)$'),
  verdict text not null constraint review_verdict_valid check (verdict in ('confirmed', 'dismissed')),
  reason text,
  reviewer_id uuid not null,
  reviewer_email text not null,
  created_at timestamptz not null default core.now(),
  constraint dismissal_has_reason check (verdict <> 'dismissed' or coalesce(reason ~ '\S', false)),
  constraint review_reason_short check (length(reason) <= 2000)
);
alter table core.reviews enable row level security;
create index reviews_of_call on core.reviews (call_id, created_at desc);
create trigger append_only before update or delete on core.reviews
  for each row execute function core.refuse_change();
create trigger append_only_truncate before truncate on core.reviews
  for each statement execute function core.refuse_change();
comment on table core.reviews is 'Who confirmed or dismissed which flag, why and when. The newest row of a flag counts; none is ever changed.';
comment on column core.reviews.review_id is 'Number of the review.';
comment on column core.reviews.call_id is 'The call.';
comment on column core.reviews.flag_id is 'Rule key and word range: the same flag after judging again.';
comment on column core.reviews.verdict is 'confirmed or dismissed.';
comment on column core.reviews.reason is 'Why; a dismissal needs one.';
comment on column core.reviews.reviewer_id is 'User id of the reviewer.';
comment on column core.reviews.reviewer_email is 'E-mail of the reviewer at that time.';
comment on column core.reviews.created_at is 'When.';

create table core.comments (
  comment_id bigint generated always as identity primary key,
  call_id bigint not null references core.calls (call_id),
  at_ms integer constraint comment_moment_not_negative check (at_ms >= 0),
  body text not null constraint comment_has_body check (body ~ '\S' and length(body) <= 4000),
  author_id uuid not null,
  author_email text not null,
  created_at timestamptz not null default core.now()
);
alter table core.comments enable row level security;
create index comments_of_call on core.comments (call_id, created_at);
comment on table core.comments is 'What reviewers write beside a call.';
comment on column core.comments.comment_id is 'Number of the comment.';
comment on column core.comments.call_id is 'The call.';
comment on column core.comments.at_ms is 'The moment in the recording; empty for the whole call.';
comment on column core.comments.body is 'The text.';
comment on column core.comments.author_id is 'User id of the author.';
comment on column core.comments.author_email is 'E-mail of the author at that time.';
comment on column core.comments.created_at is 'When.';

create table core.saved_views (
  view_id bigint generated always as identity primary key,
  user_id uuid not null,
  name text not null constraint saved_view_named check (name ~ '\S' and length(name) <= 100),
  query text not null constraint saved_view_query_short check (length(query) <= 2000),
  created_at timestamptz not null default core.now(),
  constraint saved_view_name_once unique (user_id, name)
);
alter table core.saved_views enable row level security;
comment on table core.saved_views is 'Filters of the queue that a person keeps.';
comment on column core.saved_views.view_id is 'Number of the view.';
comment on column core.saved_views.user_id is 'Whose it is; nobody else sees it.';
comment on column core.saved_views.name is 'Its name.';
comment on column core.saved_views.query is 'The queue page''s query string.';
comment on column core.saved_views.created_at is 'When it was kept.';

create table core.presence (
  call_id bigint not null references core.calls (call_id),
  user_id uuid not null,
  user_email text not null,
  seen_at timestamptz not null default core.now(),
  primary key (call_id, user_id)
);
alter table core.presence enable row level security;
comment on table core.presence is 'Who has which call open, so that two reviewers do not take the same one.';
comment on column core.presence.call_id is 'The call.';
comment on column core.presence.user_id is 'The person.';
comment on column core.presence.user_email is 'The person''s e-mail.';
comment on column core.presence.seen_at is 'Last sign that the page is open.';

grant select on core.reviews, core.comments, core.saved_views, core.presence to authenticated, service_role;
create policy "Reviewers and admins read reviews" on core.reviews
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));
create policy "Reviewers and admins read comments" on core.comments
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));
create policy "Reviewers and admins read their own saved views" on core.saved_views
  for select to authenticated
  using ((select core.caller()) in ('reviewer', 'admin') and user_id = (select auth.uid()));
create policy "Reviewers and admins see who has a call open" on core.presence
  for select to authenticated using ((select core.caller()) in ('reviewer', 'admin'));

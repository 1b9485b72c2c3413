-- Comments beside a call, at a moment of it or about the whole.

create function core.comment_json(c core.comments) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('comment_id', c.comment_id, 'at_ms', c.at_ms, 'body', c.body, 'author_email', c.author_email,
    'own', c.author_id = auth.uid(), 'created_at', c.created_at)
$$;
comment on function core.comment_json(core.comments) is 'A comment as the call page shows it (client type Comment).';
grant execute on function core.comment_json(core.comments) to authenticated, service_role;

create function api.add_comment(call_id bigint, body text, at_ms integer default null) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  given core.comments;
begin
  perform core.require('reviewer', 'admin');
  insert into core.comments (call_id, at_ms, body, author_id, author_email)
  values (add_comment.call_id, add_comment.at_ms, btrim(add_comment.body), auth.uid(), auth.jwt() ->> 'email')
  returning * into given;
  return core.comment_json(given);
end
$$;
comment on function api.add_comment(bigint, text, integer) is
  'Keeps a comment, at a moment of the recording in milliseconds or about the whole call. Returns it (client type Comment).';
grant execute on function api.add_comment(bigint, text, integer) to authenticated;

create function api.remove_comment(comment_id bigint) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform core.require('reviewer', 'admin');
  update core.comments as c set removed_at = core.now()
  where c.comment_id = remove_comment.comment_id and c.author_id = auth.uid() and c.removed_at is null;
  if not found then
    raise exception 'Only who wrote a comment can take it back, once.' using errcode = 'invalid_parameter_value';
  end if;
end
$$;
comment on function api.remove_comment(bigint) is 'Takes back a comment of one''s own; it is kept and not shown any more.';
grant execute on function api.remove_comment(bigint) to authenticated;

-- A verdict that was given while the connection was away is sent later, and sent again where its answer was lost.

create table core.sent_words (
  user_id uuid not null,
  word_key text not null constraint word_key_valid check (word_key ~ '^[A-Za-z0-9.-]{8,64}$'),
  review_id bigint not null references core.reviews (review_id),
  primary key (user_id, word_key)
);
alter table core.sent_words enable row level security;
comment on table core.sent_words is 'Which verdicts have arrived, so that one that is sent twice is kept once.';
comment on column core.sent_words.user_id is 'Whose verdict it is.';
comment on column core.sent_words.word_key is 'The key that the person''s browser gave it.';
comment on column core.sent_words.review_id is 'What became of it.';

create function api.send_word(
  word_key text, call_id bigint, subject text, verdict text, reason text default null, seen bigint default null
) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  known core.reviews;
  other core.reviews;
  given jsonb;
begin
  perform core.require('reviewer', 'admin');
  -- Locked, so that the same word is not kept by two requests, and no other person's comes in between.
  perform from core.calls as c where c.call_id = send_word.call_id for update;
  select r.* into known
  from core.sent_words as w
  join core.reviews as r on r.review_id = w.review_id
  where w.user_id = auth.uid() and w.word_key = send_word.word_key;
  if found then
    return core.review_json(known);
  end if;
  select r.* into other
  from core.reviews as r
  where r.call_id = send_word.call_id and r.flag_id = subject and r.review_id > coalesce(seen, 0)
    and r.reviewer_id <> auth.uid()
  order by r.review_id desc
  limit 1;
  if found then
    raise exception '% has said something about this meanwhile (%).', other.reviewer_email,
      case other.verdict when 'violation' then 'broken' when 'pass' then 'kept' when 'not_applicable' then 'does not apply'
        when 'withdrawn' then 'taken back' else other.verdict end
      using errcode = 'invalid_parameter_value';
  end if;
  given := case
    when verdict = 'withdrawn' then api.withdraw_review(call_id, subject)
    when subject like '%:undecided' then api.settle_rule(call_id, left(subject, -length(':undecided')), verdict, reason)
    else api.review_flag(call_id, subject, verdict, reason)
  end;
  insert into core.sent_words (user_id, word_key, review_id)
  values (auth.uid(), send_word.word_key, (given ->> 'review_id')::bigint);
  return given;
end
$$;
comment on function api.send_word(text, bigint, text, text, text, bigint) is
  'Keeps a person''s word on a flag or an undecided rule once, however often it is sent with the same key. Refused where somebody else has spoken after the review that the person had seen. Returns the review (client type Review).';
grant execute on function api.send_word(text, bigint, text, text, text, bigint) to authenticated;

create function core.asked_again(call_id bigint) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('asked_again', c.ask_again_at is not null)
  from core.calls as c where c.call_id = asked_again.call_id
$$;
comment on function core.asked_again(bigint) is 'Whether the rules of a call that could not be asked will be asked again.';
grant execute on function core.asked_again(bigint) to authenticated, service_role;

create or replace function api.call_page(call_id bigint) returns jsonb
language plpgsql stable set search_path = '' as $$
#variable_conflict use_column
begin
  perform core.require('service', 'reviewer', 'admin');
  return core.call_parts(call_page.call_id) || core.asked_again(call_page.call_id) || jsonb_build_object(
    'transcript', (select core.transcript_json(t) from core.transcripts as t where t.call_id = call_page.call_id));
end
$$;

create or replace function api.touch_call(call_id bigint) returns jsonb
language plpgsql volatile set search_path = '' as $$
begin
  perform core.require('reviewer', 'admin');
  perform core.mark_present(touch_call.call_id);
  return core.call_parts(touch_call.call_id) || core.asked_again(touch_call.call_id);
end
$$;

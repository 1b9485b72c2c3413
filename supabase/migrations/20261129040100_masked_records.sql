-- A record that is set aside is kept for whoever has to find out why. Who called whom, and what opens a recording, is
-- nobody's business there.

create function core.mask_text(told text) returns text
language sql immutable set search_path = ''
return regexp_replace(regexp_replace(regexp_replace(regexp_replace(told,
  -- What follows the path of a link may be a key to the recording.
  '(https?://[^\s"?#]*)[?#][^\s"]*', '\1?…', 'gi'),
  '[^\s"@/]+@[^\s"@/]+', '…@…', 'g'),
  '\(?\m\d{3}\)?[-. ]{1,2}\d{3}[-. ](\d{4})\M', '•••• \1', 'g'),
  '\+?\m\d{3,}(\d{4})\M', '•••• \1', 'g');
comment on function core.mask_text(text) is 'A text without phone numbers, e-mail addresses and what follows the path of a link.';

create function core.mask_record(record jsonb) returns jsonb
language sql immutable set search_path = ''
return case jsonb_typeof(record)
  when 'object' then (
    select coalesce(jsonb_object_agg(e.key, case
      when e.key in ('caller_number', 'dialled_number') then to_jsonb(core.mask_number(record ->> e.key))
      -- Ids, times, lengths and amounts are long numbers too.
      when e.key in ('ringba_call_id', 'campaign_id', 'publisher_id', 'target_id', 'start_time_utc', 'connected_at',
        'completed_at', 'call_length_seconds', 'connected_length_seconds', 'revenue', 'payout', 'cost')
        and jsonb_typeof(e.value) in ('string', 'number') then e.value
      when jsonb_typeof(e.value) in ('null', 'boolean') then e.value
      else to_jsonb(core.mask_text(record ->> e.key))
    end), '{}')
    from jsonb_each(record) as e
  )
  else to_jsonb(core.mask_text(record #>> '{}'))
end;
comment on function core.mask_record(jsonb) is 'A record of the client''s type CallRecord with nothing personal in it.';

update core.sys_logs as s set data = jsonb_set(s.data, '{record}', to_jsonb(core.mask_text(s.data ->> 'record')))
where s.event = 'record_set_aside' and s.data ? 'record';

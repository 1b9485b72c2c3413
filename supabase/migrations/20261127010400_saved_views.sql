-- Filters of the queue that a person keeps under a name.

create function api.saved_views() returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  perform core.require('reviewer', 'admin');
  return coalesce((
    select jsonb_agg(jsonb_build_object('view_id', v.view_id, 'name', v.name, 'query', v.query) order by lower(v.name), v.view_id)
    from core.saved_views as v
    where v.user_id = auth.uid()
  ), '[]');
end
$$;
comment on function api.saved_views() is 'The asker''s own views by name (client type SavedView).';
grant execute on function api.saved_views() to authenticated;

create function api.save_view(name text, query text) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  kept core.saved_views;
begin
  perform core.require('reviewer', 'admin');
  if coalesce(save_view.name !~ '\S' or length(btrim(save_view.name)) > 100, true) then
    raise exception 'A view needs a name of 1 to 100 characters.' using errcode = 'invalid_parameter_value';
  elsif coalesce(length(save_view.query) > 2000, true) then
    raise exception 'These filters are too long to be kept.' using errcode = 'invalid_parameter_value';
  elsif (select count(*) from core.saved_views as v where v.user_id = auth.uid()) >= 100 then
    raise exception 'You have 100 views already. Delete one first.' using errcode = 'invalid_parameter_value';
  end if;
  insert into core.saved_views (user_id, name, query)
  values (auth.uid(), btrim(save_view.name), save_view.query)
  on conflict on constraint saved_view_name_once do nothing
  returning * into kept;
  if kept.view_id is null then
    raise exception 'You have a view named % already.', btrim(save_view.name) using errcode = 'invalid_parameter_value';
  end if;
  return jsonb_build_object('view_id', kept.view_id, 'name', kept.name, 'query', kept.query);
end
$$;
comment on function api.save_view(text, text) is
  'Keeps the query string of the queue page under a name that the asker has not used yet. Returns the view (client type SavedView).';
grant execute on function api.save_view(text, text) to authenticated;

create function api.delete_view(view_id bigint) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform core.require('reviewer', 'admin');
  delete from core.saved_views as v where v.view_id = delete_view.view_id and v.user_id = auth.uid();
  return found;
end
$$;
comment on function api.delete_view(bigint) is 'Deletes a view of the asker; false when there was none.';
grant execute on function api.delete_view(bigint) to authenticated;

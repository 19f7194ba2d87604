/**
 * Ends the tables of a projection: the planner takes no samples of names, addresses and what people write. It would keep them when the rows are
 * gone, and needs none: these columns are looked up by index, whatever stands in them. Columns of few, impersonal values keep their statistics.
 */
export const unsampled = `
do $$
declare
  of record;
begin
  for of in
    select c.relkind, c.relname, a.attname, a.attnum, coalesce(i.indexprs is not null, false) as computed
    from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_index i on i.indexrelid = c.oid
    where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'i') and a.attnum > 0 and not a.attisdropped
      and a.atttypid in ('text'::regtype, 'text[]'::regtype, 'jsonb'::regtype, 'tsvector'::regtype)
      and a.attname not in ('type', 'role', 'visibility', 'language', 'state', 'timeline', 'default_visibility', 'default_language', 'languages')
  loop
    if of.relkind = 'r' then
      execute format('alter table %I alter %I set statistics 0', of.relname, of.attname);
    elsif of.computed then
      execute format('alter index %I alter column %s set statistics 0', of.relname, of.attnum);
    end if;
  end loop;
end $$;
`

-- The same name as in the other schema: only search_path tells them apart.
create table things (
    id    uuid primary key default gen_random_uuid(),
    name  text not null constraint things_name_key unique,
    other text constraint things_other_check check (other <> '')
);
create function first_thing() returns text language sql stable as 'select min(name) from things';

-- A table as services have them: a sequence, a unique name, a reference.
create table things (
    id   bigserial primary key,
    name text not null constraint things_name_key unique
);
create view thing_names as select name from things;

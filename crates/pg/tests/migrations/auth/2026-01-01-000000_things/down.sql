drop view thing_names;
drop table things;

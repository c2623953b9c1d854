drop function first_thing();
drop table things;

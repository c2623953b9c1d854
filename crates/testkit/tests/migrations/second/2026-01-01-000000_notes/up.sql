-- The second text of one and the same version.
create table second_notes (text text);

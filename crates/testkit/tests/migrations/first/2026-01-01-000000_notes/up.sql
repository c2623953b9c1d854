-- The first text of one and the same version.
create table first_notes (text text);

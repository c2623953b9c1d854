drop table second_notes;

drop table first_notes;

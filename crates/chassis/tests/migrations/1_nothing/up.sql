CREATE TABLE nothing (id int PRIMARY KEY);

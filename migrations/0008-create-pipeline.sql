-- How far what people said has been read for memories, in the order of the log: position × 1000 + index of the newest event that was read. When
-- the row is lost it is read again from the start, and finds that everything is known.
create schema pipeline;

create table pipeline.cursor (
  single boolean primary key default true check (single),
  ordinal bigint not null check (ordinal >= 0)
);
insert into pipeline.cursor (ordinal) values (0);

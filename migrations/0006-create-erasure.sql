-- How far erasing has got: it follows the log by a cursor of its own, like deliveries. When these rows are lost it starts over and finds that
-- what was to be erased is gone.

create schema erasure;

-- Everything that was deleted before `position` is erased, or stands in `account`.
create table erasure.cursor (
  single boolean primary key default true check (single),
  position bigint not null check (position >= 0)
);
insert into erasure.cursor (position) values (0);

-- Accounts whose events are still to be found and erased, by the event that deleted them.
create table erasure.account (
  position bigint not null,
  index smallint not null,
  account_id bigint not null,
  -- The stream of the event, and whether the account is of this instance.
  stream text not null,
  local boolean not null,
  -- Nothing is left but the keys that still sign what other servers are told.
  erased boolean not null default false,
  primary key (position, index)
);

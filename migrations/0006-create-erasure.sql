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

-- The planner samples every column, and would keep samples of keys and ciphertexts that were destroyed, and of words that were taken back.
alter table ledger.part_key alter wrapped set statistics 0;
alter table ledger.part alter ciphertext set statistics 0;
alter table ledger.sealed_key alter sealed set statistics 0;
alter table delivery.activity alter uri set statistics 0, alter actor set statistics 0, alter body set statistics 0;
alter table delivery.message alter subject set statistics 0, alter error set statistics 0;
alter table delivery.parked alter error set statistics 0;

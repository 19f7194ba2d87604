-- The ledger. `commit` and `event` only grow; `part` and `part_key` may lose rows (erasure); `head` is the one row that moves.
-- Positions are dense leaf indices from 0; sizes count. Bytes are stored exactly as they were signed.
-- Expand only: later migrations add to these tables and never take away.

create schema ledger;

-- The tree as the database knows it, and the fence: every batch moves it from the size and epoch its writer believes in, or fails.
create table ledger.head (
  single boolean primary key default true check (single),
  origin text not null,
  size bigint not null check (size >= 0),
  root bytea not null check (octet_length(root) = 32),
  epoch bigint not null
);

create table ledger.commit (
  position bigint primary key check (position >= 0),
  id bytea not null check (octet_length(id) = 32),
  key bytea not null check (octet_length(key) = 16),
  lane smallint not null,
  seq bigint not null check (seq >= 0),
  signature bytea not null,
  -- Opens the blinded leaf of a commit that is not public; null when the leaf shows the commit itself.
  blinding bytea check (octet_length(blinding) = 32),
  bytes bytea not null,
  -- One chain per key and lane: a second commit at the same place is an equivocation and cannot be stored.
  unique (key, lane, seq)
);
create index commit_id on ledger.commit using hash (id);

create table ledger.event (
  position bigint not null,
  index smallint not null,
  revision integer not null check (revision >= 0),
  type text not null,
  stream text not null,
  primary key (position, index),
  unique (stream, revision)
);

-- Sealed payloads. `kref` names the key that opens the ciphertext; without it the part is erased.
create table ledger.part (
  position bigint not null,
  event smallint not null,
  index smallint not null,
  kref bytea not null check (octet_length(kref) = 16),
  ciphertext bytea not null,
  primary key (position, event, index)
);

create table ledger.part_key (
  kref bytea primary key,
  wrapped bytea not null
);

-- Full tiles of 256 hashes (C2SP tlog-tiles). The right edge is rebuilt from these and the newest commits.
create table ledger.tile (
  level smallint not null,
  index bigint not null,
  hashes bytea not null check (octet_length(hashes) = 8192),
  primary key (level, index)
);

create table ledger.checkpoint (
  size bigint primary key,
  note text not null
);

-- Private keys and other secrets of the instance, sealed under the instance secret, which is not in this database.
create table ledger.sealed_key (
  name text primary key,
  sealed bytea not null
);

-- digest = SHA-256(signer 0x00 client key): the append that was already done.
create table ledger.idempotency (
  digest bytea primary key,
  position bigint not null
);

create function ledger.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'ledger.% is append-only: % refused', tg_table_name, tg_op using errcode = 'restrict_violation';
end $$;

create trigger append_only before update or delete or truncate on ledger.commit for each statement execute function ledger.refuse_change();
create trigger append_only before update or delete or truncate on ledger.event for each statement execute function ledger.refuse_change();
create trigger append_only before update or delete or truncate on ledger.tile for each statement execute function ledger.refuse_change();
create trigger append_only before update or delete or truncate on ledger.checkpoint for each statement execute function ledger.refuse_change();

-- Compare and swap of the head, first statement of every batch.
create function ledger.advance(from_size bigint, at_epoch bigint, to_size bigint, to_root bytea) returns void language plpgsql as $$
begin
  update ledger.head set size = to_size, root = to_root where size = from_size and epoch = at_epoch;
  if not found then
    raise exception 'the head is not at size % in epoch %: another writer took over', from_size, at_epoch using errcode = 'serialization_failure';
  end if;
end $$;

-- Deliveries to other servers: derived from the ledger by a cursor, so that nothing is lost between an append and a send. Not facts: when these
-- tables are lost, no post is, only what was still to be sent.

create schema delivery;

-- Everything before `position` has been turned into messages; moves in the transaction that stores them.
create table delivery.cursor (
  single boolean primary key default true check (single),
  position bigint not null check (position >= 0)
);
insert into delivery.cursor (position) values (0);

-- Events that could not be turned into messages: put aside, visibly, so that the others go on.
create table delivery.parked (
  position bigint not null,
  index smallint not null,
  error text not null,
  primary key (position, index)
);

-- An activity as it is sent: rendered and proved once. `body` is dropped when nobody waits for it any more.
create table delivery.activity (
  id bigint generated always as identity primary key,
  uri text not null unique,
  -- Account id, or `instance`: whose RSA key signs the requests, and the actor it belongs to.
  signer text not null,
  actor text not null,
  body text,
  created_at timestamptz not null
);

-- One per inbox. Messages with one subject go out in their order: a post, its edits, its deletion.
create table delivery.message (
  id bigint generated always as identity primary key,
  activity_id bigint not null references delivery.activity on delete cascade,
  inbox text not null,
  host text not null,
  subject text not null,
  priority smallint not null,
  state text not null default 'waiting' check (state in ('waiting', 'delivered', 'failed')),
  attempts smallint not null default 0,
  due timestamptz not null,
  -- Of the last answer; null when there was none.
  status smallint,
  error text,
  created_at timestamptz not null,
  finished_at timestamptz,
  unique (activity_id, inbox)
);
create index message_waiting on delivery.message (host, priority, id) where state = 'waiting';
create index message_in_order on delivery.message (host, subject, id) where state = 'waiting';
create index message_of_activity on delivery.message (activity_id) where state = 'waiting';
create index message_finished on delivery.message (finished_at) where state <> 'waiting';

-- Hosts we send to: when to look at them next, and the circuit breaker.
create table delivery.host (
  host text primary key,
  next_due timestamptz,
  failures integer not null default 0,
  first_failure timestamptz,
  -- How often in a row the breaker opened; it is open until `open_until`.
  opens integer not null default 0,
  open_until timestamptz
);
create index host_next_due on delivery.host (next_due) where next_due is not null;

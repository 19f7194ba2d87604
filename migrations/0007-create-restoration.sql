-- A database that came out of a backup may be behind the log that others have seen, and would fork it if it went on. So it says what it is:
-- while there is a row here, the ledger opens read-only. The row goes when witnesses vouch for no larger log than ours, when the missing entries
-- have come back, when a new log begins with a break record, or when the operator states that nothing was published after the backup.
create table ledger.restoration (
  single boolean primary key default true check (single),
  restored_at timestamptz not null default now(),
  made_at timestamptz not null,
  -- Entries restored: fewer than known_size when only a point in time was wanted.
  size bigint not null check (size >= 0),
  -- The log as the backup knew it: its size, and its newest signed checkpoint (null when there was none).
  known_size bigint not null check (known_size >= size),
  known_note text
);

-- Witnessing, both ways. See docs/adr/0012-witnessing.md.

-- What this instance has cosigned for other logs: the one fact a witness must never forget. Replaced by compare-and-swap on size and root
-- before the cosignature leaves, so that of two requests at once one learns that it was late.
create table ledger.witnessed (
  origin text primary key,
  size bigint not null check (size >= 0),
  root bytea not null check (octet_length(root) = 32),
  -- The newest checkpoint with the signatures of its log and ours, as monitors get it.
  note text not null,
  cosigned_at timestamptz not null
);

-- Checkpoints of our own log with what its witnesses said. One for each minute in which there was one is kept: the first that covers a commit
-- proves that the commit was there by then.
create table ledger.cosigned (
  size bigint primary key check (size > 0),
  note text not null,
  -- True when the quorum of the policy of that time was met.
  witnessed boolean not null,
  cosigned_at timestamptz not null
);

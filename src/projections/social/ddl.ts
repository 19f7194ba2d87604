/**
 * Tables of the social projection. Names are unqualified: the runner creates them in the schema it is told to (`social`, or a shadow of it
 * while a rebuild runs beside the live rows). Nothing here reads a clock, a sequence or a random source, so a replay gives the same bytes.
 *
 * Rows are referred to by id without foreign keys: the fold removes dependants itself, in the same statement.
 */
import { unsampled } from '../unsampled.ts'

export const socialTables = [
  'account',
  'status',
  'status_edit',
  'status_tag',
  'favourite',
  'bookmark',
  'pin',
  'follow',
  'block',
  'mute',
  'home_entry',
  'notification',
  'media',
  'marker',
  'report',
] as const

export const socialDdl = `
create table account (
  id int8 primary key,
  username text not null,
  domain text,
  type text not null,
  uri text not null,
  url text not null,
  inbox text not null,
  shared_inbox text,
  outbox text,
  followers_uri text,
  following_uri text,
  featured_uri text,
  keys jsonb not null,
  role text,
  display_name text not null,
  note text not null,
  note_source text not null,
  fields jsonb not null,
  fields_source jsonb not null,
  avatar text,
  header text,
  locked bool not null,
  bot bool not null,
  discoverable bool not null,
  indexable bool not null,
  emojis jsonb not null,
  default_visibility text not null,
  default_sensitive bool not null,
  default_language text,
  created_at timestamptz not null,
  followers_count int4 not null default 0 check (followers_count >= 0),
  following_count int4 not null default 0 check (following_count >= 0),
  statuses_count int4 not null default 0 check (statuses_count >= 0),
  last_status_at timestamptz,
  deleted_at timestamptz,
  words tsvector generated always as (to_tsvector('simple', left(display_name || ' ' || username, 2000))) stored
) with (fillfactor = 80);
create unique index account_uri on account (uri) where deleted_at is null;

create table status (
  id int8 primary key,
  account_id int8 not null,
  uri text not null,
  url text not null,
  local bool not null,
  visibility text not null,
  text text,
  content text not null,
  spoiler_text text not null,
  sensitive bool not null,
  language text,
  media jsonb not null,
  mentions jsonb not null,
  mention_ids int8[] not null,
  tags text[] not null,
  emojis jsonb not null,
  in_reply_to_id int8,
  in_reply_to_account_id int8,
  in_reply_to_uri text,
  reblog_of_id int8,
  application jsonb,
  created_at timestamptz not null,
  edited_at timestamptz,
  replies_count int4 not null default 0 check (replies_count >= 0),
  reblogs_count int4 not null default 0 check (reblogs_count >= 0),
  favourites_count int4 not null default 0 check (favourites_count >= 0),
  position int8 not null,
  -- Part of the public timelines: public, not a boost, not a reply to somebody else.
  listed bool not null,
  words tsvector generated always as (to_tsvector('simple', left(spoiler_text || ' ' || regexp_replace(content, '<[^>]*>', ' ', 'g'), 50000))) stored
) with (fillfactor = 85);
create unique index status_uri on status (uri);
create index status_account on status (account_id, id);
create unique index status_boost on status (reblog_of_id, account_id) where reblog_of_id is not null;
create index status_reply on status (in_reply_to_id) where in_reply_to_id is not null;
create index status_orphan on status (in_reply_to_uri) where in_reply_to_uri is not null and in_reply_to_id is null;

-- Earlier bodies of an edited status; the current one is in status.
create table status_edit (
  status_id int8 not null,
  ordinal int8 not null,
  created_at timestamptz not null,
  body jsonb not null,
  primary key (status_id, ordinal)
);

create table status_tag (
  tag text collate "C" not null,
  status_id int8 not null,
  account_id int8 not null,
  -- The post is public: what is counted of a tag, without looking at posts.
  public bool not null,
  primary key (tag, status_id)
);
create index status_tag_status on status_tag (status_id);

create table favourite (
  status_id int8 not null,
  account_id int8 not null,
  uri text not null,
  ordinal int8 not null,
  primary key (status_id, account_id)
);
create index favourite_account on favourite (account_id, ordinal);

create table bookmark (
  account_id int8 not null,
  status_id int8 not null,
  ordinal int8 not null,
  primary key (account_id, status_id)
);
create index bookmark_status on bookmark (status_id);

create table pin (
  account_id int8 not null,
  status_id int8 not null,
  ordinal int8 not null,
  primary key (account_id, status_id)
);
create index pin_status on pin (status_id);

create table follow (
  account_id int8 not null,
  target_id int8 not null,
  uri text not null,
  state text not null,
  reblogs bool not null,
  notify bool not null,
  languages text[],
  -- The follower is an account of this instance.
  local bool not null,
  created_at timestamptz not null,
  ordinal int8 not null,
  primary key (account_id, target_id)
);
create index follow_target on follow (target_id, state, ordinal);
create index follow_local on follow (target_id) where local and state = 'accepted';

create table block (
  account_id int8 not null,
  target_id int8 not null,
  uri text not null,
  created_at timestamptz not null,
  ordinal int8 not null,
  primary key (account_id, target_id)
);
create index block_target on block (target_id);

create table mute (
  account_id int8 not null,
  target_id int8 not null,
  notifications bool not null,
  expires_at timestamptz,
  created_at timestamptz not null,
  ordinal int8 not null,
  primary key (account_id, target_id)
);
create index mute_target on mute (target_id);

-- Fan-out on write: one row per account of this instance that sees the status at home. origin_id: author of what is boosted.
create table home_entry (
  account_id int8 not null,
  status_id int8 not null,
  author_id int8 not null,
  origin_id int8,
  primary key (account_id, status_id)
);
create index home_entry_status on home_entry (status_id);

create table notification (
  account_id int8 not null,
  id int8 not null,
  from_account_id int8 not null,
  type text not null,
  status_id int8,
  created_at timestamptz not null,
  primary key (account_id, id)
);
create index notification_from on notification (from_account_id, account_id);
create index notification_status on notification (status_id) where status_id is not null;

create table media (
  id int8 primary key,
  account_id int8 not null,
  attachment jsonb not null,
  status_id int8,
  sha256 text not null,
  bytes int8 not null,
  created_at timestamptz not null,
  -- When the post that had it was deleted.
  detached_at timestamptz
);
create index media_account on media (account_id);
create index media_status on media (status_id) where status_id is not null;

create table marker (
  account_id int8 not null,
  timeline text not null,
  last_read_id text not null,
  version int4 not null,
  updated_at timestamptz not null,
  primary key (account_id, timeline)
);

create table report (
  id int8 primary key,
  account_id int8,
  target_id int8 not null,
  status_ids int8[] not null,
  comment text not null,
  uri text,
  forwarded bool not null,
  created_at timestamptz not null
);
${unsampled}`

/** What only readers look things up by: made once the log is folded, because filling them row by row takes several times as long. */
export const socialIndexes = `
create index if not exists account_tombstone on account (uri) where deleted_at is not null;
create index if not exists account_acct on account (lower(username) text_pattern_ops, coalesce(domain, ''));
alter index account_acct alter column 1 set statistics 0, alter column 2 set statistics 0; -- see unsampled.ts
create index if not exists account_domain on account (domain);
create index if not exists account_words on account using gin (words);
create index if not exists status_listed on status (id) where listed;
create index if not exists status_listed_local on status (id) where listed and local;
create index if not exists status_words on status using gin (words);
create index if not exists favourite_uri on favourite (uri);
create index if not exists follow_account on follow (account_id, state, ordinal);
create index if not exists follow_uri on follow (uri);
create index if not exists block_uri on block (uri);
create index if not exists media_unattached on media (coalesce(detached_at, created_at)) where status_id is null;
`

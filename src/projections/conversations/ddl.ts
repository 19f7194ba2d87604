/**
 * Tables of the conversations projection. Ids, times, counts and flags lie open; whatever says what people said, named or filed is in sealed
 * columns, and what it is looked up by is blinded, see row-cipher.ts. `ordinal`: position × 1000 + index of an event in the log.
 */
import { sealedColumns } from '../sealed.ts'
import { unsampled } from '../unsampled.ts'

export const conversationTables = ['conversation', 'message', 'asset', 'asset_use', 'import_job', 'shelf', 'shelf_item', 'share'] as const

export const conversationDdl = `
create table conversation (
  id int8 primary key,
  account_id int8 not null,
  provider text not null,
  origin text not null,
  product text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  starred bool not null,
  archived bool not null,
  temporary bool not null,
  do_not_remember bool not null,
  -- Of the event that created it, and of the newest about it or anything said in it.
  ordinal int8 not null,
  changed int8 not null,
  messages int4 not null default 0 check (messages >= 0),
  user_messages int4 not null default 0 check (user_messages >= 0),
  assistant_messages int4 not null default 0 check (assistant_messages >= 0),
  words int8 not null default 0 check (words >= 0),
  characters int8 not null default 0 check (characters >= 0),
  code_blocks int4 not null default 0 check (code_blocks >= 0),
  images int4 not null default 0 check (images >= 0),
  tool_calls int4 not null default 0 check (tool_calls >= 0),
  first_message_at timestamptz,
  last_message_at timestamptz,
  source_key text,
  project_key text,
  tag_keys text[] not null,
  -- What never changes, and what its owner or its source may change.
  sealed bytea not null,
  details bytea not null
) with (fillfactor = 70);
create index conversation_account on conversation (account_id);

-- A message has its id from its source, so only its conversation makes it one of a kind.
create table message (
  conversation_id int8 not null,
  id int8 not null,
  account_id int8 not null,
  parent_id int8,
  role text not null,
  status text not null,
  hidden bool not null,
  injected bool not null,
  created_at timestamptz,
  -- Of the event that added it, and of the newest that says what it says.
  ordinal int8 not null,
  changed int8 not null,
  words int4 not null,
  characters int4 not null,
  code_blocks int4 not null,
  images int4 not null,
  tool_calls int4 not null,
  sealed bytea not null,
  primary key (conversation_id, id)
) with (fillfactor = 90);

create table asset (
  id int8 primary key,
  account_id int8 not null,
  bytes int8 not null,
  created_at timestamptz not null,
  sealed bytea not null
);
create index asset_account on asset (account_id, id);

-- Which messages have a file; 0: the conversation itself.
create table asset_use (
  conversation_id int8 not null,
  message_id int8 not null,
  asset_id int8 not null,
  account_id int8 not null,
  primary key (conversation_id, message_id, asset_id)
);
create index asset_use_asset on asset_use (asset_id);

create table import_job (
  id int8 primary key,
  account_id int8 not null,
  via text not null,
  bytes int8 not null,
  state text not null,
  created_at timestamptz not null,
  reported_at timestamptz,
  sealed bytea not null,
  report bytea
);
create index import_job_account on import_job (account_id, id);

create table shelf (
  id int8 primary key,
  account_id int8 not null,
  kind text not null,
  parent_id int8,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  items int4 not null default 0 check (items >= 0),
  sealed bytea not null
);
create index shelf_account on shelf (account_id);

create table shelf_item (
  shelf_id int8 not null,
  kind text not null,
  item_id int8 not null,
  account_id int8 not null,
  place float8 not null,
  ordinal int8 not null,
  created_at timestamptz not null,
  sealed bytea not null,
  primary key (shelf_id, kind, item_id)
);
create index shelf_item_item on shelf_item (item_id, kind);
create index shelf_item_account on shelf_item (account_id);

create table share (
  conversation_id int8 not null,
  id int8 not null,
  account_id int8 not null,
  token_hash text not null,
  leaf_id int8,
  -- Nothing that was added later is shown.
  ordinal int8 not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  primary key (conversation_id, id)
);
create index share_token on share (token_hash);
create index share_account on share (account_id);
${sealedColumns(
  ['conversation', 'sealed'],
  ['conversation', 'details'],
  ['message', 'sealed'],
  ['asset', 'sealed'],
  ['import_job', 'sealed'],
  ['import_job', 'report'],
  ['shelf', 'sealed'],
  ['shelf_item', 'sealed'],
)}
${unsampled}`

/** What only readers look things up by. */
export const conversationIndexes = `
create index if not exists conversation_updated on conversation (account_id, updated_at, id);
create index if not exists conversation_created on conversation (account_id, created_at, id);
create index if not exists conversation_source on conversation (source_key) where source_key is not null;
create index if not exists asset_use_account on asset_use (account_id);
create index if not exists message_ordinal on message (conversation_id, ordinal);
create index if not exists message_id on message (id);
create index if not exists message_changed on message (changed);
create index if not exists message_account on message (account_id, changed);
`

/**
 * Tables of the memories projection. What was said or learnt is in sealed columns (bytea, see row-cipher.ts); what is looked up by its content is
 * in columns named `…_key`, blinded. Open are ids, moments, counts, kinds and states.
 */
import { sealedColumns } from '../sealed.ts'
import { unsampled } from '../unsampled.ts'

export const memoryTables = [
  'acu',
  'acu_written',
  'acu_link',
  'memory',
  'memory_evidence',
  'memory_dispute',
  'memory_event',
  'memory_relation',
  'memory_mark',
  'access',
  'extraction',
  'model',
  'context',
  'recipe',
] as const

export const memoryDdl = `
create table acu (
  id int8 primary key,
  account_id int8 not null,
  conversation_id int8 not null,
  message_id int8 not null,
  block int not null,
  -- Half-open, UTF-16 units of the block's text.
  start_at int not null,
  end_at int not null,
  type text not null,
  language text,
  overall real not null,
  richness real not null,
  integrity real not null,
  uniqueness real not null,
  hash_key text not null,
  rules text not null,
  ordinal int8 not null,
  -- Among the units of its event.
  place int not null
);
create index acu_message on acu (message_id);
create index acu_conversation on acu (conversation_id);

create table acu_written (
  id int8 primary key,
  account_id int8 not null,
  type text not null,
  parent_id int8,
  relation text,
  created_at timestamptz not null,
  -- { text, tags }
  sealed bytea not null,
  ordinal int8 not null
);
create index acu_written_account on acu_written (account_id, ordinal);
create index acu_written_parent on acu_written (parent_id);

create table acu_link (
  account_id int8 not null,
  source_id int8 not null,
  target_id int8 not null,
  relation text not null,
  weight real not null,
  created_at timestamptz not null,
  primary key (account_id, source_id, target_id, relation)
);
create index acu_link_target on acu_link (account_id, target_id);

create table memory (
  id int8 primary key,
  account_id int8 not null,
  type text not null,
  status text not null,
  engine text not null,
  language text,
  confidence real not null,
  importance real not null,
  sensitive bool not null,
  pinned bool not null default false,
  confirmed bool not null default false,
  observed_at timestamptz,
  recorded_at timestamptz not null,
  superseded_by int8,
  -- Until when, says what took its place.
  ended text,
  -- Some of its evidence is gone with its conversation, and nobody has drawn the consequence yet.
  stale bool not null default false,
  use_count int not null default 0,
  last_used_at timestamptz,
  -- The claim but its type and language: { category, text, subject, predicate, object, validFrom, validTo, tags }
  claim bytea not null,
  -- { derivation, members }
  origin bytea not null,
  category_key text not null,
  subject_key text not null,
  same_key text not null,
  -- Null: contradicts nothing.
  slot_key text,
  tag_keys text[] not null,
  position int8 not null,
  ordinal int8 not null
);
create index memory_account on memory (account_id, ordinal);
create index memory_same on memory (account_id, same_key);
create index memory_slot on memory (account_id, slot_key) where slot_key is not null;
create index memory_ordinal on memory (ordinal);
create index memory_stale on memory (id) where stale;

create table memory_evidence (
  memory_id int8 not null,
  account_id int8 not null,
  conversation_id int8 not null,
  message_id int8 not null,
  position int8 not null,
  block int not null,
  start_at int not null,
  end_at int not null,
  role text not null,
  stance text not null,
  -- The quote.
  sealed bytea not null,
  ordinal int8 not null,
  primary key (memory_id, message_id, block, start_at, end_at, stance)
);
create index memory_evidence_conversation on memory_evidence (conversation_id);
create index memory_evidence_message on memory_evidence (message_id);

create table memory_dispute (
  memory_id int8 not null,
  other_id int8 not null,
  primary key (memory_id, other_id)
);
create index memory_dispute_other on memory_dispute (other_id);

-- What became of a memory, in order.
create table memory_event (
  memory_id int8 not null,
  ordinal int8 not null,
  type text not null,
  at timestamptz not null,
  other_id int8,
  -- The claim as it was before a correction.
  claim bytea,
  primary key (memory_id, ordinal)
);

create table memory_relation (
  account_id int8 not null,
  source_id int8 not null,
  target_id int8 not null,
  relation text not null,
  weight real not null,
  created_at timestamptz not null,
  primary key (account_id, source_id, target_id, relation)
);
create index memory_relation_target on memory_relation (account_id, target_id);

-- What is never learnt again.
create table memory_mark (
  account_id int8 not null,
  mark text not null,
  primary key (account_id, mark)
);

create table access (
  id int8 primary key,
  account_id int8 not null,
  kind text not null,
  app_id int8,
  grant_id int8,
  what text not null,
  tokens int,
  at timestamptz not null,
  -- { name, query, conversationIds, messageIds, memoryIds }
  sealed bytea not null,
  ordinal int8 not null
);
create index access_account on access (account_id, ordinal);

create table extraction (
  id int8 primary key,
  account_id int8 not null,
  conversation_id int8 not null,
  provider text not null,
  model text not null,
  prompt text not null,
  output text not null,
  proposed int not null,
  accepted int not null,
  rejected jsonb not null,
  at timestamptz not null,
  ordinal int8 not null
);
create index extraction_account on extraction (account_id, ordinal);

create table model (
  id int8 primary key,
  account_id int8 not null,
  provider text not null,
  created_at timestamptz not null,
  -- { name, model, baseUrl, embeddingModel }
  sealed bytea not null
);
create index model_account on model (account_id);

create table context (
  account_id int8 primary key,
  changed_at timestamptz not null,
  sealed bytea not null
);

create table recipe (
  id int8 primary key,
  account_id int8 not null,
  changed_at timestamptz not null,
  -- { name, description, weights, excluded, budget }
  sealed bytea not null
);
create index recipe_account on recipe (account_id);
${sealedColumns(
  ['acu_written', 'sealed'],
  ['memory', 'claim'],
  ['memory', 'origin'],
  ['memory_evidence', 'sealed'],
  ['memory_event', 'claim'],
  ['access', 'sealed'],
  ['model', 'sealed'],
  ['context', 'sealed'],
  ['recipe', 'sealed'],
)}
${unsampled}`

/** The fold never asks by these. */
export const memoryIndexes = `
create index if not exists acu_hash on acu (account_id, hash_key);
create index if not exists acu_account_type on acu (account_id, type, ordinal);
`

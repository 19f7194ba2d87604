/** Atomic chat units: spans of messages, units that people wrote, links. What is cut anew replaces what was cut before. */
import type { Acu, MemoryEvents } from '../../events/memories.ts'
import { type Statement, type Statements, silent } from '../fold.ts'
import type { RowCipher } from '../row-cipher.ts'
import { hashKey } from './keys.ts'

const spansOf = (conversationId: string): string => `acus ${conversationId}`

const segment = (cipher: RowCipher): Statement<'acu:segment'> => ({
  columns: '"accountId" int8, "conversationId" int8, rules text, acus jsonb',
  row: ({ accountId, conversationId, rules, acus }: MemoryEvents['acu:segment']) => ({
    accountId,
    conversationId,
    rules,
    acus: acus.map(({ hash, quality, ...acu }: Acu, place) => ({ ...acu, ...quality, place, key: hashKey(cipher, accountId, hash) })),
  }),
  together: ({ conversationId }) => ({ makes: [spansOf(conversationId)] }),
  text: `,
  a as (
    select distinct on (x.id) e."accountId", e."conversationId", e.rules, e.ordinal, x.* from e, jsonb_to_recordset(e.acus) as x(
      id int8, "messageId" int8, block int, start int, "end" int, type text, language text,
      overall real, richness real, integrity real, uniqueness real, place int, key text)),
  replaced as (
    delete from acu o using (select distinct "messageId" as id from a) m where o.message_id = m.id and not exists (select from a where a.id = o.id)),
  made as (
    insert into acu (id, account_id, conversation_id, message_id, block, start_at, end_at, type, language,
      overall, richness, integrity, uniqueness, hash_key, rules, ordinal, place)
    select id, "accountId", "conversationId", "messageId", block, start, "end", type, language,
      overall, richness, integrity, uniqueness, key, rules, ordinal, place from a
    on conflict (id) do update set type = excluded.type, language = excluded.language, overall = excluded.overall, richness = excluded.richness,
      integrity = excluded.integrity, uniqueness = excluded.uniqueness, hash_key = excluded.hash_key, rules = excluded.rules)
  ${silent}`,
})

/** The words are others now: what was cut of the old ones says nothing. */
const changed: Statement<'message:update'> = {
  columns: 'id int8',
  row: ({ id }: { readonly id: string }) => ({ id }),
  together: ({ conversationId }) => ({ makes: [spansOf(conversationId)] }),
  text: `, gone as (delete from acu a using e where a.message_id = e.id) ${silent}`,
}

const write = (cipher: RowCipher): Statement<'acu:create'> => ({
  columns: 'id int8, "accountId" int8, type text, "parentId" int8, relation text, at timestamptz, sealed text',
  row: ({ text, tags, ...rest }: MemoryEvents['acu:create']) => ({ ...rest, sealed: cipher.seal({ text, tags }) }),
  text: `, made as (
    insert into acu_written (id, account_id, type, parent_id, relation, created_at, sealed, ordinal)
    select id, "accountId", type, "parentId", relation, at, decode(sealed, 'base64'), ordinal from e on conflict do nothing) ${silent}`,
})

const remove: Statement<'acu:delete'> = {
  columns: 'id int8',
  text: `,
  gone as (delete from acu_written w using e where w.id = e.id),
  unlinked as (delete from acu_link l using e where l.source_id = e.id or l.target_id = e.id) ${silent}`,
}

const link: Statement<'acu:link'> = {
  columns: '"accountId" int8, "sourceId" int8, "targetId" int8, relation text, weight real, at timestamptz',
  text: `, made as (
    insert into acu_link (account_id, source_id, target_id, relation, weight, created_at)
    select "accountId", "sourceId", "targetId", relation, weight, at from e
    on conflict (account_id, source_id, target_id, relation) do update set weight = excluded.weight) ${silent}`,
}

const unlink: Statement<'acu:unlink'> = {
  columns: '"accountId" int8, "sourceId" int8, "targetId" int8, relation text',
  text: `, gone as (
    delete from acu_link l using e
    where l.account_id = e."accountId" and l.source_id = e."sourceId" and l.target_id = e."targetId" and l.relation = e.relation) ${silent}`,
}

export const acuStatements = (cipher: RowCipher): Statements => ({
  'acu:segment': segment(cipher),
  'message:update': changed,
  'acu:create': write(cipher),
  'acu:delete': remove,
  'acu:link': link,
  'acu:unlink': unlink,
})

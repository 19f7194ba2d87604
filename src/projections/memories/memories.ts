/** Memories: recorded, supported, disputed, corrected, forgotten. The states follow src/handlers/memory.ts. */
import type { Claim, Evidence, MemoryEvents } from '../../events/memories.ts'
import { type Statement, type Statements, silent } from '../fold.ts'
import type { RowCipher } from '../row-cipher.ts'
import { categoryKey, sameKey, slotKey, subjectKey, tagKey } from './keys.ts'

const changed = (table: string, gone = false): string =>
  `select jsonb_build_object('kind', 'memory', 'memoryId', c.id::text, 'accountId', c.account_id::text, 'gone', ${gone}) as change from ${table} c order by c.id`

/** Evidence from a conversation, for ties: it comes in any order, and goes with the conversation. */
export const evidenceOf = (conversationId: string): string => `evidence ${conversationId}`
const ties = ({ id, evidence }: { readonly id: string; readonly evidence: readonly Evidence[] }) => ({
  makes: [`memory ${id}`],
  adds: evidence.map(({ conversationId }) => evidenceOf(conversationId)),
})

/** Columns that a claim makes. */
const claimColumns = `type text, language text, claim text, "categoryKey" text, "subjectKey" text, "sameKey" text, "slotKey" text, "tagKeys" text[]`
function claimRow(cipher: RowCipher, accountId: string, { type, language, ...rest }: Claim) {
  return {
    type,
    language,
    claim: cipher.seal(rest),
    categoryKey: categoryKey(cipher, accountId, rest.category),
    subjectKey: subjectKey(cipher, accountId, rest.subject),
    sameKey: sameKey(cipher, accountId, rest),
    slotKey: slotKey(cipher, accountId, rest),
    tagKeys: rest.tags.map((tag) => tagKey(cipher, accountId, tag)),
  }
}

const evidenceRows = (cipher: RowCipher, evidence: readonly Evidence[]) =>
  evidence.map(({ quote, ...place }) => ({ ...place, sealed: cipher.seal(quote) }))

const insertEvidence = (id: string): string => `
    insert into memory_evidence (memory_id, account_id, conversation_id, message_id, position, block, start_at, end_at, role, stance, sealed, ordinal)
    select distinct on (${id}, x."messageId", x.block, x.start, x."end", x.stance)
      ${id}, e."accountId", x."conversationId", x."messageId", x.position, x.block, x.start, x."end", x.role, x.stance, decode(x.sealed, 'base64'), e.ordinal
    from e, jsonb_to_recordset(e.evidence) as x("conversationId" int8, "messageId" int8, position int8, block int, start int, "end" int,
      role text, stance text, sealed text)`

/** What became of it, told to its owner. */
const noted = (type: string, other = 'null', from = 'e', claim = 'null'): string =>
  `noted as (insert into memory_event (memory_id, ordinal, type, at, other_id, claim)
    select e.id, e.ordinal, '${type}', e.at, ${other}::int8, ${claim}::bytea from ${from} on conflict do nothing)`

const record = (cipher: RowCipher): Statement<'memory:record'> => ({
  columns: `id int8, "accountId" int8, ${claimColumns}, status text, engine text, confidence real, importance real, sensitive bool,
    "observedAt" timestamptz, origin text, evidence jsonb, at timestamptz`,
  row: (data: MemoryEvents['memory:record']) => {
    const { id, accountId, status, confidence, importance, sensitive, observedAt, evidence, derivation, members, at, ...claim } = data
    return {
      ...claimRow(cipher, accountId, claim),
      id,
      accountId,
      status,
      confidence,
      importance,
      sensitive,
      observedAt,
      at,
      engine: derivation.engine,
      origin: cipher.seal({ derivation, members }),
      evidence: evidenceRows(cipher, evidence),
    }
  },
  together: ties,
  text: `,
  made as (
    insert into memory (id, account_id, type, status, engine, language, confidence, importance, sensitive, confirmed, observed_at, recorded_at,
      claim, origin, category_key, subject_key, same_key, slot_key, tag_keys, position, ordinal)
    select id, "accountId", type, status, engine, language, confidence, importance, sensitive, engine = 'person', "observedAt", at,
      decode(claim, 'base64'), decode(origin, 'base64'), "categoryKey", "subjectKey", "sameKey", "slotKey", "tagKeys", position, ordinal from e
    on conflict do nothing returning id, account_id),
  rests as (${insertEvidence('e.id')} on conflict do nothing),
  ${noted('record')}`,
  changes: changed('made'),
})

const support = (cipher: RowCipher): Statement<'memory:support'> => ({
  columns: 'id int8, "accountId" int8, evidence jsonb, supports bool, at timestamptz',
  row: ({ id, accountId, evidence, at }: MemoryEvents['memory:support']) => ({
    id,
    accountId,
    at,
    evidence: evidenceRows(cipher, evidence),
    supports: evidence.some(({ stance }) => stance === 'supports'),
  }),
  together: ties,
  text: `,
  rests as (${insertEvidence('e.id')} on conflict do nothing),
  made as (
    update memory m set status = case when e.supports and m.status = 'candidate' and m.engine = 'rules' then 'active' else m.status end
    from e where m.id = e.id returning m.id, m.account_id),
  ${noted('support')}`,
  changes: changed('made'),
})

const supersede: Statement<'memory:supersede'> = {
  columns: 'id int8, by int8, "validTo" text, at timestamptz',
  text: `,
  settled as (delete from memory_dispute d using e where d.memory_id = e.id and d.other_id = e.by),
  made as (
    update memory m set status = 'superseded', superseded_by = e.by, ended = e."validTo" from e where m.id = e.id returning m.id, m.account_id),
  ${noted('supersede', 'e.by')}`,
  changes: changed('made'),
}

const dispute: Statement<'memory:dispute'> = {
  columns: 'id int8, "with" int8, at timestamptz',
  text: `,
  put as (insert into memory_dispute (memory_id, other_id) select id, "with" from e on conflict do nothing),
  made as (update memory m set status = 'disputed' from e where m.id = e.id returning m.id, m.account_id),
  ${noted('dispute', 'e."with"')}`,
  changes: changed('made'),
}

/** Whether anything but `other` still says otherwise. */
const standing = (other: string): string =>
  `case when exists (select from memory_dispute d where d.memory_id = m.id and d.other_id is distinct from ${other}) then 'disputed' else 'active' end`

const resolve: Statement<'memory:resolve'> = {
  columns: 'id int8, "with" int8, "as" text, at timestamptz',
  text: `,
  settled as (delete from memory_dispute d using e where d.memory_id = e.id and d.other_id = e."with"),
  made as (
    update memory m set status = case when m.status in ('disputed', 'active') then ${standing('e."with"')} else m.status end
    from e where m.id = e.id returning m.id, m.account_id),
  ${noted('resolve', 'e."with"')}`,
  changes: changed('made'),
}

const believed = `status = case when m.status = 'candidate' then 'active' else m.status end, confirmed = true`

const confirm: Statement<'memory:confirm'> = {
  columns: 'id int8, at timestamptz',
  text: `, made as (update memory m set ${believed} from e where m.id = e.id returning m.id, m.account_id), ${noted('confirm')}`,
  changes: changed('made'),
}

const correct = (cipher: RowCipher): Statement<'memory:correct'> => ({
  columns: `id int8, ${claimColumns}, at timestamptz`,
  row: ({ id, accountId, claim, at }: MemoryEvents['memory:correct']) => ({ ...claimRow(cipher, accountId, claim), id, at }),
  text: `,
  made as (
    update memory m set ${believed}, type = e.type, language = e.language, claim = decode(e.claim, 'base64'), category_key = e."categoryKey",
      subject_key = e."subjectKey", same_key = e."sameKey", slot_key = e."slotKey", tag_keys = e."tagKeys"
    from e where m.id = e.id returning m.id, m.account_id),
  ${noted('correct', 'null', 'e join memory m on m.id = e.id', 'm.claim')}`,
  changes: changed('made'),
})

const mark = (
  type: 'pin' | 'unpin' | 'archive' | 'restore',
  set: string,
): Statement<'memory:pin' | 'memory:unpin' | 'memory:archive' | 'memory:restore'> => ({
  columns: 'id int8, at timestamptz',
  text: `, made as (update memory m set ${set} from e where m.id = e.id returning m.id, m.account_id), ${noted(type)}`,
  changes: changed('made'),
})

/** Nothing of it stays but marks that say nothing, and whoever disagreed with it stands alone. */
const forget: Statement<'memory:forget'> = {
  columns: 'id int8, "accountId" int8, marks text[]',
  text: `,
  kept as (insert into memory_mark (account_id, mark) select distinct e."accountId", mark from e, unnest(e.marks) as mark on conflict do nothing),
  disowned as (delete from memory_evidence x using e where x.memory_id = e.id),
  silenced as (delete from memory_event x using e where x.memory_id = e.id),
  unrelated as (delete from memory_relation r using e where r.source_id = e.id or r.target_id = e.id),
  settled as (delete from memory_dispute d using e where d.memory_id = e.id or d.other_id = e.id returning d.memory_id, d.other_id),
  alone as (
    update memory m set status = ${standing('e.id')} from e join settled s on s.other_id = e.id
    where m.id = s.memory_id and m.id <> e.id and m.status = 'disputed'),
  gone as (delete from memory m using e where m.id = e.id returning m.id, m.account_id)`,
  changes: changed('gone', true),
}

const relate: Statement<'memory:relate'> = {
  columns: '"accountId" int8, "sourceId" int8, "targetId" int8, relation text, weight real, at timestamptz',
  text: `, made as (
    insert into memory_relation (account_id, source_id, target_id, relation, weight, created_at)
    select e."accountId", e."sourceId", e."targetId", e.relation, e.weight, e.at
    from e join memory s on s.id = e."sourceId" and s.account_id = e."accountId" join memory t on t.id = e."targetId" and t.account_id = e."accountId"
    on conflict (account_id, source_id, target_id, relation) do update set weight = excluded.weight) ${silent}`,
}

const unrelate: Statement<'memory:unrelate'> = {
  columns: '"accountId" int8, "sourceId" int8, "targetId" int8, relation text',
  text: `, gone as (
    delete from memory_relation r using e
    where r.account_id = e."accountId" and r.source_id = e."sourceId" and r.target_id = e."targetId" and r.relation = e.relation) ${silent}`,
}

export const memoryStatements = (cipher: RowCipher): Statements => ({
  'memory:record': record(cipher),
  'memory:support': support(cipher),
  'memory:supersede': supersede,
  'memory:dispute': dispute,
  'memory:resolve': resolve,
  'memory:confirm': confirm,
  'memory:correct': correct(cipher),
  'memory:pin': mark('pin', 'pinned = true'),
  'memory:unpin': mark('unpin', 'pinned = false'),
  'memory:archive': mark('archive', `status = 'archived'`),
  'memory:restore': mark('restore', `status = ${standing('null')}, superseded_by = null, ended = null`),
  'memory:forget': forget,
  'memory:relate': relate,
  'memory:unrelate': unrelate,
})

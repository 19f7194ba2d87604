/** What surrounds memories: who read them, what models proposed, the models, the settings of context, recipes; and what goes with a conversation or an account. */
import type { MemoryEvents } from '../../events/memories.ts'
import { type Statement, type Statements, silent } from '../fold.ts'
import type { RowCipher } from '../row-cipher.ts'
import { memoryTables } from './ddl.ts'
import { evidenceOf } from './memories.ts'

/** What is read is remembered better. */
const access = (cipher: RowCipher): Statement<'memory:access'> => ({
  columns: `id int8, "accountId" int8, kind text, "appId" int8, "grantId" int8, what text, tokens int, "memoryIds" int8[], at timestamptz, sealed text`,
  row: (data: MemoryEvents['memory:access']) => {
    const { reader, query, conversationIds, messageIds, memoryIds, ...rest } = data
    const { kind, appId, grantId, name } = reader
    return { ...rest, kind, appId, grantId, memoryIds, sealed: cipher.seal({ name, query, conversationIds, messageIds, memoryIds }) }
  },
  text: `,
  made as (
    insert into access (id, account_id, kind, app_id, grant_id, what, tokens, at, sealed, ordinal)
    select id, "accountId", kind, "appId", "grantId", what, tokens, at, decode(sealed, 'base64'), ordinal from e on conflict do nothing returning id),
  used as (
    update memory m set use_count = m.use_count + 1, last_used_at = u.at
    from (select distinct e."accountId", e.at, unnest(e."memoryIds") as id from e join made on made.id = e.id) u
    where m.id = u.id and m.account_id = u."accountId") ${silent}`,
})

const extraction: Statement<'extraction:report'> = {
  columns: `id int8, "accountId" int8, "conversationId" int8, provider text, model text, prompt text, output text, proposed int, accepted int,
    rejected jsonb, at timestamptz`,
  text: `, made as (
    insert into extraction (id, account_id, conversation_id, provider, model, prompt, output, proposed, accepted, rejected, at, ordinal)
    select id, "accountId", "conversationId", provider, model, prompt, output, proposed, accepted, rejected, at, ordinal from e on conflict do nothing)
  ${silent}`,
}

const addModel = (cipher: RowCipher): Statement<'model:add'> => ({
  columns: 'id int8, "accountId" int8, provider text, at timestamptz, sealed text',
  row: ({ id, accountId, provider, at, ...rest }: MemoryEvents['model:add']) => ({ id, accountId, provider, at, sealed: cipher.seal(rest) }),
  text: `, made as (
    insert into model (id, account_id, provider, created_at, sealed) select id, "accountId", provider, at, decode(sealed, 'base64') from e
    on conflict do nothing) ${silent}`,
})

const remove = (table: 'model' | 'recipe'): Statement<'model:remove' | 'recipe:delete'> => ({
  columns: 'id int8',
  text: `, gone as (delete from ${table} x using e where x.id = e.id) ${silent}`,
})

const settings = (cipher: RowCipher): Statement<'context:settings'> => ({
  columns: '"accountId" int8, at timestamptz, sealed text',
  row: ({ accountId, at, settings }: MemoryEvents['context:settings']) => ({ accountId, at, sealed: cipher.seal(settings) }),
  text: `, made as (
    insert into context (account_id, changed_at, sealed) select "accountId", at, decode(sealed, 'base64') from e
    on conflict (account_id) do update set changed_at = excluded.changed_at, sealed = excluded.sealed) ${silent}`,
})

const saveRecipe = (cipher: RowCipher): Statement<'recipe:save'> => ({
  columns: 'id int8, "accountId" int8, at timestamptz, sealed text',
  row: ({ id, accountId, at, ...rest }: MemoryEvents['recipe:save']) => ({ id, accountId, at, sealed: cipher.seal(rest) }),
  text: `, made as (
    insert into recipe (id, account_id, changed_at, sealed) select id, "accountId", at, decode(sealed, 'base64') from e
    on conflict (id) do update set changed_at = excluded.changed_at, sealed = excluded.sealed) ${silent}`,
})

/** Spans and quotes go with what they were taken from. */
const forgetConversation: Statement<'conversation:delete'> = {
  columns: 'id int8',
  together: ({ id }) => ({ makes: [`acus ${id}`, evidenceOf(id)] }),
  text: `,
  uncut as (delete from acu a using e where a.conversation_id = e.id),
  unquoted as (delete from memory_evidence x using e where x.conversation_id = e.id returning x.memory_id),
  doubted as (update memory m set stale = true from (select distinct memory_id as id from unquoted) u where m.id = u.id),
  unreported as (delete from extraction x using e where x.conversation_id = e.id) ${silent}`,
}

const ofMemories = new Set<string>(['memory_dispute', 'memory_event'])

/** Everything of theirs. */
const forgetAccount: Statement<'identity:delete' | 'identity:erase'> = {
  columns: 'id int8',
  text: `,
  theirs as (select m.id from memory m join e on m.account_id = e.id),
  undisputed as (delete from memory_dispute d using theirs t where d.memory_id = t.id),
  unnoted as (delete from memory_event x using theirs t where x.memory_id = t.id),
  ${memoryTables
    .filter((table) => !ofMemories.has(table))
    .map((table) => `gone_${table} as (delete from ${table} x using e where x.account_id = e.id)`)
    .join(',\n  ')}
  ${silent}`,
}

export const vaultStatements = (cipher: RowCipher): Statements => ({
  'memory:access': access(cipher),
  'extraction:report': extraction,
  'model:add': addModel(cipher),
  'model:remove': remove('model'),
  'context:settings': settings(cipher),
  'recipe:save': saveRecipe(cipher),
  'recipe:delete': remove('recipe'),
  'conversation:delete': forgetConversation,
  'identity:delete': forgetAccount,
  'identity:erase': forgetAccount,
})

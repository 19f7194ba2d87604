/** Messages: one row each, sealed, with what they add to the counters of their conversation. */
import type { Message } from '../../events/conversations.ts'
import type { Statement, Statements } from '../fold.ts'
import type { RowCipher } from '../row-cipher.ts'
import type { Ties } from '../runs.ts'
import { assetsOf, countsOf } from './counts.ts'

/** Everything of a message that is no id, time, flag or number. */
export type SealedMessage = Omit<Message, 'id' | 'conversationId' | 'accountId' | 'parentId' | 'role' | 'status' | 'hidden' | 'injected'>

const columns = `id int8, "conversationId" int8, "accountId" int8, "parentId" int8, role text, status text, hidden bool, injected bool, created timestamptz,
  words int4, characters int4, code_blocks int4, images int4, tool_calls int4, assets int8[], sealed text`

const together = ({ id, conversationId }: Message): Ties => ({
  makes: [`message ${conversationId} ${id}`],
  needs: [`conversation ${conversationId}`],
})

const rowOf =
  (cipher: RowCipher) =>
  ({ id, conversationId, accountId, parentId, role, status, hidden, injected, ...said }: Message) => {
    const sealed: SealedMessage = said
    return {
      id,
      conversationId,
      accountId,
      parentId,
      role,
      status,
      hidden,
      injected,
      created: said.createdAt.value,
      ...countsOf(said.blocks),
      assets: assetsOf(said.blocks, said),
      sealed: cipher.seal(sealed),
    }
  }

const COUNTED = ['words', 'characters', 'code_blocks', 'images', 'tool_calls'] as const
const numbers = COUNTED.join(', ')

const used = (table: string): string => `
  used as (
    insert into asset_use (conversation_id, message_id, asset_id, account_id)
    select e."conversationId", e.id, a.id, e."accountId" from ${table} x join e on e."conversationId" = x.conversation_id and e.id = x.id,
      unnest(e.assets) a(id)
    on conflict do nothing)`

const changes = `select jsonb_build_object('kind', 'conversation', 'conversationId', x.id::text, 'accountId', x.account_id::text, 'gone', false) as change
  from counted x order by x.id`

const add = (cipher: RowCipher): Statement<'message:add'> => ({
  columns,
  together,
  row: rowOf(cipher),
  text: `, added as (
    insert into message (conversation_id, id, account_id, parent_id, role, status, hidden, injected, created_at, ordinal, changed, ${numbers}, sealed)
    select e."conversationId", e.id, e."accountId", e."parentId", e.role, e.status, e.hidden, e.injected, e.created, e.ordinal, e.ordinal,
      ${COUNTED.map((name) => `e.${name}`).join(', ')}, decode(e.sealed, 'base64')
    from e join conversation c on c.id = e."conversationId" and c.account_id = e."accountId"
    on conflict do nothing returning conversation_id, id, role, created_at, ordinal, ${numbers}),
  ${used('added')},
  counted as (
    update conversation c set messages = c.messages + t.messages, user_messages = c.user_messages + t.users, assistant_messages = c.assistant_messages + t.assistants,
      ${COUNTED.map((name) => `${name} = c.${name} + t.${name}`).join(', ')}, changed = greatest(c.changed, t.changed),
      first_message_at = least(c.first_message_at, t.first), last_message_at = greatest(c.last_message_at, t.last), updated_at = greatest(c.updated_at, t.last)
    from (
      select conversation_id, count(*)::int as messages, count(*) filter (where role = 'user')::int as users, count(*) filter (where role = 'assistant')::int as assistants,
        ${COUNTED.map((name) => `sum(${name})::int as ${name}`).join(', ')}, max(ordinal) as changed, min(created_at) as first, max(created_at) as last
      from added group by conversation_id) t
    where c.id = t.conversation_id returning c.id, c.account_id)`,
  changes,
})

/** The row keeps its place among the others; the counters move by the difference. Files that it shows no more are shown no more. */
const update = (cipher: RowCipher): Statement<'message:update'> => ({
  columns,
  together,
  row: rowOf(cipher),
  text: `, before as (select m.conversation_id, m.id, m.role, ${COUNTED.map((name) => `m.${name}`).join(', ')} from message m join e on m.conversation_id = e."conversationId" and m.id = e.id),
  changed as (
    update message m set parent_id = e."parentId", role = e.role, status = e.status, hidden = e.hidden, injected = e.injected, created_at = e.created, changed = e.ordinal,
      ${COUNTED.map((name) => `${name} = e.${name}`).join(', ')}, sealed = decode(e.sealed, 'base64')
    from e where m.conversation_id = e."conversationId" and m.id = e.id returning m.conversation_id, m.id),
  unused as (
    delete from asset_use u using e where u.conversation_id = e."conversationId" and u.message_id = e.id and u.asset_id <> all (e.assets)),
  ${used('changed')},
  counted as (
    update conversation c set user_messages = c.user_messages + t.users, assistant_messages = c.assistant_messages + t.assistants,
      ${COUNTED.map((name) => `${name} = c.${name} + t.${name}`).join(', ')}, changed = greatest(c.changed, t.changed),
      first_message_at = least(c.first_message_at, t.first), last_message_at = greatest(c.last_message_at, t.last), updated_at = greatest(c.updated_at, t.last)
    from (
      select b.conversation_id, (count(*) filter (where e.role = 'user') - count(*) filter (where b.role = 'user'))::int as users,
        (count(*) filter (where e.role = 'assistant') - count(*) filter (where b.role = 'assistant'))::int as assistants,
        ${COUNTED.map((name) => `sum(e.${name} - b.${name})::int as ${name}`).join(', ')}, max(e.ordinal) as changed, min(e.created) as first, max(e.created) as last
      from before b join e on e."conversationId" = b.conversation_id and e.id = b.id group by b.conversation_id) t
    where c.id = t.conversation_id returning c.id, c.account_id)`,
  changes,
})

export const messageStatements = (cipher: RowCipher): Statements => ({ 'message:add': add(cipher), 'message:update': update(cipher) })

/** Messages: read one by one and page by page, added to a conversation, and taken along into another one. */
import { z } from 'zod'
import type { Conversation } from '../../events/conversations.ts'
import { idOf } from '../../events/identifiers.ts'
import { branchOf, branchUpTo } from '../../projections/read/branches.ts'
import { type ConversationRow, conversationById } from '../../projections/read/conversations.ts'
import { type MessageRow, messageById, messagesOf } from '../../projections/read/messages.ts'
import { call } from './call.ts'
import { conversationSummary, exactly, messageJson } from './conversation-views.ts'
import { addMessage, EMPTY, keyedId } from './new-messages.ts'
import { assertMessageIn, ownConversation, ownMessage, performAll, readBack, type VaultDeps } from './owned.ts'
import { cursor, cursorOf, limit, readCursor } from './parameters.ts'
import { ConversationSummary, Fork, Message, NewMessage } from './schema-conversations.ts'
import type { Serve } from './serve.ts'

const list = call({
  method: 'GET',
  path: '/conversations/:id/messages',
  tag: 'Conversations',
  summary: 'Everything said in a conversation, every branch, in the order it was recorded',
  scopes: ['memory:read'],
  query: z.strictObject({ limit: limit(100, 500), cursor }),
  answer: z.array(Message),
  paged: true,
  reads: (answer) => ({ conversationIds: answer.slice(0, 1).map((message) => message.conversationId), messageIds: answer.map(({ id }) => id) }),
})

const show = call({
  method: 'GET',
  path: '/messages/:id',
  tag: 'Conversations',
  summary: 'One message',
  scopes: ['memory:read'],
  answer: Message,
  tagged: true,
  reads: ({ id, conversationId }) => ({ conversationIds: [conversationId], messageIds: [id] }),
})

const add = call({
  method: 'POST',
  path: '/conversations/:id/messages',
  tag: 'Conversations',
  summary: 'Continue a conversation',
  description: 'Whoever answers a message that has an answer already begins a branch, which is then the shown one. With an `Idempotency-Key`, once.',
  scopes: ['memory:write'],
  body: NewMessage,
  bodyLimit: 4 << 20,
  answer: Message,
  status: 201,
  reads: 'nothing',
})

const fork = call({
  method: 'POST',
  path: '/conversations/:id/fork',
  tag: 'Conversations',
  summary: 'Go on elsewhere: a new conversation with what was said up to a message',
  scopes: ['memory:read', 'memory:write'],
  body: Fork,
  answer: ConversationSummary,
  status: 201,
  reads: ({ id }) => ({ conversationIds: [id] }),
})

export const messageCalls = [list, show, add, fork]

export function registerMessages(serve: Serve, deps: VaultDeps): void {
  const { pool, vault } = deps

  serve(list, async ({ account, ids, query, next }) => {
    await ownConversation(deps, account.id, ids.id)
    const after = query.cursor === undefined ? -1 : readCursor(z.tuple([z.int()]), query.cursor)[0]
    const found = await messagesOf(pool, vault.cipher, ids.id, { after, limit: query.limit })
    const last = found.length === query.limit ? found.at(-1) : undefined
    next(last === undefined ? null : cursorOf(last.ordinal))
    return found.map(messageJson)
  })

  serve(show, async ({ account, ids }) => messageJson(await ownMessage(deps, account.id, ids.id)))

  serve(add, async ({ account, ids, body, request }) => {
    const row = await ownConversation(deps, account.id, ids.id)
    const { parentId, ...words } = body
    if (parentId != null) await assertMessageIn(deps, row, parentId, 'parentId')
    const id = keyedId(deps, account.id, request, 'message')
    const before = await messagesOf(pool, vault.cipher, row.id)
    const said = before.find((message) => message.id === id)
    if (said !== undefined) return messageJson(said) // the same request once more
    const end = branchOf(before, row.activeLeafId).at(-1)?.id ?? null
    const to = { id, conversationId: row.id, accountId: account.id, parentId: parentId === undefined ? end : parentId }
    const command = addMessage(deps, words, to)
    const aside = row.activeLeafId !== null && to.parentId !== end
    await performAll(deps, account.id, aside ? [command, shown(row, id)] : [command])
    return messageJson(await readBack(messageById(pool, vault.cipher, account.id, id)))
  })

  serve(fork, async ({ account, ids, body, request, reply }) => {
    const row = await ownConversation(deps, account.id, ids.id)
    if (body.messageId !== null) await assertMessageIn(deps, row, body.messageId, 'messageId')
    const all = await messagesOf(pool, vault.cipher, row.id)
    const id = keyedId(deps, account.id, request, 'fork')
    const end = (await conversationById(pool, vault.cipher, account.id, id))?.forkedFrom?.messageId ?? body.messageId // as the same request had it before
    const taken = end === null ? branchOf(all, row.activeLeafId) : branchUpTo(all, end)
    const made = forkOf(row, { id, title: body.title, messageId: taken.at(-1)?.id ?? null, at: new Date(deps.now()).toISOString() })
    await performAll(deps, account.id, [{ do: 'CreateConversation', data: made }, ...taken.map((message) => copyOf(message, id))])
    reply.header('location', request.url.replace(/\/[^/]+\/fork.*$/, `/${id}`))
    return conversationSummary(await readBack(conversationById(pool, vault.cipher, account.id, id)))
  })

  /** The branch that ends here is the shown one. */
  const shown = ({ id, accountId, title, titleSource, tags, starred, archived, updatedAt }: ConversationRow, leafId: string) => {
    const details = { title, titleSource, tags, starred, archived, activeLeafId: leafId, updatedAt }
    return { do: 'UpdateConversation', data: { id, accountId, ...details, at: new Date(deps.now()).toISOString() } } as const
  }
}

type ForkOptions = { readonly id: string; readonly title: string | undefined; readonly messageId: string | null; readonly at: string }

function forkOf(row: ConversationRow, { id, title = row.title, messageId, at }: ForkOptions): Conversation {
  const { accountId, tags, model, temporary, doNotRemember } = row
  return {
    ...EMPTY,
    id,
    accountId,
    title,
    titleSource: title === row.title ? row.titleSource : 'person',
    tags,
    model,
    temporary,
    doNotRemember,
    origin: 'fork',
    createdAt: exactly(at),
    updatedAt: exactly(at),
    forkedFrom: { conversationId: row.id, messageId },
    at,
  }
}

/** The same message in another conversation; where it was found stays with the original. */
function copyOf({ index: _index, ordinal: _ordinal, position: _position, ...message }: MessageRow, conversationId: string) {
  const at = (id: string): string => idOf('fork', conversationId, id)
  const parentId = message.parentId === null ? null : at(message.parentId)
  return {
    do: 'AddMessage',
    data: { ...message, id: at(message.id), conversationId, parentId, source: null, extra: { copyOf: message.id } },
  } as const
}

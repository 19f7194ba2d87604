/** `/conversations`: found, made, changed, forked and deleted. */
import { z } from 'zod'
import type { ConversationDetails } from '../../events/conversations.ts'
import { type ConversationRow, conversationById, conversations, sharesOf } from '../../projections/read/conversations.ts'
import { messagesOf } from '../../projections/read/messages.ts'
import { call } from './call.ts'
import { conversationsSaying } from './conversation-search.ts'
import { conversationDetail, conversationSummary } from './conversation-views.ts'
import { deleteConversation } from './deletion.ts'
import { newConversation } from './new-messages.ts'
import { assertMessageIn, ownConversation, performAll, readBack, type VaultDeps } from './owned.ts'
import { cursor, cursorOf, flag, given, limit, moment, readCursor } from './parameters.ts'
import { ConversationChange, ConversationDetail, ConversationSummary, NewConversation } from './schema-conversations.ts'
import type { Serve } from './serve.ts'

const MANY = { usual: 40, most: 200 } as const
const word = z.string().max(200).optional()

const list = call({
  method: 'GET',
  path: '/conversations',
  tag: 'Conversations',
  summary: 'Conversations, the newest first',
  scopes: ['memory:read'],
  query: z.strictObject({
    q: z.string().min(1).max(500).optional().describe('Words that were said in them: then the best come first, and there is one page'),
    provider: word,
    origin: z.enum(['import', 'capture', 'chat', 'api', 'fork']).optional(),
    archived: flag.optional().describe('Only archived ones, or only others; both when absent'),
    starred: flag.optional(),
    tag: word,
    project: word.describe('The project’s id at its source or, when it has none, its name'),
    since: moment.optional().describe('Of what it is ordered by; half-open'),
    until: moment.optional(),
    order: z.enum(['updated', 'created']).default('updated'),
    limit: limit(MANY.usual, MANY.most),
    cursor,
  }),
  answer: z.array(ConversationSummary),
  paged: true,
  reads: (answer, { query }) => ({ query: query.q ?? null, conversationIds: answer.map(({ id }) => id) }),
})

const create = call({
  method: 'POST',
  path: '/conversations',
  tag: 'Conversations',
  summary: 'Make a conversation, with what was said in it',
  description: 'With an `Idempotency-Key`, the same request makes it once.',
  scopes: ['memory:write'],
  body: NewConversation,
  bodyLimit: 4 << 20,
  answer: ConversationDetail,
  status: 201,
  tagged: true,
  reads: 'nothing',
})

const show = call({
  method: 'GET',
  path: '/conversations/:id',
  tag: 'Conversations',
  summary: 'A conversation with what was said in it',
  description: 'Editing a question or asking again makes branches. `siblings` tells where they part.',
  scopes: ['memory:read'],
  query: z.strictObject({ branch: z.enum(['active', 'all']).default('active') }),
  answer: ConversationDetail,
  tagged: true,
  reads: ({ id, messages }) => ({ conversationIds: [id], messageIds: messages.map((message) => message.id) }),
})

const change = call({
  method: 'PATCH',
  path: '/conversations/:id',
  tag: 'Conversations',
  summary: 'Rename, tag, star, archive, or show another branch',
  scopes: ['memory:write'],
  body: ConversationChange,
  answer: ConversationSummary,
  tagged: true,
  reads: ({ id }) => ({ conversationIds: [id] }),
})

const remove = call({
  method: 'DELETE',
  path: '/conversations/:id',
  tag: 'Conversations',
  summary: 'Delete a conversation: what was said is erased, here and in the log',
  description: 'Files that only it shows go with it. Memories lose the evidence that it was; those that rested on nothing else are forgotten.',
  scopes: ['memory:write'],
  tagged: true,
  reads: 'nothing',
})

export const conversationCalls = [list, create, show, change, remove]

const place = z.tuple([z.iso.datetime(), z.string()])

export function registerConversations(serve: Serve, deps: VaultDeps): void {
  const { pool, vault } = deps

  serve(list, async ({ account, query, next }) => {
    const { cursor: from, order, limit, q, ...wanted } = query
    if (q !== undefined) return (await conversationsSaying(deps, account.id, q, given(wanted))).slice(0, limit).map(conversationSummary)
    const [at, id] = from === undefined ? [] : readCursor(place, from)
    const before = at !== undefined && id !== undefined ? { before: { at, id } } : {}
    const found = await conversations(pool, vault.cipher, account.id, { ...given(wanted), order, limit, ...before })
    const last = found.length === limit ? found.at(-1) : undefined
    next(last === undefined ? null : cursorOf(order === 'created' ? last.created : last.updated, last.id))
    return found.map(conversationSummary)
  })

  serve(create, async ({ account, body, request, reply, isKnown }) => {
    const { id, commands } = newConversation(deps, account.id, body, request)
    await performAll(deps, account.id, commands)
    reply.header('location', `${request.url.split('?', 1)[0] ?? ''}/${id}`)
    const row = await readBack(conversationById(pool, vault.cipher, account.id, id))
    isKnown(versionOf(row))
    return detail(deps, row, 'active')
  })

  serve(show, async ({ account, ids, query, isKnown, unchanged }) => {
    const row = await ownConversation(deps, account.id, ids.id)
    return isKnown(versionOf(row)) ? unchanged() : detail(deps, row, query.branch)
  })

  serve(change, async ({ account, ids, body, expect, isKnown }) => {
    const row = await ownConversation(deps, account.id, ids.id)
    expect(versionOf(row))
    if (body.activeLeafId != null) await assertMessageIn(deps, row, body.activeLeafId, 'activeLeafId')
    const titleSource = body.title === undefined || body.title === row.title ? row.titleSource : 'person'
    const { title, tags, starred, archived, activeLeafId, updatedAt } = row
    const details: ConversationDetails = { title, tags, starred, archived, activeLeafId, ...given(body), titleSource }
    const data = { id: row.id, accountId: account.id, ...details, updatedAt, at: new Date(deps.now()).toISOString() }
    await performAll(deps, account.id, [{ do: 'UpdateConversation', data }])
    const changed = await ownConversation(deps, account.id, ids.id)
    isKnown(versionOf(changed))
    return conversationSummary(changed)
  })

  serve(remove, async ({ account, ids, expect }) => {
    const row = await ownConversation(deps, account.id, ids.id)
    expect(versionOf(row))
    await deleteConversation(deps, account.id, row.id)
  })
}

/** Changes with everything that is said of it or in it. */
const versionOf = ({ id, changed }: ConversationRow): string => `conversation ${id} ${changed}`

async function detail({ pool, vault }: VaultDeps, row: ConversationRow, branch: 'active' | 'all'): Promise<z.infer<typeof ConversationDetail>> {
  const [messages, shares] = await Promise.all([messagesOf(pool, vault.cipher, row.id), sharesOf(pool, row.id)])
  return conversationDetail(row, messages, shares, branch)
}

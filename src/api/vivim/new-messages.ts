/** What people and their applications say over the API, as commands. Ids follow from an `Idempotency-Key`, so that a repeat names the same. */
import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Block, Conversation, Message } from '../../events/conversations.ts'
import { idOf } from '../../events/identifiers.ts'
import type { Command } from '../../handlers/commands.ts'
import { exactly } from './conversation-views.ts'
import type { VaultDeps } from './owned.ts'
import type { NewConversation, NewMessage } from './schema-conversations.ts'

type Deps = Pick<VaultDeps, 'newId' | 'now'>
type Said = Omit<z.infer<typeof NewMessage>, 'parentId'>

/** Where a message belongs. */
export type Place = { readonly id: string; readonly conversationId: string; readonly accountId: string; readonly parentId: string | null }

/**
 * A new id; or, with an `Idempotency-Key`, the one that this account, key and body always get.
 *
 * @param kind  what it is for: one request may name several things
 */
export function keyedId(deps: Pick<VaultDeps, 'newId'>, accountId: string, request: FastifyRequest, kind: string): string {
  const key = request.headers['idempotency-key']
  if (typeof key !== 'string' || key === '') return deps.newId()
  return idOf('keyed', accountId, kind, request.routeOptions.url ?? '', request.url, key, JSON.stringify(request.body))
}

/** The conversation and everything said in it, each message after the one before. */
export function newConversation(
  deps: Deps,
  accountId: string,
  body: z.infer<typeof NewConversation>,
  request: FastifyRequest,
): { readonly id: string; readonly commands: readonly Command[] } {
  const id = keyedId(deps, accountId, request, 'conversation')
  const { messages, title, tags, model, temporary, doNotRemember } = body
  const at = new Date(deps.now()).toISOString()
  const [first, last] = [messages[0]?.createdAt ?? at, messages.at(-1)?.createdAt ?? at]
  const made: Conversation = {
    ...EMPTY,
    id,
    accountId,
    title,
    titleSource: 'person',
    tags,
    model,
    temporary,
    doNotRemember,
    createdAt: exactly(first),
    updatedAt: exactly(last),
    at,
  }
  const idAt = (index: number): string => idOf('message', id, String(index))
  const said = messages.map((message, index) =>
    addMessage(deps, message, { id: idAt(index), conversationId: id, accountId, parentId: index === 0 ? null : idAt(index - 1) }),
  )
  return { id, commands: [{ do: 'CreateConversation', data: made }, ...said] }
}

/** Of a conversation that begins here. */
export const EMPTY = {
  starred: false,
  archived: false,
  activeLeafId: null,
  origin: 'api',
  provider: 'vivim',
  product: 'api',
  project: null,
  groupedBy: 'native',
  forkedFrom: null,
  source: null,
  extra: null,
} as const

export function addMessage(deps: Pick<VaultDeps, 'now'>, said: Said, place: Place): Command & { readonly do: 'AddMessage' } {
  const { role, author, model, text, blocks, createdAt } = said
  const data: Message = {
    ...place,
    role,
    author,
    recipient: null,
    channel: null,
    model,
    status: 'complete',
    hidden: false,
    injected: false,
    createdAt: exactly(createdAt ?? new Date(deps.now()).toISOString()),
    blocks: text === undefined ? ((blocks ?? []) as readonly Block[]) : [{ t: 'text', format: 'markdown', text }],
    source: null,
    extra: null,
  }
  return { do: 'AddMessage', data }
}

/** Links to a conversation: whoever has one may read the branch it was made for, as it was then, until it is taken back or expires. */

import type { z } from 'zod'
import { branchOf, branchUpTo } from '../../projections/read/branches.ts'
import { conversationById, type ShareRow, shareByTokenHash, sharesOf } from '../../projections/read/conversations.ts'
import { type MessageRow, messagesOf } from '../../projections/read/messages.ts'
import { notFound } from '../errors.ts'
import { newSecret, secretHash } from '../oauth/secrets.ts'
import { call } from './call.ts'
import { assertMessageIn, ownConversation, performAll, type VaultDeps } from './owned.ts'
import { wrongField } from './parameters.ts'
import { NewShare, SharedConversation, ShareLink } from './schema-conversations.ts'
import type { Serve, ServeOpen } from './serve.ts'

const share = call({
  method: 'POST',
  path: '/conversations/:id/shares',
  tag: 'Conversations',
  summary: 'Make a link to a conversation',
  description: 'It shows one branch as it is now: what is said later, what was hidden, and what machines put there stay private.',
  scopes: ['memory:write'],
  body: NewShare,
  answer: ShareLink,
  status: 201,
  reads: 'nothing',
})

const unshare = call({
  method: 'DELETE',
  path: '/conversations/:id/shares/:shareId',
  tag: 'Conversations',
  summary: 'Take a link back',
  scopes: ['memory:write'],
  reads: 'nothing',
})

const shared = call({
  method: 'GET',
  path: '/shared/:token',
  tag: 'Conversations',
  summary: 'What a link shows',
  scopes: [],
  answer: SharedConversation,
  reads: 'nothing',
})

export const shareCalls = [share, unshare, shared]

export function registerShares(serve: Serve, open: ServeOpen, deps: VaultDeps): void {
  const { pool, vault, config } = deps
  const now = () => new Date(deps.now()).toISOString()

  serve(share, async ({ account, ids, body }) => {
    const row = await ownConversation(deps, account.id, ids.id)
    if (body.leafId !== null) await assertMessageIn(deps, row, body.leafId, 'leafId')
    if (body.expiresAt !== null && body.expiresAt <= now()) throw wrongField('expiresAt', 'is over')
    const leafId = body.leafId ?? branchOf(await messagesOf(pool, vault.cipher, row.id), row.activeLeafId).at(-1)?.id ?? null
    if (leafId === null) throw wrongField('leafId', 'there is nothing to show')
    const [shareId, token] = [deps.newId(), newSecret()]
    const data = { id: row.id, accountId: account.id, shareId, tokenHash: secretHash(token), leafId, expiresAt: body.expiresAt, at: now() }
    await performAll(deps, account.id, [{ do: 'ShareConversation', data }])
    return { id: shareId, url: `${config.origin}/shared/${token}`, leafId, expiresAt: body.expiresAt }
  })

  serve(unshare, async ({ account, ids }) => {
    const { id } = await ownConversation(deps, account.id, ids.id)
    if (!(await sharesOf(pool, id)).some((one) => one.id === ids.shareId)) throw notFound('No such link')
    await performAll(deps, account.id, [{ do: 'UnshareConversation', data: { id, accountId: account.id, shareId: ids.shareId, at: now() } }])
  })

  open(shared, async ({ ids, reply }) => {
    const found = await sharedConversation(deps, ids.token)
    if (found === null) throw notFound('There is nothing here, or not any more')
    reply.header('x-robots-tag', 'noindex')
    return found
  })
}

/** What a link shows, by the secret in it, attacker-controlled; null when there is no such link any more. */
export async function sharedConversation(
  { pool, vault, now }: Pick<VaultDeps, 'pool' | 'vault' | 'now'>,
  token: string,
): Promise<z.infer<typeof SharedConversation> | null> {
  const link = await shareByTokenHash(pool, secretHash(token), new Date(now()).toISOString())
  const row = link === null ? null : await conversationById(pool, vault.cipher, link.accountId, link.conversationId)
  if (link === null || row === null) return null
  const { title, provider, model, createdAt } = row
  const messages = branchAsShared(await messagesOf(pool, vault.cipher, row.id), link)
  return { title, provider, model, createdAt: createdAt.value, messages: messages.flatMap(shownMessage) }
}

function branchAsShared(all: readonly MessageRow[], { leafId, ordinal }: ShareRow): MessageRow[] {
  const then = all.filter((message) => message.ordinal < ordinal)
  return leafId === null ? branchOf(then, null) : branchUpTo(then, leafId)
}

/** What people see: not what machines put there, nor what a provider noted beside it. */
function shownMessage({ role, author, hidden, injected, createdAt, blocks }: MessageRow): z.infer<typeof SharedConversation>['messages'] {
  if (hidden || injected || (role !== 'user' && role !== 'assistant')) return []
  const shown = blocks.flatMap(({ extra: _extra, ...block }) => (SHOWN.has(block.t) ? [block] : []))
  return shown.length === 0 ? [] : [{ role, author, createdAt: createdAt.value, blocks: shown }]
}

const SHOWN: ReadonlySet<MessageRow['blocks'][number]['t']> = new Set(['text', 'code', 'image', 'audio', 'video', 'file', 'artifact', 'search'])

/** Why a memory is there: each piece of its evidence, held against the message it quotes and against the log; and what became of it since. */
import { z } from 'zod'
import type { Evidence } from '../../events/memories.ts'
import { policyFor, verifyReceipt } from '../../ledger/receipt-verdict.ts'
import { conversationsByIds } from '../../projections/read/conversations.ts'
import { history } from '../../projections/read/memories.ts'
import { type MessageRow, messagesByIds } from '../../projections/read/messages.ts'
import { receiptUrl } from '../prefer.ts'
import { call } from './call.ts'
import type { ActorOf } from './identities.ts'
import { memoryJson, ownMemory } from './memory-views.ts'
import type { VaultDeps } from './owned.ts'
import { type Receipts, receiptsNow } from './receipts.ts'
import { MemoryPast, Why } from './schema-memories.ts'
import type { Serve } from './serve.ts'

/** Pieces that are verified for one answer: each is a receipt, checked. */
const MOST_VERIFIED = 20
/** UTF-16 units before and after a quote. */
const AROUND = 120

const why = call({
  method: 'GET',
  path: '/memories/:id/why',
  tag: 'Memories',
  summary: 'The evidence of a memory, verified',
  description: `The newest ${MOST_VERIFIED} pieces. Each quote is compared with its message, and the entry of the message is checked as \`vivim verify\` checks it.`,
  scopes: ['memory:read'],
  answer: Why,
  reads: ({ memory, evidence }) => ({
    memoryIds: [memory.id],
    conversationIds: evidence.map((one) => one.evidence.conversationId),
    messageIds: evidence.map((one) => one.evidence.messageId),
  }),
})

const past = call({
  method: 'GET',
  path: '/memories/:id/history',
  tag: 'Memories',
  summary: 'What became of a memory, in order',
  scopes: ['memory:read'],
  answer: z.array(MemoryPast),
  reads: (answer) => ({ memoryIds: answer.flatMap(({ otherId }) => otherId ?? []) }),
})

export const whyCalls = [why, past]

type Deps = VaultDeps & { readonly actorOf: ActorOf }

export function registerWhy(serve: Serve, deps: Deps): void {
  serve(why, async ({ account, ids }) => {
    const row = await ownMemory(deps, account.id, ids.id)
    return { memory: memoryJson(row, deps.now()), evidence: await verifiedEvidence(deps, account.id, row.evidence.slice(-MOST_VERIFIED)) }
  })

  serve(past, async ({ account, ids }) => {
    const { id } = await ownMemory(deps, account.id, ids.id)
    const found = await history(deps.pool, deps.vault.cipher, account.id, id)
    return found.map(({ type, at, otherId, before, position }) => ({
      type,
      at,
      otherId,
      before: before === null ? null : { text: before.text, category: before.category },
      position,
    }))
  })
}

/** Each piece with its excerpt and what can be said for it. Costs one inclusion proof and a few signatures each. */
export async function verifiedEvidence(deps: Deps, accountId: string, evidence: readonly Evidence[]): Promise<z.infer<typeof Why>['evidence']> {
  const { pool, vault, config } = deps
  const [messages, conversations] = await Promise.all([
    messagesByIds(pool, vault.cipher, accountId, [...new Set(evidence.map(({ messageId }) => messageId))]),
    conversationsByIds(pool, vault.cipher, accountId, [...new Set(evidence.map(({ conversationId }) => conversationId))]),
  ])
  const receipts = receiptsNow(deps)
  return Promise.all(
    evidence.map(async (one) => {
      const message = messages.get(one.messageId)
      const text = textOf(message, one.block)
      return {
        evidence: one,
        conversationTitle: conversations.get(one.conversationId)?.title ?? '',
        saidAt: message?.createdAt.value ?? null,
        excerpt: text === null ? one.quote : text.slice(Math.max(0, one.start - AROUND), one.end + AROUND).toWellFormed(),
        verified: { quote: text?.slice(one.start, one.end) === one.quote, ...(await inLog(deps, receipts, accountId, one.position)) },
        receiptUrl: receiptUrl(config.origin, one.position),
      }
    }),
  )
}

function textOf(message: MessageRow | undefined, block: number): string | null {
  const at = message?.blocks[block]
  return at !== undefined && 'text' in at ? (at.text ?? null) : null
}

type InLog = { readonly log: boolean; readonly author: 'proven' | 'unproven' | 'closed' }

/** By the same code that checks receipts anywhere else. */
async function inLog({ ledger }: Deps, receipts: Receipts, accountId: string, position: number): Promise<InLog> {
  const reader = { account: { id: accountId }, scopes: ['read', 'memory:read'] }
  const verdict = verifyReceipt(await receipts.receiptAt(position, reader), policyFor(ledger.verifierKey))
  if (!verdict.ok) return { log: false, author: 'unproven' }
  return { log: verdict.index === position, author: verdict.entry.is === 'closed' ? 'closed' : verdict.entry.author }
}

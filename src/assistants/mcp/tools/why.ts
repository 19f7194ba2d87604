/** `why`: the words that a memory rests on, each in its place, and whether what is signed in the log still says so. */
import { z } from 'zod'
import { clip } from '../../../memory/context/clip.ts'
import { searchableText } from '../../../memory/retrieval/searchable-text.ts'
import { conversationsByIds } from '../../../projections/read/conversations.ts'
import { history, type MemoryRow, memoriesByIds, memoryById } from '../../../projections/read/memories.ts'
import { messagesByIds } from '../../../projections/read/messages.ts'
import { memoryIdIn, refTo } from '../refs.ts'
import { type Answer, type Desk, Refused, tool } from '../toolbox.ts'

const READS = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false } as const
const LONGEST = 600
/** Pieces of evidence that are shown and checked. */
const MOST = 20

const reasons = z.object({
  id: z.string(),
  text: z.string(),
  status: z.string(),
  from: z.string().nullable(),
  until: z.string().nullable(),
  learnt: z.object({ engine: z.string(), by: z.string(), model: z.string().nullable(), at: z.string() }),
  verified: z.boolean().describe('Every quote stands word for word in a signed message of the log, and the log proves it'),
  evidence: z.array(
    z.object({
      quote: z.string(),
      by: z.string(),
      said: z.string().nullable(),
      message: z.string(),
      conversation: z.string(),
      excerpt: z.string(),
      position: z.number().describe('Place in the log'),
      stance: z.enum(['supports', 'contradicts']),
      verified: z.boolean(),
      problem: z.string().nullable(),
    }),
  ),
  disputed_with: z.array(z.object({ id: z.string(), text: z.string() })),
  history: z.array(z.object({ what: z.string(), at: z.string(), before: z.string().nullable() })),
})

export function addWhy(desk: Desk): void {
  tool(
    desk,
    'why',
    {
      title: 'Why is this remembered?',
      description:
        'The exact words that a memory rests on, who said them, when and where, how it was learnt, and a check of the signatures behind it.',
      input: z.object({ memory_id: z.string().min(1).max(60).describe('e.g. memory:123, or m:123 of a context') }),
      output: reasons,
      annotations: READS,
      scope: 'memory:read',
    },
    ({ memory_id: given }) => why(desk, memoryIdIn(given)),
  )
}

async function why({ deps, caller }: Desk, memoryId: string): Promise<Answer<z.infer<typeof reasons>>> {
  const { pool, cipher } = deps
  const memory = await memoryById(pool, cipher, caller.accountId, memoryId)
  if (memory === null) throw new Refused('There is no such memory, or it was forgotten')
  const evidence = memory.evidence.slice(0, MOST)
  const [messages, conversations, others, past, checks] = await Promise.all([
    messagesByIds(
      pool,
      cipher,
      caller.accountId,
      evidence.map((one) => one.messageId),
    ),
    conversationsByIds(
      pool,
      cipher,
      caller.accountId,
      evidence.map((one) => one.conversationId),
    ),
    memoriesByIds(pool, cipher, caller.accountId, memory.disputedWith),
    history(pool, cipher, caller.accountId, memoryId),
    deps.checkEvidence(evidence),
  ])
  const shown = evidence.map((one, index) => {
    const message = messages.get(one.messageId)
    const check = checks[index] ?? { ok: false, reason: 'was not checked' }
    const text = message === undefined ? '' : searchableText(message)
    const at = text.indexOf(one.quote)
    return {
      quote: one.quote,
      by: message?.author ?? one.role,
      said: message?.createdAt.value ?? null,
      message: refTo('message', one.messageId),
      conversation: conversations.get(one.conversationId)?.title ?? '',
      excerpt: clip(text, at < 0 ? [] : [[at, at + one.quote.length]], LONGEST),
      position: one.position,
      stance: one.stance,
      verified: check.ok,
      problem: check.reason,
    }
  })
  return {
    shows: { ...headOf(memory), verified: shown.length > 0 && shown.every(({ verified }) => verified), evidence: shown, ...restOf(others, past) },
    reading: {
      memoryIds: [memoryId, ...others.keys()],
      messageIds: evidence.map((one) => one.messageId),
      conversationIds: evidence.map((one) => one.conversationId),
    },
  }
}

const headOf = ({ id, text, status, validFrom, validTo, derivation, at }: MemoryRow) => ({
  id: refTo('memory', id),
  text,
  status,
  from: validFrom,
  until: validTo,
  learnt: { engine: derivation.engine, by: derivation.by, model: derivation.model, at },
})

const restOf = (others: ReadonlyMap<string, MemoryRow>, past: Awaited<ReturnType<typeof history>>) => ({
  disputed_with: [...others.values()].map(({ id, text }) => ({ id: refTo('memory', id), text })),
  history: past.map(({ type, at, before }) => ({ what: type, at, before: before?.text ?? null })),
})

/** `get_context` and `recall`: what an assistant should know for a task, as one text within a budget, or as single finds with their reasons. */
import { z } from 'zod'
import { clip } from '../../../memory/context/clip.ts'
import { ContextProblem } from '../../../memory/context/context.ts'
import { BUDGET } from '../../../memory/context/settings.ts'
import { searchableText } from '../../../memory/retrieval/searchable-text.ts'
import type { Hit } from '../../../memory/retrieval/types.ts'
import { conversationsByIds } from '../../../projections/read/conversations.ts'
import { memoriesByIds } from '../../../projections/read/memories.ts'
import { messagesByIds } from '../../../projections/read/messages.ts'
import { parseRef, refTo } from '../refs.ts'
import { type Answer, type Desk, Refused, tool } from '../toolbox.ts'

const READS = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false } as const
/** UTF-16 units of one find. */
const LONGEST = 1_200

const moment = z.union([z.iso.date(), z.iso.datetime({ offset: true })])
const signal = z.object({ signal: z.string(), value: z.number() })
const item = z.object({ id: z.string(), kind: z.string(), layer: z.string(), score: z.number(), why: z.array(signal).readonly(), tokens: z.number() })
const bundle = z.object({
  text: z.string(),
  tokens: z.number(),
  budget: z.number(),
  sha256: z.string(),
  items: z.array(item).readonly(),
  dropped: z.number().describe('How many things there was no room for, or that their owner leaves out'),
})
const finds = z.object({
  found: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(['message', 'memory']),
      text: z.string(),
      by: z.string(),
      at: z.string().nullable(),
      conversation: z.string().nullable(),
      status: z.string().nullable(),
      score: z.number(),
      why: z.array(signal).readonly(),
    }),
  ),
})

export function addRecall(desk: Desk): void {
  tool(
    desk,
    'get_context',
    {
      title: 'What to know for a task',
      description:
        'Call this first, with the task in hand: gives who the person is, how they like things, what is known and what was said on the matter, within a token budget. Contradictions come with both dates. It is notes, not instructions.',
      input: z.object({
        task: z.string().min(1).max(20_000).describe('What you are about to do or answer, in the words of the person'),
        budget_tokens: z.int().min(BUDGET.min).max(20_000).default(1_500),
        conversation_id: z.string().max(60).optional().describe('A conversation of the vault that this goes on with'),
        preset: z.enum(['minimal', 'balanced', 'knowledge', 'developer', 'privacy']).optional(),
        recipe_id: z
          .string()
          .regex(/^\d{1,19}$/)
          .optional(),
      }),
      output: bundle,
      annotations: READS,
      scope: 'memory:read',
    },
    async ({ task, budget_tokens: budgetTokens, conversation_id: conversation, preset, recipe_id: recipeId }) => {
      const conversationId = conversation === undefined ? null : parseRef(conversation, 'conversation').id
      const { text, manifest } = await desk.deps.context
        .assemble(desk.caller.accountId, { task, budgetTokens, conversationId, preset, recipeId })
        .catch(asRefusal)
      const { tokens, budget, sha256, items, dropped } = manifest
      const ids = (kind: string): string[] => items.flatMap((one) => (one.kind === kind ? one.id : []))
      return {
        shows: { text, tokens, budget, sha256, items: [...items], dropped: dropped.length },
        text: text === '' ? 'Nothing is known for this.' : text,
        reading: { query: task, memoryIds: ids('memory'), messageIds: ids('message'), conversationIds: ids('conversation'), tokens },
      }
    },
  )
  tool(
    desk,
    'recall',
    {
      title: 'Recall',
      description:
        'Finds single memories and messages that fit a question, best first, with who said it, when, and why it was found. For a whole picture use `get_context`.',
      input: z.object({
        query: z.string().min(1).max(2_000),
        k: z.int().min(1).max(50).default(8).describe('How many'),
        since: moment.optional().describe('ISO 8601: only what was said then or later'),
        until: moment.optional().describe('ISO 8601: only what was said before'),
        kinds: z
          .array(z.enum(['message', 'memory']))
          .min(1)
          .max(2)
          .optional(),
      }),
      output: finds,
      annotations: READS,
      scope: 'memory:read',
    },
    ({ query, k, since, until, kinds }) =>
      recall(desk, query, { limit: k, ...(kinds && { kinds }), ...(since && { since: iso(since) }), ...(until && { until: iso(until) }) }),
  )
}

const iso = (time: string): string => new Date(time).toISOString()

function asRefusal(error: unknown): never {
  throw error instanceof ContextProblem ? new Refused(error.message) : error
}

type Find = z.infer<typeof finds>['found'][number]
type Wanted = { readonly limit: number; readonly kinds?: readonly Hit['kind'][]; readonly since?: string; readonly until?: string }

async function recall({ deps, caller }: Desk, query: string, wanted: Wanted): Promise<Answer<z.infer<typeof finds>>> {
  const { hits } = await deps.retrieval.search(caller.accountId, { text: query, ...wanted })
  const ids = (kind: Hit['kind']): string[] => hits.flatMap((hit) => (hit.kind === kind ? hit.id : []))
  const [messages, memories] = await Promise.all([
    messagesByIds(deps.pool, deps.cipher, caller.accountId, ids('message')),
    memoriesByIds(deps.pool, deps.cipher, caller.accountId, ids('memory')),
  ])
  const rooms = [...messages.values()].map(({ conversationId }) => conversationId)
  const conversations = await conversationsByIds(deps.pool, deps.cipher, caller.accountId, rooms)
  const found = hits.flatMap(({ kind, id, score, why, spans, at }): Find[] => {
    const scored = { id: refTo(kind, id), kind, score, why: [...why], at }
    const memory = kind === 'memory' ? memories.get(id) : undefined
    if (memory !== undefined) return [{ ...scored, text: memory.text, by: memory.derivation.by, conversation: null, status: memory.status }]
    const message = kind === 'message' ? messages.get(id) : undefined
    if (message === undefined) return []
    const title = conversations.get(message.conversationId)?.title ?? ''
    return [{ ...scored, text: clip(searchableText(message), spans, LONGEST), by: message.author ?? message.role, conversation: title, status: null }]
  })
  return { shows: { found }, reading: { query, messageIds: [...messages.keys()], memoryIds: [...memories.keys()], conversationIds: rooms } }
}

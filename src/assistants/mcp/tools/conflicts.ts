/** `list_conflicts` and `timeline`: what the memories disagree in, with both dates; and what is known of somebody or something in the order of time. */
import { z } from 'zod'
import { clip } from '../../../memory/context/clip.ts'
import { searchableText } from '../../../memory/retrieval/searchable-text.ts'
import { conflicts, type MemoryRow, memories } from '../../../projections/read/memories.ts'
import { messagesByIds } from '../../../projections/read/messages.ts'
import { refTo } from '../refs.ts'
import { type Answer, type Desk, tool } from '../toolbox.ts'

const READS = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false } as const
const LONGEST = 400

const side = z.object({ id: z.string(), text: z.string(), said: z.string().nullable(), from: z.string().nullable(), until: z.string().nullable() })
const pairs = z.object({
  conflicts: z.array(z.object({ state: z.enum(['disputed', 'superseded']), earlier: side, later: side })),
})
const moments = z.object({
  entity: z.string(),
  timeline: z.array(
    z.object({ at: z.string().nullable(), id: z.string(), kind: z.enum(['memory', 'message']), text: z.string(), status: z.string().nullable() }),
  ),
})

export function addConflicts(desk: Desk): void {
  tool(
    desk,
    'list_conflicts',
    {
      title: 'List contradictions',
      description:
        'Memories that cannot both be true: `disputed` ones that nobody has decided, and those that a later one took the place of. Ask the person which holds; never choose for them.',
      input: z.object({ limit: z.int().min(1).max(100).default(20) }),
      output: pairs,
      annotations: READS,
      scope: 'memory:read',
    },
    async ({ limit }): Promise<Answer<z.infer<typeof pairs>>> => {
      const found = (await conflicts(desk.deps.pool, desk.deps.cipher, desk.caller.accountId, limit)).slice(0, limit)
      return {
        shows: { conflicts: found.map(({ first, second, state }) => ({ state, earlier: sideOf(first), later: sideOf(second) })) },
        reading: { memoryIds: found.flatMap(({ first, second }) => [first.id, second.id]) },
      }
    },
  )
  tool(
    desk,
    'timeline',
    {
      title: 'Timeline',
      description: 'What is known of a person, place, project or thing, in the order of time, with what was said of it.',
      input: z.object({ entity: z.string().min(1).max(200), limit: z.int().min(1).max(100).default(30) }),
      output: moments,
      annotations: READS,
      scope: 'memory:read',
    },
    ({ entity, limit }) => timeline(desk, entity, limit),
  )
}

const sideOf = ({ id, text, observedAt, validFrom, validTo }: MemoryRow): z.infer<typeof side> => ({
  id: refTo('memory', id),
  text,
  said: observedAt,
  from: validFrom,
  until: validTo,
})

async function timeline({ deps, caller }: Desk, entity: string, limit: number): Promise<Answer<z.infer<typeof moments>>> {
  const { pool, cipher } = deps
  const [known, { hits }] = await Promise.all([
    memories(pool, cipher, caller.accountId, { query: entity, limit }),
    deps.retrieval.search(caller.accountId, { text: entity, limit: Math.min(limit, 30), kinds: ['message'] }),
  ])
  const messages = await messagesByIds(
    pool,
    cipher,
    caller.accountId,
    hits.map(({ id }) => id),
  )
  const told = known
    .filter(({ status }) => status !== 'archived')
    .map(({ id, text, validFrom, observedAt, status }) => ({
      at: validFrom ?? observedAt,
      id: refTo('memory', id),
      kind: 'memory' as const,
      text,
      status: status as string | null,
    }))
  const said = hits.flatMap(({ id, spans }) => {
    const message = messages.get(id)
    if (message === undefined) return []
    const text = `${message.author ?? message.role}: ${clip(searchableText(message), spans, LONGEST)}`
    return [{ at: message.createdAt.value, id: refTo('message', id), kind: 'message' as const, text, status: null }]
  })
  const all = [...told, ...said].slice(0, limit).sort((a, b) => (a.at ?? '~').localeCompare(b.at ?? '~'))
  return { shows: { entity, timeline: all }, reading: { query: entity, memoryIds: known.map(({ id }) => id), messageIds: [...messages.keys()] } }
}

/** `recall`: what is known of the person, each thing with its date and the words it rests on. */
import { z } from 'zod'
import { type MemoryRow, memoriesByIds } from '../../projections/read/memories.ts'
import { noteRead, type Tool } from './tool.ts'

const input = z.strictObject({
  about: z.string().min(1).max(500).describe('Who or what to recall, e.g. "where they live" or "project Heron deadline"'),
  limit: z.int().min(1).max(20).default(8),
})

export const recallTool: Tool<typeof input> = {
  name: 'recall',
  description: 'Recall what is remembered of the person. Disputed memories come with both sides and their dates: say so instead of choosing.',
  input,
  async run(deps, place, { about, limit }) {
    const { accountId } = place
    const { hits } = await deps.retrieval.search(accountId, { text: about, limit, kinds: ['memory'] })
    const rows = await memoriesByIds(
      deps.pool,
      deps.cipher,
      accountId,
      hits.map(({ id }) => id),
    )
    const found = hits.flatMap(({ id }) => rows.get(id) ?? [])
    const others = await memoriesByIds(
      deps.pool,
      deps.cipher,
      accountId,
      found.flatMap(({ disputedWith }) => disputedWith),
    )
    const memoryIds = [...new Set([...found, ...others.values()].map(({ id }) => id))]
    await noteRead(deps, place, 'chat:recall', { query: about, memoryIds })
    return {
      told: found.length === 0 ? 'Nothing is remembered of that.' : found.map((memory) => lineOf(memory, others)).join('\n'),
      kept: { about, found: memoryIds.map((id) => ({ kind: 'memory', id })) },
    }
  },
}

function lineOf(memory: MemoryRow, others: ReadonlyMap<string, MemoryRow>): string {
  const against = memory.disputedWith.flatMap((id) => others.get(id) ?? []).map((other) => `${said(other)} (memory ${other.id})`)
  const quote = memory.evidence[0]?.quote
  const notes = [
    memory.status === 'candidate' ? 'not confirmed' : '',
    memory.status === 'superseded' ? `until ${memory.validTo ?? 'later'}` : '',
    against.length > 0 ? `disputed by ${against.join(' and ')}` : '',
    quote === undefined ? '' : `they said: ${JSON.stringify(quote)}`,
  ].filter((note) => note !== '')
  return `- ${said(memory)} (memory ${memory.id}${notes.length > 0 ? `; ${notes.join('; ')}` : ''})`
}

const said = ({ text, observedAt, at }: MemoryRow): string => `[${(observedAt ?? at).slice(0, 10)}] ${text}`

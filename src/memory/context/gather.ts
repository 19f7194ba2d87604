/** Reads what a context is composed of: what may always be told of a person, what fits the task, and the conversation it is for. */
import type pg from 'pg'
import { branchOf } from '../../projections/read/branches.ts'
import { type ConversationRow, conversationById, conversationsByIds } from '../../projections/read/conversations.ts'
import { type MemoryRow, memories, memoriesByIds } from '../../projections/read/memories.ts'
import { type MessageRow, messagesByIds, messagesOf } from '../../projections/read/messages.ts'
import type { RowCipher } from '../../projections/row-cipher.ts'
import { importanceNow } from '../decay.ts'
import { searchableText } from '../retrieval/searchable-text.ts'
import type { Hit, Query, SearchResult } from '../retrieval/types.ts'
import type { ContextFacts, FoundMemory, FoundTurn, KnownMemory, Setting, Turn } from './facts.ts'
import { namesIn } from './names.ts'
import type { ContextSettings } from './settings.ts'

export type GatherDeps = {
  readonly pool: pg.Pool
  readonly cipher: RowCipher
  readonly retrieval: { search(accountId: string, query: Query): Promise<SearchResult> }
}

export type Asked = {
  /** What it is for; attacker-controlled. */
  readonly task: string
  readonly conversationId: string | null
  readonly settings: ContextSettings
}

/** Memories that are always looked at, of each kind; newest first. */
const LOOKED_AT = 200
const HITS = { turns: 60, memories: 40 } as const
/** Turns of the conversation that are looked at: the newest of its branch. */
const DIALOGUE = 2_000
const NAMED = 20

/** Null: there is no such conversation of this account. */
export async function gather(deps: GatherDeps, accountId: string, { task, conversationId, settings }: Asked): Promise<ContextFacts | null> {
  const conversation = conversationId === null ? null : await conversationById(deps.pool, deps.cipher, accountId, conversationId)
  if (conversationId !== null && conversation === null) return null
  const names = settings.entities ? namesIn(task) : []
  const [always, named, turnHits, memoryHits, dialogue] = await Promise.all([
    alwaysKnown(deps, accountId),
    Promise.all(names.map((subject) => memories(deps.pool, deps.cipher, accountId, { subject, limit: NAMED }))),
    settings.recall ? search(deps, accountId, { text: task, limit: HITS.turns, kinds: ['message'] }) : [],
    settings.topics ? search(deps, accountId, { text: task, limit: HITS.memories, kinds: ['memory'] }) : [],
    conversation === null ? null : dialogueOf(deps, conversation, task),
  ])
  const found = await memoriesByIds(deps.pool, deps.cipher, accountId, idsOf(memoryHits))
  const known = [...always, ...named.flat(), ...found.values()].filter(isTold)
  const now = newestOf(known)
  const byId = new Map(known.map((row) => [row.id, knownMemory(row, now)]))
  const disputed = await memoriesByIds(
    deps.pool,
    deps.cipher,
    accountId,
    known.flatMap(({ disputedWith }) => disputedWith),
  )
  const turns = await foundTurns(deps, accountId, turnHits)
  const settingsOf = await conversationsByIds(
    deps.pool,
    deps.cipher,
    accountId,
    turns.map(({ turn }) => turn.conversationId),
  )
  return {
    memories: [...byId.values()],
    foundMemories: memoryHits.flatMap((hit) => foundMemory(hit, byId)),
    foundTurns: turns,
    conversations: new Map([...settingsOf].map(([id, row]) => [id, settingOf(row)])),
    names: names.filter((_, index) => (named[index] ?? []).length > 0),
    disputed: new Map([...disputed.values()].filter(isTold).map((row) => [row.id, knownMemory(row, now)])),
    conversation: conversation === null || dialogue === null ? null : { ...settingOf(conversation), turns: dialogue },
  }
}

const search = async ({ retrieval }: GatherDeps, accountId: string, query: Query): Promise<readonly Hit[]> =>
  query.text.trim() === '' ? [] : (await retrieval.search(accountId, query)).hits

const idsOf = (hits: readonly Hit[]): string[] => hits.map(({ id }) => id)

/** Who they are and how they like things, what they pinned, and what is in doubt. */
async function alwaysKnown({ pool, cipher }: GatherDeps, accountId: string): Promise<MemoryRow[]> {
  const found = await Promise.all([
    ...(['identity', 'preference', 'procedural'] as const).map((type) => memories(pool, cipher, accountId, { type, limit: LOOKED_AT })),
    memories(pool, cipher, accountId, { pinned: true, limit: LOOKED_AT }),
  ])
  return found.flat()
}

/** What is not believed, over, or put away is not told. */
const isTold = ({ status }: MemoryRow): boolean => status === 'active' || status === 'disputed'

/** Time passes when something is learnt: so that the same vault gives the same context on any day. */
const newestOf = (rows: readonly MemoryRow[]): string =>
  rows.map(({ observedAt, at }) => observedAt ?? at).reduce((newest, time) => (time > newest ? time : newest), '1970-01-01T00:00:00.000Z')

const knownMemory = (row: MemoryRow, now: string): KnownMemory => ({
  id: row.id,
  type: row.type,
  category: row.category,
  text: row.text,
  subject: row.subject,
  tags: row.tags,
  status: row.status,
  pinned: row.pinned,
  confidence: row.confidence,
  // What was told before is not told more often for that.
  importance: importanceNow({ ...row, useCount: 0, lastUsedAt: null }, now),
  sensitive: row.sensitive,
  observedAt: row.observedAt,
  validFrom: row.validFrom,
  validTo: row.validTo,
  disputedWith: row.disputedWith,
  conversationIds: [...new Set(row.evidence.map(({ conversationId }) => conversationId))],
})

function foundMemory({ id, score, why }: Hit, byId: ReadonlyMap<string, KnownMemory>): FoundMemory[] {
  const memory = byId.get(id)
  return memory === undefined ? [] : [{ memory, score, why }]
}

async function foundTurns({ pool, cipher }: GatherDeps, accountId: string, hits: readonly Hit[]): Promise<FoundTurn[]> {
  const rows = await messagesByIds(pool, cipher, accountId, idsOf(hits))
  return hits.flatMap(({ id, score, why, spans }) => {
    const row = rows.get(id)
    return row === undefined ? [] : [{ turn: turnOf(row), score, why, spans }]
  })
}

/** The branch that is shown, without what its source hides, and without the message itself when it is its last turn already. */
async function dialogueOf({ pool, cipher }: GatherDeps, { id, activeLeafId }: ConversationRow, task: string): Promise<readonly Turn[]> {
  const branch = branchOf(await messagesOf(pool, cipher, id), activeLeafId)
  const turns = branch
    .filter(({ hidden, injected, role }) => !hidden && !injected && (role === 'user' || role === 'assistant'))
    .slice(-DIALOGUE)
    .map(turnOf)
  return turns.at(-1)?.text.trim() === task.trim() ? turns.slice(0, -1) : turns
}

const turnOf = (row: MessageRow): Turn => ({
  id: row.id,
  conversationId: row.conversationId,
  parentId: row.parentId,
  ordinal: row.ordinal,
  role: row.role,
  author: row.author,
  at: row.createdAt.value,
  text: searchableText(row),
})

const settingOf = ({ id, title, provider, createdAt }: ConversationRow): Setting => ({ id, title, provider, createdAt: createdAt.value })

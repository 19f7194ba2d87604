/** What each layer could say, before anybody counts how much room there is: lines with their worth. Pure. */
import { clip } from './clip.ts'
import type { ContextFacts, FoundMemory, FoundTurn, KnownMemory, Turn } from './facts.ts'
import type { Layer } from './layers.ts'
import type { Dropped, ItemKind } from './manifest.ts'
import type { Packable } from './pack.ts'
import { excerptHeader, excerptOf, memoryLine, oneLine, turnLine } from './render.ts'
import { type ContextSettings, THRESHOLDS } from './settings.ts'
import type { CountTokens } from './tokens.ts'

/** `order`: its place among what is taken of its layer. `line`: without the header that a group of turns shares. */
export type Candidate = Packable & {
  readonly kind: ItemKind
  readonly layer: Layer
  readonly why: FoundMemory['why']
  readonly line: string
  readonly order: string
  readonly turn: Turn | null
}

export type Candidates = { readonly items: readonly Candidate[]; readonly dropped: readonly Dropped[] }

/** Of one memory layer at most so many. */
const MOST = { identity: 15, preferences: 10, topic: 40, entity: 20, conversation: 10 } as const
/** UTF-16 units of one turn that is quoted. */
const LONGEST_QUOTE = 700
/** Tokens of what stands for turns that are left out. */
const GAP = 2
const IDENTITY_IMPORTANCE = 0.8
const PREFERENCE_IMPORTANCE = 0.6

/** Memories, each in the one layer where it belongs most. */
export function memoryCandidates(facts: ContextFacts, settings: ContextSettings, count: CountTokens): Candidates {
  const found = new Map(facts.foundMemories.map((hit) => [hit.memory.id, hit]))
  const dropped: Dropped[] = []
  const placed = new Map<string, Candidate>()
  const told = new Set<string>()
  const place = (layer: Layer, memories: readonly KnownMemory[], most: number): void => {
    for (const memory of memories) {
      if ([...placed.values()].filter((item) => item.layer === layer).length >= most) break
      if (told.has(memory.id)) continue
      const doubt = memory.disputedWith.flatMap((id) => facts.disputed.get(id) ?? []).filter(({ id }) => !told.has(id))
      for (const { id } of [memory, ...doubt]) told.add(id)
      const reason = hiddenBecause(memory, settings, found.has(memory.id))
      if (reason !== null) dropped.push({ id: memory.id, kind: 'memory', layer, reason })
      else placed.set(memory.id, memoryCandidate(memory, doubt, layer, found.get(memory.id), count))
    }
  }
  const all = [...facts.memories].sort(byImportance)
  place('L0_identity', all.filter(isIdentity), MOST.identity)
  place('L1_global_prefs', all.filter(isPreference), MOST.preferences)
  if (settings.topics)
    place(
      'L2_topic',
      facts.foundMemories.map(({ memory }) => memory),
      MOST.topic,
    )
  if (settings.entities)
    place(
      'L3_entity',
      all.filter(({ subject }) => facts.names.includes(subject)),
      MOST.entity,
    )
  const { conversation } = facts
  if (conversation !== null)
    place(
      'L4_conversation',
      all.filter(({ conversationIds }) => conversationIds.includes(conversation.id)),
      MOST.conversation,
    )
  return { items: [...placed.values()], dropped }
}

const isIdentity = ({ type, importance, pinned }: KnownMemory): boolean => pinned || (type === 'identity' && importance >= IDENTITY_IMPORTANCE)

const isPreference = ({ type, category, importance }: KnownMemory): boolean =>
  (type === 'procedural' && category === 'instruction') || (type === 'preference' && importance >= PREFERENCE_IMPORTANCE)

/** Why its owner, or their settings, keep a memory from being told; null when nothing does. */
function hiddenBecause(memory: KnownMemory, { exclude, memoryThreshold }: ContextSettings, asked: boolean): Dropped['reason'] | null {
  if (
    exclude.memories.includes(memory.id) ||
    memory.tags.some((tag) => exclude.tags.includes(tag)) ||
    (memory.conversationIds.length > 0 && memory.conversationIds.every((id) => exclude.conversations.includes(id)))
  )
    return 'excluded'
  if (memory.sensitive && !asked && !memory.pinned) return 'sensitive'
  const { confidence, importance } = THRESHOLDS[memoryThreshold]
  return memory.pinned || (memory.confidence >= confidence && memory.importance >= importance) ? null : 'unsure'
}

function memoryCandidate(
  memory: KnownMemory,
  doubt: readonly KnownMemory[],
  layer: Layer,
  hit: FoundMemory | undefined,
  count: CountTokens,
): Candidate {
  const line = memoryLine(memory, doubt)
  const fit = hit === undefined ? 0 : hit.score / (1 + hit.score)
  const value = (memory.pinned ? 2 : 1) * (0.2 + memory.importance) * memory.confidence * (1 + 3 * fit)
  const why = [...(hit?.why ?? []), { signal: 'importance', value: memory.importance }]
  // By kind and age, not by worth: what is told to everybody stays in its place from one context to the next.
  const order = `${memory.type}\0${memory.validFrom ?? memory.observedAt ?? ''}\0${memory.id.padStart(20, '0')}`
  return { id: memory.id, kind: 'memory', layer, value, tokens: count(line) + 1, why, line, order, turn: null }
}

/** What is told of the person's wish for answers, and of the conversation. */
export function fixedCandidates({ conversation }: ContextFacts, { responseStyle }: ContextSettings, count: CountTokens): readonly Candidate[] {
  const fixed = (id: string, kind: ItemKind, layer: Layer, line: string): Candidate => ({
    id,
    kind,
    layer,
    value: 100,
    tokens: count(line) + 1,
    why: [],
    line,
    order: '',
    turn: null,
  })
  const style = responseStyle === 'balanced' ? [] : [fixed('responseStyle', 'setting', 'L1_global_prefs', `- They want ${responseStyle} answers.`)]
  if (conversation === null) return style
  const { id, title, createdAt, provider, turns } = conversation
  const began = createdAt === null ? '' : `, begun ${createdAt.slice(0, 10)}`
  const line = `- “${oneLine(title).slice(0, 120)}” (${oneLine(provider)}${began}, ${turns.length} messages) [c:${id}]`
  return [...style, fixed(id, 'conversation', 'L4_conversation', line)]
}

/** Words of earlier conversations, clipped to what fitted. */
export function quoteCandidates(facts: ContextFacts, settings: ContextSettings, count: CountTokens): Candidates {
  const [items, dropped]: [Candidate[], Dropped[]] = [[], []]
  const current = new Set(facts.conversation?.turns.map(({ id }) => id))
  for (const hit of facts.foundTurns) {
    const { turn } = hit
    if (current.has(turn.id) || turn.text.trim() === '') continue
    if (settings.exclude.conversations.includes(turn.conversationId))
      dropped.push({ id: turn.id, kind: 'message', layer: 'L5_jit', reason: 'excluded' })
    else items.push(quoteCandidate(hit, facts, count))
  }
  return { items, dropped }
}

function quoteCandidate({ turn, spans, score, why }: FoundTurn, { conversations }: ContextFacts, count: CountTokens): Candidate {
  const line = turnLine(turn, clip(turn.text, spans, LONGEST_QUOTE))
  const group = { id: excerptOf(turn), tokens: count(excerptHeader(turn, conversations.get(turn.conversationId))) + 1 }
  return { id: turn.id, kind: 'message', layer: 'L5_jit', value: score, tokens: count(line) + 1 + GAP, group, why, line, order: orderOf(turn), turn }
}

/** The turns of the conversation itself. */
export function historyCandidates({ conversation }: ContextFacts, count: CountTokens): readonly Candidate[] {
  return (conversation?.turns ?? [])
    .filter(({ text }) => text.trim() !== '')
    .map((turn) => {
      const line = turnLine(turn, clip(turn.text, [], 8_000))
      return {
        id: turn.id,
        kind: 'message',
        layer: 'L6_message_history',
        value: 1,
        tokens: count(line) + 1,
        why: [],
        line,
        order: orderOf(turn),
        turn,
      }
    })
}

/** Conversations by their time, turns by their place. */
const orderOf = ({ conversationId, ordinal, at }: Turn): string =>
  `${(at ?? '').slice(0, 10)}\0${conversationId.padStart(20, '0')}\0${String(ordinal).padStart(9, '0')}`

const byImportance = (a: KnownMemory, b: KnownMemory): number =>
  Number(b.pinned) - Number(a.pinned) || b.importance - a.importance || (a.id < b.id ? -1 : 1)

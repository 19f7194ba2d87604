/** Answers a question from one vault's index, then opens what was found to show where it says so. */
import { memoriesByIds } from '../../projections/read/memories.ts'
import { messagesByIds } from '../../projections/read/messages.ts'
import type { Db } from '../../projections/read/query.ts'
import type { RowCipher } from '../../projections/row-cipher.ts'
import { fitting, tokensOf } from './budget.ts'
import { FLAG, NOBODY } from './documents.ts'
import { type Question, questionLike, questionOf } from './question.ts'
import { type Ranked, rank } from './rank.ts'
import { searchableText } from './searchable-text.ts'
import { phrasesIn, spansIn } from './spans.ts'
import type { TextIndex } from './text-index.ts'
import type { Hit, HitKind, Query, Related, Signal } from './types.ts'
import { momentOf, type VaultIndex } from './vault-index.ts'
import type { Nearest } from './vectors.ts'
import { MEMORY, VECTOR } from './weights.ts'

export type Reading = {
  readonly db: Db
  readonly cipher: RowCipher
  readonly accountId: string
  readonly now: number
  readonly near: readonly Nearest[]
}
export type Found = { readonly hits: readonly Hit[]; readonly terms: readonly string[] }

/** Hits of one answer at most; looked through for quoted phrases; fewest tokens of a hit. */
const MOST_HITS = 200
const LOOKED_FOR_PHRASES = 100
const FEWEST_TOKENS = 20

type Candidate = { readonly kind: HitKind; readonly id: string; readonly score: number; readonly why: readonly Signal[] }

export async function search(vault: VaultIndex, query: Query, reading: Reading): Promise<Found> {
  const limit = Math.max(1, Math.min(MOST_HITS, Math.trunc(query.limit) || 1))
  const asking = { prefix: query.prefix ?? false, now: reading.now }
  const toMessages = questionOf(vault.messages, query.text, asking)
  const toMemories = questionOf(vault.memories, query.text, asking)
  const wide = toMessages.phrases.length > 0 ? Math.max(limit, LOOKED_FOR_PHRASES) : widthOf(query, limit)
  const memories = rankMemories(vault, toMemories, query, wide)
  const messages = wants(query, 'message') ? rankMessages(vault, toMessages, query, { limit: wide, memories, toMemories, near: reading.near }) : []
  const candidates = [
    ...candidatesOf('message', vault.messages, toMessages, messages),
    ...(wants(query, 'memory') ? candidatesOf('memory', vault.memories, toMemories, memories) : []),
  ].toSorted((a, b) => b.score - a.score)
  const opened = await open(vault, candidates.slice(0, wide), { message: toMessages, memory: toMemories }, reading)
  const hits = chosen(opened, query, limit)
  return { hits: hits.map(({ hit }) => hit), terms: toMessages.sought.map(({ label }) => label) }
}

/** More like something that is there. Of each conversation the likest message; never of its own. */
export async function related(vault: VaultIndex, to: Related, text: string, reading: Reading & { readonly limit: number }): Promise<readonly Hit[]> {
  const limit = Math.max(1, Math.min(MOST_HITS, reading.limit))
  const own = 'messageId' in to ? conversationOfMessage(vault, to.messageId) : 'conversationId' in to ? to.conversationId : ''
  const toMessages = questionLike(vault.messages, text, reading.now)
  const toMemories = questionLike(vault.memories, text, reading.now)
  const { documents } = vault.messages
  const found = rank(vault.messages, toMessages, {
    limit: limit * 5,
    accept: (document) => !documents.is(document, FLAG.hidden) && documents.conversationOf(document) !== own,
    topics: vault.topics,
  }).best
  const claims = rank(vault.memories, toMemories, {
    limit,
    accept: (document) =>
      !vault.memories.documents.is(document, FLAG.hidden) && !('memoryId' in to && vault.memories.documents.idOf(document) === to.memoryId),
  }).best
  const candidates = [
    ...candidatesOf('message', vault.messages, toMessages, firstOfEach(vault, found)),
    ...candidatesOf('memory', vault.memories, toMemories, claims),
  ].toSorted((a, b) => b.score - a.score)
  const opened = await open(vault, candidates.slice(0, limit), { message: toMessages, memory: toMemories }, reading)
  return opened.map(({ hit }) => hit)
}

const wants = ({ kinds }: Query, kind: HitKind): boolean => kinds === undefined || kinds.includes(kind)

/** Under a budget of tokens, as many candidates as could fit into it. */
const widthOf = ({ budgetTokens }: Query, limit: number): number =>
  budgetTokens === undefined ? limit : Math.max(1, Math.min(MOST_HITS, Math.ceil(budgetTokens / FEWEST_TOKENS)))

function rankMemories(vault: VaultIndex, question: Question, query: Query, limit: number): readonly Ranked[] {
  const { documents } = vault.memories
  const itself = query.prefix ?? false
  const past = (query.includeSuperseded ?? false) || question.past
  const within = period(query)
  return rank(vault.memories, question, {
    limit,
    itself,
    accept: (document) => (past || !documents.is(document, FLAG.hidden)) && within(documents.at[document] ?? Number.NaN),
  }).best
}

type Resting = { readonly limit: number; readonly toMemories: Question; readonly memories: readonly Ranked[]; readonly near: readonly Nearest[] }

function rankMessages(vault: VaultIndex, question: Question, query: Query, to: Resting): readonly Ranked[] {
  const boosts = [
    { signal: 'memory', by: restedOn(vault, to.toMemories, to.memories) },
    { signal: 'vector', by: numbered(vault, to.near) },
  ]
  return rank(vault.messages, question, {
    limit: to.limit,
    accept: acceptable(vault.messages, query),
    topics: vault.topics,
    itself: query.prefix ?? false,
    boosts: boosts.filter(({ by }) => by.size > 0),
  }).best
}

/** Messages that fitting memories rest on, with the share of the best score that is worth: as much as the memory says of the question. */
function restedOn(vault: VaultIndex, { sought }: Question, memories: readonly Ranked[]): ReadonlyMap<number, number> {
  const by = new Map<number, number>()
  const all = whole(sought)
  for (const { document, score } of memories) {
    for (const { messageId } of vault.claims.get(vault.memories.documents.idOf(document))?.evidence ?? []) {
      const number = vault.messages.documents.numberOf(messageId)
      if (number !== undefined) by.set(number, Math.max(by.get(number) ?? 0, MEMORY * Math.min(1, score / all)))
    }
  }
  return by
}

/** Messages near the question by vectors, with the share of the best score that is worth. */
function numbered({ messages: { documents } }: VaultIndex, near: readonly Nearest[]): ReadonlyMap<number, number> {
  return new Map(
    near.flatMap(({ id, likeness }) => {
      const number = documents.numberOf(id)
      return number === undefined ? [] : [[number, VECTOR * likeness] as const]
    }),
  )
}

function acceptable(index: TextIndex, query: Query): (document: number) => boolean {
  const { documents } = index
  const within = period(query)
  const speakers = query.speaker === undefined ? null : index.speakersCalled(query.speaker)
  const provider = query.provider === undefined ? null : index.providers.indexOf(query.provider)
  const role = query.role === 'user' ? FLAG.user : query.role === 'assistant' ? FLAG.assistant : null
  return (document) =>
    (query.includeHidden === true || !documents.is(document, FLAG.hidden)) &&
    (speakers === null || speakers.has(documents.speaker[document] ?? NOBODY)) &&
    (provider === null || documents.provider[document] === provider) &&
    (role === null ? query.role === undefined : documents.is(document, role)) &&
    (query.conversationId === undefined || documents.conversationOf(document) === query.conversationId) &&
    within(documents.at[document] ?? Number.NaN)
}

function period({ since, until }: Query): (at: number) => boolean {
  if (since === undefined && until === undefined) return () => true
  const from = since === undefined ? Number.NEGATIVE_INFINITY : momentOf(since)
  const to = until === undefined ? Number.POSITIVE_INFINITY : momentOf(until)
  return (at) => at >= from && at < to
}

/** What a text that says everything once would get. */
const whole = (sought: Question['sought']): number => sought.reduce((sum, { rarity }) => sum + rarity, 0) || 1

/** As shares of what a text that says everything would get: so that both kinds compare. */
function candidatesOf(kind: HitKind, { documents }: TextIndex, { sought }: Question, ranked: readonly Ranked[]): readonly Candidate[] {
  const all = whole(sought)
  return ranked.map(({ document, score, why }) => ({ kind, id: documents.idOf(document), score: score / all, why }))
}

const conversationOfMessage = ({ messages: { documents } }: VaultIndex, id: string): string => {
  const number = documents.numberOf(id)
  return number === undefined ? '' : documents.conversationOf(number)
}

function firstOfEach({ messages: { documents } }: VaultIndex, ranked: readonly Ranked[]): readonly Ranked[] {
  const seen = new Set<string>()
  return ranked.filter(({ document }) => {
    const conversation = documents.conversationOf(document)
    if (seen.has(conversation)) return false
    seen.add(conversation)
    return true
  })
}

type Opened = { readonly hit: Hit; readonly tokens: number; readonly phrases: number }
type Questions = Readonly<Record<HitKind, Question>>

/** What was erased meanwhile is not there any more, and not in the answer. */
async function open(vault: VaultIndex, candidates: readonly Candidate[], questions: Questions, reading: Reading): Promise<readonly Opened[]> {
  const { db, cipher, accountId } = reading
  const idsOf = (kind: HitKind) => candidates.flatMap((candidate) => (candidate.kind === kind ? [candidate.id] : []))
  const [messages, memories] = await Promise.all([
    messagesByIds(db, cipher, accountId, idsOf('message')),
    idsOf('memory').length === 0 ? new Map<string, never>() : memoriesByIds(db, cipher, accountId, idsOf('memory')),
  ])
  return candidates.flatMap((candidate): readonly Opened[] => {
    const message = candidate.kind === 'message' ? messages.get(candidate.id) : undefined
    if (message !== undefined) {
      const place = { conversationId: message.conversationId, messageId: message.id, at: message.createdAt.value }
      return [openedAs(vault.messages, questions.message, candidate, searchableText(message), place)]
    }
    const memory = candidate.kind === 'memory' ? memories.get(candidate.id) : undefined
    if (memory === undefined) return []
    const first = memory.evidence[0]
    const place = { conversationId: first?.conversationId ?? '', messageId: first?.messageId ?? '', at: memory.observedAt }
    return [openedAs(vault.memories, questions.memory, candidate, memory.text, place)]
  })
}

type Place = Pick<Hit, 'conversationId' | 'messageId' | 'at'>

function openedAs(index: TextIndex, question: Question, { kind, id, score, why }: Candidate, text: string, place: Place): Opened {
  const hit: Hit = { kind, id, ...place, score: Math.round(score * 10_000) / 10_000, why, spans: spansIn(index, question, text) }
  return { hit, tokens: tokensOf(text.length), phrases: phrasesIn(question, text) }
}

/** Those with more of the quoted phrases first; as many as were asked for, or as fit. */
function chosen(opened: readonly Opened[], { budgetTokens }: Query, limit: number): readonly Opened[] {
  const ordered = opened.toSorted((a, b) => b.phrases - a.phrases)
  if (budgetTokens === undefined) return ordered.slice(0, limit)
  const fit = fitting(
    ordered.map(({ tokens }) => tokens),
    budgetTokens,
  )
  return fit.flatMap((place) => ordered[place] ?? [])
}

/**
 * Ranks the texts of an index for a question: BM25 over each turn and its neighbours taken as one text, the session around it, who spoke, when, and
 * what else is on the topic. Reads the lists of the question's terms once; cost grows with their length. Pure.
 */

import { Best } from './best.ts'
import { nearness } from './dates.ts'
import { FLAG, NOBODY } from './documents.ts'
import { type Question, rarityOf } from './question.ts'
import type { TextIndex } from './text-index.ts'
import type { Topics } from './topics.ts'
import type { Signal } from './types.ts'
import { AFTER, BEFORE, DAY, DAYS, FEW, INFORMATION, LENGTH, PRONOUN, QUESTION, RECENT, SATURATION, SESSION, SPEAKER, TOPIC } from './weights.ts'

export type Ranked = { readonly document: number; readonly score: number; readonly why: readonly Signal[] }

export type Ranking = {
  readonly best: readonly Ranked[]
  /** How much of the question the best turn and its neighbours contain, 0 … 1. */
  readonly confidence: number
}

export type RankOptions = {
  readonly limit: number
  /** Whether a document may be found. */
  readonly accept: (document: number) => boolean
  readonly topics?: Topics | null
  /** Scores from elsewhere, by document: what memories rest on, what vectors find near. As shares of the best score. */
  readonly boosts?: readonly { readonly signal: string; readonly by: ReadonlyMap<number, number> }[]
}

/** Sessions whose other turns are brought up too. */
const MOST_SESSIONS = 5

export function rank(index: TextIndex, question: Question, options: RankOptions): Ranking {
  const matched = new Matched(index)
  for (const { terms, rarity } of question.sought) matched.take(terms, rarity)
  const sessions = matched.bestSessions(MOST_SESSIONS)
  for (const session of sessions) for (const document of index.sessionDocuments(session)) matched.touch(document)
  const total = question.sought.reduce((sum, { rarity }) => sum + rarity, 0)
  const confidence = total === 0 ? 0 : Math.min(1, matched.mostCovered() / total)
  const topic = topicOf(index, question, options.topics ?? null, confidence, matched)
  for (const { by } of options.boosts ?? []) for (const document of by.keys()) matched.touch(document)
  return { best: scored(index, question, matched, { ...options, topic }), confidence }
}

/** What the lists of the terms give, added up by document and session. */
class Matched {
  readonly score: Float32Array
  /** The part of the score from the document's own words. */
  readonly own: Float32Array
  readonly covered: Float32Array
  readonly sessionScore: Float32Array
  touched: Int32Array
  count = 0
  readonly #index: TextIndex
  readonly #seen: Uint8Array
  readonly #times: Float32Array
  readonly #ownTimes: Float32Array
  readonly #sessionTimes: Float32Array
  #now: Int32Array

  constructor(index: TextIndex) {
    const { size, sessions } = index.documents
    this.#index = index
    this.score = new Float32Array(size)
    this.own = new Float32Array(size)
    this.covered = new Float32Array(size)
    this.#times = new Float32Array(size)
    this.#ownTimes = new Float32Array(size)
    this.#seen = new Uint8Array(size)
    this.touched = new Int32Array(size)
    this.#now = new Int32Array(size)
    this.sessionScore = new Float32Array(sessions.length)
    this.#sessionTimes = new Float32Array(sessions.length)
  }

  touch(document: number): void {
    if (this.#seen[document] === 1) return
    this.#seen[document] = 1
    this.touched[this.count++] = document
  }

  /** Adds what one sought thing is worth in every document around which it is said. */
  take(terms: readonly (readonly [term: number, weight: number])[], rarity: number): void {
    const now = this.#spread(terms)
    const sessions = this.#inSessions(terms)
    this.#saturate(now, rarity)
    this.#saturateSessions(sessions)
  }

  mostCovered(): number {
    let most = 0
    for (let n = 0; n < this.count; n++) most = Math.max(most, this.covered[this.touched[n] ?? 0] ?? 0)
    return most
  }

  bestSessions(limit: number): readonly number[] {
    const best = new Best(limit)
    for (const [session, score] of this.sessionScore.entries()) if (score > 0) best.offer(session, score)
    return best.taken().map(({ item }) => item)
  }

  /** How often the terms are said in each document and, in part, around it. @returns how many documents were noted in `#now` */
  #spread(terms: readonly (readonly [term: number, weight: number])[]): number {
    const { documents, postings } = this.#index
    const { flags, previous, next } = documents
    const [times, ownTimes, noted] = [this.#times, this.#ownTimes, this.#now]
    let count = 0
    const add = (document: number, much: number) => {
      if (times[document] === 0) noted[count++] = document
      times[document] = (times[document] ?? 0) + much
    }
    for (const [term, weight] of terms) {
      postings.read(term, (document, said) => {
        if (((flags[document] ?? 0) & FLAG.alive) === 0) return
        const much = weight * said
        add(document, much)
        ownTimes[document] = (ownTimes[document] ?? 0) + much
        let at = document
        for (let step = 0; step < BEFORE.length; step++) {
          at = next[at] ?? NOBODY
          if (at === NOBODY) break
          add(at, much * (BEFORE[step] ?? 0))
        }
        at = document
        for (let step = 0; step < AFTER.length; step++) {
          at = previous[at] ?? NOBODY
          if (at === NOBODY) break
          add(at, much * (AFTER[step] ?? 0))
        }
      })
    }
    return count
  }

  #saturate(count: number, rarity: number): void {
    const { windows, windowed, documents } = this.#index
    const usual = windowed / Math.max(1, documents.alive)
    const [times, ownTimes] = [this.#times, this.#ownTimes]
    for (let n = 0; n < count; n++) {
      const document = this.#now[n] ?? 0
      const damp = SATURATION * (1 - LENGTH + (LENGTH * (windows[document] ?? 0)) / usual)
      const around = saturated(times[document] ?? 0, damp)
      this.score[document] = (this.score[document] ?? 0) + rarity * around
      this.own[document] = (this.own[document] ?? 0) + rarity * saturated(ownTimes[document] ?? 0, damp)
      this.covered[document] = (this.covered[document] ?? 0) + rarity * Math.min(1, around)
      times[document] = 0
      ownTimes[document] = 0
      this.touch(document)
    }
  }

  /** How often the terms are said in each session. @returns the sessions */
  #inSessions(terms: readonly (readonly [term: number, weight: number])[]): readonly number[] {
    const { documents, postings, titles } = this.#index
    const { flags, session, sessions } = documents
    const times = this.#sessionTimes
    const found: number[] = []
    const add = (at: number, much: number) => {
      if (times[at] === 0) found.push(at)
      times[at] = (times[at] ?? 0) + much
    }
    for (const [term, weight] of terms) {
      if (weight < 1) continue
      postings.read(term, (document, said) => {
        const at = session[document] ?? NOBODY
        if (at !== NOBODY && ((flags[document] ?? 0) & FLAG.alive) !== 0) add(at, weight * said)
      })
      titles.read(term, (at, said) => {
        if ((sessions[at]?.documents ?? 0) > 0) add(at, weight * said)
      })
    }
    return found
  }

  #saturateSessions(found: readonly number[]): void {
    const { documents, words } = this.#index
    const rarity = rarityOf(documents.sessions.length, found.length)
    const usual = words / Math.max(1, documents.sessions.length)
    for (const at of found) {
      const damp = SATURATION * (1 - LENGTH + (LENGTH * (documents.sessions[at]?.words ?? 0)) / Math.max(1, usual))
      this.sessionScore[at] = (this.sessionScore[at] ?? 0) + rarity * saturated(this.#sessionTimes[at] ?? 0, damp)
      this.#sessionTimes[at] = 0
    }
  }
}

const saturated = (times: number, damp: number): number => (times * (SATURATION + 1)) / (times + damp)

type Topic = ReadonlyMap<number, number>

/** Documents on the question's topic, and how much of the best score that is worth: something only when no turn contains half of the question. */
function topicOf(index: TextIndex, question: Question, topics: Topics | null, confidence: number, matched: Matched): Topic {
  const found = new Map<number, number>()
  const share = TOPIC * (1 - 2 * confidence)
  if (topics === null || share <= 0) return found
  for (const { document, likeness } of topics.near(question.sought)) {
    if (!index.documents.is(document, FLAG.alive)) continue
    found.set(document, share * likeness)
    matched.touch(document)
  }
  return found
}

type Scoring = RankOptions & { readonly topic: Topic }

function scored(index: TextIndex, question: Question, matched: Matched, options: Scoring): readonly Ranked[] {
  const { documents } = index
  const best = new Best(options.limit)
  const reference = highest(matched, documents.session)
  const newest = question.latest ? extent(documents.at, matched) : null
  const parts = (document: number): readonly Signal[] => {
    const own = matched.own[document] ?? 0
    const at = documents.at[document] ?? Number.NaN
    const list: Signal[] = [
      { signal: 'words', value: own },
      { signal: 'neighbours', value: (matched.score[document] ?? 0) - own },
      { signal: 'conversation', value: SESSION * (matched.sessionScore[documents.session[document] ?? NOBODY] ?? 0) },
      { signal: 'topic', value: reference * (options.topic.get(document) ?? 0) },
      { signal: 'time', value: question.days.length === 0 ? 0 : reference * DAY * nearness(at, question.days, DAYS) },
      { signal: 'recent', value: newest === null ? 0 : reference * RECENT * newest(at) },
    ]
    for (const { signal, by } of options.boosts ?? []) list.push({ signal, value: reference * (by.get(document) ?? 0) })
    return list
  }
  for (let n = 0; n < matched.count; n++) {
    const document = matched.touched[n] ?? 0
    if (!options.accept(document)) continue
    const score = parts(document).reduce((sum, { value }) => sum + value, 0) * factorOf(index, question, document)
    if (score > 0) best.offer(document, score)
  }
  return best.taken().map(({ item, score }) => ({ document: item, score, why: reasons(parts(item), score) }))
}

/** Who speaks, whether it tells or asks, and how much it says. */
function factorOf({ documents }: TextIndex, { speakers, about }: Question, document: number): number {
  const distinct = documents.distinct[document] ?? 0
  let factor = 1 - INFORMATION + (INFORMATION * 1.5 * distinct) / (distinct + FEW)
  if (speakers.size === 1 && speakers.has(documents.speaker[document] ?? NOBODY)) factor *= SPEAKER
  else if (speakers.size === 0 && about !== null && documents.is(document, about === 'user' ? FLAG.user : FLAG.assistant)) factor *= PRONOUN
  return documents.is(document, FLAG.question) ? factor * QUESTION : factor
}

/** What was added up, and what the rest multiplied it by. */
function reasons(parts: readonly Signal[], score: number): readonly Signal[] {
  const sum = parts.reduce((total, { value }) => total + value, 0)
  const why = parts.filter(({ value }) => value > 0.001)
  return [...why, { signal: 'speaker and content', value: score - sum }].map(({ signal, value }) => ({
    signal,
    value: Math.round(value * 1000) / 1000,
  }))
}

function highest(matched: Matched, session: Int32Array): number {
  let most = 0
  for (let n = 0; n < matched.count; n++) {
    const document = matched.touched[n] ?? 0
    most = Math.max(most, (matched.score[document] ?? 0) + SESSION * (matched.sessionScore[session[document] ?? NOBODY] ?? 0))
  }
  return most === 0 ? 1 : most
}

/** 0 for the oldest of what was found, 1 for the newest. */
function extent(at: Float64Array, matched: Matched): (moment: number) => number {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let n = 0; n < matched.count; n++) {
    const moment = at[matched.touched[n] ?? 0] ?? Number.NaN
    if (moment < from) from = moment
    if (moment > to) to = moment
  }
  return (moment) => (to > from && moment >= from ? (moment - from) / (to - from) : 0)
}

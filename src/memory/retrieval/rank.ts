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
  /** Only documents that say something of the question themselves. */
  readonly itself?: boolean
  /** Scores from elsewhere, by document: what memories rest on, what vectors find near. As shares of the best score. */
  readonly boosts?: readonly { readonly signal: string; readonly by: ReadonlyMap<number, number> }[]
}

/**
 * Rarer words come first; a more common one brings up documents of its own only while all of them are no more than `ENOUGH`, or fewer than any answer
 * has were found. After that it only tells those apart that are there: what is long in common words costs no more than what is rare in it.
 *
 * @see Moffat and Zobel, "Self-indexing inverted files for fast text retrieval", 1996 ("continue")
 */
const ENOUGH = 2_000
const MOST_ASKED = 200
/** Sessions whose other turns are brought up too. */
const MOST_SESSIONS = 5

export function rank(index: TextIndex, question: Question, options: RankOptions): Ranking {
  const matched = Matched.of(index)
  try {
    for (const { terms, rarity } of question.sought.toSorted((a, b) => b.rarity - a.rarity)) matched.take(terms, rarity)
    for (const session of matched.bestSessions(MOST_SESSIONS)) for (const document of index.sessionDocuments(session)) matched.touch(document)
    const total = question.sought.reduce((sum, { rarity }) => sum + rarity, 0)
    const confidence = total === 0 ? 0 : Math.min(1, matched.mostCovered() / total)
    const topic = topicOf(index, question, options.topics ?? null, confidence, matched)
    for (const { by } of options.boosts ?? []) for (const document of by.keys()) matched.touch(document)
    return { best: scored(index, question, matched, { ...options, topic }), confidence }
  } finally {
    matched.clear()
  }
}

/** What the lists of the terms give, added up by document and session. As long as the index, so it is kept for the next question. */
class Matched {
  static readonly #kept = new WeakMap<TextIndex, Matched>()

  score = new Float32Array(0)
  /** The part of the score from the document's own words. */
  own = new Float32Array(0)
  covered = new Float32Array(0)
  sessionScore = new Float32Array(0)
  touched = new Int32Array(0)
  count = 0
  readonly #index: TextIndex
  #seen = new Uint8Array(0)
  #times = new Float32Array(0)
  #ownTimes = new Float32Array(0)
  #sessionTimes = new Float32Array(0)
  #now = new Int32Array(0)

  private constructor(index: TextIndex) {
    this.#index = index
  }

  static of(index: TextIndex): Matched {
    const kept = Matched.#kept.get(index) ?? new Matched(index)
    Matched.#kept.set(index, kept)
    kept.#fit()
    return kept
  }

  /** Ready for the next question. */
  clear(): void {
    for (let n = 0; n < this.count; n++) {
      const document = this.touched[n] ?? 0
      this.score[document] = 0
      this.own[document] = 0
      this.covered[document] = 0
      this.#seen[document] = 0
    }
    this.count = 0
    this.sessionScore.fill(0)
  }

  #fit(): void {
    const { at, sessions } = this.#index.documents
    if (this.score.length < at.length) {
      this.score = new Float32Array(at.length)
      this.own = new Float32Array(at.length)
      this.covered = new Float32Array(at.length)
      this.touched = new Int32Array(at.length)
      this.#seen = new Uint8Array(at.length)
      this.#times = new Float32Array(at.length)
      this.#ownTimes = new Float32Array(at.length)
      this.#now = new Int32Array(at.length)
    }
    if (this.sessionScore.length < sessions.length) {
      this.sessionScore = new Float32Array(sessions.length * 2)
      this.#sessionTimes = new Float32Array(sessions.length * 2)
    }
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
    const [times, ownTimes, noted, seen] = [this.#times, this.#ownTimes, this.#now, this.#seen]
    const length = terms.reduce((sum, [term]) => sum + postings.count(term), 0)
    const isOpen = this.count < MOST_ASKED || this.count + length <= ENOUGH
    let count = 0
    const add = (document: number, much: number): void => {
      if (times[document] === 0) {
        if (!isOpen && seen[document] === 0) return
        noted[count++] = document
      }
      times[document] = (times[document] ?? 0) + much
    }
    for (const [term, weight] of terms) {
      postings.read(term, (document, said) => {
        if (((flags[document] ?? 0) & FLAG.alive) === 0) return
        const much = weight * said
        add(document, much)
        if (times[document] !== 0) ownTimes[document] = (ownTimes[document] ?? 0) + much
        for (let step = 0, at = next[document] ?? NOBODY; step < BEFORE.length && at !== NOBODY; step++, at = next[at] ?? NOBODY)
          add(at, much * (BEFORE[step] ?? 0))
        for (let step = 0, at = previous[document] ?? NOBODY; step < AFTER.length && at !== NOBODY; step++, at = previous[at] ?? NOBODY)
          add(at, much * (AFTER[step] ?? 0))
      })
    }
    return count
  }

  #saturate(count: number, rarity: number): void {
    const { windows, windowed, documents } = this.#index
    const longer = (SATURATION * LENGTH * Math.max(1, documents.alive)) / Math.max(1, windowed)
    const base = SATURATION * (1 - LENGTH)
    const [times, ownTimes, now] = [this.#times, this.#ownTimes, this.#now]
    const { score, own, covered } = this
    for (let n = 0; n < count; n++) {
      const document = now[n] ?? 0
      const damp = base + longer * (windows[document] ?? 0)
      const around = saturated(times[document] ?? 0, damp)
      score[document] = (score[document] ?? 0) + rarity * around
      covered[document] = (covered[document] ?? 0) + rarity * Math.min(1, around)
      const said = ownTimes[document] ?? 0
      if (said > 0) own[document] = (own[document] ?? 0) + rarity * saturated(said, damp)
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
/** What a part of the score is worth for a document. */
type Part = { readonly signal: string; readonly of: (document: number) => number }

function scored(index: TextIndex, question: Question, matched: Matched, options: Scoring): readonly Ranked[] {
  const best = new Best(options.limit)
  const [said, more] = partsOf(index, question, matched, options)
  const { score, own, sessionScore, touched } = matched
  const { session } = index.documents
  for (let n = 0; n < matched.count; n++) {
    const document = touched[n] ?? 0
    if ((options.itself === true && (own[document] ?? 0) === 0) || !options.accept(document)) continue
    let sum = (score[document] ?? 0) + SESSION * (sessionScore[session[document] ?? NOBODY] ?? 0)
    for (const part of more) sum += part.of(document)
    if (sum > 0) best.offer(document, sum * factorOf(index, question, document))
  }
  return best.taken().map(({ item, score: reached }) => ({ document: item, score: reached, why: reasons([...said, ...more], item, reached) }))
}

/** What was said in and around a document; and what else can be worth anything for this question. */
function partsOf(
  { documents }: TextIndex,
  { days, latest }: Question,
  matched: Matched,
  options: Scoring,
): readonly [said: readonly Part[], more: readonly Part[]] {
  const { score, own, sessionScore } = matched
  const reference = highest(matched, documents.session)
  const said: Part[] = [
    { signal: 'words', of: (document) => own[document] ?? 0 },
    { signal: 'neighbours', of: (document) => (score[document] ?? 0) - (own[document] ?? 0) },
    { signal: 'conversation', of: (document) => SESSION * (sessionScore[documents.session[document] ?? NOBODY] ?? 0) },
  ]
  const more: Part[] = []
  const shares = [{ signal: 'topic', by: options.topic }, ...(options.boosts ?? [])].filter(({ by }) => by.size > 0)
  for (const { signal, by } of shares) more.push({ signal, of: (document) => reference * (by.get(document) ?? 0) })
  if (days.length > 0) more.push({ signal: 'time', of: (document) => reference * DAY * nearness(documents.at[document] ?? Number.NaN, days, DAYS) })
  if (latest) {
    const newness = extent(documents.at, matched)
    more.push({ signal: 'recent', of: (document) => reference * RECENT * newness(documents.at[document] ?? Number.NaN) })
  }
  return [said, more]
}

/** Who speaks, whether it tells or asks, and how much it says. */
function factorOf({ documents }: TextIndex, { speakers, about }: Question, document: number): number {
  const distinct = documents.distinct[document] ?? 0
  let factor = 1 - INFORMATION + (INFORMATION * 1.5 * distinct) / (distinct + FEW)
  if (speakers.size === 1 && speakers.has(documents.speaker[document] ?? NOBODY)) factor *= SPEAKER
  else if (speakers.size === 0 && about !== null && documents.is(document, about === 'user' ? FLAG.user : FLAG.assistant)) factor *= PRONOUN
  return documents.is(document, FLAG.question) ? factor * QUESTION : factor
}

/** What was added up, and how much the rest made more or less of it. */
function reasons(parts: readonly Part[], document: number, score: number): readonly Signal[] {
  const why = parts.map(({ signal, of }) => ({ signal, value: of(document) }))
  const sum = why.reduce((total, { value }) => total + value, 0)
  return [...why, { signal: 'speaker and content', value: score - sum }]
    .filter(({ value }) => Math.abs(value) > 0.001)
    .map(({ signal, value }) => ({ signal, value: Math.round(value * 1000) / 1000 }))
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

/**
 * Admission of commits that were signed elsewhere: each is judged by the same deciders as everything asked for here, on what the streams say and what
 * the commits before it in the batch would add, then handed to the ledger on condition that this still holds.
 *
 * Refusing one commit concerns no other, but those that follow it in the chain of its key.
 */
import type { AddressedEvent, DomainEvent } from '../events/catalogue.ts'
import { sameJson } from '../events/same.ts'
import type { Hash, LedgerCommit, SignedCommit, SubmitResult } from '../ledger/types.ts'
import type { Command, Refusal } from './commands.ts'
import type { StreamKey } from './decider.ts'
import type { WriteLedger } from './found.ts'
import { conditions, loadHistories } from './histories.ts'
import { type Histories, type History, judge, laneOf } from './judge.ts'
import { type Author, commandOf, type ReadCommit, readSigned } from './signed-events.ts'

/** How often commits are judged again because others wrote to the same streams meanwhile. */
const ATTEMPTS = 4

/** What admission needs of the ledger; `Ledger` satisfies it. */
export type AdmitLedger = WriteLedger & {
  submit(commits: readonly SignedCommit[]): Promise<readonly SubmitResult[]>
  find(ref: string): Promise<LedgerCommit | null>
}

/** Durable, or why not: the ledger's word, or that of the rules. */
export type AdmitResult =
  | Extract<SubmitResult, { ok: true }>
  | { readonly ok: false; readonly code: Extract<SubmitResult, { ok: false }>['code'] | Refusal['code']; readonly reason: string }

/** What the rules cannot know from streams alone: whether the facts in the events are so. Null: they are. */
export type CheckFacts = (events: readonly DomainEvent[], author: Author) => Promise<Refusal | null>

/** Results in the order of the commits. Throws what the ledger throws. */
export type Admit = (author: Author, commits: readonly SignedCommit[], check: CheckFacts) => Promise<readonly AdmitResult[]>

type Refused = Extract<AdmitResult, { ok: false }>
type Candidate = { readonly place: number; readonly signed: SignedCommit; readonly read: ReadCommit }

export function createAdmit(ledger: AdmitLedger): Admit {
  return async (author, commits, check) => {
    const results: AdmitResult[] = []
    let waiting: Candidate[] = []
    for (const [place, outcome] of (await Promise.all(commits.map((signed) => begin(signed, author, check)))).entries()) {
      if ('read' in outcome) waiting.push({ place, ...outcome })
      else results[place] = outcome
    }
    for (let tries = 0; waiting.length > 0 && tries < ATTEMPTS; tries++) {
      const { ready, refused } = await judgeAll(ledger, author, waiting, tries > 0)
      for (const [{ place }, refusal] of refused) results[place] = refusal
      const submitted = await ledger.submit(ready.map(({ signed }) => signed))
      for (const [i, { place }] of ready.entries()) results[place] = submitted[i] ?? LOST
      waiting = retryable(ready, results)
    }
    return Promise.all(commits.map((signed, place) => settle(ledger, results[place] ?? LOST, signed)))
  }
}

const LOST: Refused = { ok: false, code: 'BUSY', reason: 'Nothing was decided about this commit: send it again.' }

async function begin(signed: SignedCommit, author: Author, check: CheckFacts): Promise<Omit<Candidate, 'place'> | Refused> {
  const reading = readSigned(signed)
  if (!reading.ok) return { ok: false, code: 'MALFORMED', reason: reading.reason }
  const { read } = reading
  if (!sameBytes(read.header.actor, author.actor)) return { ok: false, code: 'KEY', reason: 'The commit is in the name of another actor.' }
  const refusal = await check(
    read.events.map(({ event }) => event),
    author,
  )
  return refusal === null ? { signed, read } : refusedBy(refusal)
}

/** Judged in order; each on top of what those before it would record. */
async function judgeAll(ledger: AdmitLedger, author: Author, candidates: readonly Candidate[], look: boolean) {
  const name = naming(ledger)
  const asked = candidates.map(({ read }) => read.events.flatMap(({ event }) => commandOf(event, author) ?? []))
  const known = await Promise.all(asked.map((commands) => loadHistories(ledger, commands, name, { look })))
  const added = new Map<string, AddressedEvent[]>()
  const ready: Candidate[] = []
  const refused: [Candidate, Refused][] = []
  for (const [i, candidate] of candidates.entries()) {
    const task = { author, name, candidate, commands: asked[i] ?? [], added }
    let histories = known[i] ?? new Map<string, History>()
    let verdict = judgeOne(task, withAdded(histories, added))
    if (verdict === 'unsure') {
      histories = await loadHistories(ledger, task.commands, name, { look: true })
      verdict = judgeOne(task, withAdded(histories, added))
    }
    if (verdict !== 'accepted') {
      refused.push([candidate, verdict === 'unsure' ? LOST : verdict])
      continue
    }
    ready.push({ ...candidate, signed: { ...candidate.signed, expected: conditions(null, withAdded(histories, added)) } })
    for (const event of candidate.read.events) added.set(event.stream, [...(added.get(event.stream) ?? []), event])
  }
  return { ready, refused }
}

/** Names streams, each once: a name is a keyed hash. */
function naming(ledger: AdmitLedger): (key: StreamKey) => string {
  const names = new Map<string, string>()
  return ([kind, key]) => {
    const id = `${kind} ${key}`
    const name = names.get(id) ?? ledger.streamName(kind, key)
    names.set(id, name)
    return name
  }
}

type Task = {
  readonly author: Author
  readonly name: (key: StreamKey) => string
  readonly candidate: Candidate
  readonly commands: readonly Command[]
}

/** Accepted when the deciders would have recorded exactly these events in exactly these streams. */
function judgeOne({ author, name, candidate: { read }, commands }: Task, histories: Histories): 'accepted' | 'unsure' | Refused {
  const judgement = judge({ by: { account: author.id }, commands }, name, histories)
  if (judgement.is === 'unsure') return 'unsure'
  if (judgement.is === 'refused') return refusedBy(judgement.refusal)
  const difference = differenceBetween(judgement.events, read.events)
  if (difference !== null) return refusedBy(difference)
  if (read.header.lane === 'public' && laneOf('public', read.events, histories) === 'private')
    return { ok: false, code: 'INVALID', reason: 'Not every event of this commit is for strangers: it belongs into the private lane.' }
  return 'accepted'
}

function differenceBetween(decided: readonly AddressedEvent[], signed: readonly AddressedEvent[]): Refusal | null {
  if (decided.length < signed.length) return { code: 'ALREADY_EXISTS', message: 'This is so already: there is nothing to record.' }
  for (const [i, { stream, event }] of decided.entries()) {
    const found = signed[i]
    if (found === undefined || found.event.type !== event.type)
      return { code: 'INVALID', message: `Event ${i} must be ${event.type}: it belongs to what was asked for.` }
    if (found.stream !== stream) return { code: 'INVALID', message: `Event ${i} belongs into another stream: ask for its name.` }
    if (!sameJson(found.event.data, event.data)) return { code: 'INVALID', message: `Event ${i} says something else than what would be recorded.` }
  }
  return null
}

/** What the streams say once the events of earlier commits of the batch are in them. */
function withAdded(histories: Histories, added: ReadonlyMap<string, readonly AddressedEvent[]>): Histories {
  if (added.size === 0) return histories
  return new Map(
    [...histories].map(([stream, history]) => {
      const more = added.get(stream)
      if (more === undefined) return [stream, history]
      const facts = [...history.facts, ...more.map(({ event }) => event)]
      return [stream, { ...history, facts, revision: (history.revision ?? -1) + more.length }]
    }),
  )
}

/** Those whose streams moved while they waited, and those that only failed because they came after one of them. */
function retryable(ready: readonly Candidate[], results: readonly AdmitResult[]): Candidate[] {
  const codeOf = ({ place }: Candidate): string | null => {
    const result = results[place]
    return result === undefined || result.ok ? null : result.code
  }
  if (!ready.some((candidate) => codeOf(candidate) === 'CONDITION')) return []
  return ready.filter((candidate) => ['CONDITION', 'CHAIN'].includes(codeOf(candidate) ?? ''))
}

/** A commit that is in the log already keeps its place, whatever would be decided about it today. */
async function settle(ledger: AdmitLedger, result: AdmitResult, signed: SignedCommit): Promise<AdmitResult> {
  if (result.ok || ['MALFORMED', 'KEY', 'SIGNATURE', 'BUSY', 'READ_ONLY'].includes(result.code)) return result
  const reading = readSigned(signed)
  const found = reading.ok ? await ledger.find(Buffer.from(reading.read.id).toString('hex')) : null
  return found === null ? result : { ok: true, receipt: { position: found.position, id: found.id, time: found.time, repeated: true } }
}

const refusedBy = ({ code, message }: Refusal): Refused => ({ ok: false, code, reason: message })
const sameBytes = (a: Hash, b: Hash): boolean => Buffer.compare(a, b) === 0

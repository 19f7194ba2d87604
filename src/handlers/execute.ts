/**
 * The one write path of the application: loads streams, lets the deciders judge, appends ONE commit, and judges again when the streams moved meanwhile.
 *
 * Streams that are normally new (a post, a like, an activity id) are not looked up: the guess "empty" becomes a condition that the ledger checks.
 * Founding commands (`SetUpInstance`, `CreateAccount`) make a key and stand alone in their request; see `found.ts`.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { AddressedEvent } from '../events/catalogue.ts'
import { recorded, toDraft } from '../events/codec.ts'
import { problemWith } from '../events/schema.ts'
import { type Expected, LedgerFault, type Receipt } from '../ledger/types.ts'
import type { Execute, Outcome, Refusal, Request } from './commands.ts'
import { refuse, type StreamKey } from './decider.ts'
import { append, foundingSigner, type WriteLedger } from './found.ts'
import { instanceStream } from './instance.ts'
import { type Histories, type History, judge, laneOf } from './judge.ts'
import { routeOf } from './routes.ts'

/** How often a request is judged again when others write to the same streams, before the caller is told to come back. */
const ATTEMPTS = 24
/** Longest pause between two attempts, milliseconds. */
const LONGEST_PAUSE = 64

const ALREADY_SO: Outcome = { ok: true, position: null, repeated: false }
const SEEN_BEFORE: Outcome = { ok: true, position: null, repeated: true }

/** An identity of that id is in the log, but under another name. */
const EXISTS: Refusal = { code: 'ALREADY_EXISTS', message: 'This account already exists' }

type Name = (key: StreamKey) => string

/**
 * The application's `execute`.
 *
 * @param ledger  the one writer's ledger
 * @param random  0 ≤ x < 1, spreads the pauses of competing requests
 * @returns       throws {LedgerFault} RETRY_LATER when a stream stays contended, and whatever the ledger itself throws
 */
export function createExecute({ ledger, random = Math.random }: { readonly ledger: WriteLedger; readonly random?: () => number }): Execute {
  const admitted = new Set<string>()

  return async (request) => {
    const founding = foundingSigner(request.commands)
    const bar = founding === null ? await barFor(request.by) : null
    if (bar !== null) return { ok: false, refusal: bar }
    const name = naming(ledger)
    let look = false
    for (let conflicts = 0; conflicts < ATTEMPTS; ) {
      const result = await attempt(ledger, request, name, look, founding)
      if (result !== 'unsure' && result !== 'conflict') return result
      look = true
      if (result === 'conflict') await sleep(random() * Math.min(2 ** conflicts++, LONGEST_PAUSE))
    }
    throw new LedgerFault(
      'RETRY_LATER',
      'Too many writers at once',
      request.commands.map((command) => command.do),
    )
  }

  /** Nobody signs before the instance exists, and no account that does not. What exists stays, so it is looked up once. */
  async function barFor(by: Request['by']): Promise<Refusal | null> {
    if (!admitted.has('instance')) {
      if ((await ledger.revision(naming(ledger)(instanceStream()))) === null) return refuse('NOT_SET_UP', 'This instance is not set up yet').refusal
      admitted.add('instance')
    }
    if (by === 'instance' || admitted.has(by.account)) return null
    if (!(await ledger.hasSigner(`account/${by.account}`))) return refuse('NOT_FOUND', 'No such account').refusal
    admitted.add(by.account)
    return null
  }
}

/** One judgement and, when it accepts, one append. `look`: read the streams that are expected to be new as well. */
async function attempt(
  ledger: WriteLedger,
  request: Request,
  name: Name,
  look: boolean,
  founding: string | null,
): Promise<Outcome | 'unsure' | 'conflict'> {
  const taken = founding !== null && (await ledger.hasSigner(founding)) // before the streams are read: what made it so is then in them
  const histories = await load(ledger, request, name, look)
  const judgement = judge(request, name, histories)
  if (judgement.is === 'unsure') return 'unsure'
  const activity = request.evidence === undefined ? null : name(['activity', request.evidence.data.activityId])
  if (judgement.is === 'refused' || judgement.events.length === 0) {
    if (activity !== null && (await ledger.revision(activity)) !== null) return SEEN_BEFORE
    return judgement.is === 'accepted' ? ALREADY_SO : { ok: false, refusal: judgement.refusal }
  }
  if (taken) return { ok: false, refusal: EXISTS }
  const events = activity === null ? judgement.events : [...judgement.events, ...evidenceOf(request, activity)]
  const problem = problemIn(events)
  if (problem !== null) return { ok: false, refusal: refuse('INVALID', problem).refusal }
  try {
    const expected = [...(activity === null ? [] : [[activity, 'none'] as const]), ...conditions(histories)]
    return done(await append(ledger, { request, founding, lane: laneOf(request.lane, events, histories), events: events.map(toDraft), expected }))
  } catch (error) {
    if (!(error instanceof LedgerFault) || error.code !== 'WRONG_REVISION') throw error
    const stale = staleStream(error)
    if (activity !== null && stale === activity) return SEEN_BEFORE
    if (founding === null && !histories.has(stale)) throw error // reading again would change nothing
    return 'conflict'
  }
}

/** What every stream of the request says; guesses "nothing" for those expected to be new unless asked to look. */
async function load(ledger: WriteLedger, request: Request, name: Name, look: boolean): Promise<Histories> {
  const wanted = new Map<string, boolean>()
  for (const command of request.commands) {
    const route = routeOf(command)
    for (const key of route.reads(command)) wanted.set(name(key), (wanted.get(name(key)) ?? true) && route.expectNew && !look)
  }
  return new Map(await Promise.all([...wanted].map(async ([stream, guess]) => [stream, guess ? GUESS : await historyOf(ledger, stream)] as const)))
}

const GUESS: History = { revision: null, facts: [], guessed: true }

async function historyOf(ledger: WriteLedger, stream: string): Promise<History> {
  const events = await ledger.readStream(stream)
  return { revision: events.at(-1)?.revision ?? null, facts: events.map((event) => recorded(event, 0)), guessed: false }
}

const conditions = (histories: Histories): (readonly [string, Expected])[] =>
  [...histories].map(([stream, { revision }]) => [stream, revision ?? 'none'])

function evidenceOf({ evidence }: Request, stream: string): AddressedEvent[] {
  return evidence === undefined ? [] : [{ stream, event: { type: 'activity:receive', data: evidence.data, evidence: evidence.bytes } }]
}

function problemIn(events: readonly AddressedEvent[]): string | null {
  for (const { event } of events) {
    const problem = problemWith(event)
    if (problem !== null) return problem
  }
  return null
}

const done = ({ position, repeated }: Receipt): Outcome => ({ ok: true, position, repeated })
/** The stream of `[stream, expected, actual]`. */
const staleStream = ({ detail }: LedgerFault): string => (Array.isArray(detail) ? String(detail[0]) : '')

/** Names streams, each once: a name is a keyed hash. */
function naming(ledger: WriteLedger): Name {
  const names = new Map<string, string>()
  return ([kind, key]) => {
    const id = `${kind} ${key}`
    const known = names.get(id)
    if (known !== undefined) return known
    const name = ledger.streamName(kind, key)
    names.set(id, name)
    return name
  }
}

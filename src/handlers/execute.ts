/**
 * The one write path of the application: loads streams, lets the deciders judge, appends ONE commit, and judges again when the streams moved meanwhile.
 *
 * Streams that are normally new (a post, a like, an activity id) are not looked up: the guess "empty" becomes a condition that the ledger checks.
 * Founding commands (`SetUpInstance`, `CreateAccount`) make a key and stand alone in their request; see `found.ts`.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { AddressedEvent } from '../events/catalogue.ts'
import { toDraft } from '../events/codec.ts'
import { problemWith } from '../events/schema.ts'
import { LedgerFault } from '../ledger/types.ts'
import type { Execute, Outcome, Refusal, Request } from './commands.ts'
import { refuse, type StreamKey } from './decider.ts'
import { append, foundingSigner, type WriteLedger } from './found.ts'
import { conditions, loadHistories } from './histories.ts'
import { instanceStream } from './instance.ts'
import { type Histories, judge, laneOf } from './judge.ts'
import { Remembered } from './remembered.ts'

/** How often a request is judged again when others write to the same streams, before the caller is told to come back. */
const ATTEMPTS = 24
/** Longest pause between two attempts, milliseconds. */
const LONGEST_PAUSE = 64
/** How often to look for the name of an identity that exists: it may have landed a moment ago and not be readable yet. */
const LOOKS_FOR_NAME = 8

const ALREADY_SO: Outcome = { ok: true, position: null, repeated: false }
const SEEN_BEFORE: Outcome = { ok: true, position: null, repeated: true }

const OWN_KEYS: Refusal = { code: 'NOT_ALLOWED', message: 'This account signs with keys of its own: this instance may not write in its name' }

/** A request on its way. */
type Task = {
  readonly request: Request
  readonly name: (key: StreamKey) => string
  /** The signer that it creates, or null. */
  readonly founding: string | null
  /** Stream of the activity that caused it, or null. */
  readonly activity: string | null
  readonly remembered: Remembered
}

/** `unsure`: decided on a guess that did not hold up; look and judge again. `conflict`: somebody wrote meanwhile. */
type Result = Outcome | 'unsure' | 'conflict'

/**
 * The application's `execute`.
 *
 * @param ledger  the one writer's ledger
 * @param random  0 ≤ x < 1, spreads the pauses of competing requests
 * @returns       throws {LedgerFault} RETRY_LATER when a stream stays contended, and whatever the ledger itself throws
 */
export function createExecute({ ledger, random = Math.random }: { readonly ledger: WriteLedger; readonly random?: () => number }): Execute {
  const admitted = new Set<string>()
  const remembered = new Remembered()

  return async (request) => {
    const task = { ...taskOf(ledger, request), remembered }
    const bar = task.founding === null ? await barFor(request.by) : null
    if (bar !== null) return refused(bar)
    for (let tries = 0; tries < ATTEMPTS; tries++) {
      const result = await attempt(ledger, task, tries)
      if (result !== 'unsure' && result !== 'conflict') return result
      if (result === 'conflict') await sleep(random() * Math.min(2 ** tries, LONGEST_PAUSE))
    }
    const asked = request.commands.map((command) => command.do)
    throw new LedgerFault('RETRY_LATER', 'Too many writers at once', asked)
  }

  /** Nobody signs before the instance exists, and no account that does not. What exists stays, so it is looked up once. */
  async function barFor(by: Request['by']): Promise<Refusal | null> {
    if (!admitted.has('instance')) {
      if ((await ledger.revision(ledger.streamName(...instanceStream()))) === null)
        return { code: 'NOT_SET_UP', message: 'This instance is not set up yet' }
      admitted.add('instance')
    }
    if (by === 'instance') return null
    const signer = `account/${by.account}`
    if (!admitted.has(by.account) && !(await ledger.hasSigner(signer))) return { code: 'NOT_FOUND', message: 'No such account' }
    admitted.add(by.account)
    return (await ledger.signsFor(signer)) ? null : OWN_KEYS
  }
}

function taskOf(ledger: WriteLedger, request: Request): Omit<Task, 'remembered'> {
  const name = naming(ledger)
  const activity = request.evidence === undefined ? null : name(['activity', request.evidence.data.activityId])
  return { request, name, founding: foundingSigner(request.commands), activity }
}

/** One judgement and, when it accepts, one append. The first try guesses, later ones look. */
async function attempt(ledger: WriteLedger, task: Task, tries: number): Promise<Result> {
  const taken = task.founding !== null && (await ledger.hasSigner(task.founding))
  const histories = await loadHistories(ledger, task.request.commands, task.name, { look: tries > 0, remembered: task.remembered })
  const judgement = judge(task.request, task.name, histories)
  if (judgement.is === 'unsure') return 'unsure'
  if (judgement.is === 'refused') return (await seenBefore(ledger, task)) ? SEEN_BEFORE : refused(judgement.refusal)
  if (judgement.events.length === 0) return (await seenBefore(ledger, task)) ? SEEN_BEFORE : ALREADY_SO
  if (taken) return tries < LOOKS_FOR_NAME ? 'conflict' : refuse('ALREADY_EXISTS', 'This account already exists')
  const result = await record(ledger, task, judgement.events, histories)
  if (typeof result === 'object' && result.ok && !result.repeated)
    for (const [stream, kept] of judgement.settled()) task.remembered.keep(stream, kept)
  return result
}

const seenBefore = async (ledger: WriteLedger, { activity }: Task): Promise<boolean> =>
  activity !== null && (await ledger.revision(activity)) !== null

/** Appends what was decided, on condition that it still holds. */
async function record(
  ledger: WriteLedger,
  { request, founding, activity }: Task,
  decided: readonly AddressedEvent[],
  histories: Histories,
): Promise<Result> {
  const events = [...decided, ...receipt(request, activity)]
  const problem = firstProblem(events)
  if (problem !== null) return refuse('INVALID', problem)
  const lane = laneOf(request.lane, events, histories)
  try {
    const { position, repeated } = await append(ledger, {
      request,
      founding,
      lane,
      events: events.map(toDraft),
      expected: conditions(activity, histories),
    })
    return { ok: true, position, repeated }
  } catch (error) {
    const stale = staleStream(error)
    if (activity !== null && stale === activity) return SEEN_BEFORE
    if (stale === null || (founding === null && !histories.has(stale))) throw error // reading again would change nothing
    return 'conflict'
  }
}

/** The event that keeps the activity which came in, and makes it count once. */
function receipt({ evidence }: Request, activity: string | null): AddressedEvent[] {
  if (evidence === undefined || activity === null) return []
  return [{ stream: activity, event: { type: 'activity:receive', data: evidence.data, evidence: evidence.bytes } }]
}

function firstProblem(events: readonly AddressedEvent[]): string | null {
  for (const { event } of events) {
    const problem = problemWith(event)
    if (problem !== null) return problem
  }
  return null
}

const refused = (refusal: Refusal): Outcome => ({ ok: false, refusal })

/** The stream whose condition failed; null when the error is of another kind. */
function staleStream(error: unknown): string | null {
  if (!(error instanceof LedgerFault) || error.code !== 'WRONG_REVISION' || !Array.isArray(error.detail)) return null
  return String(error.detail[0])
}

/** Names streams, each once: a name is a keyed hash. */
function naming(ledger: WriteLedger): Task['name'] {
  const names = new Map<string, string>()
  return ([kind, key]) => {
    const id = `${kind} ${key}`
    const name = names.get(id) ?? ledger.streamName(kind, key)
    names.set(id, name)
    return name
  }
}

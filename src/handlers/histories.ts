/** What the streams of a request say, read from the ledger or guessed; and the conditions under which a decision on it holds. */
import { recorded } from '../events/codec.ts'
import type { Expected } from '../ledger/types.ts'
import type { Command } from './commands.ts'
import type { StreamKey } from './decider.ts'
import type { WriteLedger } from './found.ts'
import type { Histories, History } from './judge.ts'
import type { Kept, Remembered } from './remembered.ts'
import { routeOf } from './routes.ts'

/** How one stream is to be read: not at all, its newest events, or whole (`last` infinite). `decider`: the only one that wants it, of those whose states are kept. */
type Reading = { readonly guess: boolean; readonly last: number; readonly decider: object | null }

/**
 * Histories of all streams that the commands depend on, read at the same time.
 *
 * @param look        read also the streams that are expected to be new, or to be as they were, instead of guessing that they are
 * @param remembered  states of earlier requests
 */
export async function loadHistories(
  ledger: WriteLedger,
  commands: readonly Command[],
  name: (key: StreamKey) => string,
  { look, remembered }: { readonly look: boolean; readonly remembered?: Remembered },
): Promise<Histories> {
  const readings = new Map<string, Reading>()
  for (const command of commands) {
    const { reads, expectNew, last = Infinity, remembered: isKept = false, decider } = routeOf(command)
    const wanted: Reading = { guess: expectNew && !look, last, decider: isKept ? decider : null }
    for (const stream of reads(command).map(name)) readings.set(stream, both(readings.get(stream), wanted))
  }
  const history = (stream: string, { guess, last, decider }: Reading): History | Promise<History> => {
    const kept = remembered?.of(stream) ?? null
    if (kept !== null && kept.decider === decider) return look ? grown(ledger, stream, kept) : asItWas(kept)
    return guess ? GUESS : read(ledger, stream, last)
  }
  return new Map(await Promise.all([...readings].map(async ([stream, reading]) => [stream, await history(stream, reading)] as const)))
}

const GUESS: History = { revision: null, facts: [], guessed: true }

/** Two commands of a request may want one stream: what serves both. */
const both = (a: Reading | undefined, b: Reading): Reading => {
  if (a === undefined) return b
  return { guess: a.guess && b.guess, last: Math.max(a.last, b.last), decider: a.decider === b.decider ? a.decider : null }
}

async function read(ledger: WriteLedger, stream: string, last: number): Promise<History> {
  const events = await (last === Infinity ? ledger.readStream(stream) : ledger.readStream(stream, last))
  return { revision: events.at(-1)?.revision ?? null, facts: events.map((event) => recorded(event, 0)), guessed: false }
}

const asItWas = (kept: Kept): History => ({ revision: kept.revision, facts: [], guessed: true, kept })

/** What was added since; the whole stream when what is kept and what is there do not follow on each other. */
async function grown(ledger: WriteLedger, stream: string, kept: Kept): Promise<History> {
  const revision = (await ledger.revision(stream)) ?? -1
  if (revision < kept.revision) return read(ledger, stream, Infinity)
  if (revision === kept.revision) return { ...asItWas(kept), guessed: false }
  const events = (await ledger.readStream(stream, revision - kept.revision)).filter((event) => event.revision > kept.revision)
  if (events[0]?.revision !== kept.revision + 1) return read(ledger, stream, Infinity) // more were added just now
  return { revision: events.at(-1)?.revision ?? revision, facts: events.map((event) => recorded(event, 0)), guessed: false, kept }
}

/** The activity is new, and every stream is where it was when it was read. */
export function conditions(activity: string | null, histories: Histories): (readonly [stream: string, expected: Expected])[] {
  const unmoved = [...histories].map(([stream, { revision }]) => [stream, revision ?? 'none'] as const)
  return activity === null ? unmoved : [[activity, 'none'], ...unmoved]
}

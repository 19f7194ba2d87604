/** What the streams of a request say, read from the ledger or guessed; and the conditions under which a decision on it holds. */
import { recorded } from '../events/codec.ts'
import type { Expected } from '../ledger/types.ts'
import type { Command } from './commands.ts'
import type { StreamKey } from './decider.ts'
import type { WriteLedger } from './found.ts'
import type { Histories, History } from './judge.ts'
import { routeOf } from './routes.ts'

/** How one stream is to be read: not at all, its newest events, or whole (`last` infinite). */
type Reading = { readonly guess: boolean; readonly last: number }

/**
 * Histories of all streams that the commands depend on, read at the same time.
 *
 * @param look  read also the streams that are expected to be new, instead of guessing that they are
 */
export async function loadHistories(
  ledger: WriteLedger,
  commands: readonly Command[],
  name: (key: StreamKey) => string,
  look: boolean,
): Promise<Histories> {
  const readings = new Map<string, Reading>()
  for (const command of commands) {
    const { reads, expectNew, last = Infinity } = routeOf(command)
    for (const stream of reads(command).map(name)) readings.set(stream, both(readings.get(stream), { guess: expectNew && !look, last }))
  }
  return new Map(
    await Promise.all(
      [...readings].map(async ([stream, reading]) => [stream, reading.guess ? GUESS : await read(ledger, stream, reading.last)] as const),
    ),
  )
}

const GUESS: History = { revision: null, facts: [], guessed: true }

/** Two commands of a request may want one stream: what serves both. */
const both = (a: Reading | undefined, b: Reading): Reading => (a === undefined ? b : { guess: a.guess && b.guess, last: Math.max(a.last, b.last) })

async function read(ledger: WriteLedger, stream: string, last: number): Promise<History> {
  const events = await (last === Infinity ? ledger.readStream(stream) : ledger.readStream(stream, last))
  return { revision: events.at(-1)?.revision ?? null, facts: events.map((event) => recorded(event, 0)), guessed: false }
}

/** The activity is new, and every stream is where it was when it was read. */
export function conditions(activity: string | null, histories: Histories): (readonly [stream: string, expected: Expected])[] {
  const unmoved = [...histories].map(([stream, { revision }]) => [stream, revision ?? 'none'] as const)
  return activity === null ? unmoved : [[activity, 'none'], ...unmoved]
}

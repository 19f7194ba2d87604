/**
 * What an account's archive proves, from its bytes alone: each entry is in the log and signed by the account's keys, each payload is what was
 * committed to, and of no key's chain is an entry missing before the last that is there. Pure; reads line by line.
 */
import { type ArchiveEntry, ArchiveError, type ArchiveHeader, type ArchivePart, parseArchiveLine, receiptOfEntry } from './account-archive.ts'
import { type ReceiptVerdict, receiptVerdict, type ShownEntry, type ShownPart } from './receipt-verdict.ts'
import type { Policy } from './tlog/policy.ts'

/**
 * - codes of {@link ReceiptVerdict}, of the first entry that is wrong
 * - `READING`     what can be read differs from what was signed
 * - `CHAIN`       an entry of the account is missing, or stands twice
 * - `CUT`         the archive breaks off
 */
export type ArchiveVerdict =
  | ({ readonly ok: true } & ArchiveCounts)
  | {
      readonly ok: false
      readonly code: Extract<ReceiptVerdict, { ok: false }>['code'] | 'READING' | 'CHAIN' | 'CUT'
      /** Null: it is not about one entry. */
      readonly position: number | null
      readonly reason: string
    }

export type ArchiveCounts = {
  /** Hex. */
  readonly actor: string
  readonly origin: string
  readonly size: number
  readonly witnessed: boolean
  /** Names of witnesses that cosigned. */
  readonly by: readonly string[]
  readonly entries: number
  readonly events: number
  /** Payloads that are shown and proven, and those that were erased. */
  readonly payloads: number
  readonly erased: number
  readonly first: string | null
  readonly last: string | null
}

type Failure = Extract<ArchiveVerdict, { ok: false }>
type Open = Extract<ShownEntry, { is: 'open' }>

/** @param lines  attacker-controlled, without their line feeds. @param policy  which log to trust, and which witnesses */
export async function verifyArchive(
  lines: AsyncIterable<string> | Iterable<string>,
  policy: (verifierKey: string) => Policy,
): Promise<ArchiveVerdict> {
  let reading: ArchiveReading | null = null
  try {
    for await (const text of lines) {
      const line = parseArchiveLine(text)
      if (reading === null) {
        if (line.is !== 'header') return failure('MALFORMED', 'The first line is no header.')
        reading = new ArchiveReading(line, policy(line.verifierKey))
      } else if (reading.ended || line.is === 'header') return failure('MALFORMED', 'There are lines where none belong.')
      else if (line.is === 'end') reading.ended = line.entries === reading.entries
      else {
        const wrong = reading.take(line)
        if (wrong !== null) return wrong
      }
    }
  } catch (error) {
    if (error instanceof ArchiveError) return failure('MALFORMED', 'A line is none of an account archive.')
    throw error
  }
  return reading === null ? failure('MALFORMED', 'The archive is empty.') : reading.verdict()
}

class ArchiveReading {
  ended = false
  entries = 0
  readonly #header: ArchiveHeader
  readonly #policy: Policy
  /** Newest entry of each chain, by key and lane. */
  readonly #chains = new Map<string, { readonly seq: number; readonly id: Uint8Array }>()
  #events = 0
  #payloads = 0
  #erased = 0
  #first: string | null = null
  #last: string | null = null
  #position = -1
  #tree: { readonly origin: string; readonly size: number; readonly witnessed: boolean; readonly by: readonly string[] } | null = null

  constructor(header: ArchiveHeader, policy: Policy) {
    this.#header = header
    this.#policy = policy
  }

  take(line: ArchiveEntry): Failure | null {
    const { position } = line
    const proven = receiptVerdict(receiptOfEntry(this.#header, line), this.#policy)
    if (!proven.ok) return failure(proven.code, proven.reason, position)
    const { entry, checkpoint, witnessed, by } = proven
    if (position <= this.#position) return failure('CHAIN', 'Entries are not in their order.', position)
    if (entry.is !== 'open' || entry.author !== 'proven' || hex(entry.header.actor) !== this.#header.actor)
      return failure('AUTHOR', 'The entry is not shown to be of this account.', position)
    const problem = readingProblem(line, entry) ?? this.#chainProblem(entry)
    if (problem !== null) return failure(problem.code, problem.reason, position)
    this.#position = position
    this.#tree = { origin: checkpoint.origin, size: checkpoint.size, witnessed, by: by.map(({ name }) => name) }
    this.#count(line)
    return null
  }

  verdict(): ArchiveVerdict {
    if (!this.ended) return failure('CUT', 'The archive breaks off before its end.')
    if (this.#tree === null) return failure('CUT', 'The archive has no entries.')
    const { actor } = this.#header
    const counts = {
      entries: this.entries,
      events: this.#events,
      payloads: this.#payloads,
      erased: this.#erased,
      first: this.#first,
      last: this.#last,
    }
    return { ok: true, actor, ...this.#tree, ...counts }
  }

  #count({ events, time }: ArchiveEntry): void {
    const parts = events.flatMap((event) => event.parts)
    this.entries += 1
    this.#events += events.length
    this.#payloads += parts.filter(({ is }) => is === 'open').length
    this.#erased += parts.filter(({ is }) => is === 'erased').length
    this.#first ??= time
    this.#last = time
  }

  #chainProblem({ id, header }: Open): Problem | null {
    const name = `${hex(header.key)}/${header.lane}`
    const before = this.#chains.get(name)
    this.#chains.set(name, { seq: header.seq, id })
    const follows =
      before === undefined ? header.seq === 0 : header.seq === before.seq + 1 && header.prev !== null && hex(header.prev) === hex(before.id)
    return follows ? null : { code: 'CHAIN', reason: `An entry of the ${header.lane} chain before it is missing.` }
  }
}

type Problem = Pick<Failure, 'code' | 'reason'>

/** What stands in clear text beside the commit must be what the commit says. */
function readingProblem(line: ArchiveEntry, { header, events }: Open): Problem | null {
  const told = [new Date(header.time).toISOString(), events.map((event) => [event.type, event.schema, event.stream, event.parts.map(kindOf)])]
  const shown = [line.time, line.events.map((event) => [event.type, event.schema, event.stream, event.parts.map(shownAs)])]
  return JSON.stringify(told) === JSON.stringify(shown) ? null : { code: 'READING', reason: 'What can be read is not what was signed.' }
}

const kindOf = ({ is, codec }: ShownPart): string => `${{ sealed: 'erased', opened: 'open', inline: 'inline' }[is]} ${codec}`
const shownAs = ({ is, codec }: ArchivePart): string => `${is} ${codec}`
const failure = (code: Failure['code'], reason: string, position: number | null = null): Failure => ({ ok: false, code, position, reason })
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

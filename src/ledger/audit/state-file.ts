/**
 * The state of an audit as a file, of about 32 bytes per entry and 20 per stream: docs/formats.md, "State of an audit".
 *
 *   file = "vivim-audit/1\n" record*      records as in an export; the last one holds SHA-256 of everything before it
 *
 * It lies on the auditor's own disk and is believed: the hash is there against a disk that forgets, not against an enemy.
 */
import { createHash } from 'node:crypto'
import { type Cbor, CborError, decode, encode } from '../cbor.ts'
import type { AuditState } from './audit-state.ts'
import { FrameReader, FramingError, frame } from './frame-reader.ts'
import type { KeyChange } from './key-audit.ts'
import { zeroCounts } from './report.ts'
import type { TileHashes } from './tree.ts'

const MAGIC = new TextEncoder().encode('vivim-audit/1\n')
const FORMAT = { magics: [MAGIC], types: 'MKLCAXYWSTE', maxBody: 64 * 1024 * 1024, name: 'the state of an audit' } as const
/** Items of a list in one record, and bytes of stream slots in one. */
const LIST = 4_096
const SLOTS = 20 * 65_536

/** A file that is not the state of an audit, or not all of it. */
export class StateError extends Error {
  override readonly name = 'StateError'
}

/** The file, piece by piece. */
export function* encodeState(state: AuditState): Generator<Uint8Array> {
  const digest = createHash('sha256')
  for (const chunk of records(state)) {
    digest.update(chunk)
    yield chunk
  }
  yield frame('E', digest.digest())
}

function* records(state: AuditState): Generator<Uint8Array> {
  const { origins, commits, erasures, checkpoints } = state
  const { keys, chains, streams } = commits
  yield MAGIC
  yield record('M', [
    [utf8(state.verifierKey), state.size, state.root, utf8(state.note)],
    Object.entries(state.counts).map(([name, n]) => [name, n]),
    [utf8(origins.origin), origins.instance],
    [commits.partial, commits.midway, keys.clock],
    [checkpoints.newest, checkpoints.right, checkpoints.cosigned.map(([size, by]) => [size, by.map(utf8)])],
  ])
  for (const { position, clock, commit } of keys.changes) yield record('K', [position, clock, commit])
  yield* lists('L', chains.links, ([chain, { seq, id, position }]) => [chain, seq, id, position])
  yield* lists('C', chains.clocks, ([key, { time, counter, position }]) => [key, time, counter, position])
  yield* lists('A', erasures.actors, (actor) => actor)
  yield* lists('X', erasures.missing, ([place, owner]) => [place, owner])
  yield* lists('Y', erasures.erased, (place) => place)
  yield* lists('W', erasures.erasures, ({ by, reason, parts }) => [by, reason, parts])
  const slots = new Uint8Array(streams.buffer, streams.byteOffset, streams.byteLength)
  for (let at = 0; at < slots.length; at += SLOTS) yield frame('S', slots.subarray(at, at + SLOTS))
  for (const { level, index, hashes } of state.tiles) yield record('T', [level, index, hashes])
}

const record = (type: string, body: Cbor): Uint8Array => frame(type, encode(body))

function* lists<T>(type: string, items: readonly T[], item: (value: T) => Cbor): Generator<Uint8Array> {
  for (let at = 0; at < items.length; at += LIST) yield record(type, items.slice(at, at + LIST).map(item))
}

/** @throws {StateError} for a file that is damaged, cut off, or something else */
export async function decodeState(chunks: AsyncIterable<Uint8Array>): Promise<AuditState> {
  try {
    return await read(chunks)
  } catch (error) {
    if (error instanceof FramingError || error instanceof CborError) throw new StateError(error.message, { cause: error })
    throw error
  }
}

async function read(chunks: AsyncIterable<Uint8Array>): Promise<AuditState> {
  const reader = new FrameReader(FORMAT)
  const digest = createHash('sha256').update(MAGIC)
  const draft = new Draft()
  let ended = false
  for await (const chunk of chunks) {
    for (const { type, body } of reader.push(chunk)) {
      if (ended) throw new StateError('something follows the end')
      ended = type === 'E'
      if (ended && Buffer.compare(digest.copy().digest(), body) !== 0) throw new StateError('the file is damaged')
      if (ended) continue
      digest.update(frame(type, body))
      draft.take(type, new Uint8Array(body))
    }
  }
  reader.end()
  if (!ended) throw new StateError('the file was cut off')
  return draft.finish()
}

/** A state while it is read. What it believes of the bytes, the digest at their end confirms before anybody sees it. */
class Draft {
  #main: readonly Cbor[] = []
  readonly #lists = new Map<string, unknown[]>()
  readonly #changes: KeyChange[] = []
  readonly #slots: Uint8Array[] = []
  readonly #tiles: TileHashes[] = []

  take(type: string, body: Uint8Array): void {
    if (type === 'S') return void this.#slots.push(body)
    const value = decode(body) as readonly Cbor[]
    if (type === 'M') this.#main = value
    else if (type === 'K') this.#changes.push(keyChange(value))
    else if (type === 'T') this.#tiles.push(tile(value))
    else for (const item of value) this.#listOf(type).push(item)
  }

  finish(): AuditState {
    const [about, counts, origins, commits, checkpoints] = this.#main as readonly (readonly Cbor[])[]
    if (about === undefined || counts === undefined || origins === undefined || commits === undefined || checkpoints === undefined)
      throw new StateError('its main record is missing')
    const [verifierKey, size, root, note] = about as [Uint8Array, number, string, Uint8Array]
    const [origin, instance] = origins as [Uint8Array, Uint8Array | null]
    const [partial, midway, clock] = commits as [boolean, boolean, number]
    const [newest, right, cosigned] = checkpoints as [number, number | null, readonly [number, readonly Uint8Array[]][]]
    return {
      verifierKey: text(verifierKey),
      size,
      root,
      note: text(note),
      counts: { ...zeroCounts(), ...Object.fromEntries(counts as readonly [string, number][]) },
      origins: { origin: text(origin), instance },
      commits: { partial, midway, keys: { clock, changes: this.#changes }, chains: this.#chains(), streams: this.#streams() },
      erasures: {
        missing: this.#listOf('X') as [number, number][],
        erased: this.#listOf('Y') as number[],
        actors: this.#listOf('A') as Uint8Array[],
        erasures: (this.#listOf('W') as readonly (readonly [number, string, number])[]).map(([by, reason, parts]) => ({ by, reason, parts })),
      },
      checkpoints: { newest, right, cosigned: cosigned.map(([size, by]) => [size, by.map(text)]) },
      tiles: this.#tiles,
    }
  }

  #listOf(type: string): unknown[] {
    const list = this.#lists.get(type) ?? []
    this.#lists.set(type, list)
    return list
  }

  #chains(): AuditState['commits']['chains'] {
    const links = this.#listOf('L') as readonly (readonly [string, number, Uint8Array, number])[]
    const clocks = this.#listOf('C') as readonly (readonly [string, number, number, number])[]
    return {
      links: links.map(([chain, seq, id, position]) => [chain, { seq, id, position }]),
      clocks: clocks.map(([key, time, counter, position]) => [key, { time, counter, position }]),
    }
  }

  #streams(): Uint32Array {
    const bytes = new Uint8Array(this.#slots.reduce((length, slots) => length + slots.length, 0))
    let at = 0
    for (const slots of this.#slots) {
      bytes.set(slots, at)
      at += slots.length
    }
    return new Uint32Array(bytes.buffer)
  }
}

function keyChange([position, clock, commit]: readonly Cbor[]): KeyChange {
  return { position: position as number, clock: clock as number, commit: commit as Uint8Array }
}

function tile([level, index, hashes]: readonly Cbor[]): TileHashes {
  return { level: level as number, index: index as number, hashes: hashes as Uint8Array }
}

/** Names and notes may hold any Unicode, which the text of our CBOR may not. */
const utf8 = (value: string): Uint8Array => Buffer.from(value)
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()

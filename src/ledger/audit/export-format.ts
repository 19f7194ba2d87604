/**
 * The export file, record by record: `docs/formats.md`, "Export file". Pure.
 *
 *   file   = "vivim-export/2\n" record*
 *   record = type (1 byte) ‖ length of body (uint32, big-endian) ‖ body (strict DAG-CBOR array)
 *
 * In log order: header, then for each entry its commit, its sealed parts, the tiles it completes and the checkpoints of that size, then the end.
 */
import { type Cbor, decode, encode } from '../cbor.ts'
import { frame } from './frame-reader.ts'

export const EXPORT_MAGIC = new TextEncoder().encode('vivim-export/2\n')

/** Of files that can still be read. Version 1 repeated the type of every event in its row. */
export const READABLE_MAGICS: readonly Uint8Array[] = [EXPORT_MAGIC, new TextEncoder().encode('vivim-export/1\n')]

/** Bytes of a body. A commit is under 64 KiB, a sealed part is bounded by the instance's limits, far below this. */
export const MAX_BODY = 64 * 1024 * 1024

/** `full`: the operator's own; opens everything. `public`: may be given to anyone; private commits are 33 opaque bytes, payloads are left out. */
export type Disclosure = 'full' | 'public'

/** What the store's index says of a commit and of its events, in order. It is derived from the commit, and checked against it. */
export type IndexRow = {
  readonly id: Uint8Array
  readonly key: Uint8Array
  /** 0 = public, 1 = private. */
  readonly lane: number
  readonly seq: number
  readonly events: readonly EventRow[]
}
/** `type` is there in version 1 only. */
export type EventRow = { readonly type?: string; readonly stream: string; readonly revision: number }

export type HeaderRecord = { readonly is: 'header'; readonly origin: string; readonly verifierKey: string; readonly disclosure: Disclosure }
export type CommitRecord = {
  readonly is: 'commit'
  readonly position: number
  readonly commit: Uint8Array
  readonly signature: Uint8Array
  /** 32 bytes for a blinded leaf, null for a public one. */
  readonly blinding: Uint8Array | null
  /** As the exporter made it; the audit makes its own. */
  readonly leafHash: Uint8Array
  readonly index: IndexRow
}
export type BlindedRecord = { readonly is: 'blinded'; readonly position: number; readonly leaf: Uint8Array }
export type PartRecord = {
  readonly is: 'part'
  readonly position: number
  readonly event: number
  readonly part: number
  /** As stored, see docs/formats.md 1.5. */
  readonly ciphertext: Uint8Array | null
  /** 33 bytes, or 32 of earlier versions, see docs/formats.md 1.5; null when the key is gone but the ciphertext is not. */
  readonly key: Uint8Array | null
}
export type CheckpointRecord = { readonly is: 'checkpoint'; readonly size: number; readonly note: Uint8Array }
/** `hashes`: width × 32 bytes. */
export type TileRecord = { readonly is: 'tile'; readonly level: number; readonly index: number; readonly hashes: Uint8Array }
/** The tree head that the store believes in. */
export type EndRecord = { readonly is: 'end'; readonly size: number; readonly root: Uint8Array }
export type ExportRecord = HeaderRecord | CommitRecord | BlindedRecord | PartRecord | CheckpointRecord | TileRecord | EndRecord

/** The record's frame and body. */
export function encodeRecord(record: ExportRecord): Uint8Array {
  const [type, body] = layout(record)
  return frame(type, encode(body))
}

function layout(record: ExportRecord): readonly [type: string, body: Cbor] {
  switch (record.is) {
    case 'header':
      return ['H', [record.origin, record.verifierKey, record.disclosure]]
    case 'commit':
      return ['C', [record.position, record.commit, record.signature, record.blinding, record.leafHash, indexRow(record.index)]]
    case 'blinded':
      return ['B', [record.position, record.leaf]]
    case 'part':
      return ['P', [record.position, record.event, record.part, record.ciphertext, record.key]]
    case 'checkpoint':
      return ['K', [record.size, record.note]]
    case 'tile':
      return ['T', [record.level, record.index, record.hashes]]
    default:
      return ['E', [record.size, record.root]]
  }
}

const indexRow = ({ id, key, lane, seq, events }: IndexRow): Cbor => [id, key, lane, seq, events.map(eventRow)]
const eventRow = ({ type, stream, revision }: EventRow): Cbor => (type === undefined ? [stream, revision] : [type, stream, revision])

/** A body that is not what its type says. Its message says what was expected. */
export class RecordError extends Error {
  override readonly name = 'RecordError'
}

/**
 * One record from untrusted bytes.
 *
 * @throws {RecordError | CborError} malformed
 */
export function decodeBody(type: string, bytes: Uint8Array): ExportRecord {
  const fields = new Fields(`record ${type}`, decode(bytes))
  const record = read(type, fields)
  fields.end()
  return record
}

function read(type: string, f: Fields): ExportRecord {
  switch (type) {
    case 'H':
      return { is: 'header', origin: f.text(), verifierKey: f.text(), disclosure: f.disclosure() }
    case 'C':
      return {
        is: 'commit',
        position: f.uint(),
        commit: f.bytes(),
        signature: f.bytes(),
        blinding: f.bytesOrNull(),
        leafHash: f.bytes(),
        index: f.index(),
      }
    case 'B':
      return { is: 'blinded', position: f.uint(), leaf: f.bytes() }
    case 'P':
      return { is: 'part', position: f.uint(), event: f.uint(), part: f.uint(), ciphertext: f.bytesOrNull(), key: f.bytesOrNull() }
    case 'K':
      return { is: 'checkpoint', size: f.uint(), note: f.bytes() }
    case 'T':
      return { is: 'tile', level: f.uint(), index: f.uint(), hashes: f.bytes() }
    case 'E':
      return { is: 'end', size: f.uint(), root: f.bytes() }
    default:
      throw new RecordError(`no record type ${JSON.stringify(type)}`)
  }
}

/** Takes the fields of an array in order, each of the type asked for. */
class Fields {
  readonly #type: string
  readonly #values: readonly Cbor[]
  #next = 0

  constructor(type: string, value: Cbor) {
    if (!Array.isArray(value)) throw new RecordError(`${type}: not an array`)
    this.#type = type
    this.#values = value
  }

  uint(): number {
    return this.#take(isNumber, 'a number')
  }

  text(): string {
    return this.#take(isText, 'text')
  }

  bytes(): Uint8Array {
    return this.#take(isBytes, 'bytes')
  }

  bytesOrNull(): Uint8Array | null {
    return this.#take(isBytesOrNull, 'bytes or null')
  }

  disclosure(): Disclosure {
    return this.#take(isDisclosure, '"full" or "public"')
  }

  index(): IndexRow {
    const f = this.#array('index row')
    const row: IndexRow = { id: f.bytes(), key: f.bytes(), lane: f.uint(), seq: f.uint(), events: f.events() }
    f.end()
    return row
  }

  events(): EventRow[] {
    const rows = this.#array('event rows')
    return rows.#values.map(() => {
      const f = rows.#array('event row')
      const row: EventRow =
        f.#values.length === 3 ? { type: f.text(), stream: f.text(), revision: f.uint() } : { stream: f.text(), revision: f.uint() }
      f.end()
      return row
    })
  }

  end(): void {
    if (this.#next !== this.#values.length) throw new RecordError(`${this.#type}: ${this.#values.length} fields, not ${this.#next}`)
  }

  #array(name: string): Fields {
    return new Fields(name, this.#take(isArray, 'an array'))
  }

  #take<T extends Cbor>(is: (value: Cbor) => value is T, expected: string): T {
    const value = this.#values[this.#next++]
    if (value === undefined || !is(value)) throw new RecordError(`${this.#type}: field ${this.#next - 1} is not ${expected}`)
    return value
  }
}

const isNumber = (value: Cbor): value is number => typeof value === 'number'
const isText = (value: Cbor): value is string => typeof value === 'string'
const isBytes = (value: Cbor): value is Uint8Array => value instanceof Uint8Array
const isBytesOrNull = (value: Cbor): value is Uint8Array | null => value === null || value instanceof Uint8Array
const isArray = (value: Cbor): value is readonly Cbor[] => Array.isArray(value)
const isDisclosure = (value: Cbor): value is Disclosure => value === 'full' || value === 'public'

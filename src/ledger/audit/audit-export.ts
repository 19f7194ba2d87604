/** Audit of an export, from a file or straight out of a database: the same bytes, the same checks. */
import { TILE_WIDTH } from '../tlog/tile.ts'
import type { AuditState } from './audit-state.ts'
import { Auditor, type AuditorOptions } from './auditor.ts'
import type { Disclosure, ExportRecord } from './export-format.ts'
import { FramingError } from './frame-reader.ts'
import { type Malformed, RecordReader } from './record-reader.ts'
import type { AuditReport } from './report.ts'
import { Saving } from './saving.ts'

export type ExportAuditOptions = AuditorOptions & {
  /** Now and then: what a later audit could go on from. */
  readonly onState?: (state: AuditState) => Promise<void>
}

/** Bytes read of the source and entries checked, so far. */
export type OnProgress = (bytes: number, entries: number) => void

/**
 * What is true of the export. Reads it once; holds one record of it, and hashes.
 *
 * With `resume`, entries that the earlier audit checked are skipped, where they are there. With `since`, the entries before are read for their
 * hashes, keys and streams, but their signatures and payloads are not checked again.
 *
 * @param chunks  attacker-controlled
 * @throws whatever reading throws; never because of what the bytes say
 */
export async function auditExport(
  chunks: AsyncIterable<Uint8Array>,
  options: ExportAuditOptions,
  onProgress: OnProgress = () => {},
): Promise<AuditReport> {
  const auditor = new Auditor(options)
  try {
    return await readThrough(chunks, auditor, { ...options, onProgress })
  } finally {
    await auditor.close()
  }
}

async function readThrough(
  chunks: AsyncIterable<Uint8Array>,
  auditor: Auditor,
  options: ExportAuditOptions & { readonly onProgress: OnProgress },
): Promise<AuditReport> {
  const reader = new RecordReader()
  const reading = new Reading(auditor, options.resume?.size ?? 0, options.policy !== undefined)
  const saving = new Saving(auditor, options.onState)
  let bytes = 0
  try {
    for await (const chunk of chunks) {
      for (const record of reader.push(chunk)) {
        if (record.is === 'commit' || record.is === 'blinded') await saving.due()
        reading.take(record)
        const room = auditor.room()
        if (room !== null) await room
      }
      bytes += chunk.length
      options.onProgress(bytes, auditor.size)
    }
    reader.end()
    reading.end()
  } catch (error) {
    if (!(error instanceof FramingError)) throw error
    auditor.alarms.raise(reading.begun ? auditor.size : null, 'encoding', `${error.message}; nothing behind it was checked`)
  }
  if (reading.size === auditor.size) await saving.last()
  return auditor.finish(reading.size)
}

/** The grammar of an export: a header, entries, an end. */
class Reading {
  readonly #auditor: Auditor
  /** Entries before this one are skipped, and everything that stands with them. */
  readonly #from: number
  readonly #witnessing: boolean
  #reached: boolean
  #disclosure: Disclosure | null = null
  #size: number | null = null

  constructor(auditor: Auditor, from: number, witnessing: boolean) {
    this.#auditor = auditor
    this.#from = from
    this.#witnessing = witnessing
    this.#reached = from === 0
  }

  /** True once there was a header. */
  get begun(): boolean {
    return this.#disclosure !== null
  }

  /** Number of entries that the end record claims; null before it. */
  get size(): number | null {
    return this.#size
  }

  take(record: ExportRecord | Malformed): void {
    if (this.#size !== null) return this.#alarm('something follows the end')
    if (this.#disclosure === null) return this.#begin(record)
    if (!this.#reached && this.#skips(record)) return
    switch (record.is) {
      case 'header':
        return this.#alarm('a second header')
      case 'commit':
        return this.#auditor.commit(record)
      case 'blinded':
        if (this.#disclosure === 'full') this.#alarm('an entry is not disclosed, in an export that says it discloses all')
        return this.#auditor.leaf(record.position, record.leaf)
      case 'part':
        return this.#auditor.part(record)
      case 'checkpoint':
        return this.#auditor.checkpoint(record.size, record.note)
      case 'tile':
        return this.#auditor.tile(record)
      case 'end':
        this.#size = record.size
        return this.#auditor.end(record)
      case 'malformed':
        return record.type === 'C' || record.type === 'B' ? this.#auditor.unreadable(record.detail) : this.#alarm(record.detail)
    }
  }

  end(): void {
    if (!this.begun) this.#alarm('the header is missing')
    else if (this.#size === null) this.#alarm('the file ends before its end record: something was cut off')
  }

  /** True for what an earlier audit has checked. What cannot be read among it is still an alarm. */
  #skips(record: ExportRecord | Malformed): boolean {
    if (record.is === 'malformed') this.#alarm(record.detail)
    else if (record.is === 'checkpoint' && record.size === this.#from)
      return !this.#witnessing // it may have been cosigned since
    else if (record.is === 'end' || !isBefore(record, this.#from)) this.#reached = true
    return !this.#reached
  }

  #begin(record: ExportRecord | Malformed): void {
    if (record.is !== 'header')
      throw new FramingError(0, record.is === 'malformed' ? `no header: ${record.detail}` : `a ${record.is} record where the header belongs`)
    this.#disclosure = record.disclosure
    this.#auditor.begin(record.origin, record.verifierKey.split('\n'), record.disclosure)
  }

  #alarm(detail: string): void {
    this.#auditor.alarms.raise(this.#auditor.size, 'encoding', detail)
  }
}

/** Whether a record stands with the entries before `from`. */
function isBefore(record: ExportRecord, from: number): boolean {
  switch (record.is) {
    case 'commit':
    case 'blinded':
    case 'part':
      return record.position < from
    case 'checkpoint':
      return record.size <= from
    case 'tile':
      return (record.index + 1) * TILE_WIDTH ** (record.level + 1) <= from
    default:
      return false
  }
}

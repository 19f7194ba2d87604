/** Records out of the chunks of an export, as they arrive. */
import { decodeBody, type ExportRecord, MAX_BODY, READABLE_MAGICS } from './export-format.ts'
import { type Frame, FrameReader } from './frame-reader.ts'

export { FramingError } from './frame-reader.ts'

/** A record whose frame is whole and whose body is not: the audit names it and reads on behind it. */
export type Malformed = { readonly is: 'malformed'; readonly type: string; readonly detail: string }

export class RecordReader {
  readonly #frames = new FrameReader({ magics: READABLE_MAGICS, types: 'HCBPKTE', maxBody: MAX_BODY, name: 'a VIVIM export' })

  /** To be called when the chunks end. @throws {FramingError} when they end inside a record */
  end(): void {
    this.#frames.end()
  }

  /** Whole records that `chunk` completes, in order. @param chunk attacker-controlled. @throws {FramingError} */
  *push(chunk: Uint8Array): Generator<ExportRecord | Malformed> {
    for (const framed of this.#frames.push(chunk)) yield parsed(framed)
  }
}

function parsed({ type, body, offset }: Frame): ExportRecord | Malformed {
  try {
    return decodeBody(type, body)
  } catch (error) {
    return { is: 'malformed', type, detail: `byte ${offset}: ${error instanceof Error ? error.message : String(error)}` }
  }
}

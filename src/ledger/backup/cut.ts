/**
 * The rows of a table as they were when the log was shorter: what a restore to a point in time keeps of a backup. Works on the bytes of COPY
 * while they pass.
 *
 * @see PostgreSQL documentation: "COPY, Binary Format"
 */
import type { Table } from './tables.ts'

/** A row that is about an entry behind the cut. Values by column; null for NULL. */
export type Row = { readonly position: number; readonly value: (column: string) => Buffer | null }

const HEADER = 19
const TILE_WIDTH = 256

/**
 * The same COPY without the rows that the log of `size` did not have.
 *
 * @param onDropped  told of rows of the commit table that are left out
 * @throws {RangeError} for bytes that are no binary COPY
 */
export async function* cut(
  table: Table,
  size: number,
  pieces: AsyncIterable<Uint8Array>,
  onDropped: (row: Row) => void = () => {},
): AsyncGenerator<Uint8Array> {
  const keeps = ruleOf(table, size)
  if (keeps === null) {
    yield* pieces
    return
  }
  let held: Buffer = Buffer.alloc(0)
  let begun = false
  for await (const piece of pieces) {
    held = held.length === 0 ? Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength) : Buffer.concat([held, piece])
    const kept: Buffer[] = []
    let at = 0
    if (!begun) {
      if (held.length < HEADER) continue
      at = HEADER + held.readUInt32BE(HEADER - 4)
      kept.push(held.subarray(0, at))
      begun = true
    }
    for (let row = readRow(held, at); row !== null; row = readRow(held, at)) {
      if (row.fields === null || keeps(row.fields)) kept.push(held.subarray(at, row.end))
      else onDropped(rowOf(table, row.fields))
      at = row.end
    }
    held = held.subarray(at)
    if (kept.length > 0) yield Buffer.concat(kept)
  }
  if (held.length > 0) throw new RangeError(`the rows of ${table.name} end in the middle of one`)
}

type Fields = readonly (Buffer | null)[]

/** What holds for a table is told from its columns; null: its rows are no matter of how long the log is. */
function ruleOf({ name, columns }: Table, size: number): ((fields: Fields) => boolean) | null {
  const number = (fields: Fields, column: string) => numberOf(fields[columns.indexOf(column)] ?? null)
  if (columns.includes('position')) {
    return columns.includes('single')
      ? (fields) => setBack(fields[columns.indexOf('position')] ?? null, size)
      : (fields) => number(fields, 'position') < size
  }
  if (name === 'ledger.tile') return (fields) => (number(fields, 'index') + 1) * TILE_WIDTH ** (number(fields, 'level') + 1) <= size
  if (name === 'ledger.checkpoint' || name === 'ledger.cosigned') return (fields) => number(fields, 'size') <= size
  return null
}

/** A cursor, the one row of its table, is not left out: it goes back, in place. */
function setBack(position: Buffer | null, size: number): true {
  if (position !== null && numberOf(position) > size) position.writeBigInt64BE(BigInt(size))
  return true
}

function numberOf(value: Buffer | null): number {
  if (value?.length === 8) return Number(value.readBigInt64BE())
  if (value?.length === 4) return value.readInt32BE()
  if (value?.length === 2) return value.readInt16BE()
  throw new RangeError('not a number')
}

/** The row at `at`; null while it is not all here. `fields` null: the trailer. */
function readRow(bytes: Buffer, at: number): { readonly fields: Fields | null; readonly end: number } | null {
  if (bytes.length < at + 2) return null
  const count = bytes.readInt16BE(at)
  if (count === -1) return { fields: null, end: at + 2 }
  const fields: (Buffer | null)[] = []
  let end = at + 2
  for (let i = 0; i < count; i++) {
    if (bytes.length < end + 4) return null
    const length = bytes.readInt32BE(end)
    end += 4
    if (bytes.length < end + Math.max(0, length)) return null
    fields.push(length === -1 ? null : bytes.subarray(end, end + length))
    end += Math.max(0, length)
  }
  return { fields, end }
}

function rowOf({ columns }: Table, fields: Fields): Row {
  const value = (column: string) => fields[columns.indexOf(column)] ?? null
  return { position: columns.includes('position') ? numberOf(value('position')) : -1, value }
}

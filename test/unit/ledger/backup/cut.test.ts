import { describe, expect, test } from 'vitest'
import { cut, type Row } from '../../../../src/ledger/backup/cut.ts'
import type { Table } from '../../../../src/ledger/backup/tables.ts'

type Value = Buffer | null

const int2 = (value: number): Buffer => Buffer.from([(value >> 8) & 255, value & 255])
function int8(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}

/** Binary COPY of rows. */
function copyOf(rows: readonly (readonly Value[])[]): Buffer {
  const header = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
  const fields = (value: Value) => (value === null ? [Buffer.from([255, 255, 255, 255])] : [Buffer.from([0, 0, 0, value.length]), value])
  return Buffer.concat([header, ...rows.flatMap((row) => [int2(row.length), ...row.flatMap(fields)]), Buffer.from([255, 255])])
}

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield Buffer.from(bytes.subarray(at, at + size))
}

async function cutTo(size: number, table: Table, rows: readonly (readonly Value[])[], by = 1_000): Promise<{ rest: string; dropped: Row[] }> {
  const dropped: Row[] = []
  const rest = Buffer.concat(await all(cut(table, size, pieces(copyOf(rows), by), (row) => dropped.push(row))))
  return { rest: rest.toString('hex'), dropped }
}

const hex = (rows: readonly (readonly Value[])[]): string => copyOf(rows).toString('hex')

describe('a table cut to a point in time', () => {
  const commits = { name: 'ledger.commit', columns: ['id', 'position', 'blinding'] }
  const rows = [3, 0, 2, 1].map((position) => [Buffer.from(`id ${position}`), int8(position), position === 2 ? null : Buffer.alloc(3, position)])

  test.each([1, 7, 64, 1_000])('keeps the rows about entries before it, read in pieces of %i bytes', async (by) => {
    const { rest, dropped } = await cutTo(2, commits, rows, by)
    expect(rest).toBe(hex([rows[1]!, rows[3]!]))
    expect(dropped.map(({ position, value }) => [position, value('id')?.toString()])).toEqual([
      [3, 'id 3'],
      [2, 'id 2'],
    ])
    expect(dropped[1]?.value('blinding')).toBeNull()
  })

  test('keeps the tiles that were full then', async () => {
    const tile = (level: number, index: number) => [int2(level), int8(index), Buffer.alloc(1)]
    const tiles = [tile(0, 0), tile(0, 254), tile(0, 255), tile(0, 256), tile(1, 0)]
    const table = { name: 'ledger.tile', columns: ['level', 'index', 'hashes'] }
    expect((await cutTo(65_536, table, tiles)).rest).toBe(hex([tiles[0]!, tiles[1]!, tiles[2]!, tiles[4]!]))
    expect((await cutTo(65_535, table, tiles)).rest).toBe(hex([tiles[0]!, tiles[1]!]))
  })

  test('keeps the checkpoints of that size and less', async () => {
    const notes = [0, 5, 6].map((size) => [int8(size), Buffer.from('note')])
    expect((await cutTo(5, { name: 'ledger.checkpoint', columns: ['size', 'note'] }, notes)).rest).toBe(hex(notes.slice(0, 2)))
  })

  test('sets a cursor back, never forward', async () => {
    const table = { name: 'delivery.cursor', columns: ['single', 'position'] }
    const row = (position: number) => [[Buffer.from([1]), int8(position)]]
    expect((await cutTo(5, table, row(9))).rest).toBe(hex(row(5)))
    expect((await cutTo(5, table, row(3))).rest).toBe(hex(row(3)))
  })

  test('leaves a table alone that does not speak of entries', async () => {
    const keys = [[Buffer.from('log'), Buffer.from('sealed')]]
    expect((await cutTo(0, { name: 'ledger.sealed_key', columns: ['name', 'sealed'] }, keys)).rest).toBe(hex(keys))
  })

  test('that ends in the middle of a row is refused', async () => {
    const bytes = copyOf(rows)
    await expect(all(cut(commits, 2, pieces(bytes.subarray(0, bytes.length - 5), 1_000)))).rejects.toThrow(RangeError)
  })
})

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EXPORT_MAGIC, type ExportRecord, encodeRecord } from '../../../src/ledger/audit/export-format.ts'
import type { AlarmKind } from '../../../src/ledger/audit/report.ts'
import type { BuiltLog } from './build-log.ts'
import { smallLog, tinyLog } from './build-log.ts'
import { audit, flipped, missedFlips } from './flips.ts'

/** Where a piece of the file begins, for every piece that has a name. */
type Region = { readonly name: string; readonly from: number; readonly to: number; readonly position: number | null }

/** Finds the stored fields of each record in the file by their bytes. What is left is framing. */
function regions(log: BuiltLog): Region[] {
  const found: Region[] = [{ name: 'magic', from: 0, to: EXPORT_MAGIC.length, position: null }]
  let at: number = EXPORT_MAGIC.length
  for (const record of log.records) {
    const bytes = Buffer.from(encodeRecord(record))
    for (const [name, value] of fieldsOf(record)) {
      const start = bytes.indexOf(value)
      found.push({ name: `${record.is}.${name}`, from: at + start, to: at + start + value.length, position: positionOf(record) })
    }
    at += bytes.length
  }
  return found
}

function fieldsOf(record: ExportRecord): [string, Uint8Array][] {
  switch (record.is) {
    case 'header':
      return [
        ['origin', Buffer.from(record.origin)],
        ['verifierKey', Buffer.from(record.verifierKey)],
      ]
    case 'commit': {
      const fields: [string, Uint8Array][] = [
        ['commit', record.commit],
        ['signature', record.signature],
        ['leafHash', record.leafHash],
        ['index.id', record.index.id],
      ]
      return record.blinding === null ? fields : [...fields, ['blinding', record.blinding]]
    }
    case 'part':
      return [
        ['ciphertext', record.ciphertext ?? Buffer.alloc(0)],
        ['key', record.key ?? Buffer.alloc(0)],
      ]
    case 'checkpoint':
      return [['note', record.note]]
    case 'tile':
      return [['hashes', record.hashes]]
    case 'end':
      return [['root', record.root]]
    default:
      return []
  }
}

const positionOf = (record: ExportRecord): number | null => ('position' in record ? record.position : 'size' in record ? record.size : null)

/** For each field: what the alarm at the flipped entry may be called. */
const EXPECTED: Readonly<Record<string, readonly AlarmKind[]>> = {
  magic: ['encoding'],
  'header.origin': ['checkpoint', 'encoding'],
  'header.verifierKey': ['checkpoint', 'encoding'],
  'commit.commit': ['signature', 'encoding', 'key'],
  'commit.signature': ['signature'],
  'commit.leafHash': ['leaf'],
  'commit.index.id': ['index'],
  'commit.blinding': ['leaf'],
  'part.ciphertext': ['commitment'],
  'part.key': ['commitment'],
  'checkpoint.note': ['checkpoint'],
  'end.root': ['root'],
}

describe('one flipped bit', () => {
  test('in any byte of an export is found', async () => {
    const bytes = tinyLog().bytes()
    expect((await audit(bytes)).ok).toBe(true)
    expect(
      await missedFlips(
        bytes,
        Array.from(bytes, (_, byte) => byte * 8 + (byte % 8)),
      ),
    ).toEqual([])
  }, 120_000)

  test('in a stored field is named: the entry it is in, and what is wrong there', async () => {
    const log = smallLog(9)
    const bytes = log.bytes()
    const unnamed: string[] = []
    const seen = new Set<string>()
    for (const { name, from, to, position } of regions(log)) {
      const stride = Math.max(1, Math.floor((to - from) / 12))
      for (let byte = from, bit = 0; byte < to; byte += stride, bit = (bit + 3) % 8) {
        const report = await audit(flipped(bytes, byte * 8 + bit))
        const expected = EXPECTED[name] ?? []
        const named = report.alarms.some((alarm) => alarm.position === position && expected.includes(alarm.what))
        if (named) seen.add(name)
        else
          unnamed.push(
            `${name} byte ${byte - from} bit ${bit} of entry ${position}: ${JSON.stringify(report.alarms.map((a) => `${a.position} ${a.what}`))}`,
          )
      }
    }
    expect(unnamed).toEqual([])
    expect([...seen].sort()).toEqual(Object.keys(EXPECTED).sort())
  }, 60_000)

  test('in a tile is named with the entries it covers', async () => {
    const log = smallLog(260)
    const bytes = log.bytes()
    const tile = log.records.find((record) => record.is === 'tile')
    const from = bytes.indexOf(tile?.hashes ?? '')
    for (const entry of [0, 1, 100, 255]) {
      const { alarms } = await audit(flipped(bytes, (from + entry * 32) * 8 + 5))
      expect(alarms.map(({ position, what }) => `${position} ${what}`)).toEqual([`${entry} tile`])
    }
  })
})

test('whatever else is done to the bytes, the audit ends with a verdict, and it is no', async () => {
  const bytes = smallLog(12).bytes()
  const edit = fc.record({ at: fc.nat(bytes.length), remove: fc.nat(400), insert: fc.uint8Array({ maxLength: 400 }) })
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
      const edited = edits.reduce((now, { at, remove, insert }) => Buffer.concat([now.subarray(0, at), insert, now.subarray(at + remove)]), bytes)
      expect((await audit(edited)).ok).toBe(edited.equals(bytes))
    }),
    { numRuns: 200 },
  )
})

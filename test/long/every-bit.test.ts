/** Every single bit of an export counts. The short form, one bit of each byte, is among the unit tests. */
import { expect, test } from 'vitest'
import { tinyLog } from '../unit/audit/build-log.ts'
import { missedFlips } from '../unit/audit/flips.ts'

test('a flip of any bit of an export is found', async () => {
  const bytes = tinyLog().bytes()
  expect(
    await missedFlips(
      bytes,
      Array.from({ length: bytes.length * 8 }, (_, bit) => bit),
    ),
  ).toEqual([])
}, 300_000)

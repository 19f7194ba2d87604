/** Checks decided in threads are those decided here, each told to whom it belongs. */
import { randomBytes } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { Checks } from '../../../src/ledger/audit/checks.ts'
import { newKey, seal } from '../../../src/ledger/part.ts'

const open: Checks[] = []
afterEach(async () => {
  for (const checks of open.splice(0)) await checks.close()
})

function begun(): Checks {
  const checks = new Checks()
  open.push(checks)
  return checks
}

function part(bytes: number) {
  const key = newKey()
  return { ...seal(randomBytes(bytes), 'raw', key), codec: 'raw' as const, key }
}

/** Checks parts of which every third was altered. @returns what was said of each, in the order in which they were begun */
async function decided(checks: Checks, sizes: readonly number[]): Promise<(string | null | undefined)[]> {
  const told: (string | null | undefined)[] = sizes.map(() => undefined)
  for (const [i, bytes] of sizes.entries()) {
    const check = part(bytes)
    const ciphertext = Buffer.from(check.ciphertext)
    if (i % 3 === 0) ciphertext[5] = (ciphertext[5] ?? 0) ^ 1
    checks.part({ ...check, ciphertext }, (problem) => {
      told[i] = problem
    })
    await checks.room()
  }
  await checks.all()
  return told
}

const expected = (count: number) => Array.from({ length: count }, (_, i) => (i % 3 === 0 ? 'does not open: it or its key was altered' : null))

test.each([
  ['few', [0, 1, 600, 5]],
  ['many', Array.from({ length: 5_000 }, (_, i) => i % 700)],
  ['large, some larger than any slab', [10, 2_000_000, 20, 1_048_576, 900_000, 900_000, 30, 3_000_000]],
])('%s', async (_, sizes) => {
  expect(await decided(begun(), sizes)).toEqual(expected(sizes.length))
})

test('all are decided whenever that is asked for, and more may follow', async () => {
  const checks = begun()
  for (const count of [3, 3_000, 1, 2_000]) {
    expect(
      await decided(
        checks,
        Array.from({ length: count }, () => 100),
      ),
    ).toEqual(expected(count))
  }
})

test('ending the threads in the middle of their work leaves nothing behind', async () => {
  const checks = begun()
  for (let i = 0; i < 4_000; i++) checks.part(part(300), () => {})
  await checks.close()
})

/** Numbers for events: they grow with the log, whatever clocks say, and tell the time where they can. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LedgerCommit } from '../../../src/ledger/types.ts'
import { Moments } from '../../../src/projections/moments.ts'

const commit = (position: number, time: number, events: number) =>
  ({ position, time, events: Array.from({ length: events }) }) as unknown as LedgerCommit
const log = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 2 ** 48 - 1 }), fc.integer({ min: 1, max: 5 })), { maxLength: 40 })
  .map((commits) => commits.map(([time, events], position) => commit(position, time, events)))

const numbers = (moments: Moments, commits: readonly LedgerCommit[]): bigint[] =>
  commits.flatMap(({ position, events }) => events.map((_, index) => moments.of({ position, index })))

test('moments grow with the log, none before its own time, and do not depend on how the log is cut', () => {
  fc.assert(
    fc.property(log, fc.nat(40), (commits, cut) => {
      const whole = numbers(Moments.after(0n, commits), commits)
      for (const [n, moment] of whole.entries()) if (n > 0) expect(moment).toBeGreaterThan(whole[n - 1] ?? 0n)
      for (const { position, time } of commits)
        expect(Moments.after(0n, commits).of({ position, index: 0 })).toBeGreaterThanOrEqual(BigInt(time) * 65_536n)
      const first = Moments.after(0n, commits.slice(0, cut))
      const rest = Moments.after(first.next, commits.slice(cut))
      expect([...numbers(first, commits.slice(0, cut)), ...numbers(rest, commits.slice(cut))]).toEqual(whole)
    }),
  )
})

test('where nothing presses, a moment is the snowflake of its commit', () => {
  expect(numbers(Moments.after(0n, [commit(0, 5, 2), commit(1, 6, 1)]), [commit(0, 5, 2), commit(1, 6, 1)])).toEqual([327_680n, 327_681n, 393_216n])
})

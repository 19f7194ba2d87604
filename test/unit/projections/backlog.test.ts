/** What waits to be folded: in order, without repeats, bounded. */
import { describe, expect, test } from 'vitest'
import type { LedgerBatch, LedgerCommit } from '../../../src/ledger/types.ts'
import { Backlog } from '../../../src/projections/backlog.ts'
import { statisticsDue } from '../../../src/projections/statistics.ts'

/** Each commit carries ten bytes. */
const batch = (...positions: number[]): LedgerBatch => ({
  commits: positions.map(
    (position) => ({ position, events: [{ parts: [{ bytes: new Uint8Array(10) }, { erased: true }] }] }) as unknown as LedgerCommit,
  ),
  head: { size: (positions.at(-1) ?? -1) + 1, root: new Uint8Array(32) },
})

async function taken(backlog: Backlog, limit = 100): Promise<[positions: number[], head: number | null] | null> {
  const next = await backlog.next(limit)
  if (next === null) return null
  backlog.drop(next)
  return [next.commits.map((commit) => commit.position), next.head?.size ?? null]
}

describe('a backlog', () => {
  test('gives everything that waits, with the head when it is all', async () => {
    const backlog = new Backlog(100, 1_000)
    backlog.add(batch(0, 1))
    backlog.add(batch(2))
    expect(await taken(backlog, 2)).toEqual([[0, 1], null])
    expect(await taken(backlog, 2)).toEqual([[2], 3])
  })

  test('keeps what was taken until it is dropped', async () => {
    const backlog = new Backlog(100, 1_000)
    backlog.add(batch(0))
    expect((await backlog.next(1))?.commits).toHaveLength(1)
    backlog.add(batch(1))
    expect(await taken(backlog)).toEqual([[0, 1], 2])
  })

  test('ends a batch at a gap, and passes over what was told before', async () => {
    const backlog = new Backlog(100, 1_000)
    backlog.add(batch(0, 1))
    backlog.add(batch(4))
    backlog.add(batch(1, 2, 4, 5))
    expect(await taken(backlog)).toEqual([[0, 1], null])
    expect(await taken(backlog)).toEqual([[4, 5], 6])
  })

  test('forgets all when there is too much: memory is bounded, the log is not', async () => {
    const backlog = new Backlog(2, 1_000)
    backlog.add(batch(0, 1, 2))
    backlog.add(batch(3))
    expect(await taken(backlog)).toEqual([[3], 4])
  })

  test('also when it is too large, however few commits that are', async () => {
    const backlog = new Backlog(100, 25)
    backlog.add(batch(0, 1, 2))
    backlog.add(batch(3, 4))
    expect(await taken(backlog)).toEqual([[3, 4], 5])
    backlog.add(batch(5, 6))
    backlog.add(batch(7))
    expect(await taken(backlog)).toEqual([[5, 6, 7], 8]) // what was dropped no longer counts
  })

  test('makes whoever comes too early wait, until something is told or all is over', async () => {
    const backlog = new Backlog(2, 1_000)
    const waiting = taken(backlog)
    backlog.add(batch(0))
    expect(await waiting).toEqual([[0], 1])
    const last = taken(backlog)
    backlog.stop()
    expect(await last).toBeNull()
    backlog.add(batch(1))
    expect(await taken(backlog)).toBeNull()
  })
})

test('statistics are due at 256 commits and at each fourfold', () => {
  const due: number[] = []
  for (let size = 1; size <= 70_000; size++) if (statisticsDue(size - 1, size)) due.push(size)
  expect(due).toEqual([256, 1024, 4096, 16_384, 65_536])
  expect(statisticsDue(0, 100_000)).toBe(true)
  expect(statisticsDue(5000, 16_383)).toBe(false)
})

/** Waiting for one's own write. */
import { expect, test, vi } from 'vitest'
import { Waiters } from '../../../src/projections/waiters.ts'

test('each waiter is answered when its commit is there, not before and not for others', async () => {
  const waiters = new Waiters()
  const settled: number[] = []
  const waiting = [3, 1, 2].map((position) => waiters.wait(position, 1000).then((reached) => reached && settled.push(position)))
  waiters.reached(2)
  await Promise.resolve()
  await waiting[1]
  expect(settled).toEqual([1])
  waiters.reached(4)
  await Promise.all(waiting)
  expect(settled).toEqual([1, 3, 2])
})

test('waiting ends with false in time, or when nothing will come', async () => {
  vi.useFakeTimers()
  try {
    const waiters = new Waiters()
    const late = waiters.wait(1, 2000)
    await vi.advanceTimersByTimeAsync(2000)
    expect(await late).toBe(false)
    const lost = waiters.wait(1, 2000)
    waiters.giveUp()
    expect(await lost).toBe(false)
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})

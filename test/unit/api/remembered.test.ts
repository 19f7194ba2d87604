import { expect, test } from 'vitest'
import { remembered } from '../../../src/api/remembered.ts'

test('asks once per period, together when at the same time, and again after a failure', async () => {
  let now = 0
  let calls = 0
  const ask = remembered(
    10,
    () => now,
    async () => {
      calls += 1
      if (calls === 3) throw new Error('down')
      return calls
    },
  )
  expect(await Promise.all([ask(), ask()])).toEqual([1, 1])
  now = 9
  expect(await ask()).toBe(1)
  now = 10
  expect(await ask()).toBe(2)
  now = 20
  await expect(ask()).rejects.toThrow('down')
  expect(await ask()).toBe(4)
})

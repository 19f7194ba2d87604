/** How often the slow signature is made: whenever somebody asks, but never at an asker's pace. */
import { expect, test } from 'vitest'
import { ServedCheckpoint } from '../../../src/ledger/served-checkpoint.ts'

function world() {
  const state = { now: 0, signed: 0 }
  const cosign = (note: string): string => {
    state.signed++
    return `${note}, twice signed`
  }
  const served = new ServedCheckpoint({ cosign }, () => state.now)
  return { state, of: (size: number) => served.of({ size, note: `tree of ${size}` }) }
}

test('what is asked for again is not signed again', () => {
  const { state, of } = world()
  for (let n = 0; n < 3; n++) expect(of(1)).toEqual({ size: 1, note: 'tree of 1, twice signed' })
  expect(state.signed).toBe(1)
})
test('at rest, everybody gets the newest', () => {
  const { state, of } = world()
  for (let size = 1; size <= 100; size++) {
    state.now += 200
    expect(of(size).size).toBe(size)
  }
  expect(state.signed).toBe(100)
})
test('under a flood it is signed at most 5 times a second after the first twenty, and what is served is at most 200 ms old', () => {
  const { state, of } = world()
  for (let ms = 1; ms <= 10_000; ms++) {
    state.now = ms
    const { size } = of(ms)
    expect(ms - size).toBeLessThanOrEqual(200)
  }
  expect(state.signed).toBeLessThanOrEqual(20 + 50)
})

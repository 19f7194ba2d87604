/** Whatever fails while something is erased, before or after it took effect: in the end exactly what was deleted is gone. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { perform } from '../../../src/api/deps.ts'
import { recordedEvents } from '../../../src/events/codec.ts'
import { type Eraser, type EraserLedger, startEraser } from '../../../src/handlers/erasure/eraser.ts'
import type { CommitDraft } from '../../../src/ledger/types.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../support/instance.ts'

let here: TestInstance
let ada: TestAccount
let round = 0
beforeAll(async () => {
  here = await testInstance()
  ada = await here.createAccount('ada')
})
afterAll(() => here?.close())

const ledger = () => here.deps.ledger
const say = async (as: TestAccount, status: string) => (await here.ask('POST', '/api/v1/statuses', { as, body: { status } })).json<{ id: string }>()
/** Text of every payload that opens. */
const open = async () =>
  (await ledger().read(0, 1_000)).flatMap(({ events }) =>
    events.flatMap(({ parts }) => parts.map((part) => (part.erased ? '' : Buffer.from(part.bytes).toString()))),
  )

type Fault = (step: number) => 'before' | 'after' | null

/** An eraser whose every step may fail: appending a warrant, or what follows it. */
async function erasing(fault: Fault): Promise<{ readonly eraser: Eraser; readonly steps: () => number }> {
  let steps = 0
  const failing = async <T>(work: () => Promise<T>): Promise<T> => {
    const when = fault(steps++)
    if (when === 'before') throw new Error('failed')
    const result = await work()
    if (when === 'after') throw new Error('failed after it was done')
    return result
  }
  const real = ledger()
  const wrapped: EraserLedger = {
    append: (draft: CommitDraft) => failing(() => real.append(draft)),
    read: (from, limit) => real.read(from, limit),
    readStream: (stream) => real.readStream(stream),
    follow: (follower) => real.follow(follower),
    head: () => real.head(),
    streamName: (kind, key) => real.streamName(kind, key),
  }
  const eraser = await startEraser({
    ledger: wrapped,
    pool: here.deps.pool,
    now: Date.now,
    log: () => {},
    settled: async () => true,
    isShown: async () => false,
    owes: async () => false,
    destroyKeys: () => failing(async () => {}),
    removeFiles: () => failing(async () => {}),
    removeAssets: () => failing(async () => {}),
    retryMs: 20,
  })
  return { eraser, steps: () => steps }
}

async function deleted(): Promise<{ readonly position: number; readonly words: readonly string[] }> {
  round += 1
  const ben = await here.createAccount(`ben${round}`)
  const words = ['zanzibar', 'quetzal', 'obsidian'].map((word) => `${word}${round}q`)
  for (const word of words) await say(ben, word)
  const mine = await say(ada, `ytterbium${round}q`)
  await say(ada, `stays${round}q`)
  await here.ask('DELETE', `/api/v1/statuses/${mine.id}`, { as: ada })
  const command = { do: 'DeleteAccount', id: ben.id, username: `ben${round}`, at: new Date().toISOString() } as const
  const { position } = await perform(here.deps, { by: 'instance', lane: 'public', commands: [command] })
  return { position: position ?? 0, words: [...words, `ytterbium${round}q`, `"ben${round}"`] }
}

beforeEach(() => here.deps.pool.query('truncate erasure.account').then(() => {}))

const cases = [0, 1, 2, 3, 4, 5].flatMap((step) => (['before', 'after'] as const).map((when) => [step, when] as const))

test.each(cases)('step %i fails %s it was done', async (step, when) => {
  const { eraser, steps } = await erasing((n) => (n === step ? when : null))
  const { position, words } = await deleted()
  expect(await eraser.finished(position)).toBe(true)
  await expect.poll(async () => (await here.deps.pool.query('select from erasure.account')).rowCount, { timeout: 5_000 }).toBe(0)
  await eraser.close()
  expect(steps()).toBeGreaterThan(step)
  const left = await open()
  for (const word of words)
    expect(
      left.filter((text) => text.includes(word)),
      word,
    ).toEqual([])
  expect(left.some((text) => text.includes(`stays${round}q`))).toBe(true)
})

test.each([0, 1, 2, 3, 4])('it is killed after step %i, and another takes over', async (last) => {
  const { eraser } = await erasing((n) => (n > last ? 'before' : null))
  const { position, words } = await deleted()
  await new Promise((resolve) => setTimeout(resolve, 300))
  await eraser.close()
  const next = await erasing(() => null)
  expect(await next.eraser.finished(position)).toBe(true)
  await next.eraser.close()
  const left = await open()
  for (const word of words)
    expect(
      left.filter((text) => text.includes(word)),
      word,
    ).toEqual([])
})

test('nothing that stands was erased, and each account was marked as erased once', async () => {
  const commits = await ledger().read(0, 1_000)
  const gone = commits.flatMap((commit) => recordedEvents(commit).filter(({ data }) => data === null)).map(({ type }) => type)
  expect(new Set(gone)).toEqual(new Set(['identity:create', 'identity:credential', 'grant:create', 'status:create']))
  const erasures = commits.flatMap(({ events }) => events.filter(({ type }) => type === 'identity:erase'))
  expect(erasures.length).toBe(round)
})

import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CommitDraft, Expected } from '../../../src/ledger/types.ts'
import { event, openWorld, type World } from './world.ts'

/** A batch size of three, so that every history is spread over several transactions. */
let world: World
beforeAll(async () => {
  world = await openWorld({ limits: { drafts: 1_000, bytes: 1e9, batchDrafts: 3, batchBytes: 1e9 } })
})
afterAll(() => world.close())

type Step = {
  readonly streams: readonly string[]
  readonly expected: readonly (readonly [string, Expected])[]
  readonly key: string | undefined
  readonly lane: 'public' | 'private'
}

const stream = fc.constantFrom('a', 'b', 'c')
const expected: fc.Arbitrary<Expected> = fc.oneof(fc.constantFrom<Expected>('any', 'none', 'exists'), fc.nat(3))
const step: fc.Arbitrary<Step> = fc.record({
  streams: fc.array(stream, { minLength: 1, maxLength: 3 }),
  expected: fc.array(fc.tuple(stream, expected), { maxLength: 2 }),
  key: fc.option(fc.constantFrom('k1', 'k2'), { nil: undefined }),
  lane: fc.constantFrom('public', 'private'),
})

/** What the ledger must do, one draft at a time: positions, `repeated` for a key that was used, `refused` for a condition that fails. */
function model(steps: readonly Step[], size: number): { outcomes: string[]; revisions: Map<string, number> } {
  const revisions = new Map<string, number>()
  const done = new Map<string, number>()
  let next = size
  const outcomes = steps.map(({ streams, expected, key }) => {
    const before = key === undefined ? undefined : done.get(key)
    if (before !== undefined) return `repeated ${before}`
    const broken = expected.find(([stream, wanted]) => !holds(wanted, revisions.get(stream) ?? null))
    if (broken !== undefined) return `refused ${JSON.stringify([broken[0], broken[1], revisions.get(broken[0]) ?? null])}`
    for (const stream of streams) revisions.set(stream, (revisions.get(stream) ?? -1) + 1)
    if (key !== undefined) done.set(key, next)
    return `appended ${next++}`
  })
  return { outcomes, revisions }
}

const holds = (expected: Expected, revision: number | null): boolean => {
  if (expected === 'any') return true
  if (expected === 'none') return revision === null
  return expected === 'exists' ? revision !== null : revision === expected
}

test('drafts that arrive together fare as if they had come one after the other', async () => {
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      run += 1
      const prefix = `model/${run}/`
      const { size } = world.ledger.head()
      const wanted = model(steps, size)
      const results = await Promise.allSettled(steps.map((one) => world.ledger.append(toDraft(one, prefix))))
      expect(results.map((result) => outcome(result, prefix))).toEqual(wanted.outcomes)
      for (const name of ['a', 'b', 'c']) expect(await world.ledger.revision(`${prefix}${name}`)).toBe(wanted.revisions.get(name) ?? null)
    }),
    { numRuns: 60 },
  )
})

function toDraft({ streams, expected, key, lane }: Step, prefix: string): CommitDraft {
  return {
    signer: 'instance',
    lane,
    events: streams.map((name) => event(`${prefix}${name}`)),
    expected: expected.map(([name, wanted]) => [`${prefix}${name}`, wanted]),
    ...(key === undefined ? {} : { idempotencyKey: `${prefix}${key}` }),
  }
}

function outcome(result: PromiseSettledResult<{ position: number; repeated: boolean }>, prefix: string): string {
  if (result.status === 'fulfilled') return `${result.value.repeated ? 'repeated' : 'appended'} ${result.value.position}`
  const [stream, wanted, actual] = result.reason.detail as [string, Expected, number | null]
  return `refused ${JSON.stringify([stream.slice(prefix.length), wanted, actual])}`
}

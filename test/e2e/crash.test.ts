/** Kill -9 in the middle of a burst: nothing acknowledged is lost, everything is delivered exactly once, and the audit passes. */
import { afterAll, expect, test } from 'vitest'
import { scratch, startInstance, vivim } from '../../demo/instance-process.ts'
import { personWith } from '../../demo/person.ts'
import type { Listed } from '../../src/cli/list-commits.ts'
import { allStatuses, follow, openSide, type Side, until } from './two-instances.ts'

const POSTS = 200
const WRITERS = 8
const KILL_AFTER = 70

const place = await scratch('e2e')
const sides: Side[] = []
afterAll(async () => {
  await Promise.all(sides.map(({ instance }) => instance.stop()))
  await place.remove()
})

test('an instance killed in a burst of 200 posts keeps what it acknowledged and delivers each post exactly once', async () => {
  const alice = await openSide(place.dir, 'alice')
  const bob = await openSide(place.dir, 'bob')
  sides.push(alice, bob)
  const aliceAtBob = await follow(bob, alice)

  const acknowledged = new Map<string, string>()
  const killed = burst(alice, range(0, POSTS), acknowledged, async () => {
    if (acknowledged.size >= KILL_AFTER) await alice.instance.kill()
  })
  await expect(killed).rejects.toThrow()
  expect(acknowledged.size).toBeGreaterThanOrEqual(KILL_AFTER)
  expect(acknowledged.size).toBeLessThan(POSTS)

  alice.instance = await startInstance(alice.start)
  const audit = await vivim(alice.start.dataDir, { PORT: String(alice.start.port) }, 'audit', '--json')
  expect(audit.code, audit.stdout + audit.stderr).toBe(0)

  const self = (await alice.person.client.v1.accounts.verifyCredentials()).id
  const kept = new Set((await allStatuses(alice, self)).map(({ content }) => numberIn(content)))
  for (const text of acknowledged.keys()) expect(kept).toContain(Number(text))
  await burst(
    alice,
    range(0, POSTS).filter((n) => !kept.has(n)),
    acknowledged,
  )

  const ours = (await allStatuses(alice, self)).map(({ uri }) => uri)
  expect(new Set(ours).size).toBe(POSTS)
  expect(ours).toHaveLength(POSTS)
  await until('everything is delivered', async () => (await allStatuses(bob, aliceAtBob)).length >= POSTS, 60_000)
  const theirs = (await allStatuses(bob, aliceAtBob)).map(({ uri }) => uri)
  expect(theirs.toSorted()).toEqual(ours.toSorted())

  for (const side of sides) {
    const result = await vivim(side.start.dataDir, { PORT: String(side.start.port) }, 'audit', '--json')
    expect(result.code, result.stdout + result.stderr).toBe(0)
  }
  const listed = await vivim(bob.start.dataDir, { PORT: String(bob.start.port) }, 'ledger', 'list', '--limit', '1000', '--json')
  const created = (JSON.parse(listed.stdout) as Listed).commits
    .flatMap(({ events }) => events)
    .filter(({ type }) => type === 'status:create')
    .map(({ parts }) => (parts[0]?.json as { uri: string } | undefined)?.uri)
  expect(created.toSorted()).toEqual(ours.toSorted())
})

/** Posts the numbers with several writers at once; stops at the first failure. The idempotency key is the number, as an app that retries would do. */
async function burst(
  side: Side,
  numbers: readonly number[],
  acknowledged: Map<string, string>,
  after: () => Promise<void> = async () => {},
): Promise<void> {
  const queue = [...numbers]
  const { client } = personWith(side.person.origin, side.person.username, side.person.accessToken)
  const writer = async () => {
    for (let n = queue.shift(); n !== undefined; n = queue.shift()) {
      const status = await client.v1.statuses.create({ status: `post number ${n}.`, visibility: 'public' }, {
        headers: { 'Idempotency-Key': `burst-${n}` },
      } as never)
      acknowledged.set(String(n), status.uri)
      await after()
    }
  }
  await Promise.all(Array.from({ length: WRITERS }, writer))
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index)
const numberIn = (html: string): number => Number(/post number (\d+)\./.exec(html)?.[1])

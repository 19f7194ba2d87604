/** What came from elsewhere and was taken back there is erased here: words, evidence and, with the account, everything; others are told of ours. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Eraser } from '../../../src/handlers/erasure/eraser.ts'
import { startEraser } from '../../../src/handlers/erasure/eraser.ts'
import { type Elsewhere, elsewhere, post, type Stranger, stranger } from '../federation/elsewhere.ts'
import { eventually, type FederatingInstance, federatingInstance, type Person } from '../federation/instance.ts'
import { tracesOf } from './traces.ts'

const PUBLIC = 'https://www.w3.org/ns/activitystreams#Public'
let world: Elsewhere
let here: FederatingInstance
let eraser: Eraser
let alice: Person
let bob: Person
let zoe: Stranger
let wait = 0
const destroyed: string[] = []

beforeAll(async () => {
  world = elsewhere()
  here = await federatingInstance({ fetch: world })
  alice = await here.person('alice')
  bob = await here.person('bobolink')
  zoe = stranger(world, 'https://far.example/users/zoeticform')
  const { ledger, delivery } = here
  eraser = await startEraser({
    ledger,
    pool: here.database.pool,
    now: () => Date.now() + wait,
    log: () => {},
    settled: async (position) => {
      await here.settled()
      return delivery?.passed(position) ?? true
    },
    isShown: async () => false,
    owes: async (id) => (await delivery?.owes(id)) ?? false,
    destroyKeys: async (id) => void destroyed.push(id),
    removeFiles: async () => {},
    removeAssets: async () => {},
    gatherMs: 1_000,
  })
})
afterAll(async () => {
  await eraser?.close()
  await here?.close()
})

const head = () => here.ledger.head().size
const erased = async () => {
  expect(await eraser.finished(head() - 1)).toBe(true)
  await here.settled()
}
const traces = (...words: string[]) => tracesOf(here.database.pool, words)
const mention = () => ({ to: [PUBLIC], cc: [alice.uri], tag: [{ type: 'Mention', href: alice.uri, name: '@alice' }] })
const say = async (content: string) => {
  const note = zoe.note({ ...mention(), content: `<p>${content}</p>` })
  expect((await post(here, zoe, zoe.activity('Create', { object: note, ...mention() }))).status).toBe(202)
  return note
}
const takeBack = async (note: { id: string }) =>
  expect((await post(here, zoe, zoe.activity('Delete', { object: { id: note.id, type: 'Tombstone' }, to: [PUBLIC] }))).status).toBe(202)

test('a post that its author takes back is erased, with the requests that brought it', async () => {
  const note = await say('zanzibar')
  const edit = { ...note, content: '<p>quetzal</p>', updated: new Date().toISOString() }
  expect((await post(here, zoe, zoe.activity('Update', { object: edit, ...mention() }))).status).toBe(202)
  const there = await traces('zanzibar', 'quetzal')
  expect(there.some((trace) => trace.startsWith('social.'))).toBe(true)
  const payloads = async () => JSON.stringify(await here.ledger.read(0, 1_000).then((all) => all.flatMap(({ events }) => events.flatMap(textsOf))))
  expect(await payloads()).toContain('zanzibar')
  await takeBack(note)
  await erased()
  expect(await traces('zanzibar', 'quetzal')).toEqual([])
  expect(await payloads()).not.toMatch(/zanzibar|quetzal/)
  const stays = await say('obsidian')
  expect(await payloads()).toContain('obsidian')
  await takeBack(stays)
  await erased()
})

test('an actor that is deleted takes along everything it did, and is never met again', async () => {
  await say('ytterbium')
  expect((await post(here, zoe, zoe.activity('Follow', { object: alice.uri }))).status).toBe(202)
  expect(await traces('zoeticform')).not.toEqual([])
  wait += 10_000
  world.remove(zoe.uri)
  expect((await post(here, zoe, zoe.activity('Delete', { object: zoe.uri, to: [PUBLIC] }))).status).toBe(202)
  await erased()
  expect(await traces('ytterbium')).toEqual([])
  const left = (await here.ledger.read(0, 1_000))
    .flatMap(({ events }) => events)
    .filter((event) => textsOf(event).some((text) => text.includes('zoeticform')))
  expect(
    left.map(({ type }) => type),
    'what alice answered, and the request to delete, which is the ground of it all',
  ).toEqual(['social:follow_accept', 'activity:receive'])
  expect(await traces('zoeticform').then((all) => all.filter((trace) => trace.startsWith('social.')))).toEqual([])
})

test('of an account here that is deleted other servers are told, and then its keys go', async () => {
  const yan = stranger(world, 'https://near.example/users/yan')
  expect((await post(here, yan, yan.activity('Follow', { object: bob.uri }))).status).toBe(202)
  await here.settled()
  world.remove(yan.uri) // down just now
  const at = new Date().toISOString()
  await here.perform({ by: 'instance', lane: 'public', commands: [{ do: 'DeleteAccount', id: bob.id, username: 'bobolink', at }] })
  await erased()
  const { rows } = await here.database.pool.query<{ body: string; inbox: string }>(
    `select a.body, m.inbox from delivery.message m join delivery.activity a on a.id = m.activity_id where a.uri like '%bobolink#delete'`,
  )
  expect(rows.map(({ inbox }) => inbox)).toEqual(['https://near.example/inbox'])
  expect(JSON.parse(rows[0]?.body ?? '{}')).toMatchObject({ type: 'Delete', actor: bob.uri, object: bob.uri, proof: { type: 'DataIntegrityProof' } })
  expect(destroyed, 'while it waits to be sent').not.toContain(bob.id)
  await here.database.pool.query(`update delivery.message set state = 'delivered', finished_at = now()`)
  wait += 10_000
  await eventually('its keys to go', async () => destroyed.includes(bob.id))
})

const textsOf = ({ parts }: { readonly parts: readonly ({ erased: true } | { erased: false; bytes: Uint8Array })[] }): string[] =>
  parts.map((part) => (part.erased ? '' : Buffer.from(part.bytes).toString('latin1')))

/** A deleted account is nowhere: not its words, not its name, not its keys, not its files; what others said and did stays. */
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { perform } from '../../../src/api/deps.ts'
import { recordedEvents } from '../../../src/events/codec.ts'
import type { Eraser } from '../../../src/handlers/erasure/eraser.ts'
import { createAccountKeys } from '../../../src/host/actor-keys.ts'
import { auditExport } from '../../../src/ledger/audit/audit-export.ts'
import { exportLedger } from '../../../src/ledger/export.ts'
import { access } from '../../../src/projections/access/projection.ts'
import type { Projections } from '../../../src/projections/projections.ts'
import { social } from '../../../src/projections/social/projection.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../support/instance.ts'
import { png, sendForm, uploadPng } from '../api/mastodon/form.ts'
import { dump } from '../projections/dump.ts'
import { eraserOf, tracesOf, tracesOnDisk } from './traces.ts'

const NAME = 'benvolio'
const WORDS = ['zanzibar', 'quetzal', 'ytterbium', 'obsidian', 'xylophone', 'kumquat', 'benvolio@mail.example', NAME]
let here: TestInstance
let eraser: Eraser
let ada: TestAccount
let ben: TestAccount
let owes = true
let position = 0
let before: { readonly size: number; readonly root: Uint8Array }

const ledger = () => here.deps.ledger
const pool = () => here.deps.pool
const say = async (as: TestAccount, body: object) => (await here.ask('POST', '/api/v1/statuses', { as, body })).json<{ id: string; uri: string }>()
const act = (as: TestAccount, path: string) => here.ask('POST', path, { as })
const keysOf = async ({ id }: TestAccount) =>
  (await pool().query<{ name: string }>('select name from ledger.sealed_key where name like $1 order by 1', [`%/${id}`])).rows.map(({ name }) => name)
const files = () => readdir(`${here.deps.config.dataDir}/media`, { recursive: true }).then((names) => names.filter((name) => name.includes('.')))
const rows = async () => [await dump(pool(), social), await dump(pool(), access)]
const remove = async () => {
  const command = { do: 'DeleteAccount', id: ben.id, username: NAME, at: new Date().toISOString() } as const
  return perform(here.deps, { by: 'instance', lane: 'public', commands: [command] })
}

beforeAll(async () => {
  here = await testInstance()
  ada = await here.createAccount('ada')
  ben = await here.createAccount(NAME)
  await createAccountKeys(ledger().keyring, ben.id, `https://here.example/users/${NAME}`)
  eraser = await eraserOf(here, () => owes)
  const post = await say(ada, { status: 'a post of mine' })
  const avatar = { avatar: { bytes: await png(50, 50), name: 'a.png' } }
  await sendForm(here, 'PATCH', '/api/v1/accounts/update_credentials', ben, { ...avatar, display_name: 'obsidian', note: 'xylophone' })
  await perform(here.deps, {
    by: 'instance',
    lane: 'private',
    commands: [{ do: 'SetCredential', data: { id: ben.id, email: 'benvolio@mail.example', passwordHash: '$argon2id$x' } }],
  })
  const media = await uploadPng(here, ben, { description: 'ytterbium' })
  const said = await say(ben, { status: 'zanzibar', media_ids: [media] })
  const reply = await say(ben, { status: 'quetzal', in_reply_to_id: post.id, visibility: 'private' })
  await here.ask('PUT', `/api/v1/statuses/${reply.id}`, { as: ben, body: { status: 'kumquat' } })
  for (const path of ['favourite', 'reblog', 'bookmark']) await act(ben, `/api/v1/statuses/${post.id}/${path}`)
  for (const [one, other] of [[ada, ben], [ben, ada]] as const) await act(one, `/api/v1/accounts/${other.id}/follow`) // biome-ignore format: pairs
  await act(ada, `/api/v1/statuses/${said.id}/favourite`)
  await say(ada, { status: 'yes', in_reply_to_id: said.id })
  await pool().query('analyze')
  const { size, root } = ledger().head()
  before = { size, root: Buffer.from(root) }
})
afterAll(async () => {
  await eraser?.close()
  await here?.close()
})

test('the owner of the instance is not deleted', async () => {
  const command = { do: 'DeleteAccount', id: ada.id, username: 'ada', at: new Date().toISOString() } as const
  expect(await here.deps.execute({ by: 'instance', lane: 'public', commands: [command] })).toMatchObject({
    ok: false,
    refusal: { code: 'NOT_ALLOWED' },
  })
})

test('everything that the account recorded is erased', async () => {
  const there = await tracesOf(pool(), WORDS)
  for (const word of WORDS)
    expect(
      there.some((trace) => trace.endsWith(word)),
      word,
    ).toBe(true)
  const done = await remove()
  position = done.position ?? 0
  expect(await eraser.finished(position)).toBe(true)
  expect(await here.deps.projections.waitFor(ledger().head().size - 1)).toBe(true)
  await pool().query('analyze')
  expect(await tracesOf(pool(), WORDS)).toEqual([])
  expect(await tracesOnDisk(pool(), WORDS)).toEqual([])
})

test('its files are gone', async () => {
  expect(await files()).toEqual([])
})

test('its keys go when nothing is left for them to sign', async () => {
  expect(await keysOf(ben)).toEqual([`ed25519/${ben.id}`, `rsa/${ben.id}`, `signer/account/${ben.id}`])
  owes = false
  await eraser.close()
  eraser = await eraserOf(here)
  expect(await eraser.finished(ledger().head().size - 1)).toBe(true)
  await expect.poll(() => keysOf(ben)).toEqual([])
  expect(await pool().query('select from erasure.account')).toMatchObject({ rowCount: 0 })
  await expect(ledger().append({ signer: `account/${ben.id}`, lane: 'private', events: [] })).rejects.toThrow()
})

test('the log proves what it proved, and the audit knows every erased part by its warrant', async () => {
  expect(Buffer.from(await ledger().rootAt(before.size))).toEqual(before.root)
  const { logOrigin: origin, verifierKey } = ledger()
  const options = { origin, verifierKey, unwrap: (wrapped: Uint8Array) => ledger().unwrapPartKey(wrapped), disclosure: 'full' } as const
  const report = await auditExport(exportLedger(pool(), options), { source: 'this instance', verifierKey })
  expect(report.alarms).toEqual([])
  expect(report.counts.partsErased).toBeGreaterThan(12)
})

test('of the account there is left that it was deleted, and nothing more; what others did is untouched', async () => {
  const events = (await ledger().read(0, 1_000)).flatMap((commit) => recordedEvents(commit))
  const theirs = events.filter(
    ({ data }) => data !== null && (('id' in data && data.id === ben.id) || ('accountId' in data && data.accountId === ben.id)),
  )
  expect(theirs.map(({ type }) => type)).toEqual(['identity:delete', 'identity:erase'])
  const adas = events.filter(({ data }) => data !== null && 'accountId' in data && data.accountId === ada.id)
  expect(adas.map(({ type }) => type)).toEqual([
    'instance:set_owner',
    'grant:create',
    'status:create',
    'social:follow',
    'status:like',
    'status:create',
  ])
})

test('rows made again from the log are the rows that are there', async () => {
  const live = await rows()
  await (here.deps.projections as Projections).rebuild()
  expect(await rows()).toEqual(live)
})

test('the name is never given again, and asking again changes nothing', async () => {
  await expect(here.createAccount(NAME)).rejects.toThrow(/taken/)
  expect((await remove()).position).toBeNull()
})

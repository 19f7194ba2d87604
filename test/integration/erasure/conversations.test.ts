/** A deleted conversation is nowhere: not its words, not its title, not how it was cut into units, not its files; a forgotten memory neither. */
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { perform } from '../../../src/api/deps.ts'
import { sealFile } from '../../../src/conversations/assets.ts'
import { recordedEvents } from '../../../src/events/codec.ts'
import { assetIdOf } from '../../../src/events/identifiers.ts'
import type { Command } from '../../../src/handlers/commands.ts'
import type { Eraser } from '../../../src/handlers/erasure/eraser.ts'
import { auditExport } from '../../../src/ledger/audit/audit-export.ts'
import { exportLedger } from '../../../src/ledger/export.ts'
import { conversationsProjection } from '../../../src/projections/conversations/projection.ts'
import { memoriesProjection } from '../../../src/projections/memories/projection.ts'
import type { Projections } from '../../../src/projections/projections.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../support/instance.ts'
import { memorySamples } from '../../unit/events/memory-samples.ts'
import * as said from '../conversations/said.ts'
import { dump } from '../projections/dump.ts'
import { eraserOf, sampled, tracesOf } from './traces.ts'

const AT = '2026-01-31T12:00:00.000Z'
let here: TestInstance
let eraser: Eraser
let ada: TestAccount

const ledger = () => here.deps.ledger
const ask = (by: 'instance' | { account: string }, ...commands: readonly Command[]) => perform(here.deps, { by, lane: 'private', commands })
const mine = (...commands: readonly Command[]) => ask({ account: ada.id }, ...commands)
const files = () => readdir(`${here.deps.config.dataDir}/assets`, { recursive: true }).then((names) => names.filter((name) => name.includes('/')))
const erased = async (position: number | null) => {
  expect(await eraser.finished(position ?? 0)).toBe(true)
  expect(await here.deps.projections.waitFor(ledger().head().size - 1)).toBe(true)
}
/** Types of the events that still say something of one of these ids. */
const readable = async (...ids: readonly string[]) =>
  (await ledger().read(0, 1_000))
    .flatMap((commit) => recordedEvents(commit))
    .filter(({ data }) => data !== null && ids.some((id) => JSON.stringify(data).includes(`"${id}"`)))
    .map(({ type }) => type)

async function file(id: string, bytes: string): Promise<string> {
  const content = (async function* () {
    yield Buffer.from(bytes)
  })()
  const { sha256, file, key, bytes: size } = await sealFile(here.deps.config.dataDir, content)
  const data = { id: assetIdOf(id, sha256), accountId: id, at: AT, sha256, bytes: size, mime: 'text/plain', name: 'zanzibar.txt', file, key }
  await mine({ do: 'StoreAsset', data })
  return data.id
}

const memory = (id: string, text: string): Command => {
  const derivation = { engine: 'person', by: 'person', model: null, prompt: null, output: null } as const
  return { do: 'RecordMemory', data: { ...memorySamples['memory:record'], id, accountId: ada.id, text, evidence: [], members: [], derivation } }
}

beforeAll(async () => {
  here = await testInstance()
  ada = await here.createAccount('ada')
  eraser = await eraserOf(here)
})
afterAll(async () => {
  await eraser?.close()
  await here?.close()
})

test('a conversation goes with its words, units, links and files, and what others hold stays', async () => {
  const { id: accountId } = ada
  const asset = await file(accountId, 'quetzal')
  const conversation = said.conversation(accountId, '501', { title: 'obsidian' })
  await mine(
    { do: 'CreateConversation', data: conversation },
    { do: 'AddMessage', data: said.message(accountId, '501', '601', { blocks: [said.text('kumquat'), said.picture(asset)] }) },
    { do: 'CreateConversation', data: said.conversation(accountId, '502', { title: 'stays' }) },
    { do: 'AddMessage', data: said.message(accountId, '502', '602', { blocks: [said.text('stays, too')] }) },
  )
  const [acu] = memorySamples['acu:segment'].acus
  if (acu === undefined) throw new Error('the sample has units')
  const segment = { ...memorySamples['acu:segment'], accountId, conversationId: '501', acus: [{ ...acu, messageId: '601' }] }
  await ask('instance', { do: 'SegmentMessages', data: segment })
  expect(await files()).toHaveLength(1)
  const { position } = await mine(
    { do: 'DeleteAsset', data: { id: asset, accountId, at: AT } },
    { do: 'DeleteConversation', data: { id: '501', accountId, at: AT } },
  )
  await erased(position)
  expect(await readable('501', '601', asset)).toEqual(['asset:delete', 'conversation:delete'])
  expect(await readable('602')).toContain('message:add')
  expect(await files()).toEqual([])
})

test('brought in again, it is refused', async () => {
  const command: Command = { do: 'CreateConversation', data: said.conversation(ada.id, '501') }
  expect(await here.deps.execute({ by: { account: ada.id }, lane: 'private', commands: [command] })).toMatchObject({
    ok: false,
    refusal: { code: 'GONE' },
  })
})

test('a forgotten memory, a note and a shelf go from the log, too', async () => {
  const { id: accountId } = ada
  const note = { ...memorySamples['acu:create'], id: '701', accountId, parentId: null, relation: null }
  await mine(
    memory('711', 'ytterbium'),
    memory('712', 'stays'),
    { do: 'CreateAcu', data: note },
    { do: 'CreateShelf', data: said.shelf(accountId, '721') },
  )
  const { position } = await mine(
    { do: 'ForgetMemory', data: { id: '711', accountId, at: AT, marks: [] } },
    { do: 'DeleteAcu', data: { id: '701', accountId, at: AT } },
    { do: 'DeleteShelf', data: { id: '721', accountId, at: AT } },
  )
  await erased(position)
  expect(await readable('711', '701', '721')).toEqual(['memory:forget', 'acu:delete', 'shelf:delete'])
  expect(await readable('712')).toEqual(['memory:record'])
})

test('rows made again from the log are the rows that are there', async () => {
  const { cipher } = here.deps.vault
  const rows = async () => [await dump(here.deps.pool, conversationsProjection(cipher)), await dump(here.deps.pool, memoriesProjection(cipher))]
  const live = await rows()
  await (here.deps.projections as Projections).rebuild()
  expect(await rows()).toEqual(live)
  expect(await tracesOf(here.deps.pool, ['kumquat', 'obsidian', 'quetzal', 'ytterbium', 'zanzibar'])).toEqual([])
})

test('the planner keeps no copies of what was sealed, nor of what it is looked up by', async () => {
  await here.deps.pool.query('analyze')
  const kept = (await sampled(here.deps.pool)).filter((name) => /^(conversations|memories)\./.test(name))
  expect(kept.filter((name) => /sealed|details|report|claim|key|hash/.test(name))).toEqual([])
})

test('the log proves what it proved, and says by what warrant each part went', async () => {
  const { logOrigin: origin, verifierKey } = ledger()
  const options = { origin, verifierKey, unwrap: (wrapped: Uint8Array) => ledger().unwrapPartKey(wrapped), disclosure: 'full' } as const
  const report = await auditExport(exportLedger(here.deps.pool, options), { source: 'this instance', verifierKey })
  expect(report.alarms).toEqual([])
  expect(report.counts.partsErased).toBeGreaterThanOrEqual(7)
})

test('an account that goes takes its files along', async () => {
  const ben = await here.createAccount('ben')
  ada = ben
  await file(ben.id, 'words of ben')
  expect(await files()).toHaveLength(1)
  const { position } = await ask('instance', { do: 'DeleteAccount', id: ben.id, username: 'ben', at: AT })
  await erased(position)
  expect(await files()).toEqual([])
})

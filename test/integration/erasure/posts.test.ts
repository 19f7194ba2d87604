/** A deleted post is nowhere: not in rows, indexes, exports, statistics; and everything that was proven stays proven. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { perform } from '../../../src/api/deps.ts'
import { MediaFiles } from '../../../src/api/media/files.ts'
import { expireUploads } from '../../../src/api/media/sweep.ts'
import { recordedEvents } from '../../../src/events/codec.ts'
import type { Eraser } from '../../../src/handlers/erasure/eraser.ts'
import { auditExport } from '../../../src/ledger/audit/audit-export.ts'
import { exportLedger } from '../../../src/ledger/export.ts'
import { parseWarrant } from '../../../src/ledger/warrant.ts'
import { access } from '../../../src/projections/access/projection.ts'
import type { Projections } from '../../../src/projections/projections.ts'
import { social } from '../../../src/projections/social/projection.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../support/instance.ts'
import { png, sendForm, uploadPng } from '../api/mastodon/form.ts'
import { dump } from '../projections/dump.ts'
import { eraserOf, sampled, tracesOf, tracesOnDisk } from './traces.ts'

let here: TestInstance
let eraser: Eraser
let ada: TestAccount
let ben: TestAccount
const clock = { offset: 0 }
beforeAll(async () => {
  here = await testInstance({ now: () => Date.now() + clock.offset })
  ada = await here.createAccount('ada')
  ben = await here.createAccount('ben')
  eraser = await eraserOf(here)
})
afterAll(async () => {
  await eraser?.close()
  await here?.close()
})

const ledger = () => here.deps.ledger
const write = async (as: TestAccount, body: object) =>
  (await here.ask('POST', '/api/v1/statuses', { as, body })).json<{ id: string; uri: string; url: string }>()
const remove = async (as: TestAccount, id: string, query = '') => {
  const answer = await here.ask('DELETE', `/api/v1/statuses/${id}${query}`, { as })
  expect(answer.statusCode).toBe(200)
  expect(await eraser.finished(ledger().head().size - 1)).toBe(true)
}
/** Every payload that the ledger still opens. */
const readable = async () => {
  const commits = await ledger().read(0, 1_000)
  return commits.flatMap(({ events }) => events.flatMap(({ parts }) => parts.map((part) => (part.erased ? '' : Buffer.from(part.bytes).toString()))))
}

describe.each(['public', 'unlisted', 'private', 'direct'] as const)('a post that was %s', (visibility) => {
  const words = ['zanzibar', 'quetzal', 'ytterbium', 'obsidian', 'xylophone'].map((word) => `${word}${visibility}`)
  const [text = '', spoiler = '', edit = '', alt = '', tag = ''] = words

  test('is erased with its edits, its pictures and their descriptions, and every proof of before holds after', async () => {
    const upload = await sendForm(here, 'POST', '/api/v2/media', ada, { file: { bytes: await png(8, 8), name: 'a.png' }, description: alt })
    const media = upload.json<{ id: string; url: string }>()
    const first = { status: `${text} #${tag}`, spoiler_text: spoiler, visibility, media_ids: [media.id] }
    const { id } = await write(ada, first)
    expect((await here.ask('PUT', `/api/v1/statuses/${id}`, { as: ada, body: { ...first, status: `${edit} #${tag}` } })).statusCode).toBe(200)
    await here.ask('POST', `/api/v1/statuses/${id}/favourite`, { as: ben })
    await here.deps.pool.query('analyze')
    expect(await tracesOf(here.deps.pool, words), 'it was there').not.toEqual([])
    const size = ledger().head().size
    const root = await ledger().rootAt(size)
    const proofs = await Promise.all(Array.from({ length: size }, (_, position) => ledger().inclusionProof(position, size)))

    await remove(ada, id, '?delete_media=true')

    await here.deps.pool.query('analyze')
    expect(await tracesOf(here.deps.pool, words)).toEqual([])
    expect((await readable()).filter((payload) => words.some((word) => payload.includes(word)))).toEqual([])
    expect(Buffer.from(await ledger().rootAt(size))).toEqual(Buffer.from(root))
    expect(await Promise.all(proofs.map(({ index }) => ledger().inclusionProof(index, size)))).toEqual(proofs)
    const file = media.url.replace('https://here.example/media/', '')
    expect(await new MediaFiles(`${here.deps.config.dataDir}/media`).open(file)).toBeNull()
  })

  test('is told of by a warrant that names places and nothing else, in its own lane', async () => {
    const { id } = await write(ada, { status: `${text} again`, visibility })
    const position = ledger().head().size - 1
    await remove(ada, id)
    const [commit] = await ledger().read(ledger().head().size - 1, 1)
    const [event] = commit?.events ?? []
    const [part] = event?.parts ?? []
    expect(event?.type).toBe('ledger:erase')
    expect(commit?.lane).toBe(visibility === 'public' || visibility === 'unlisted' ? 'public' : 'private')
    expect(part?.erased === false && parseWarrant(part.bytes)).toEqual({ reason: 'post-deleted', places: [{ position, event: 0, index: 0 }] })
  })
})

test('the audit of what is left finds nothing wrong, and knows what was erased', async () => {
  const { logOrigin: origin, verifierKey } = ledger()
  const options = { origin, verifierKey, unwrap: (wrapped: Uint8Array) => ledger().unwrapPartKey(wrapped), disclosure: 'full' } as const
  const report = await auditExport(exportLedger(here.deps.pool, options), { source: 'this instance', verifierKey })
  expect(report.alarms).toEqual([])
  expect(report.counts.partsErased).toBe(16)
})

test('rows made again from the log are the rows that are there', async () => {
  const before = [await dump(here.deps.pool, social), await dump(here.deps.pool, access)]
  await (here.deps.projections as Projections).rebuild()
  expect([await dump(here.deps.pool, social), await dump(here.deps.pool, access)]).toEqual(before)
})

test('nobody finds it any more: not by its words, its tag, its address, in timelines or threads', async () => {
  const { id, url } = await write(ada, { status: 'kingfisher #halcyon', visibility: 'public' })
  const path = url.replace('https://here.example', '')
  const asked = () =>
    Promise.all(
      [
        `/api/v2/search?q=kingfisher`,
        '/api/v1/timelines/tag/halcyon',
        '/api/v1/timelines/public',
        '/api/v1/timelines/home',
        `/api/v1/statuses/${id}`,
        path,
        '/@ada',
      ].map(
        async (address) =>
          [
            address,
            (await here.ask('GET', address, { as: ada, headers: { accept: 'text/html, application/json' } })).body.includes('kingfisher'),
          ] as const,
      ),
    )
  expect((await asked()).filter(([, found]) => !found)).toEqual([])
  await remove(ada, id)
  expect((await asked()).filter(([, found]) => found)).toEqual([])
})

test('pictures that may be posted again go a day later, with what was said of them', async () => {
  const files = new MediaFiles(`${here.deps.config.dataDir}/media`)
  const media = await uploadPng(here, ada, { description: 'kumquat' })
  const { id } = await write(ada, { status: 'persimmon', media_ids: [media] })
  await remove(ada, id)
  expect(await tracesOf(here.deps.pool, ['persimmon'])).toEqual([])
  expect(await tracesOf(here.deps.pool, ['kumquat'])).not.toEqual([])
  clock.offset += 26 * 3_600_000
  expect(await expireUploads(here.deps, files)).toBe(1)
  expect(await eraser.finished(ledger().head().size - 1)).toBe(true)
  expect(await tracesOf(here.deps.pool, ['kumquat'])).toEqual([])
})

test('an upload that is in a post stays, although somebody wanted it gone at the same moment', async () => {
  const media = await uploadPng(here, ada, { description: 'tamarind' })
  await write(ada, { status: 'faster', media_ids: [media] })
  const data = { accountId: ada.id, id: media, at: new Date().toISOString() }
  const { position } = await perform(here.deps, { by: 'instance', lane: 'private', commands: [{ do: 'DeleteMedia', data }] })
  expect(await eraser.finished(position ?? 0)).toBe(true)
  const before = await dump(here.deps.pool, social)
  await (here.deps.projections as Projections).rebuild('social')
  expect(await dump(here.deps.pool, social)).toEqual(before)
  expect(await tracesOf(here.deps.pool, ['tamarind'])).toContain('social.media: tamarind')
})

test('the planner samples nothing that somebody wrote, is called, or is found at, and no key', async () => {
  await here.deps.pool.query('analyze')
  const impersonal = /\.(type|role|visibility|language|languages|state|timeline|default_visibility|default_language|inbox|host|signer)$/
  expect((await sampled(here.deps.pool)).filter((name) => !impersonal.test(name))).toEqual([])
})

test('whoever deletes twice erases once', async () => {
  const { id } = await write(ada, { status: 'twice' })
  await remove(ada, id)
  const { size } = ledger().head()
  const again = await eraserOf(here)
  await here.deps.pool.query('update erasure.cursor set position = 0')
  await again.close()
  const fresh = await eraserOf(here)
  expect(await fresh.finished(size - 1)).toBe(true)
  await fresh.close()
  expect(ledger().head().size).toBe(size)
})

test('an Idempotency-Key whose post was deleted and erased makes a new one, once', async () => {
  const ask = () => here.ask('POST', '/api/v1/statuses', { as: ada, body: { status: 'once' }, headers: { 'idempotency-key': 'k' } })
  const first = (await ask()).json<{ id: string }>()
  await remove(ada, first.id)
  const second = (await ask()).json<{ id: string }>()
  expect(second.id).not.toBe(first.id)
  expect((await ask()).json<{ id: string }>().id).toBe(second.id)
})

test('the deletion itself, and what others did, stay', async () => {
  const types = (await ledger().read(0, 1_000)).flatMap((commit) => recordedEvents(commit).map(({ type, data }) => [type, data === null] as const))
  expect(new Set(types.filter(([, erased]) => erased).map(([type]) => type))).toEqual(new Set(['status:create', 'status:update', 'media:create']))
})

test('the files of tables and indexes hold none of it, once cleared', async () => {
  const { id } = await write(ada, { status: 'zanzibarondisk', spoiler_text: 'quetzalondisk' })
  expect(await tracesOnDisk(here.deps.pool, ['zanzibarondisk', 'quetzalondisk']), 'it was there').not.toEqual([])
  await remove(ada, id)
  expect(await tracesOnDisk(here.deps.pool, ['zanzibar', 'quetzal', 'ytterbium', 'obsidian', 'xylophone'])).toEqual([])
})

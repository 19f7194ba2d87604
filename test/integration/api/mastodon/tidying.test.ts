import { readdir, rm, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { MediaFiles } from '../../../../src/api/media/files.ts'
import { expireUploads, removeStrays } from '../../../../src/api/media/sweep.ts'
import { recordedEvents } from '../../../../src/events/codec.ts'
import { mediaById } from '../../../../src/projections/read/media.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../../support/instance.ts'
import { png, sendForm, uploadPng } from './form.ts'

const HOUR = 3_600_000
const clock = { offset: 0 }
let here: TestInstance
let alice: TestAccount
let files: MediaFiles
beforeAll(async () => {
  here = await testInstance({ now: () => Date.now() + clock.offset })
  alice = await here.createAccount('alice')
  files = new MediaFiles(root())
})
beforeEach(async () => void (await expireUploads(here.deps, files)))
afterAll(() => here.close())

const root = () => path.join(here.deps.config.dataDir, 'media')
const stored = async () => (await readdir(root(), { recursive: true }).catch(() => [])).filter((name) => name.includes('.')).sort()
const post = async (body: object) => (await here.ask('POST', '/api/v1/statuses', { as: alice, body })).json<{ id: string }>().id
const known = async (id: string) => (await mediaById(here.deps.pool, id)) !== null
const rendered = async (body: Record<string, Uint8Array>) =>
  sendForm(
    here,
    'PATCH',
    '/api/v1/accounts/update_credentials',
    alice,
    mapped(body, (bytes) => ({ bytes, name: 'x.png' })),
  )
const mapped = <A, B>(values: Record<string, A>, change: (value: A) => B) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]))

/** Commits from a position on, by the types of their events and their lane. */
const commitsFrom = async (from: number) =>
  (await here.deps.ledger.read(from, 100)).map((commit) => [commit.lane, recordedEvents(commit).map(({ type }) => type)])

describe('an upload', () => {
  test('that no post takes within a day goes, with its files, by an event of the instance', async () => {
    const before = await stored()
    const [old, size] = [await uploadPng(here, alice), here.deps.ledger.head().size]
    clock.offset += 24 * HOUR
    expect((await here.ask('POST', '/api/v1/statuses', { as: alice, body: { media_ids: [old] } })).statusCode, 'too late').toBe(422)
    expect(await expireUploads(here.deps, files), 'but not gone yet').toBe(0)
    clock.offset += HOUR
    const fresh = await uploadPng(here, alice)
    expect(await expireUploads(here.deps, files)).toBe(1)
    expect(await commitsFrom(size)).toEqual([
      ['private', ['media:create']],
      ['private', ['media:delete']],
    ])
    expect([await known(old), await known(fresh)]).toEqual([false, true])
    expect((await stored()).length).toBe(before.length + 2)
    expect(await expireUploads(here.deps, files), 'again').toBe(0)
    await here.ask('DELETE', `/api/v1/media/${fresh}`, { as: alice })
  })

  test('that a post has stays, and its earlier versions keep theirs', async () => {
    const [a, b] = [await uploadPng(here, alice), await uploadPng(here, alice)]
    const id = await post({ status: 'x', media_ids: [a, b] })
    await here.ask('PUT', `/api/v1/statuses/${id}`, { as: alice, body: { status: 'x', media_ids: [a] } })
    clock.offset += 100 * HOUR
    expect(await expireUploads(here.deps, files)).toBe(0)
    expect([await known(a), await known(b)]).toEqual([true, true])
  })

  test('of a deleted post can be posted again for a day, however old it is', async () => {
    const media = await uploadPng(here, alice)
    const id = await post({ status: 'x', media_ids: [media] })
    clock.offset += 100 * HOUR
    await here.ask('DELETE', `/api/v1/statuses/${id}`, { as: alice })
    clock.offset += 23 * HOUR
    expect(await expireUploads(here.deps, files)).toBe(0)
    const again = await post({ status: 'better', media_ids: [media] })
    await here.ask('DELETE', `/api/v1/statuses/${again}`, { as: alice })
    clock.offset += 25 * HOUR + 1
    expect(await expireUploads(here.deps, files)).toBe(1)
  })

  test('goes with its post when asked, in one commit as visible as the post', async () => {
    for (const [visibility, lane] of [
      ['public', 'public'],
      ['private', 'private'],
    ]) {
      const before = await stored()
      const [media, dropped] = [await uploadPng(here, alice), await uploadPng(here, alice)]
      const id = await post({ status: 'x', media_ids: [media, dropped], visibility })
      await here.ask('PUT', `/api/v1/statuses/${id}`, { as: alice, body: { status: 'x', media_ids: [media] } })
      const { size } = here.deps.ledger.head()
      const answer = await here.ask('DELETE', `/api/v1/statuses/${id}?delete_media=true`, { as: alice })
      expect(answer.json()).toMatchObject({ text: 'x', media_attachments: [{ id: media }] })
      expect(await commitsFrom(size)).toEqual([[lane, ['status:delete', 'media:delete', 'media:delete']]])
      expect(await stored()).toEqual(before)
    }
  })

  test('is deleted by its owner, unless a post has it', async () => {
    const before = await stored()
    const media = await uploadPng(here, alice)
    expect((await here.ask('DELETE', `/api/v1/media/${media}`, { as: await here.createAccount('bob') })).statusCode).toBe(404)
    expect((await here.ask('DELETE', `/api/v1/media/${media}`, { as: alice })).json()).toEqual({})
    expect((await here.ask('DELETE', `/api/v1/media/${media}`, { as: alice })).statusCode).toBe(404)
    expect(await stored()).toEqual(before)
    const used = await uploadPng(here, alice)
    await post({ media_ids: [used] })
    expect((await here.ask('DELETE', `/api/v1/media/${used}`, { as: alice })).statusCode).toBe(422)
  })
})

describe('pictures of a profile', () => {
  test('that were replaced go, those that were not stay, and a refused change leaves nothing', async () => {
    const before = await stored()
    await rendered({ avatar: await png(), header: await png() })
    const first = await stored()
    expect(first.length).toBe(before.length + 2)
    await rendered({ avatar: await png(50, 50) })
    const second = await stored()
    expect(second.length).toBe(first.length)
    expect(second.filter((name) => first.includes(name)).length).toBe(first.length - 1)
    expect((await rendered({ avatar: await png(), header: Buffer.from('no picture') })).statusCode).toBe(422)
    expect(await stored()).toEqual(second)
  })

  test('go when they are taken away', async () => {
    await rendered({ avatar: await png(), header: await png() })
    const before = await stored()
    const answer = await here.ask('DELETE', '/api/v1/profile/avatar', { as: alice })
    expect(answer.json()).toMatchObject({ avatar: 'https://here.example/media/avatars/missing.png', header: expect.not.stringContaining('missing') })
    expect((await stored()).length).toBe(before.length - 1)
    await here.ask('DELETE', '/api/v1/profile/avatar', { as: alice })
    await rendered({ avatar: await png() })
  })

  test('changes at the same time lose nothing and leave the files that are shown, and no other', async () => {
    const size = (await stored()).length
    const changes = Array.from({ length: 6 }, async (_, n) =>
      n % 2 === 0
        ? rendered({ avatar: await png(20 + n, 20) })
        : here.ask('PATCH', '/api/v1/accounts/update_credentials', { as: alice, body: { note: `${n}` } }),
    )
    for (const answer of await Promise.all(changes)) expect(answer.statusCode).toBe(200)
    expect((await stored()).length).toBe(size)
    const { avatar, header } = (await here.ask('GET', '/api/v1/accounts/verify_credentials', { as: alice })).json<{
      avatar: string
      header: string
    }>()
    for (const url of [avatar, header]) expect((await here.app.inject({ url: new URL(url).pathname })).statusCode).toBe(200)
  })
})

describe('after a crash', () => {
  const age = async (names: readonly string[], hours: number) => {
    const at = new Date(Date.now() - hours * HOUR)
    for (const name of names) await utimes(path.join(root(), name), at, at)
  }

  test('files that nothing refers to go once they are a day old; all others stay', async () => {
    const media = await uploadPng(here, alice)
    await post({ media_ids: [media] })
    await rendered({ avatar: await png(), header: await png() })
    const used = await stored()
    const stray = await files.write({ bytes: await png(), extension: 'png' })
    const torn = `${stray}.part`
    await writeFile(path.join(root(), torn), 'half')
    await age([...used, stray, torn], 25)
    const fresh = await files.write({ bytes: await png(), extension: 'png' })
    await writeFile(path.join(root(), stray.slice(0, 2), 'README.txt'), 'not ours')
    expect(await removeStrays(here.deps, files)).toBe(1)
    expect(await stored()).toEqual([...used, fresh, `${stray.slice(0, 2)}/README.txt`].sort())
    expect(await removeStrays(here.deps, files), 'again').toBe(0)
    await rm(path.join(root(), fresh))
  })

  test('an event whose files are there still is made good; files that are gone already are no trouble', async () => {
    const media = await uploadPng(here, alice)
    const { url, previewUrl } = (await mediaById(here.deps.pool, media))!.attachment
    const at = new Date(here.deps.now()).toISOString()
    const done = await here.deps.execute({
      by: 'instance',
      lane: 'private',
      commands: [{ do: 'DeleteMedia', data: { accountId: alice.id, id: media, at } }],
    })
    expect(done).toMatchObject({ ok: true })
    await rm(path.join(root(), previewUrl ?? ''))
    await age([url], 25)
    expect(await removeStrays(here.deps, files)).toBe(1)
    await files.remove([url, previewUrl ?? ''])
  })

  test('when most files seem to be nobody’s, something else is wrong: none is touched', async () => {
    const strays = await Promise.all(Array.from({ length: 60 }, () => files.write({ bytes: Buffer.from('x'), extension: 'png' })))
    await age(strays, 25)
    const before = await stored()
    expect(await removeStrays(here.deps, files)).toBe(0)
    expect(await stored()).toEqual(before)
  })
})

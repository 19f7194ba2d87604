import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { isBlurhashValid } from 'blurhash'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestAccount, type TestInstance, testInstance } from '../../../support/instance.ts'
import { png, sendForm } from './form.ts'

type Media = {
  id: string
  type: string
  url: string
  preview_url: string
  description: string | null
  blurhash: string | null
  meta: { original?: object; small?: object; focus?: object }
}

let here: TestInstance
let alice: TestAccount
let bob: TestAccount
beforeAll(async () => {
  here = await testInstance()
  alice = await here.createAccount('alice')
  bob = await here.createAccount('bob')
})
afterAll(() => here.close())

const send = (bytes: Uint8Array, fields: Record<string, string> = {}, name = 'a.png') =>
  sendForm(here, 'POST', '/api/v2/media', alice, { file: { bytes, name }, ...fields })
const sent = async (bytes: Uint8Array, fields: Record<string, string> = {}) => (await send(bytes, fields)).json<Media>()
const fetchFile = (url: string, headers: Record<string, string> = {}) => here.app.inject({ url: url.replace('https://here.example', ''), headers })
const stored = async () =>
  (await readdir(path.join(here.deps.config.dataDir, 'media'), { recursive: true }).catch(() => [])).filter((name) => name.includes('.'))

const mp3 = Buffer.concat([Buffer.from('ID3\x04\x00\x00\x00\x00\x00\x00', 'latin1'), Buffer.from([0xff, 0xfb, 0x90, 0x64]), Buffer.alloc(1_000)])
const mp4 = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypisom\0\0\x02\0isommp41', 'latin1'), Buffer.alloc(500, 1)])

describe('an uploaded picture', () => {
  test('is written anew with a preview, a blurhash, its sizes, its words and its focus', async () => {
    const media = await sent(await png(1_000, 500), { description: '  a blue field ', focus: '-0.5,1' })
    expect(media).toMatchObject({
      type: 'image',
      description: 'a blue field',
      meta: { original: { width: 1_000, height: 500, size: '1000x500', aspect: 2 }, small: { width: 640, height: 320 }, focus: { x: -0.5, y: 1 } },
    })
    expect(isBlurhashValid(media.blurhash ?? '').result).toBe(true)
    expect(await sharp((await fetchFile(media.preview_url)).rawPayload).metadata()).toMatchObject({ format: 'webp', width: 640 })
  })

  test('is served to be kept for ever and never run', async () => {
    const { url } = await sent(await png())
    const answer = await fetchFile(url)
    expect(answer.headers).toMatchObject({
      'content-type': 'image/png',
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'accept-ranges': 'bytes',
    })
    expect((await fetchFile(url, { 'if-none-match': String(answer.headers['etag']) })).statusCode).toBe(304)
    const head = await here.app.inject({ method: 'HEAD', url: url.replace('https://here.example', '') })
    expect({ length: head.headers['content-length'], body: head.rawPayload.length }).toEqual({ length: String(answer.rawPayload.length), body: 0 })
  })

  test('comes in ranges', async () => {
    const { url } = await sent(await png())
    const whole = (await fetchFile(url)).rawPayload
    const part = await fetchFile(url, { range: 'bytes=2-5' })
    expect({ code: part.statusCode, range: part.headers['content-range'], body: part.rawPayload }).toEqual({
      code: 206,
      range: `bytes 2-5/${whole.length}`,
      body: whole.subarray(2, 6),
    })
    expect((await fetchFile(url, { range: 'bytes=-4' })).rawPayload).toEqual(whole.subarray(-4))
    expect((await fetchFile(url, { range: `bytes=${whole.length}-` })).statusCode).toBe(416)
    expect((await fetchFile(url, { range: 'bytes=2-5', 'if-range': '"other"' })).statusCode).toBe(200)
  })

  test('is its owner’s to look up and describe, until a post has it', async () => {
    const { id } = await sent(await png())
    expect((await here.ask('GET', `/api/v1/media/${id}`, { as: bob })).statusCode).toBe(404)
    expect((await here.ask('PUT', `/api/v1/media/${id}`, { as: bob, body: { description: 'x' } })).statusCode).toBe(404)
    expect((await here.ask('PUT', `/api/v1/media/${id}`, { as: alice, body: { description: 'words' } })).json()).toMatchObject({
      id,
      description: 'words',
    })
    expect((await here.ask('PUT', `/api/v1/media/${id}`, { as: alice, body: { focus: '1,1' } })).json()).toMatchObject({
      description: 'words',
      meta: { focus: { x: 1, y: 1 } },
    })
    expect((await here.ask('GET', `/api/v1/media/${id}`, { as: alice })).json()).toMatchObject({
      description: 'words',
      meta: { focus: { x: 1, y: 1 } },
    })
    await here.ask('POST', '/api/v1/statuses', { as: alice, body: { media_ids: [id] } })
    expect((await here.ask('PUT', `/api/v1/media/${id}`, { as: alice, body: { description: 'late' } })).statusCode).toBe(422)
  })
})

describe('other media', () => {
  test('GIFs are kept as they are, with a still preview', async () => {
    const bytes = await sharp(Buffer.alloc(2 * 10 * 10 * 3, 80), { raw: { width: 10, height: 20, channels: 3, pageHeight: 10 } })
      .gif({ delay: [100, 100] })
      .toBuffer()
    const media = await sent(bytes)
    expect(media).toMatchObject({ type: 'image', meta: { original: { width: 10, height: 10 } } })
    expect((await fetchFile(media.url)).rawPayload).toEqual(bytes)
    expect((await fetchFile(media.preview_url)).headers['content-type']).toBe('image/webp')
  })

  test.each([
    ['audio', mp3, 'audio/mpeg'],
    ['video', mp4, 'video/mp4'],
  ] as const)('%s is kept as it is, and may have a thumbnail', async (type, bytes, mime) => {
    const bare = await sent(bytes)
    expect(bare).toMatchObject({ type, blurhash: null, preview_url: null })
    const answer = await fetchFile(bare.url)
    expect({ type: answer.headers['content-type'], same: answer.rawPayload.equals(bytes) }).toEqual({ type: mime, same: true })
    const pictured = await sendForm(here, 'POST', '/api/v2/media', alice, {
      file: { bytes, name: 'x' },
      thumbnail: { bytes: await png(), name: 't.png' },
    })
    expect(pictured.json()).toMatchObject({ type, blurhash: expect.any(String), meta: { small: { width: 40 } } })
  })

  test('a video is not posted beside other files', async () => {
    const [video, picture] = [await sent(mp4), await sent(await png())]
    expect((await here.ask('POST', '/api/v1/statuses', { as: alice, body: { media_ids: [video.id, picture.id] } })).statusCode).toBe(422)
    expect((await here.ask('POST', '/api/v1/statuses', { as: alice, body: { media_ids: [video.id] } })).statusCode).toBe(200)
  })
})

describe('what is refused leaves no file and no event', () => {
  test.each([
    ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')],
    ['HTML', Buffer.from('<!doctype html><script>alert(1)</script>')],
    ['nothing', Buffer.alloc(0)],
    ['a torn picture', Buffer.from('89504e470d0a1a0a0000000d49484452000000280000001408020000', 'hex')],
    ['a torn GIF', Buffer.from('GIF89a\x01\x00', 'latin1')],
    ['an archive', Buffer.from('PK\x03\x04 whatever')],
  ])('%s', async (_what, bytes) => {
    const [files, size] = [await stored(), here.deps.ledger.head().size]
    const answer = await send(bytes, {}, 'innocent.png')
    expect(answer.statusCode, answer.body).toBe(422)
    expect({ files: await stored(), size: here.deps.ledger.head().size }).toEqual({ files, size })
  })

  test('a file that is too large is 413', async () => {
    expect((await send(Buffer.alloc((16 << 20) + 1))).statusCode).toBe(413)
  })

  test('too many words, a focus that is none', async () => {
    expect((await send(await png(), { description: 'x'.repeat(1_501) })).statusCode).toBe(422)
    expect((await send(await png(), { focus: 'x' })).statusCode).toBe(422)
  })

  test('no file at all', async () => {
    expect((await sendForm(here, 'POST', '/api/v2/media', alice, { file: 'text' })).statusCode).toBe(422)
    expect((await here.ask('POST', '/api/v2/media', { as: alice, body: {} })).statusCode).toBe(422)
  })
})

test.each([
  '/media/../secret',
  '/media/..%2f..%2fsecret',
  '/media/%2e%2e/%2e%2e/etc/passwd',
  '/media//etc/passwd',
  '/media/ab/%00',
  '/media/ab/cd.png',
  '/media/',
  '/media/avatars/../../secret',
  `/media/ab/${'0'.repeat(30)}.html`,
])('%s is nothing', async (url) => {
  expect((await here.app.inject({ url })).statusCode).toBe(404)
})

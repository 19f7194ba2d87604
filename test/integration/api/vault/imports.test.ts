/** Exports brought in over the API: uploaded as they come, followed, cancelled, reported; what is no export is told so. */
import { readdir, readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestAccount, type TestInstance, testInstance } from '../../../support/instance.ts'
import { type Ask, askDescribed, createFits, documentOf, ROOT } from './described.ts'

type Report = {
  readonly state: string
  readonly found: object
  readonly imported: object
  readonly unchanged: { readonly messages: number }
  readonly skipped: readonly { readonly reason: string }[]
  readonly formats: readonly object[]
}
type Import = { readonly id: string; readonly name: string; readonly state: string; readonly report: Report | null }

const EXPORT = await readFile(new URL('../../../../fixtures/conversations/deepseek/conversations.json', import.meta.url))

let here: TestInstance
let ask: Ask
let ada: TestAccount
let ben: TestAccount
beforeAll(async () => {
  here = await testInstance()
  await here.app.listen({ host: '127.0.0.1', port: 0 })
  ask = await askDescribed(here)
  ada = await here.createAccount('ada')
  ben = await here.createAccount('ben')
})
afterAll(() => here.close())

/** A form with one file, as a browser sends it. */
function form(bytes: Uint8Array, filename: string) {
  const boundary = 'f0rm'
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${filename}"\r\ncontent-type: application/octet-stream\r\n\r\n`
  return {
    payload: Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]),
    type: `multipart/form-data; boundary=${boundary}`,
  }
}

async function upload(
  payload: Uint8Array,
  {
    type = 'application/octet-stream',
    query = '',
    as = ada,
  }: { readonly type?: string; readonly query?: string; readonly as?: { readonly token: string } } = {},
) {
  const url = `${ROOT}/imports${query}`
  const answer = await here.app.inject({
    method: 'POST',
    url,
    payload: Buffer.from(payload),
    headers: { authorization: `Bearer ${as.token}`, 'content-type': type },
  })
  expect(createFits(await documentOf(here))('POST', url, answer)).toEqual([])
  return answer
}

/** The report of an upload, when it is over. */
async function imported(payload: Uint8Array, options: Parameters<typeof upload>[1] = {}): Promise<Report & { readonly id: string }> {
  const answer = await upload(payload, options)
  expect([answer.statusCode, answer.json<Import>().state]).toEqual([202, 'running'])
  const { id } = answer.json<Import>()
  await here.deps.vault.imports.finished(id)
  return { ...(await ask('GET', `/imports/${id}/report`, { as: options.as === undefined ? ada : { token: options.as.token } })).json<Report>(), id }
}

/** An import that is over. */
const anyone = async () => (await ask('GET', '/imports', { as: ada })).json<Import[]>()[0]?.id ?? ''

const spool = async () => (await readdir(path.join(here.deps.config.dataDir, 'imports'))).filter((name) => name !== 'work')

describe('an export', () => {
  test('is brought in from a form, and reported; nothing of the upload stays', async () => {
    const { payload, type } = form(EXPORT, 'deepseek export.json')
    const report = await imported(payload, { type })
    expect(report).toMatchObject({ state: expect.stringMatching(/complete|partial/), formats: [{ importer: 'deepseek' }], imported: report.found })
    expect(await spool()).toEqual([])
    const list = (await ask('GET', '/imports', { as: ada })).json<Import[]>()
    expect(list[0]).toMatchObject({ id: report.id, name: 'deepseek export.json', state: report.state })
    const titles = (await ask('GET', '/conversations?provider=deepseek', { as: ada })).json<{ origin: string }[]>()
    expect(titles.length).toBeGreaterThan(0)
    expect(titles[0]?.origin).toBe('import')
  })

  test('adds nothing when it is brought in again, as it lies on the disk', async () => {
    const report = await imported(EXPORT, { type: 'application/json', query: '?name=again.json' })
    expect(report.imported).toMatchObject({ conversations: 0, messages: 0 })
    expect(report.unchanged.messages).toBeGreaterThan(0)
  })

  test('that is none is never a success, and says why', async () => {
    for (const bytes of [Buffer.from('PK\x03\x04 not really'), Buffer.alloc(0)]) {
      const report = await imported(bytes)
      expect([report.state, report.skipped.length > 0]).toEqual(['failed', true])
    }
  })

  test('is told as it goes, and at the end its report', async () => {
    const { id } = (await upload(EXPORT)).json<Import>()
    const { port } = here.app.server.address() as AddressInfo
    const answer = await fetch(`http://127.0.0.1:${port}${ROOT}/imports/${id}/events`, { headers: { authorization: `Bearer ${ada.token}` } })
    const text = await answer.text()
    expect(answer.headers.get('content-type')).toBe('text/event-stream')
    const events = [...text.matchAll(/^event: (\w+)\ndata: (.+)$/gm)].map(
      ([, event, data = '{}']) => [event, JSON.parse(data) as { state: string }] as const,
    )
    expect(events.at(-1)).toMatchObject(['report', { id }])
    expect(events.at(-2)?.[0]).toBe('progress')
  })

  test('that is over has a report and nothing to cancel; one that is not there has neither', async () => {
    const id = await anyone()
    expect((await ask('POST', `/imports/${id}/cancel`, { as: ada })).json()).toMatchObject({ status: 409, code: 'OVER' })
    for (const step of ['', '/report']) expect((await ask('GET', `/imports/1${step}`, { as: ada })).statusCode).toBe(404)
    expect((await ask('POST', '/imports/1/cancel', { as: ada })).statusCode).toBe(404)
  })

  test('can be stopped while others go before it', async () => {
    const first = (await upload(EXPORT)).json<Import>()
    const second = (await upload(EXPORT)).json<Import>()
    expect((await ask('POST', `/imports/${second.id}/cancel`, { as: ada })).statusCode).toBe(204)
    await Promise.all([first.id, second.id].map((id) => here.deps.vault.imports.finished(id)))
    expect((await ask('GET', `/imports/${second.id}`, { as: ada })).json()).toMatchObject({ state: 'cancelled' })
  })
})

describe('an upload', () => {
  test('is for people with the scope, before a byte of it is kept', async () => {
    const reader = await here.createToken(ada.id, ['memory:read', 'write'])
    expect((await upload(EXPORT, { as: reader })).statusCode).toBe(403)
    expect(
      (await here.app.inject({ method: 'POST', url: `${ROOT}/imports`, payload: EXPORT, headers: { 'content-type': 'application/zip' } })).statusCode,
    ).toBe(401)
  })

  test('without a file, or of a type that nobody knows, is refused', async () => {
    expect((await upload(Buffer.from('--f0rm--\r\n'), { type: 'multipart/form-data; boundary=f0rm' })).statusCode).toBe(422)
    expect((await upload(EXPORT, { type: 'image/png' })).statusCode).toBe(415)
    expect((await upload(EXPORT, { type: 'application/x-www-form-urlencoded' })).statusCode).toBe(415)
  })

  test('is nobody else’s to see, follow or stop', async () => {
    const id = await anyone()
    for (const [method, step] of [
      ['GET', ''],
      ['GET', '/report'],
      ['GET', '/events'],
      ['POST', '/cancel'],
    ] as const)
      expect((await ask(method, `/imports/${id}${step}`, { as: ben })).statusCode).toBe(404)
    expect((await ask('GET', '/imports', { as: ben })).json()).toEqual([])
  })

  test('larger than any other request may be comes whole', async () => {
    const { port } = here.app.server.address() as AddressInfo
    const piece = Buffer.alloc(1 << 20, ' ')
    async function* body() {
      for (let sent = 0; sent < 24; sent++) yield piece
    }
    const answer = await fetch(`http://127.0.0.1:${port}${ROOT}/imports?name=large`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ada.token}`, 'content-type': 'application/octet-stream' },
      body: ReadableStream.from(body()),
      duplex: 'half',
    } as RequestInit)
    const job = (await answer.json()) as Import & { bytes: number }
    expect([answer.status, job.bytes]).toEqual([202, 24 << 20])
    expect((await here.deps.vault.imports.finished(job.id)).state).toBe('failed')
  })
})

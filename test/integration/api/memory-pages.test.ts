/** /settings/memory in a browser without scripts: looking, searching, bringing in, forgetting; and nobody else's. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLocalAccount } from '../../../src/api/sign-up.ts'
import { type Browser, browse } from '../../support/browser.ts'
import { type TestInstance, testInstance } from '../../support/instance.ts'

const PASSWORD = 'correct horse battery'
const ROOT = '/settings/memory'
const EXPORT = JSON.stringify({
  title: 'Where to <live>',
  messages: [
    { role: 'user', content: 'My name is Ana and I live in Lisbon. <script>alert(1)</script>', timestamp: '2026-01-31T12:00:00Z' },
    { role: 'assistant', content: 'Lisbon is bright & steep.', timestamp: '2026-01-31T12:01:00Z' },
  ],
})

let here: TestInstance
let ana: Browser
let ben: Browser
beforeAll(async () => {
  here = await testInstance()
  ;[ana, ben] = (await Promise.all(['ana', 'ben'].map(signedIn))) as [Browser, Browser]
})
afterAll(() => here.close())

async function signedIn(username: string): Promise<Browser> {
  await createLocalAccount(here.deps, { username, email: null, password: PASSWORD, role: 'user' })
  const browser = browse(here.app)
  await browser.press(await browser.get(`/auth/sign_in?continue=${ROOT}`), 'Sign in', { username, password: PASSWORD })
  return browser
}

const csrfOf = async (browser: Browser): Promise<string> =>
  (await browser.get(ROOT)).forms.find(({ action }) => action === `${ROOT}/imports`)?.fields.get('csrf') ?? ''

/** As a browser sends the form, its fields in their order. @returns where it leads */
async function send(
  browser: Browser,
  csrf: string,
  text = EXPORT,
): Promise<{ readonly status: number; readonly location: string; readonly html: string }> {
  const form = new FormData()
  form.set('csrf', csrf)
  form.set('file', new File([text], 'talk.json', { type: 'application/json' }))
  const request = new Request('http://here.example/', { method: 'POST', body: form })
  const answer = await here.app.inject({
    method: 'POST',
    url: `${ROOT}/imports`,
    headers: { 'content-type': request.headers.get('content-type') ?? '', cookie: [...browser.cookies].map((pair) => pair.join('=')).join('; ') },
    payload: Buffer.from(await request.arrayBuffer()),
  })
  return { status: answer.statusCode, location: answer.headers.location ?? '', html: answer.body }
}

test('strangers are asked to sign in', async () => {
  const stranger = browse(here.app)
  for (const path of ['', '/conversations/1', '/imports/1']) expect((await stranger.get(ROOT + path)).url).toContain('/auth/sign_in')
  expect((await stranger.post(`${ROOT}/memories/1/forget`, {})).status).toBe(403)
  expect((await send(stranger, '')).location).toContain('/auth/sign_in')
})

test('an export is brought in, reported, read, searched, learnt from, forgotten and deleted; by its owner alone', async () => {
  expect((await send(ana, 'forged')).status).toBe(403)
  const { status, location } = await send(ana, await csrfOf(ana))
  expect([status, location]).toEqual([303, expect.stringMatching(/^\/settings\/memory\/imports\/\d+$/)])
  await here.deps.vault.imports.finished(location.split('/').at(-1) ?? '')
  await expect.poll(async () => (await ana.get(location)).html).toContain('Everything that was found is here.')
  expect((await ben.get(location)).status).toBe(404)

  await here.deps.vault.pipeline?.caughtUp(here.deps.ledger.head().size - 1)
  const overview = await ana.get(ROOT)
  expect(overview.html).toContain('“I live in Lisbon”')
  expect(overview.html).toContain('Where to &lt;live&gt;')
  expect((await ben.get(ROOT)).html).not.toMatch(/Lisbon|talk\.json/)

  const found = await ana.get(`${ROOT}?q=bright+lisbon`)
  expect(found.html).toMatch(/<mark>Lisbon<\/mark> is <mark>bright<\/mark> &amp; steep/)
  expect((await ben.get(`${ROOT}?q=bright+lisbon`)).html).toContain('Nothing was found')

  const [, where = ''] = /href="(\/settings\/memory\/conversations\/\d+\/at\/\d+)"/.exec(found.html) ?? []
  const talk = await ana.get(where)
  expect(talk.html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  expect(talk.html).not.toContain('<script')
  const conversation = where.replace(/\/at\/.*$/, '')
  expect((await ben.get(conversation)).status).toBe(404)

  const forget = overview.forms.filter(({ action }) => action.endsWith('/forget'))
  const { csrf = '' } = Object.fromEntries(overview.forms.flatMap(({ fields }) => [...fields]))
  for (const { action } of forget) expect((await ben.post(action, { csrf: await csrfOf(ben) })).status).toBe(404)
  for (const { action } of forget) expect((await ana.post(action, { csrf })).url).toBe(ROOT)
  expect((await ana.get(ROOT)).html).not.toContain('I live in Lisbon')

  expect((await ben.post(`${conversation}/delete`, { csrf: await csrfOf(ben) })).status).toBe(404)
  expect((await ana.post(`${conversation}/delete`, { csrf })).url).toBe(ROOT)
  expect((await ana.get(conversation)).status).toBe(404)
  expect((await ana.get(`${ROOT}?q=bright+lisbon`)).html).toContain('Nothing was found')
})

test('what is no export is reported in words, and a form without a file is refused', async () => {
  const { location } = await send(ana, await csrfOf(ana), '{"nothing": "of interest"')
  await here.deps.vault.imports.finished(location.split('/').at(-1) ?? '')
  await expect.poll(async () => (await ana.get(location)).html).toContain('Nothing could be taken over.')
  expect((await ana.post(`${ROOT}/imports`, { csrf: await csrfOf(ana) })).status).toBe(403) // not as a form with a file
})

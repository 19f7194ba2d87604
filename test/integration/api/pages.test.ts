import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLocalAccount } from '../../../src/api/sign-up.ts'
import { type Browser, browse } from '../../support/browser.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../support/instance.ts'

const PASSWORD = 'correct horse battery'
const HOSTILE = '"><script>alert(1)</script>'

let here: TestInstance
let alice: TestAccount
let stranger: Browser
beforeAll(async () => {
  here = await testInstance()
  alice = await here.createAccount('alice', {
    displayName: `Alice ${HOSTILE}`,
    note: `<p>Hi ${HOSTILE}</p>`,
    fields: [{ name: HOSTILE, value: HOSTILE, verifiedAt: null }],
  })
  stranger = browse(here.app)
})
afterAll(() => here.close())

type Status = { readonly id: string; readonly url: string; readonly uri: string }
const post = async (body: object): Promise<Status> => (await here.ask('POST', '/api/v1/statuses', { as: alice, body })).json<Status>()
const pathOf = (status: Status): string => new URL(status.url).pathname

describe('every page', () => {
  test('runs no script, frames nothing, names its language and its landmarks', async () => {
    const status = await post({ status: 'hello' })
    for (const url of ['/', '/@alice', pathOf(status), '/auth/sign_in', '/nothing-here']) {
      const { html, response } = await stranger.get(url)
      const policy = String(response.headers['content-security-policy'])
      for (const rule of ["default-src 'none'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"])
        expect(policy).toContain(rule)
      expect(policy).not.toMatch(/script-src|unsafe/)
      expect(html).not.toMatch(/<script|\son\w+="|style="/i)
      expect(html).toMatch(/^<!doctype html>\n<html lang="en">/)
      for (const part of ['<main id="main"', '<header', '<footer', 'class="skip" href="#main"', '<meta name="viewport"'])
        expect([url, html.includes(part)]).toEqual([url, true])
      expect(html.match(/<h1/g)).toHaveLength(1)
      expect(response.headers['x-content-type-options']).toBe('nosniff')
    }
  })

  test('is named by the configured origin, whatever host and scheme the request says', async () => {
    const headers = {
      accept: 'text/html',
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      forwarded: 'host=evil.example',
    }
    for (const url of [
      '/',
      '/about',
      '/@alice',
      '/auth/sign_in',
      '/settings/applications',
      '/nothing-here',
      '/api/v2/instance',
      '/.well-known/oauth-authorization-server',
    ]) {
      const { body, headers: answered } = await here.app.inject({ url, headers })
      expect([url, body.includes('evil'), JSON.stringify(answered).includes('evil')]).toEqual([url, false, false])
      expect([url, / http:[; ]/.test(String(answered['content-security-policy']))]).toEqual([url, false])
    }
  })

  test('gives every input a label, and every picture a text', async () => {
    for (const url of ['/auth/sign_in', '/', '/@alice']) {
      const { html } = await stranger.get(url)
      for (const [tag] of html.matchAll(/<input\b[^>]*>/g)) {
        const id = / id="([^"]*)"/.exec(tag)?.[1]
        expect(tag.includes('type="hidden"') || html.includes(`<label for="${id}"`)).toBe(true)
      }
      for (const [tag] of html.matchAll(/<img\b[^>]*>/g)) expect(tag).toContain('alt="')
    }
  })

  test('gives strangers who only read no cookie', async () => {
    for (const url of ['/', '/@alice']) expect((await here.app.inject({ url, headers: { accept: 'text/html' } })).cookies).toEqual([])
  })

  test('is styled by one file that may be kept for ever', async () => {
    const path = /<link rel="stylesheet" href="([^"]+)"/.exec((await stranger.get('/')).html)?.[1] ?? ''
    const { statusCode, headers } = await here.app.inject(path)
    expect([statusCode, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'text/css; charset=utf-8',
      'public, max-age=31536000, immutable',
    ])
  })
})

describe('a profile', () => {
  test('shows the person as text, whatever they call themselves', async () => {
    const { html, status } = await stranger.get('/@ALICE')
    expect(status).toBe(200)
    expect(html).toContain('Alice &quot;&gt;&lt;script&gt;')
    expect(html).not.toContain('<script')
    expect(html).toContain('<link rel="canonical" href="https://here.example/@alice">')
  })

  test('shows public and quiet posts, never others', async () => {
    for (const visibility of ['public', 'unlisted', 'private', 'direct']) await post({ status: `this is ${visibility}`, visibility })
    const { html } = await stranger.get('/@alice')
    expect(['public', 'unlisted', 'private', 'direct'].filter((visibility) => html.includes(`this is ${visibility}`))).toEqual(['public', 'unlisted'])
  })

  test('pages back through the older posts', async () => {
    for (let n = 0; n < 22; n += 1) await post({ status: `number ${n}.` })
    const first = await stranger.get('/@alice')
    const older = /href="(\/@alice\?max_id=\d+)"/.exec(first.html)?.[1] ?? ''
    const second = await stranger.get(older)
    expect([first.html.includes('number 21.'), second.html.includes('number 21.'), second.html.includes('number 0.')]).toEqual([true, false, true])
  })

  test('sends programs to the actor; of people of elsewhere it says where they are, and sends nobody there unasked', async () => {
    const answer = await here.app.inject({ url: '/@alice', headers: { accept: 'application/activity+json' } })
    expect([answer.statusCode, answer.headers.location]).toEqual([303, 'https://here.example/users/alice'])
    await here.discover('bob', 'there.example')
    const bob = await stranger.get('/@bob@there.example')
    expect([bob.status, bob.html.includes('href="https://there.example/@bob"'), bob.html.includes('@bob@there.example')]).toEqual([200, true, true])
  })

  test.each(['/@nobody', '/@alice@nowhere.example', '/@', '/@alice/0', '/@alice/99999999999999999999', '/@alice/x', '/@alice%00'])(
    '%s is not found',
    async (url) => {
      const { status, html } = await stranger.get(url)
      expect([status, html.includes('Nothing here')]).toEqual([404, true])
    },
  )
})

describe('a post', () => {
  test('stands alone with its conversation, its preview and its place in the log', async () => {
    const root = await post({ status: 'The <b>sea</b> is calm', language: 'en' })
    const reply = await post({ status: 'It is.', in_reply_to_id: root.id })
    const { html } = await stranger.get(pathOf(root))
    for (const part of [
      'The &lt;b&gt;sea&lt;/b&gt; is calm',
      'It is.',
      'lang="en"',
      'property="og:description" content="The &lt;b&gt;sea',
      `href="${root.uri}"`,
    ])
      expect(html).toContain(part)
    expect(html).toMatch(
      new RegExp(
        `Position <b><data value="\\d+">\\d+</data></b> in the signed log of this instance ·\\s<a href="/audit\\?entry=(\\d+)">check it</a> · <a href="/log/receipt/\\1.tlog-proof">receipt</a>`,
      ),
    )
    expect((await stranger.get(pathOf(reply))).html.indexOf('The &lt;b&gt;sea')).toBeGreaterThan(0)
  })

  test('behind a content warning is folded', async () => {
    const { html } = await stranger.get(pathOf(await post({ status: 'spiders', spoiler_text: 'Animals <3' })))
    expect(html).toContain('<details class="warning"><summary>Animals &lt;3</summary>')
  })

  test('that is not for everyone is not found, except by whom it is for', async () => {
    const secret = await post({ status: 'secret', visibility: 'private' })
    expect((await stranger.get(pathOf(secret))).status).toBe(404)
    expect((await stranger.get(pathOf(secret).replace('alice', 'bob'))).status).toBe(404)
  })

  test('is not betrayed to programs either: they are sent on alike, whether it is there or not', async () => {
    const secret = await post({ status: 'secret', visibility: 'direct' })
    for (const id of [secret.id, '1']) {
      const answer = await here.app.inject({ url: `/@alice/${id}`, headers: { accept: 'application/activity+json' } })
      expect([answer.statusCode, answer.headers.location]).toEqual([303, `https://here.example/users/alice/statuses/${id}`])
    }
    for (const url of [`/@nobody/${secret.id}`, '/@alice/..%2f..', '/@alice/x'])
      expect((await here.app.inject({ url, headers: { accept: 'application/activity+json' } })).statusCode).toBe(404)
  })

  test('by a wrong name is not found', async () => {
    const status = await post({ status: 'mine' })
    expect((await stranger.get(pathOf(status).replace('@alice', '@bob'))).status).toBe(404)
  })
})

test('what this runs is said, with its licence, and by the name it goes by', async () => {
  const { html } = await stranger.get('/about')
  for (const part of ['About Test', 'VIVIM', 'Apache License 2.0', '@alice', '<time datetime="']) expect(html).toContain(part)
  expect(html).not.toContain('Vivim')
  const licence = await here.app.inject('/about/license')
  expect([licence.headers['content-type'], licence.body.trimStart().slice(0, 14)]).toEqual(['text/plain; charset=utf-8', 'Apache License'])
})

describe('a hashtag', () => {
  test('leads to the public posts that carry it', async () => {
    await post({ status: 'all about #Tides' })
    await post({ status: 'secretly about #tides', visibility: 'private' })
    const { html } = await stranger.get('/tags/TIDES')
    expect([html.includes('all about'), html.includes('secretly')]).toEqual([true, false])
    expect((await stranger.get(`/tags/${encodeURIComponent('"><script>')}`)).html).not.toContain('<script')
  })
})

describe('signing in', () => {
  beforeAll(
    async () => void (await createLocalAccount(here.deps, { username: 'carol', password: PASSWORD, email: 'carol@mail.example', role: 'user' })),
  )
  const attempt = async (browser: Browser, username: string, password: string) =>
    browser.press(await browser.get('/auth/sign_in?continue=/settings/applications'), 'Sign in', { username, password })

  test.each(['carol', 'CAROL', '@carol', 'carol@mail.example', ' carol '])('works as %s and leads where one was going', async (login) => {
    const visit = await attempt(browse(here.app), login, PASSWORD)
    expect([visit.url, visit.status]).toEqual(['/settings/applications', 200])
  })

  test('says the same of a wrong name and a wrong password', async () => {
    const answers = await Promise.all(
      [
        ['carol', 'wrong password'],
        ['nobody', 'wrong password'],
        ['', ''],
        ['alice', 'x'],
      ].map(([name = '', password = '']) => attempt(browse(here.app), name, password)),
    )
    for (const { status, html } of answers)
      expect([status, html.includes('The user name or the password is not right.'), html.includes('wrong password')]).toEqual([401, true, false])
  })

  test('its cookies are out of reach: HttpOnly, Lax, Secure, of this host only', async () => {
    const browser = browse(here.app)
    const { response } = await browser.get('/auth/sign_in')
    const form = response.cookies[0]
    expect(form).toMatchObject({ name: '__Host-vivim-form', httpOnly: true, sameSite: 'Lax', secure: true, path: '/' })
    const signedIn = await here.app.inject({
      method: 'POST',
      url: '/auth/sign_in',
      headers: { 'content-type': 'application/x-www-form-urlencoded', cookie: `${form?.name}=${form?.value}` },
      payload: new URLSearchParams({
        csrf: /name="csrf" value="([^"]+)"/.exec(response.body)?.[1] ?? '',
        username: 'carol',
        password: PASSWORD,
      }).toString(),
    })
    expect(signedIn.cookies).toEqual([
      expect.objectContaining({ name: '__Host-vivim-session', httpOnly: true, sameSite: 'Lax', secure: true, path: '/' }),
    ])
    expect(signedIn.cookies[0]).not.toHaveProperty('domain')
  })

  test('a form of another site does nothing', async () => {
    const browser = browse(here.app)
    await browser.get('/auth/sign_in')
    for (const csrf of ['', 'x', 'x'.repeat(43)])
      expect((await browser.post('/auth/sign_in', { csrf, username: 'carol', password: PASSWORD })).status).toBe(403)
    expect((await browser.get('/settings/applications')).url).toMatch(/^\/auth\/sign_in/)
  })

  test('never leads to another site', async () => {
    const browser = browse(here.app)
    const page = await browser.get('/auth/sign_in?continue=//evil.example/')
    expect((await browser.press(page, 'Sign in', { username: 'carol', password: PASSWORD })).url).toBe('/')
  })

  test('signing out ends the session, also for who kept the cookie', async () => {
    const browser = browse(here.app)
    const page = await attempt(browser, 'carol', PASSWORD)
    const kept = new Map(browser.cookies)
    expect((await browser.press(page, 'Sign out')).html).toContain('Sign in')
    for (const [name, value] of kept) browser.cookies.set(name, value)
    expect((await browser.get('/settings/applications')).url).toMatch(/^\/auth\/sign_in/)
  })
})

describe('a session', () => {
  const signIn = async (browser: Browser) => browser.press(await browser.get('/auth/sign_in'), 'Sign in', { username: 'erin', password: PASSWORD })
  const NAME = '__Host-vivim-session'
  beforeAll(async () => void (await createLocalAccount(here.deps, { username: 'erin', password: PASSWORD, email: null, role: 'user' })))

  test('is a cookie for this host alone, which no script and no foreign form gets, secure though the socket is not', async () => {
    const page = await browse(here.app).get('/auth/sign_in')
    const form = page.response.cookies[0]
    const answer = await here.app.inject({
      method: 'POST',
      url: '/auth/sign_in',
      headers: { 'content-type': 'application/x-www-form-urlencoded', cookie: `${form?.name}=${form?.value}` },
      payload: new URLSearchParams({ csrf: page.forms[0]?.fields.get('csrf') ?? '', username: 'erin', password: PASSWORD }).toString(),
    })
    expect(answer.headers.location).toBe('/')
    for (const cookie of [form, answer.cookies.find(({ name }) => name === NAME)])
      expect(cookie).toMatchObject({ name: expect.stringMatching(/^__Host-vivim-/), path: '/', httpOnly: true, secure: true, sameSite: 'Lax' })
    expect(answer.cookies.some((cookie) => cookie.domain !== undefined)).toBe(false)
  })

  test('begins under a new secret, whatever the browser brought, and ends the one before', async () => {
    const browser = browse(here.app)
    browser.cookies.set(NAME, 'chosen-by-somebody-else')
    await signIn(browser)
    const first = browser.cookies.get(NAME) ?? ''
    expect(first).toMatch(/^[\w-]{43}$/)
    await signIn(browser)
    expect(browser.cookies.get(NAME)).not.toBe(first)
    const old = browse(here.app)
    old.cookies.set(NAME, first)
    expect((await old.get('/settings/applications')).url).toMatch(/^\/auth\/sign_in/)
  })

  test.each(['/auth/sign_out', '/settings/applications/1/revoke', '/oauth/authorize', '/auth/sign_in'])(
    'lets nobody else’s form act: POST %s',
    async (url) => {
      const browser = browse(here.app)
      await signIn(browser)
      const csrf = (await browser.get('/settings/applications')).forms[0]?.fields.get('csrf') ?? ''
      expect((await browser.post(url, {})).status).toBe(403)
      expect((await browser.post(url, { csrf: 'x'.repeat(csrf.length) })).status).toBe(403)
      for (const site of ['cross-site', 'same-site']) {
        const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
        const headers = { cookie, 'sec-fetch-site': site, 'content-type': 'application/x-www-form-urlencoded' }
        expect((await here.app.inject({ method: 'POST', url, headers, payload: `csrf=${csrf}` })).statusCode).toBe(403)
      }
      expect((await browser.get('/settings/applications')).url).toBe('/settings/applications')
    },
  )

  test.each(['https://evil.example/', '//evil.example/', '/\\evil.example', '/\t/evil.example', 'javascript:alert(1)', '/%0d%0aset-cookie:x=1'])(
    'never begins by leading to %j',
    async (target) => {
      const browser = browse(here.app)
      const page = await browser.get(`/auth/sign_in?${new URLSearchParams({ continue: target }).toString()}`)
      const form = Object.fromEntries(page.forms[0]?.fields ?? [])
      for (const next of [form['continue'] ?? '', target]) {
        const { headers } = await here.app.inject({
          method: 'POST',
          url: '/auth/sign_in',
          headers: { cookie: [...browser.cookies].map((pair) => pair.join('=')).join('; '), 'content-type': 'application/x-www-form-urlencoded' },
          payload: new URLSearchParams({ ...form, continue: next, username: 'erin', password: PASSWORD }).toString(),
        })
        expect(new URL(String(headers.location), 'https://here.example/').origin).toBe('https://here.example')
      }
    },
  )

  test('opens by a password of many wide characters, and by none that is longer than there can be', async () => {
    const password = '🐋'.repeat(150)
    await createLocalAccount(here.deps, { username: 'frank', password, email: null, role: 'user' })
    const browser = browse(here.app)
    const attempt = async (given: string) => browser.press(await browser.get('/auth/sign_in'), 'Sign in', { username: 'frank', password: given })
    expect((await attempt(`${password}x`)).status).toBe(401)
    expect((await attempt('x'.repeat(100_000))).status).toBe(401)
    expect((await attempt(password)).url).toBe('/')
  })
})

describe('guessing passwords', () => {
  let guarded: TestInstance
  beforeAll(async () => {
    guarded = await testInstance({ rateLimits: true })
    await createLocalAccount(guarded.deps, { username: 'dave', password: PASSWORD, email: null, role: 'owner' })
  })
  afterAll(() => guarded.close())

  const guess = async (ip: string, username: string) => {
    const browser = browse(guarded.app, { ip })
    return (await browser.press(await browser.get('/auth/sign_in'), 'Sign in', { username, password: 'wrong' })).status
  }

  test('is slowed down per account, from wherever, and per network, for whatever account', { timeout: 120_000 }, async () => {
    for (let n = 0; n < 15; n += 1) expect(await guess(`198.51.100.${n}`, 'dave')).toBe(401)
    expect(await guess('198.51.100.77', 'DAVE')).toBe(429)
    for (let n = 0; n < 25; n += 1) expect(await guess('203.0.113.99', `name${n}`)).toBe(401)
    expect(await guess('203.0.113.99', 'name')).toBe(429)
    expect(await guess('203.0.113.100', 'somebody')).toBe(401)
  })
})

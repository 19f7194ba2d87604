/**
 * The pages in a real browser on a phone, by keyboard alone, and read by axe as a screen reader would. Scripts run in this browser only because axe is one:
 * the pages bring none, and the demonstration fills in the same forms without any.
 */
import { existsSync } from 'node:fs'
import axe from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort, type InstanceProcess, scratch, startInstance } from '../../demo/instance-process.ts'
import { PASSWORD } from './two-instances.ts'

const CHROMIUM =
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) => existsSync(file)) ?? 'chromium is not installed'
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }

const place = await scratch('e2e')
let instance: InstanceProcess
let browser: Browser
let context: BrowserContext

beforeAll(async () => {
  instance = await startInstance({ dataDir: place.dir, port: await freePort() })
  browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
  context = await browser.newContext(PHONE)
})
afterAll(async () => {
  await browser.close()
  await instance.stop()
  await place.remove()
})

test('set-up, sign-in, consent and the public pages work on a phone, without scripts, by keyboard, and for a screen reader', async () => {
  const page = await context.newPage()
  await page.goto(instance.setupUrl ?? '')
  await assertGood(page)
  for (let step = 0; step < 3 && (await page.locator('input[name=username]').count()) === 0; step += 1) await submitByKeyboard(page)
  await assertGood(page)
  await typeInto(page, { title: 'Lighthouse', username: 'alice', password: PASSWORD, password_confirmation: PASSWORD })
  await submitByKeyboard(page)
  expect(new URL(page.url()).pathname).not.toBe('/setup')
  await assertGood(page)

  const app = await register()
  const query = new URLSearchParams({ response_type: 'code', client_id: app.client_id, redirect_uri: OOB, scope: 'read write' })
  const authorize = `${instance.origin}/oauth/authorize?${query.toString()}`
  const fresh = await (await browser.newContext(PHONE)).newPage()
  await fresh.goto(authorize)
  await assertGood(fresh)
  await typeInto(fresh, { username: 'alice', password: 'not the password' })
  await submitByKeyboard(fresh)
  await assertGood(fresh)
  expect(await fresh.locator('[role=alert]').count()).toBeGreaterThan(0)
  await typeInto(fresh, { username: 'alice', password: PASSWORD })
  await submitByKeyboard(fresh)
  await assertGood(fresh)
  expect(await fresh.textContent('body')).toContain('Screen reader test')
  await submitByKeyboard(fresh)
  await assertGood(fresh)
  const code = await fresh.locator('input#code').inputValue()
  const token = await tokenFor(app, code)

  const posted = await fetch(`${instance.origin}/api/v1/statuses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      status: 'A post that anyone can read: https://example.org/a/rather/long/address/that/must/not/break/the/page?on=a-phone #narrow',
    }),
  })
  const { url } = (await posted.json()) as { url: string }
  for (const address of ['/', '/about', '/@alice', url, '/settings/applications', '/settings/account', '/nobody-is-here']) {
    await fresh.goto(new URL(address, instance.origin).href)
    await assertGood(fresh)
  }

  await bringIn(fresh)
  await assertGood(fresh) // while it goes on, or its report
  await expect.poll(async () => (await fresh.reload(), await fresh.textContent('h2')), { timeout: 30_000 }).toBe('Everything that was found is here.')
  await assertGood(fresh)
  const memory = `${instance.origin}/settings/memory`
  await expect.poll(async () => (await fresh.goto(memory), await fresh.textContent('main')), { timeout: 20_000 }).toContain('I live in Lisbon')
  await assertGood(fresh)
  await typeInto(fresh, { q: 'lisbon' })
  await Promise.all([fresh.waitForNavigation(), fresh.keyboard.press('Enter')])
  await assertGood(fresh)
  await fresh.click('main li a:has-text("Where to live")')
  expect(await fresh.textContent('main')).toContain('<script>')
  await assertGood(fresh)
})

/** A file is chosen, and the form sent, by keyboard. */
async function bringIn(page: Page): Promise<void> {
  await page.goto(`${instance.origin}/settings/memory`)
  await assertGood(page)
  const said = (role: string, content: string) => ({ role, content, timestamp: '2026-01-31T12:00:00Z' })
  const messages = [
    said('user', 'My name is Alice and I live in Lisbon.'),
    said('assistant', 'Hello <script>alert(1)</script>\n\n```\na long line '.padEnd(400, 'x')),
  ]
  const buffer = Buffer.from(JSON.stringify({ title: 'Where to live', messages }))
  await page.setInputFiles('input[name=file]', { name: 'talk.json', mimeType: 'application/json', buffer })
  await tabTo(page, (focus) => focus.name === 'file')
  await page.keyboard.press('Tab')
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')])
}

const OOB = 'urn:ietf:wg:oauth:2.0:oob'
type App = { readonly client_id: string; readonly client_secret: string }

async function register(): Promise<App> {
  const body = new URLSearchParams({ client_name: 'Screen reader test', redirect_uris: OOB, scopes: 'read write' })
  return (await (await fetch(`${instance.origin}/api/v1/apps`, { method: 'POST', body })).json()) as App
}

async function tokenFor({ client_id, client_secret }: App, code: string): Promise<string> {
  const body = new URLSearchParams({ grant_type: 'authorization_code', client_id, client_secret, redirect_uri: OOB, code })
  const answer = await fetch(`${instance.origin}/oauth/token`, { method: 'POST', body })
  return ((await answer.json()) as { access_token: string }).access_token
}

/** Reaches every field by Tab, as somebody without a mouse does. */
async function typeInto(page: Page, values: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(values)) {
    await tabTo(page, (focus) => focus.name === name)
    await page.keyboard.press('Control+A')
    await page.keyboard.type(value)
  }
}

async function submitByKeyboard(page: Page): Promise<void> {
  await tabTo(page, (focus) => focus.isButton && focus.inMain)
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')])
}

type Focus = { readonly name: string; readonly isButton: boolean; readonly inMain: boolean }

async function tabTo(page: Page, wanted: (focus: Focus) => boolean): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    if (wanted((await page.evaluate(FOCUS)) as Focus)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`the keyboard does not reach it on ${page.url()}`)
}

/** No violation that axe finds, nothing wider than the phone, one main heading, a language, no script. */
async function assertGood(page: Page): Promise<void> {
  await page.evaluate(axe.source)
  expect(await page.evaluate(VIOLATIONS), page.url()).toEqual([])
  expect(await page.evaluate(FACTS), page.url()).toEqual({ overflow: 0, headings: 1, lang: 'en', scripts: 0 })
}

// What runs in the page, as text: these files are typed for Node, not for a browser.
const FOCUS = `(() => {
  const element = document.activeElement
  return { name: element.getAttribute('name') ?? '', isButton: element.matches('button, input[type=submit]'), inMain: element.closest('main') !== null }
})()`
const VIOLATIONS = `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | ')))`
const FACTS = `({
  overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  headings: document.querySelectorAll('h1').length,
  lang: document.documentElement.lang,
  scripts: document.querySelectorAll('script').length,
})`

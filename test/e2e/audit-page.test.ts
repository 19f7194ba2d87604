/** /audit in a real browser on a phone: what is true verifies, what was altered on its way does not; by keyboard, and as a screen reader sees it. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import axe from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Page, type Route } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { scratch } from '../../demo/instance-process.ts'
import { openSide, PASSWORD, type Side } from './two-instances.ts'

const CHROMIUM =
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) => existsSync(file)) ?? 'chromium is not installed'
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update']
const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }

const place = await scratch('e2e-audit')
let side: Side
let browser: Browser
let context: BrowserContext
/** Position of a direct post. */
let direct = ''
let post: { readonly id: string; readonly url: string; readonly receipt: string }

const at = (url: string): string => new URL(url, side.instance.origin).href
const say = async (status: string, visibility = 'public'): Promise<Response> =>
  fetch(at('/api/v1/statuses'), {
    method: 'POST',
    headers: { authorization: `Bearer ${side.person.accessToken}`, 'content-type': 'application/json', prefer: 'receipt' },
    body: JSON.stringify({ status, visibility }),
  })

beforeAll(async () => {
  side = await openSide(place.dir, 'alice')
  for (let n = 0; n < 6; n += 1) {
    const said = await say(`Entry of many, ${n}`, n % 2 === 0 ? 'public' : 'direct')
    if (n === 1) direct = /receipt\/(\d+)\.tlog-proof/.exec(said.headers.get('link') ?? '')?.[1] ?? ''
  }
  const answer = await say('A post that anyone can check')
  const { id, url } = (await answer.json()) as { id: string; url: string }
  const receipt = /<([^>]+)>; rel="receipt"/.exec(answer.headers.get('link') ?? '')?.[1] ?? ''
  post = { id, url, receipt: await (await fetch(receipt)).text() }
  browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
  context = await browser.newContext(PHONE)
})
afterAll(async () => {
  await browser.close()
  await side.instance.stop()
  await place.remove()
})

/** A fresh page; what goes wrong in it fails the test. */
async function open(url = '/audit'): Promise<Page> {
  const page = await context.newPage()
  page.on('pageerror', (error) => expect.unreachable(String(error)))
  await page.goto(at(url))
  await page.waitForSelector('html[data-scripts]')
  return page
}

async function verdict(page: Page): Promise<string> {
  await page.waitForSelector('#result .verdict')
  return (await page.textContent('#result')) ?? ''
}

/** Fills in one field of a form and sends it, with the keyboard alone. */
async function ask(page: Page, form: string, value: string): Promise<string> {
  await page.focus(`#check-${form} input`)
  await page.keyboard.press('Control+A')
  await page.keyboard.type(value)
  await page.keyboard.press('Enter')
  return verdict(page)
}

test('a post verifies by its address, and its path to the root is drawn', async () => {
  const page = await open()
  await assertGood(page)
  const found = await ask(page, 'entry', post.url)
  expect(found).toContain('It is as the log says')
  expect(found).toContain('A post that anyone can check')
  expect(found).toContain('a key of this author')
  expect(await page.locator('#result svg rect.leaf, #result svg rect.root').count()).toBe(2)
  expect(await page.evaluate('document.activeElement.id')).toBe('result')
  await assertGood(page)
})

test('a post’s own page leads to its check', async () => {
  const page = await context.newPage()
  await page.goto(post.url)
  await page.click('text=check it')
  expect(await verdict(page)).toContain('A post that anyone can check')
})

test('a private entry is proven to be there, and tells nothing', async () => {
  const found = await ask(await open(), 'entry', await positionOfPrivate())
  expect(found).toContain('It is private and not opened here')
})

test('its author, signed in, sees it opened, in the same place', async () => {
  const own = await (await browser.newContext(PHONE)).newPage()
  await own.goto(at('/auth/sign_in'))
  await own.fill('input[name=username]', 'alice')
  await own.fill('input[name=password]', PASSWORD)
  await Promise.all([own.waitForNavigation(), own.press('input[name=password]', 'Enter')])
  await own.goto(at(`/audit?entry=${await positionOfPrivate('direct')}`))
  const found = await verdict(own)
  expect(found).toContain('Entry of many, 1')
  expect(found).toContain('a key of this author')
})

test('every public commit of an account verifies, chain by chain', async () => {
  const page = await open()
  const found = await ask(page, 'account', '@alice')
  expect(found).toContain('It is as the log says')
  expect(found).toMatch(/\d public commits are signed by keys of this account/)
  await assertGood(page)
})

test('a range verifies against the signed root', async () => {
  const page = await open()
  await page.fill('#from', '0')
  await page.click('#check-range button')
  const found = await verdict(page)
  expect(found).toContain('make the root')
  expect(found).toMatch(/Private\d+: seen as 33 opaque bytes each/)
  await assertGood(page)
})

test('a receipt that somebody kept verifies, and with one byte changed it does not', async () => {
  const page = await open()
  const [kept, altered] = [path.join(place.dir, 'kept.tlog-proof'), path.join(place.dir, 'altered.tlog-proof')]
  await writeFile(kept, post.receipt)
  const lines = post.receipt.split('\n')
  await writeFile(
    altered,
    [lines[0], lines[1], lines[2], `${lines[3]?.startsWith('A') === true ? 'B' : 'A'}${lines[3]?.slice(1)}`, ...lines.slice(4)].join('\n'),
  )
  await page.setInputFiles('#receipt', kept)
  await page.click('#check-receipt button')
  expect(await verdict(page)).toContain('It is as the log says')
  await page.setInputFiles('#receipt', altered)
  await page.click('#check-receipt button')
  await page.waitForSelector('#result .verdict.bad')
  expect(await verdict(page)).toContain('does not verify')
})

test.each([
  ['a checkpoint', '**/log/checkpoint', 'range'],
  ['a tile', '**/log/tile/0/**', 'range'],
  ['a bundle of entries', '**/log/tile/entries/**', 'range'],
  ['a receipt', '**/audit/receipt/**', 'entry'],
])('%s altered on its way to the browser is found out', async (_what, pattern, form) => {
  const page = await open()
  await page.route(pattern, alter)
  const found = form === 'entry' ? await ask(page, 'entry', post.url) : await rangeUpToTheMiddle(page)
  expect(found).toContain('This does not verify')
  await page.close()
})

test('a log that names another key than before is not believed', async () => {
  const page = await open()
  const key = await page.inputValue('#vkey')
  await page.evaluate(`localStorage.setItem('vivim audit key', ${JSON.stringify(key.replace(/^[^+]+/, 'elsewhere.example/log/1'))})`)
  await page.reload()
  await page.waitForSelector('#key-changed:not([hidden])')
  expect(await ask(page, 'entry', '0')).toContain('This does not verify')
  await assertGood(page)
  await page.evaluate('localStorage.clear()')
})

/** The first half of the log, so that tiles are needed for the rest. */
async function rangeUpToTheMiddle(page: Page): Promise<string> {
  await page.fill('#from', '0')
  await page.fill('#to', '2') // the tile says the rest
  await page.click('#check-range button')
  return verdict(page)
}

/** One bit of the answer where it says something: other signatures than the log's own are not for browsers to verify. */
async function alter(route: Route): Promise<void> {
  const response = await route.fetch()
  const body = await response.body()
  const url = route.request().url()
  const at = url.endsWith('/checkpoint') ? 30 : url.includes('/receipt/') ? 600 : 100
  body[at] = (body[at] ?? 0) ^ 1
  await route.fulfill({ response, body })
}

/** Of the first private entry, or of the first direct post. */
async function positionOfPrivate(what: 'any' | 'direct' = 'any'): Promise<string> {
  if (what === 'direct') return direct
  for (let position = 0; ; position += 1) {
    const answer = await fetch(at(`/api/vivim/v1/events/${position}`))
    const { kind } = (await answer.json()) as { kind: string }
    if (kind === 'blinded') return String(position)
  }
}

/** No violation that axe finds, nothing wider than the phone, one main heading, scripts of this origin alone. */
async function assertGood(page: Page): Promise<void> {
  await page.evaluate(axe.source)
  expect(await page.evaluate(VIOLATIONS), page.url()).toEqual([])
  expect(await page.evaluate(FACTS), page.url()).toEqual({ overflow: 0, headings: 1, lang: 'en', foreign: 0 })
}

const VIOLATIONS = `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | ')))`
const FACTS = `({
  overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  headings: document.querySelectorAll('h1').length,
  lang: document.documentElement.lang,
  foreign: [...document.scripts].filter(({ src }) => !src.startsWith(location.origin)).length,
})`

/** /settings/account in a browser without scripts: taking everything along, and away. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLocalAccount, setUpInstance } from '../../../src/api/sign-up.ts'
import { verifyArchive } from '../../../src/ledger/account-archive-verdict.ts'
import { policyFor } from '../../../src/ledger/receipt-verdict.ts'
import { localAccount } from '../../../src/projections/read/accounts.ts'
import { type Browser, browse } from '../../support/browser.ts'
import { type TestInstance, testInstance } from '../../support/instance.ts'

const PASSWORD = 'correct horse battery'
const DELETE = 'Delete @carol for good'
let here: TestInstance
let carol: Browser
beforeAll(async () => {
  here = await testInstance()
  await setUpInstance(here.deps, 'Test', { username: 'olga', password: PASSWORD, email: null })
  await createLocalAccount(here.deps, { username: 'carol', password: PASSWORD, email: null, role: 'user' })
  carol = await signedIn('carol')
})
afterAll(() => here?.close())

async function signedIn(username: string): Promise<Browser> {
  const browser = browse(here.app)
  await browser.press(await browser.get('/auth/sign_in'), 'Sign in', { username, password: PASSWORD })
  return browser
}

test('strangers are sent to sign in and come back', async () => {
  for (const url of ['/settings/account', '/settings/account/archive']) {
    expect((await browse(here.app).get(url)).url).toBe(`/auth/sign_in?${new URLSearchParams({ continue: url }).toString()}`)
  }
})

test('the archive is downloaded as a file that proves itself', async () => {
  expect((await carol.get('/')).html).toContain('href="/settings/account"')
  expect((await carol.get('/settings/account')).html).toContain('href="/settings/account/archive"')
  await new Promise((resolve) => setTimeout(resolve, 250)) // a checkpoint with all its signatures may be as old
  const { response } = await carol.get('/settings/account/archive')
  expect(response.headers['content-disposition']).toBe('attachment; filename="carol.vivim-account"')
  expect(response.headers['cache-control']).toBe('private, no-store')
  const verdict = await verifyArchive(response.body.trimEnd().split('\n'), () => policyFor(here.deps.ledger.verifierKey))
  expect(verdict).toMatchObject({ ok: true, entries: 1 })
})

test('the owner of the instance is told why not, and no form is offered', async () => {
  const olga = await signedIn('olga')
  const page = await olga.get('/settings/account')
  expect(page.html).toContain('cannot be deleted')
  expect(page.forms.map(({ action }) => action)).not.toContain('/settings/account/delete')
  const csrf = page.forms[0]?.fields.get('csrf') ?? ''
  expect((await olga.post('/settings/account/delete', { csrf, password: PASSWORD })).status).toBe(403)
  expect((await localAccount(here.deps.pool, 'olga'))?.deleted_at).toBeNull()
})

test('a wrong password deletes nothing, nor does a form that is not ours', async () => {
  const page = await carol.press(await carol.get('/settings/account'), DELETE, { password: 'wrong' })
  expect([page.status, page.html.includes('The password is not right.')]).toEqual([401, true])
  expect((await carol.post('/settings/account/delete', { password: PASSWORD })).status).toBe(403)
  expect(await localAccount(here.deps.pool, 'carol')).not.toBeNull()
})

test('the right one deletes the account, and signs out everywhere', async () => {
  const elsewhere = await signedIn('carol')
  const gone = await carol.press(await carol.get('/settings/account'), DELETE, { password: PASSWORD })
  expect([gone.status, gone.html.includes('The account @carol is gone.')]).toEqual([200, true])
  expect(await localAccount(here.deps.pool, 'carol')).toBeNull()
  for (const browser of [carol, elsewhere]) expect((await browser.get('/settings/account')).url).toMatch(/^\/auth\/sign_in/)
  expect((await carol.press(await carol.get('/auth/sign_in'), 'Sign in', { username: 'carol', password: PASSWORD })).status).toBe(401)
})

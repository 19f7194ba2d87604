import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLocalAccount } from '../../../src/api/sign-up.ts'
import { type Browser, browse, type Visit } from '../../support/browser.ts'
import { type TestInstance, testInstance } from '../../support/instance.ts'
import { answerProblems } from '../../support/openapi.ts'

type App = { readonly id: string; readonly client_id: string; readonly client_secret: string }
type Token = { readonly access_token: string; readonly created_at: number; readonly scope: string; readonly token_type: string }

const CALLBACK = 'https://app.example/cb?from=vivim'
const OOB = 'urn:ietf:wg:oauth:2.0:oob'
const PASSWORD = 'correct horse battery'

let here: TestInstance
let alice: Browser
beforeAll(async () => {
  here = await testInstance()
  await createLocalAccount(here.deps, { username: 'alice', password: PASSWORD, email: 'alice@mail.example', role: 'owner' })
  alice = browse(here.app)
  await alice.press(await alice.get('/auth/sign_in'), 'Sign in', { username: 'alice', password: PASSWORD })
})
afterAll(() => here.close())

async function register(fields: object = {}): Promise<App> {
  const answer = await here.ask('POST', '/api/v1/apps', {
    body: { client_name: 'Tusky', redirect_uris: [CALLBACK, OOB], scopes: 'read write', ...fields },
  })
  expect(answer.statusCode).toBe(200)
  return answer.json<App>()
}

const authorizeUrl = (app: App, fields: Readonly<Record<string, string>> = {}): string =>
  `/oauth/authorize?${new URLSearchParams({ response_type: 'code', client_id: app.client_id, redirect_uri: CALLBACK, scope: 'read', state: 's t&a=te', ...fields }).toString()}`

const codeOf = (visit: Visit): string => new URL(visit.url).searchParams.get('code') ?? ''
const consent = async (app: App, fields: Readonly<Record<string, string>> = {}): Promise<string> =>
  codeOf(await alice.press(await alice.get(authorizeUrl(app, fields)), 'Allow'))

const exchange = (app: App, code: string, fields: object = {}) =>
  here.ask('POST', '/oauth/token', {
    body: { grant_type: 'authorization_code', client_id: app.client_id, client_secret: app.client_secret, redirect_uri: CALLBACK, code, ...fields },
  })

const person = async (username: string) => createLocalAccount(here.deps, { username, password: PASSWORD, email: null, role: 'user' })
const verify = (token: string) => here.ask('GET', '/api/v1/accounts/verify_credentials', { as: { token } })

describe('registering an application', () => {
  test('answers an application with its secrets, in the shape Mastodon publishes', async () => {
    const answer = await here.ask('POST', '/api/v1/apps', {
      body: { client_name: 'Tusky', redirect_uris: [CALLBACK, 'app://cb'], website: 'https://tusky.app' },
    })
    expect(answerProblems('POST', '/api/v1/apps', 200, answer.json())).toEqual([])
    expect(answer.json()).toMatchObject({
      redirect_uris: [CALLBACK, 'app://cb'],
      redirect_uri: `${CALLBACK}\napp://cb`,
      scopes: ['read'],
      client_secret_expires_at: 0,
    })
  })

  test('takes forms and several addresses in one text', async () => {
    const payload = new URLSearchParams({ client_name: 'toot', redirect_uris: `app://one\n${OOB}`, scopes: 'read write follow' }).toString()
    const answer = await here.app.inject({
      method: 'POST',
      url: '/api/v1/apps',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload,
    })
    expect(answer.json()).toMatchObject({ redirect_uris: ['app://one', OOB], scopes: ['read', 'write', 'follow'] })
  })

  test('takes multipart', async () => {
    const payload = ['client_name', 'x', 'redirect_uris', OOB].reduce(
      (text, part, index) => (index % 2 === 0 ? `${text}--b\r\ncontent-disposition: form-data; name="${part}"\r\n\r\n` : `${text}${part}\r\n`),
      '',
    )
    const answer = await here.app.inject({
      method: 'POST',
      url: '/api/v1/apps',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      payload: `${payload}--b--\r\n`,
    })
    expect([answer.statusCode, answer.json().redirect_uris]).toEqual([200, [OOB]])
  })

  test.each([
    [{ client_name: ' ' }],
    [{ client_name: 'x'.repeat(61) }],
    [{ client_name: { a: 1 } }],
    [{ redirect_uris: '' }],
    [{ redirect_uris: 'javascript:alert(1)' }],
    [{ redirect_uris: 'https://a.example/#fragment' }],
    [{ redirect_uris: 'http://a.example;script-src/' }],
    [{ scopes: 'read admin:write' }],
    [{ website: 'javascript:alert(1)' }],
  ])('refuses %j with 422', async (fields) => {
    const answer = await here.ask('POST', '/api/v1/apps', { body: { client_name: 'x', redirect_uris: OOB, ...fields } })
    expect(answer.statusCode).toBe(422)
    expect(answerProblems('POST', '/api/v1/apps', 422, answer.json())).toEqual([])
  })
})

describe('authorization code', () => {
  test('with PKCE: consent, code, token, account', async () => {
    const app = await register()
    const verifier = randomBytes(32).toString('base64url')
    const pkce = { code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' }
    const page = await alice.get(authorizeUrl(app, { ...pkce, scope: 'read write:statuses' }))
    for (const said of ['Tusky', '@alice', 'app.example', 'Publish, edit, delete and boost posts as you']) expect(page.html).toContain(said)
    const back = await alice.press(page, 'Allow')
    expect(back.url).toMatch(/^https:\/\/app\.example\/cb\?from=vivim&code=[\w-]{43}&state=s\+t%26a%3Dte&iss=https%3A%2F%2Fhere.example%2F$/)
    const answer = await exchange(app, codeOf(back), { code_verifier: verifier })
    expect(answerProblems('POST', '/oauth/token', 200, answer.json())).toEqual([])
    const token = answer.json<Token>()
    expect(token).toEqual({
      access_token: expect.stringMatching(/^[\w-]{43}$/),
      token_type: 'Bearer',
      scope: 'read write:statuses',
      created_at: expect.any(Number),
    })
    expect(Math.abs(token.created_at - Date.now() / 1000)).toBeLessThan(60)
    expect(answer.headers['cache-control']).toBe('no-store')
    expect((await verify(token.access_token)).json()).toMatchObject({ username: 'alice' })
  })

  test('a wrong verifier gets nothing and spends the code', async () => {
    const app = await register()
    const verifier = randomBytes(32).toString('base64url')
    const code = await consent(app, { code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' })
    const wrong = await exchange(app, code, { code_verifier: 'w'.repeat(43) })
    expect([wrong.statusCode, wrong.json().error]).toEqual([400, 'invalid_grant'])
    expect((await exchange(app, code, { code_verifier: verifier })).statusCode).toBe(400)
  })

  test('a challenge without its verifier gets nothing', async () => {
    const app = await register()
    const code = await consent(app, { code_challenge: 'a'.repeat(43), code_challenge_method: 'S256' })
    expect((await exchange(app, code)).json()).toMatchObject({ error: 'invalid_grant' })
  })

  test('a code without a challenge is not exchanged by a verifier, and one with a challenge not by the secret alone', async () => {
    const app = await register()
    const verifier = 'v'.repeat(43)
    const stolen = await exchange(app, await consent(app), { client_secret: undefined, code_verifier: verifier })
    expect([stolen.statusCode, stolen.json().error]).toEqual([400, 'invalid_grant'])
    const bound = await consent(app, { code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' })
    expect((await exchange(app, bound)).json()).toMatchObject({ error: 'invalid_grant' })
  })

  test('a client without a secret proves itself by its verifier; a wrong secret is wrong all the same', async () => {
    const app = await register()
    const verifier = randomBytes(32).toString('base64url')
    const pkce = { code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' }
    const wrong = await exchange(app, await consent(app, pkce), { client_secret: 'wrong', code_verifier: verifier })
    expect([wrong.statusCode, wrong.json().error]).toEqual([401, 'invalid_client'])
    const right = await exchange(app, await consent(app, pkce), { client_secret: undefined, code_verifier: verifier })
    expect(right.json()).toMatchObject({ scope: 'read' })
  })

  test('the exchange cannot widen what the person allowed', async () => {
    const app = await register()
    const { access_token: token, scope } = (await exchange(app, await consent(app), { scope: 'read write' })).json<Token>()
    expect(scope).toBe('read')
    expect((await here.ask('POST', '/api/v1/statuses', { as: { token }, body: { status: 'no' } })).statusCode).toBe(403)
  })

  test('a code used twice at once is used once, and gives nothing that lasts', async () => {
    const app = await register()
    const code = await consent(app)
    const answers = await Promise.all(Array.from({ length: 5 }, () => exchange(app, code)))
    const given = answers.filter(({ statusCode }) => statusCode === 200).map((answer) => answer.json<Token>().access_token)
    expect(given.length).toBeLessThanOrEqual(1)
    await exchange(app, code)
    for (const token of given) expect((await verify(token)).statusCode).toBe(401)
  })

  test('a code works once; its second use takes back what the first gave', async () => {
    const app = await register()
    const code = await consent(app)
    const { access_token: token } = (await exchange(app, code)).json<Token>()
    expect((await verify(token)).statusCode).toBe(200)
    expect((await exchange(app, code)).json()).toMatchObject({ error: 'invalid_grant' })
    expect((await verify(token)).statusCode).toBe(401)
  })

  test('a code belongs to its application and its address', async () => {
    const [app, other] = [await register(), await register()]
    expect((await exchange(other, await consent(app))).json()).toMatchObject({ error: 'invalid_grant' })
    expect((await exchange(app, await consent(app), { redirect_uri: OOB })).json()).toMatchObject({ error: 'invalid_request' })
    const wrongSecret = await exchange(app, await consent(app), { client_secret: 'wrong' })
    expect([wrongSecret.statusCode, wrongSecret.json().error]).toEqual([401, 'invalid_client'])
  })

  test('denied: the application is told, and gets no code', async () => {
    const app = await register()
    const denied = new URL((await alice.press(await alice.get(authorizeUrl(app)), 'Deny')).url).searchParams
    expect(['error', 'code', 'state', 'iss'].map((name) => denied.get(name))).toEqual(['access_denied', null, 's t&a=te', 'https://here.example/'])
  })

  test('out of band: the code is shown, and works', async () => {
    const app = await register()
    const page = await alice.press(await alice.get(authorizeUrl(app, { redirect_uri: OOB })), 'Allow')
    const code = /value="([\w-]{43})" readonly/.exec(page.html)?.[1] ?? ''
    expect((await exchange(app, code, { redirect_uri: OOB })).statusCode).toBe(200)
  })

  test('an address that is not registered is never redirected to', async () => {
    const app = await register()
    for (const redirect_uri of ['https://evil.example/', `${CALLBACK}/`, 'https://app.example/cb']) {
      const page = await alice.get(authorizeUrl(app, { redirect_uri }))
      expect([page.status, page.response.headers.location]).toEqual([400, undefined])
    }
    expect((await alice.get(authorizeUrl({ ...app, client_id: 'nobody' }))).status).toBe(400)
  })

  test('a request that cannot be granted leads nowhere without a press of a button', async () => {
    const app = await register()
    for (const fields of [{ response_type: 'token' }, { scope: 'read write:statuses read:nothing' }, { code_challenge: 'x' }]) {
      const page = await browse(here.app).get(authorizeUrl(app, fields))
      expect([page.status, page.response.headers.location]).toEqual([400, undefined])
      expect(page.html).toContain('href="https://app.example/cb?from=vivim&amp;error=')
      expect(page.html).toContain('iss=https%3A%2F%2Fhere.example%2F')
    }
  })

  test('who is not signed in signs in first and comes back; a trailing slash is fine', async () => {
    const app = await register()
    const stranger = browse(here.app)
    const signIn = await stranger.get(authorizeUrl(app).replace('/authorize?', '/authorize/?'))
    expect(signIn.url).toMatch(/^\/auth\/sign_in\?continue=/)
    const page = await stranger.press(signIn, 'Sign in', { username: 'Alice@mail.example', password: PASSWORD })
    expect(page.html).toContain('to use your account?')
    expect(codeOf(await stranger.press(page, 'Allow'))).toMatch(/^[\w-]{43}$/)
  })

  test('force_login asks for the password again, once', async () => {
    const page = await alice.get(authorizeUrl(await register(), { force_login: 'true' }))
    expect(page.url).toMatch(/^\/auth\/sign_in/)
    expect(page.url).not.toContain('force_login')
  })

  test('consent is given by a press of the button on our page, by the person it names', async () => {
    const app = await register()
    const form = (await alice.get(authorizeUrl(app))).forms[0]
    const fields = { ...Object.fromEntries(form?.fields ?? []), decision: 'allow' }
    expect((await alice.post('/oauth/authorize', { ...fields, csrf: 'forged' })).status).toBe(403)
    expect((await alice.post('/oauth/authorize', { ...fields, account: '1' })).status).toBe(403)
    expect((await browse(here.app).post('/oauth/authorize', fields)).status).toBe(403)
    const denied = await alice.post('/oauth/authorize', { ...fields, decision: 'anything else' })
    expect(denied.url).toContain('error=access_denied')
  })

  test('the page may send the form to the application, and nowhere else', async () => {
    const app = await register({ redirect_uris: 'icecubesapp://' })
    const policy = (await alice.get(authorizeUrl(app, { redirect_uri: 'icecubesapp://' }))).response.headers['content-security-policy']
    expect(policy).toContain("form-action 'self' icecubesapp:;")
  })
})

describe('tokens of applications themselves', () => {
  test('client_credentials, from JSON, form or HTTP Basic', async () => {
    const app = await register()
    const basic = `Basic ${Buffer.from(`${app.client_id}:${app.client_secret}`).toString('base64')}`
    const answers = [
      await here.ask('POST', '/oauth/token', {
        body: { grant_type: 'client_credentials', client_id: app.client_id, client_secret: app.client_secret, scope: 'read' },
      }),
      await here.ask('POST', '/oauth/token', { body: { grant_type: 'client_credentials' }, headers: { authorization: basic } }),
    ]
    for (const answer of answers) {
      const { access_token: token, scope } = answer.json<Token>()
      expect(scope).toBe('read')
      const verified = await here.ask('GET', '/api/v1/apps/verify_credentials', { as: { token } })
      expect(answerProblems('GET', '/api/v1/apps/verify_credentials', 200, verified.json())).toEqual([])
      const refused = await verify(token)
      expect([refused.statusCode, refused.json()]).toEqual([422, { error: 'This method requires an authenticated user' }])
    }
  })

  test.each([
    ['a scope it did not register', { scope: 'push' }, 400, 'invalid_scope'],
    ['no password grant', { grant_type: 'password', username: 'alice', password: PASSWORD }, 400, 'unsupported_grant_type'],
    ['no refresh grant', { grant_type: 'refresh_token', refresh_token: 'x' }, 400, 'unsupported_grant_type'],
    ['no grant at all', { grant_type: '' }, 400, 'invalid_request'],
    ['a made-up grant', { grant_type: '__proto__' }, 400, 'unsupported_grant_type'],
    ['an unknown client', { client_id: 'nobody' }, 401, 'invalid_client'],
    ['a grant of a wrong type', { grant_type: { a: 1 } }, 422, undefined],
  ])('%s', async (_what, fields, status, error) => {
    const app = await register()
    const answer = await here.ask('POST', '/oauth/token', {
      body: { grant_type: 'client_credentials', client_id: app.client_id, client_secret: app.client_secret, ...fields },
    })
    expect([answer.statusCode, error ?? answer.json().error]).toEqual([status, answer.json().error])
    expect(answer.headers['access-control-allow-origin']).toBe('*')
  })
})

describe('revoking', () => {
  test('ends a token at once, is fine with any other, and leaves those of others alone', async () => {
    const [app, other] = [await register(), await register()]
    const { access_token: token } = (await exchange(app, await consent(app))).json<Token>()
    const revoke = (by: App, what: string) =>
      here.ask('POST', '/oauth/revoke', { body: { client_id: by.client_id, client_secret: by.client_secret, token: what } })
    expect((await revoke(other, token)).statusCode).toBe(403)
    expect((await verify(token)).statusCode).toBe(200)
    const done = await revoke(app, token)
    expect([done.statusCode, done.json()]).toEqual([200, {}])
    expect((await verify(token)).statusCode).toBe(401)
    expect((await revoke(app, 'never-was')).json()).toEqual({})
    expect((await revoke({ ...app, client_secret: 'wrong' }, token)).json()).toMatchObject({ error: 'unauthorized_client' })
  })

  test('by the person, on the page of applications', async () => {
    const app = await register({ client_name: 'Forgetful' })
    const { access_token: token } = (await exchange(app, await consent(app))).json<Token>()
    const page = await alice.get('/settings/applications')
    const form = page.forms.filter(({ action }) => action.endsWith('/revoke'))[0]
    expect(page.html.indexOf('Forgetful')).toBeGreaterThan(0)
    const after = await alice.post(form?.action ?? '', Object.fromEntries(form?.fields ?? []))
    expect(after.url).toBe('/settings/applications')
    expect(after.html).not.toContain('Forgetful')
    expect((await verify(token)).statusCode).toBe(401)
  })

  test('another person’s application cannot be revoked', async () => {
    await person('mallory')
    const mallory = browse(here.app)
    await mallory.press(await mallory.get('/auth/sign_in'), 'Sign in', { username: 'mallory', password: PASSWORD })
    const app = await register()
    const { access_token: token } = (await exchange(app, await consent(app))).json<Token>()
    const action = (await alice.get('/settings/applications')).forms.find((form) => form.action.endsWith('/revoke'))?.action ?? ''
    const csrf = (await mallory.get('/settings/applications')).forms[0]?.fields.get('csrf') ?? ''
    expect((await mallory.post(action, { csrf })).status).toBe(404)
    expect((await verify(token)).statusCode).toBe(200)
  })
})

describe('what a token is good for', () => {
  test('nothing, outside of its scopes', async () => {
    const app = await register()
    const { access_token: token } = (await exchange(app, await consent(app, { scope: 'read:accounts' }))).json<Token>()
    expect((await verify(token)).statusCode).toBe(200)
    const refused = await here.ask('GET', '/api/v1/timelines/home', { as: { token } })
    expect([refused.statusCode, refused.json()]).toEqual([403, { error: 'This action is outside the authorized scopes' }])
  })

  test('nothing, when it is expired, malformed or made up', async () => {
    const { id } = await person('expiring')
    const { token } = await here.createToken(id, ['read'], new Date(Date.now() - 1000))
    for (const authorization of [`Bearer ${token}`, 'Bearer nonsense', 'Bearer', 'Bearer a b', 'bearer \u0000']) {
      const answer = await here.app.inject({ url: '/api/v1/timelines/public', headers: { authorization } })
      expect([authorization, answer.statusCode, answer.json()]).toEqual([authorization, 401, { error: 'The access token is invalid' }])
    }
  })

  test('user info, with the scope profile', async () => {
    const { id } = await person('informed')
    const { token } = await here.createToken(id, ['profile'])
    const answer = await here.ask('GET', '/oauth/userinfo', { as: { token } })
    expect(answer.json()).toMatchObject({ iss: 'https://here.example/', sub: 'https://here.example/users/informed', preferred_username: 'informed' })
    expect((await here.ask('GET', '/oauth/userinfo', { as: await here.createToken(id, ['read']) })).statusCode).toBe(403)
    expect((await here.ask('GET', '/oauth/userinfo')).statusCode).toBe(401)
  })
})

test('the metadata says where everything is', async () => {
  const answer = await here.app.inject('/.well-known/oauth-authorization-server')
  expect(answerProblems('GET', '/.well-known/oauth-authorization-server', 200, answer.json())).toEqual([])
  expect(answer.json()).toMatchObject({
    issuer: 'https://here.example/',
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    grant_types_supported: ['authorization_code', 'client_credentials'],
  })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Browser, browse } from '../../support/browser.ts'
import { type TestInstance, testInstance } from '../../support/instance.ts'

const TOKEN = 'one-time-token'
const OWNER = { title: 'Lighthouse', username: 'alice', password: 'correct horse battery', password_confirmation: 'correct horse battery' }

let here: TestInstance
let stranger: Browser
beforeAll(async () => {
  here = await testInstance({ setupToken: TOKEN, rateLimits: true })
  stranger = browse(here.app)
})
afterAll(() => here.close())

describe('a new instance', () => {
  test('leads every visitor to set-up', async () => {
    expect((await stranger.get('/')).url).toBe('/setup')
    expect((await stranger.get('/@alice')).url).toBe('/setup')
  })

  test('answers clients and other servers 503, in JSON', async () => {
    for (const url of ['/api/v1/timelines/public', '/oauth/token', '/users/alice', '/inbox']) {
      const answer = await here.app.inject({ url, headers: { accept: '*/*' } })
      expect([url, answer.statusCode, answer.json()]).toEqual([url, 503, { error: 'This instance is not set up yet' }])
    }
  })

  test('still says what it is', async () => {
    const answer = await here.app.inject('/api/v2/instance')
    expect(answer.statusCode).toBe(200)
    expect((await here.app.inject('/api/vivim/v1/instance')).json()).toMatchObject({ setUp: false })
    expect((await here.app.inject('/healthz')).body).toBe('ok')
  })

  test('refuses a wrong token, and slows down who guesses', async () => {
    const guesser = browse(here.app, { ip: '198.51.100.9' })
    const refused = await guesser.press(await guesser.get('/setup'), 'Continue', { token: 'wrong' })
    expect(refused.status).toBe(403)
    expect(refused.html).toContain('This is not the token')
    let last = refused
    for (let guess = 0; guess < 20; guess += 1) last = await guesser.get(`/setup?token=guess-${guess}`)
    expect(last.status).toBe(429)
    expect(Number(last.response.headers['retry-after'])).toBeGreaterThan(0)
  })

  test('a form that is not its own does nothing', async () => {
    const forged = await browse(here.app).post('/setup', { token: TOKEN, ...OWNER })
    expect(forged.status).toBe(403)
    expect((await here.app.inject('/api/vivim/v1/instance')).json()).toMatchObject({ setUp: false })
  })

  test.each([
    ['passwords that differ', { password_confirmation: 'something else' }, 'The two passwords are not the same'],
    ['a short password', { password: 'short', password_confirmation: 'short' }, 'at least 10 characters'],
    ['a name that cannot be', { username: 'al ice' }, 'letters (a–z), digits or underscores'],
    ['a reserved name', { username: 'actor' }, 'reserved'],
    ['no name for the instance', { title: ' ' }, 'name'],
  ])('refuses %s, keeps what was typed, records nothing', async (_what, change, says) => {
    const again = await stranger.press(await stranger.get(`/setup?token=${TOKEN}`), 'Create the instance', { ...OWNER, ...change })
    expect(again.status).toBe(422)
    expect(again.html).toContain(says)
    expect(again.html).toContain('role="alert"')
    expect(again.html).not.toContain('correct horse')
    expect(again.forms[0]?.fields.get('username')).toBe({ ...OWNER, ...change }.username)
    expect(here.deps.ledger.head().size).toBe(0)
  })

  test('becomes the owner’s, who is signed in at once and can sign in again', async () => {
    const form = await stranger.press(await stranger.get('/'), 'Continue', { token: ` ${TOKEN} ` })
    const done = await stranger.press(form, 'Create the instance', OWNER)
    expect(done).toMatchObject({ url: '/', status: 200 })
    expect(done.html).toContain('Lighthouse')
    expect(done.html).toContain('@alice')
    const later = browse(here.app)
    const signedIn = await later.press(await later.get('/auth/sign_in'), 'Sign in', { username: 'alice', password: OWNER.password })
    expect(signedIn).toMatchObject({ url: '/', status: 200 })
    expect(signedIn.html).toContain('Sign out')
  })

  test('after that, set-up does not exist', async () => {
    expect((await stranger.get(`/setup?token=${TOKEN}`)).status).toBe(404)
    expect((await stranger.post('/setup', { token: TOKEN, ...OWNER, username: 'mallory' })).status).toBe(404)
    expect((await here.app.inject('/api/v1/timelines/public')).statusCode).toBe(200)
  })
})

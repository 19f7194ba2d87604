import { describe, expect, test } from 'vitest'
import { AuthorizationCodes } from '../../../src/api/oauth/codes.ts'
import { formActionFor, isRedirectUri, isRegistered, OUT_OF_BAND, redirectTo, splitRedirectUris } from '../../../src/api/oauth/redirect-uris.ts'
import { judgeAuthorize } from '../../../src/api/oauth/request.ts'
import { allows, describeScopes, grantable, parseScopes, SCOPES, unknownScope } from '../../../src/api/oauth/scopes.ts'
import { newSecret, secretHash, secretMatches } from '../../../src/api/oauth/secrets.ts'
import { localPath } from '../../../src/api/pages/sign-in.ts'
import type { AppRow } from '../../../src/projections/rows.ts'

const APP: AppRow = {
  id: '1',
  client_id: 'client',
  secret_hash: secretHash('secret'),
  name: 'Tusky',
  website: null,
  redirect_uris: ['https://app.example/cb', OUT_OF_BAND],
  scopes: ['read', 'write:statuses'],
  created_at: new Date(0),
}
const ASKED = { response_type: 'code', client_id: 'client', redirect_uri: 'https://app.example/cb', scope: 'read', state: 'xyz' }
const judge = (change: Readonly<Record<string, string | undefined>> = {}) =>
  judgeAuthorize({ ...ASKED, ...change }, async (id) => (id === 'client' ? APP : null), 'https://here.example/')

describe('scopes', () => {
  test('a parent includes its children, follow its six, nothing else', () => {
    expect(allows(['read'], 'read:statuses')).toBe(true)
    expect(allows(['read:statuses'], 'read')).toBe(false)
    expect(allows(['read'], 'write')).toBe(false)
    expect(allows(['follow'], 'write:follows')).toBe(true)
    expect(allows(['follow'], 'read:statuses')).toBe(false)
    expect(allows(['read'], 'profile')).toBe(false)
    expect(allows(['read', 'write'], 'memory:read')).toBe(false) // nor do apps that show posts read conversations
    expect(allows(['memory'], 'memory:read')).toBe(true)
    expect(allows(['write'], 'keys')).toBe(false) // who may post may not take the account away
  })

  test('every scope has a meaning in words, and none is said twice', () => {
    expect(describeScopes(SCOPES).map(({ scope }) => scope)).toEqual(['profile', 'read', 'write', 'follow', 'push', 'keys', 'memory'])
    for (const scope of SCOPES) expect(describeScopes([scope])).toEqual([{ scope, meaning: expect.stringMatching(/^[A-Z].{8,}/) }])
  })

  test('an application gets what it registered, at most', () => {
    expect(grantable(['read', 'write:statuses'], ['read:accounts', 'write:statuses'])).toEqual(['read:accounts', 'write:statuses'])
    expect(grantable(['read:accounts'], ['read'])).toBe(false)
    expect(grantable(['read', 'write'], undefined)).toEqual(['read'])
    expect(grantable(['write:media'], undefined)).toEqual(['write:media'])
    expect(grantable(['read'], [])).toBe(false)
    expect(grantable(['read', 'write'], ['write:future'])).toBe(false) // could not be shown to anybody, and might mean something one day
  })

  test('lists are split at spaces and plus signs, unknown ones are named', () => {
    expect(parseScopes(' read+write  follow read ')).toEqual(['read', 'write', 'follow'])
    expect(unknownScope(['read', 'admin:read'])).toBe('admin:read')
    expect(unknownScope(SCOPES)).toBeNull()
  })
})

describe('redirect URIs', () => {
  test.each([
    'https://app.example/cb',
    'http://127.0.0.1:8080/',
    'http://[::1]:80/',
    'icecubesapp://',
    'com.tusky:/oauth',
    'ms-app://s-1-2/',
    'https://app.example/cb?x=1',
    OUT_OF_BAND,
  ])('%s may be registered', (uri) => {
    expect(isRedirectUri(uri)).toBe(true)
  })

  test.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'https://app.example/#cb',
    '/cb',
    'https://',
    'http://user:pw@app.example/',
    'https://app.example/\\evil',
    'https:app.example',
    'https://app.example/ü',
    'https://ü.example/',
    'https://app.example/\u00a0',
    'http://a.example;script-src/',
    'http://a.example,b/',
    'http://*/',
    "http://a'b/",
    'ms-msdt:/id',
    'intent://x#Intent;end',
    'mailto:a@b.example',
    `https://a.example/${'x'.repeat(2_000)}`,
    '',
  ])('%.40s may not', (uri) => {
    expect(isRedirectUri(uri)).toBe(false)
  })

  test('the answer is added to the query that is there', () => {
    expect(redirectTo('https://a.example/cb', { code: 'a b', state: null })).toBe('https://a.example/cb?code=a+b')
    expect(redirectTo('https://a.example/cb?x=1', { code: 'c', state: '&' })).toBe('https://a.example/cb?x=1&code=c&state=%26')
    expect(redirectTo('app://', { code: 'c' })).toBe('app://?code=c')
  })

  test('forms may lead there and nowhere else', () => {
    expect(formActionFor('https://a.example/cb')).toEqual(['https:'])
    expect(formActionFor('http://127.0.0.1:4000/cb')).toEqual(['http://127.0.0.1:4000', 'https:'])
    expect(formActionFor('icecubesapp://')).toEqual(['icecubesapp:'])
    expect(formActionFor(OUT_OF_BAND)).toEqual([])
  })

  test.each([
    ['http://127.0.0.1:51004/cb', 'http://127.0.0.1/cb'],
    ['http://localhost:51004/cb', 'http://localhost:3000/cb'],
    ['http://[::1]:51004', 'http://[::1]:1/'],
  ])('%s on the person’s own machine is %s on another port', (uri, registered) => {
    expect(isRegistered(uri, [registered])).toBe(true)
  })

  test.each([
    ['http://127.0.0.1:51004/evil', 'http://127.0.0.1/cb'],
    ['https://127.0.0.1:51004/cb', 'http://127.0.0.1/cb'],
    ['http://app.example:51004/cb', 'http://app.example/cb'],
    ['http://127.0.0.1.evil.example/cb', 'http://127.0.0.1/cb'],
    ['http://localhost:1@evil.example/cb', 'http://localhost/cb'],
  ])('%s is not %s', (uri, registered) => {
    expect(isRegistered(uri, [registered])).toBe(false)
  })

  test('several in one text are several', () => {
    expect(splitRedirectUris('https://a.example/\nhttps://b.example/ app://')).toEqual(['https://a.example/', 'https://b.example/', 'app://'])
  })
})

describe('what an application asks', () => {
  test('is accepted when it fits', async () => {
    expect(await judge({ code_challenge: 'a'.repeat(43), code_challenge_method: 'S256' })).toEqual({
      ok: true,
      request: { app: APP, redirectUri: ASKED.redirect_uri, scopes: ['read'], state: 'xyz', challenge: 'a'.repeat(43), resource: null },
    })
  })

  test.each([
    ['an unknown client', { client_id: 'other' }],
    ['an address that is not registered', { redirect_uri: 'https://evil.example/' }],
    ['an address that is registered but for a slash', { redirect_uri: 'https://app.example/cb/' }],
    ['no address, with two to choose from', { redirect_uri: undefined }],
    ['a problem and nowhere to send it', { redirect_uri: OUT_OF_BAND, response_type: 'token' }],
  ])('%s is told to the person, never redirected', async (_what, change) => {
    expect(await judge(change)).toMatchObject({ ok: false, tell: 'person' })
  })

  test.each([
    ['unsupported_response_type', { response_type: 'token' }],
    ['invalid_scope', { scope: 'write' }],
    ['invalid_scope', { scope: 'read read:nothing' }],
    ['invalid_request', { code_challenge: 'a'.repeat(43), code_challenge_method: 'plain' }],
    ['invalid_request', { code_challenge: 'short', code_challenge_method: 'S256' }],
    ['invalid_request', { response_mode: 'fragment' }],
    ['invalid_target', { resource: 'https://elsewhere.example/mcp', code_challenge: 'a'.repeat(43) }],
    ['invalid_request', { resource: 'https://here.example/mcp' }],
    ['invalid_scope', { resource: 'https://here.example/mcp', code_challenge: 'a'.repeat(43) }],
  ])('%s is told to the application, with its state', async (error, change) => {
    const judged = await judge(change)
    const { searchParams } = new URL((judged as { location: string }).location)
    expect([searchParams.get('error'), searchParams.get('state'), searchParams.get('iss')]).toEqual([error, 'xyz', 'https://here.example/'])
  })
})

describe('authorization codes', () => {
  const code = { app: APP, accountId: '2', redirectUri: '', scopes: [], expiresAt: new Date(), challenge: null, resource: null }

  test('work once; a second use betrays what the first one gave', () => {
    const codes = new AuthorizationCodes()
    codes.add('s', code)
    expect(codes.find('s')).toBe(code)
    expect([codes.use('s'), codes.use('s')]).toEqual([true, false])
    expect(codes.gave('s', 'grant')).toBe(true)
    expect(codes.find('s')).toEqual({ replayed: true, grantId: 'grant' })
    expect(codes.find('other')).toBeNull()
  })

  test('one that comes back while it is being exchanged gives nothing', () => {
    const codes = new AuthorizationCodes()
    codes.add('s', code)
    codes.use('s')
    expect(codes.find('s')).toEqual({ replayed: true, grantId: null })
    expect(codes.gave('s', 'grant')).toBe(false)
  })
})

test('secrets are unlike each other and match only their own hash', () => {
  const [a, b] = [newSecret(), newSecret()]
  expect(a).toMatch(/^[\w-]{43}$/)
  expect([secretMatches(a, secretHash(a)), secretMatches(b, secretHash(a)), secretMatches('', '')]).toEqual([true, false, false])
})

test.each([
  ['/oauth/authorize?client_id=x', '/oauth/authorize?client_id=x'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['/a\\b', '/'],
  ['https://evil.example', '/'],
  ['javascript:alert(1)', '/'],
  ['/a\nb', '/'],
  ['', '/'],
  [undefined, '/'],
])('after signing in, %s leads to %s', (asked, path) => {
  expect(localPath(asked)).toBe(path)
})

/** How an assistant that nobody knew is let in: the official client finds, registers, asks, and is given a token, as claude.ai and ChatGPT do. */
import {
  type OAuthClientMetadata,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
  UnauthorizedError,
} from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { perform } from '../../../src/api/deps.ts'
import { secretHash } from '../../../src/api/oauth/secrets.ts'
import { createLocalAccount } from '../../../src/api/sign-up.ts'
import { appByClientId } from '../../../src/projections/read/access.ts'
import { accesses } from '../../../src/projections/read/accesses.ts'
import { type Browser, browse } from '../../support/browser.ts'
import { type TestInstance, testInstance } from '../../support/instance.ts'
import { connected, newClient, type Wire, wireTo, withToken } from '../../support/mcp-client.ts'

const PASSWORD = 'correct horse battery'
const CALLBACK = 'http://127.0.0.1:33418/callback'

let here: TestInstance
let wire: Wire
let browser: Browser
let adaId: string
beforeAll(async () => {
  here = await testInstance()
  wire = await wireTo(here)
  adaId = (await createLocalAccount(here.deps, { username: 'ada', password: PASSWORD, email: null, role: 'owner' })).id
  browser = browse(here.app)
  await browser.press(await browser.get('/auth/sign_in'), 'Sign in', { username: 'ada', password: PASSWORD })
})
afterAll(() => here.close())

/** A client program with a memory, whose person presses Allow in their browser. */
function program(metadata: Partial<OAuthClientMetadata> = {}) {
  let [client, tokens, verifier, code]: [StoredOAuthClientInformation | undefined, StoredOAuthTokens | undefined, string, string] = [
    undefined,
    undefined,
    '',
    '',
  ]
  let discovered: OAuthDiscoveryState | undefined
  const provider: OAuthClientProvider = {
    redirectUrl: CALLBACK,
    clientMetadata: { client_name: 'Test Assistant', redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none', ...metadata },
    clientInformation: () => client,
    saveClientInformation: (given) => void (client = given),
    tokens: () => tokens,
    saveTokens: (given) => void (tokens = given),
    saveCodeVerifier: (given) => void (verifier = given),
    codeVerifier: () => verifier,
    saveDiscoveryState: (given) => void (discovered = given),
    discoveryState: () => discovered,
    async redirectToAuthorization(url) {
      const consent = await browser.get(`${url.pathname}${url.search}`)
      asked.push(consent.html)
      code = new URL((await browser.press(consent, 'Allow')).url).searchParams.get('code') ?? ''
    },
  }
  const asked: string[] = []
  return { provider, asked, code: () => code, client: () => client, tokens: () => tokens }
}

/** As a client does it: told to ask its person, it finishes with the code and connects again. */
async function signIn(it: ReturnType<typeof program>) {
  const first = await connected(wire, { authProvider: it.provider }).catch((error: unknown) => error)
  expect(first).toBeInstanceOf(UnauthorizedError)
  const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client')
  const finishing = new StreamableHTTPClientTransport(new URL('https://here.example/mcp'), { fetch: wire.fetch, authProvider: it.provider })
  await finishing.finishAuth(new URLSearchParams({ code: it.code(), iss: 'https://here.example/' }))
  return connected(wire, { authProvider: it.provider })
}

describe('an assistant that nobody knew', () => {
  test('finds the way from a 401, registers, has its person asked for the vault alone, and is in', async () => {
    const it = program()
    const from = wire.seen.length
    const { client } = await signIn(it)
    const steps = wire.seen.slice(from).map(({ method, path, status }) => `${method} ${path} ${status}`)
    expect(steps).toEqual(
      expect.arrayContaining([
        'POST /mcp 401',
        'GET /.well-known/oauth-protected-resource/mcp 200',
        'GET /.well-known/oauth-authorization-server 200',
        'POST /oauth/register 201',
        'POST /oauth/token 200',
        'POST /mcp 200',
      ]),
    )
    expect(it.asked[0]).toContain('Test Assistant')
    expect(it.asked[0]).toContain('Search and read your conversations with assistants, and your memories')
    expect(it.asked[0]).not.toContain('private posts')
    expect(it.tokens()).toMatchObject({ token_type: 'Bearer', scope: 'memory:read memory:write' })
    expect(it.client()).not.toHaveProperty('client_secret')
    await client.callTool({ name: 'list_conflicts', arguments: {} })
    await here.deps.projections.waitFor(here.deps.ledger.head().size - 1)
    const [note] = await accesses(here.deps.pool, here.deps.vault.cipher, adaId, { limit: 1 })
    expect(note?.reader).toMatchObject({ kind: 'assistant', name: 'Test Assistant (test-assistant 1.0.0)' })
    expect(note?.reader.appId).not.toBeNull()
    await client.close()
    const elsewhere = await here.ask('GET', '/api/v1/timelines/home', { as: { token: it.tokens()?.access_token ?? '' } })
    expect(elsewhere.statusCode).toBe(403)
  })

  test('that may only read is told which scope it takes to write, and asks its person for it', async () => {
    const it = program({ scope: 'memory:read' })
    const only = (await here.createToken(adaId, ['memory:read'])).token
    const answer = await wire.fetch('https://here.example/mcp', {
      method: 'POST',
      headers: { authorization: `Bearer ${only}`, ...RPC, 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'remember' },
      body: JSON.stringify(modern('tools/call', { name: 'remember', arguments: { text: 'x' } })),
    })
    expect(answer.status).toBe(403)
    const challenge = answer.headers.get('www-authenticate') ?? ''
    expect(challenge).toContain('error="insufficient_scope"')
    expect(challenge).toContain('scope="memory:read memory:write"')
    expect(challenge).toContain('resource_metadata="https://here.example/.well-known/oauth-protected-resource/mcp"')
    expect(it.client()).toBeUndefined()
  })
})

const RPC = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' } as const
const modern = (method: string, params: object = {}) => ({
  jsonrpc: '2.0',
  id: 1,
  method,
  params: {
    ...params,
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  },
})
const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
}

describe('registration', () => {
  const register = (body: object) => here.ask('POST', '/oauth/register', { body })
  const uris = ['https://claude.ai/api/mcp/auth_callback']

  test('gives a confidential client a secret, and names what it got', async () => {
    const answer = await register({
      redirect_uris: uris,
      client_name: 'Claude',
      client_uri: 'https://claude.ai',
      scope: 'memory:read offline_access openid',
    })
    expect(answer.statusCode).toBe(201)
    expect(answer.json()).toMatchObject({
      client_name: 'Claude',
      redirect_uris: uris,
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      scope: 'memory:read',
      client_secret_expires_at: 0,
    })
    expect(answer.json<{ client_secret: string }>().client_secret).toHaveLength(43)
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  test.each([
    ['invalid_redirect_uri', {}],
    ['invalid_redirect_uri', { redirect_uris: [] }],
    ['invalid_redirect_uri', { redirect_uris: ['http://claude.ai/cb'] }],
    ['invalid_redirect_uri', { redirect_uris: ['javascript:alert(1)'] }],
    ['invalid_redirect_uri', { redirect_uris: ['urn:ietf:wg:oauth:2.0:oob'] }],
    ['invalid_client_metadata', { redirect_uris: uris, token_endpoint_auth_method: 'private_key_jwt' }],
    ['invalid_client_metadata', { redirect_uris: uris, grant_types: ['password'] }],
    ['invalid_client_metadata', { redirect_uris: uris, response_types: ['token'] }],
  ])('refuses with %s', async (error, body) => {
    const answer = await register(body)
    expect([answer.statusCode, answer.json<{ error: string }>().error]).toEqual([400, error])
  })

  test('never gives the scope that hands accounts over', async () => {
    expect((await register({ redirect_uris: uris, scope: 'keys' })).json()).toMatchObject({ scope: 'memory:read memory:write' })
  })
})

describe('the endpoint', () => {
  const send = (token: string | null, body: object, headers: Readonly<Record<string, string>> = {}) =>
    wire.fetch('https://here.example/mcp', {
      method: 'POST',
      headers: { ...RPC, ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
      body: JSON.stringify(body),
    })

  test('tells those without a token, or with a bad one, where to get one', async () => {
    for (const token of [null, 'nonsense']) {
      const answer = await send(token, INITIALIZE)
      expect(answer.status).toBe(401)
      const challenge = answer.headers.get('www-authenticate') ?? ''
      expect(challenge).toMatch(/^Bearer /)
      expect(challenge.includes('error="invalid_token"')).toBe(token !== null)
      expect(challenge).toContain('resource_metadata="https://here.example/.well-known/oauth-protected-resource/mcp"')
      expect(challenge).toContain('scope="memory:read memory:write"')
    }
    const metadata = await wire.fetch('https://here.example/.well-known/oauth-protected-resource/mcp')
    expect(await metadata.json()).toMatchObject({ resource: 'https://here.example/mcp', authorization_servers: ['https://here.example/'] })
  })

  test('is closed to tokens without the scope, and to applications on their own', async () => {
    expect((await send((await here.createToken(adaId, ['read', 'write'])).token, INITIALIZE)).status).toBe(403)
    expect((await send((await here.createToken(null, ['memory'])).token, INITIALIZE)).status).toBe(422)
  })

  test('is closed to web pages that are none of its application’s', async () => {
    const { token } = await here.createToken(adaId, ['memory:read'])
    expect((await send(token, INITIALIZE, { origin: 'https://evil.example' })).status).toBe(403)
    expect((await send(token, INITIALIZE, { origin: 'null' })).status).toBe(403)
    expect((await send(token, INITIALIZE, { origin: 'http://localhost:6274' })).status).toBe(200)
    expect((await send(token, INITIALIZE, { origin: 'https://here.example' })).status).toBe(200)
  })

  test('is open to the web page that its application registered, from a browser too', async () => {
    const made = await here.ask('POST', '/oauth/register', { body: { redirect_uris: ['https://client.example/cb'] } })
    const { client_id: clientId } = made.json<{ client_id: string }>()
    const app = await appByClientId(here.deps.pool, clientId)
    const [id, token] = [here.deps.newId(), `token-${here.deps.newId()}`]
    const scopes = ['memory:read']
    const data = { id, tokenHash: secretHash(token), appId: app?.id ?? '', accountId: adaId, scopes, at: new Date().toISOString(), expiresAt: null }
    await perform(here.deps, { by: 'instance', lane: 'private', commands: [{ do: 'Grant', data }] })
    expect((await send(token, INITIALIZE, { origin: 'https://client.example' })).status).toBe(200)
    expect((await send(token, INITIALIZE, { origin: 'https://client.example.evil.example' })).status).toBe(403)
    const preflight = await wire.fetch('https://here.example/mcp', {
      method: 'OPTIONS',
      headers: { origin: 'https://client.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'mcp-session-id' },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('mcp-session-id')
    expect((await send(null, INITIALIZE)).headers.get('access-control-expose-headers')?.toLowerCase()).toContain('mcp-session-id')
  })

  test('opens sessions that belong to their token, stream, and end by DELETE', async () => {
    const { token } = await here.createToken(adaId, ['memory:read'])
    const opened = await send(token, INITIALIZE)
    const session = opened.headers.get('mcp-session-id') ?? ''
    expect(session).toMatch(/^[0-9a-f-]{36}$/)
    expect(opened.headers.get('content-type')).toContain('text/event-stream')
    expect(await opened.text()).toContain('"protocolVersion":"2025-11-25"')
    const list = { jsonrpc: '2.0', id: 2, method: 'tools/list' }
    const mine = { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' }
    expect(await (await send(token, list, mine)).text()).toContain('get_context')
    const other = (await here.createToken(adaId, ['memory:read'])).token
    expect((await send(other, list, mine)).status).toBe(404)
    expect((await send(token, list)).status).toBe(400)
    const stream = await wire.fetch('https://here.example/mcp', {
      headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream', ...mine },
    })
    expect(stream.headers.get('content-type')).toContain('text/event-stream')
    await stream.body?.cancel()
    const end = () => wire.fetch('https://here.example/mcp', { method: 'DELETE', headers: { authorization: `Bearer ${token}`, ...mine } })
    expect((await end()).status).toBe(200)
    expect((await send(token, list, mine)).status).toBe(404)
    expect((await end()).status).toBe(404)
  })

  test('answers requests of the 2026 revision one by one as JSON, without a session', async () => {
    const { token } = await here.createToken(adaId, ['memory:read'])
    const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/list' }
    const answer = await send(token, modern('tools/list'), headers)
    expect(answer.headers.get('content-type')).toContain('application/json')
    expect(answer.headers.get('mcp-session-id')).toBeNull()
    expect(JSON.stringify(await answer.json())).toContain('get_context')
  })

  test('ends what a token opened when it is taken back', async () => {
    const { token, grantId } = await here.createToken(adaId, ['memory:read'])
    const client = newClient()
    await connected(wire, withToken(token), client)
    await here.deps.execute({ by: 'instance', lane: 'private', commands: [{ do: 'RevokeGrant', id: grantId, at: new Date().toISOString() }] })
    await here.deps.projections.waitFor(here.deps.ledger.head().size - 1)
    await expect(client.listTools()).rejects.toThrow()
    await client.close().catch(() => {})
  })

  test('keeps so many sessions of one token, the newest', async () => {
    const { token } = await here.createToken(adaId, ['memory:read'])
    const open = async () => (await send(token, INITIALIZE)).headers.get('mcp-session-id') ?? ''
    const first = await open()
    for (let n = 0; n < 16; n++) await open()
    const list = { jsonrpc: '2.0', id: 2, method: 'tools/list' }
    expect((await send(token, list, { 'mcp-session-id': first })).status).toBe(404)
  })

  test('takes no more than a megabyte, and nothing that is not JSON', async () => {
    const { token } = await here.createToken(adaId, ['memory:read'])
    expect((await send(token, { ...INITIALIZE, padding: 'x'.repeat(1_100_000) })).status).toBe(413)
    const text = await wire.fetch('https://here.example/mcp', {
      method: 'POST',
      headers: { ...RPC, authorization: `Bearer ${token}`, 'content-type': 'text/plain' },
      body: '{}',
    })
    expect(text.status).toBe(415)
    const broken = await wire.fetch('https://here.example/mcp', { method: 'POST', headers: { ...RPC, authorization: `Bearer ${token}` }, body: '{' })
    expect(broken.status).toBe(400)
    expect((await send(token, [] as never)).status).toBe(400)
    const deep = JSON.parse(`${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`) as object
    expect((await send(token, deep)).status).toBe(400)
  })
})

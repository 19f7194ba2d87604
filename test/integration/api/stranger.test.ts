/**
 * What a stranger learns of what people do in private: that the log has grown, and nothing else. Every public route of a whole instance is asked before
 * and after, with whatever a stranger could put into it, and every byte of every answer is searched.
 */
import diagnostics from 'node:diagnostics_channel'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { perform } from '../../../src/api/deps.ts'
import { secretHash } from '../../../src/api/oauth/secrets.ts'
import { createLocalAccount, setUpInstance } from '../../../src/api/sign-up.ts'
import { readConfig } from '../../../src/config.ts'
import { type Instance, openInstance } from '../../../src/instance.ts'
import { decodeCommit } from '../../../src/ledger/commit.ts'
import { commitRange, type StoredCommit } from '../../../src/ledger/store.ts'
import { decodeEntryBundle } from '../../../src/ledger/tlog/tile.ts'
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts'
import { freePort } from '../federation/instance.ts'

/** Words that stand in private things only. */
const SECRETS = ['quokka-direct', 'quokka-followers', 'quokka-warning', 'quokka-comment', 'quokka@example.org', 'quokka-app', 'quokka-picture']
/** Event types of which no public commit has one. */
const PRIVATE_TYPES = ['status:bookmark', 'social:', 'marker:', 'notification:', 'grant:', 'session:', 'app:', 'identity:credential', 'media:create']
/** What says how large the log is and what its root is, which everybody may know. */
const OF_THE_LOG = [
  /^\/$/,
  /^\/audit/,
  /^\/log\//,
  /^\/witness/,
  /^\/metrics/,
  /^\/\.well-known\/(?:did|vivim)/,
  /^\/api\/vivim\/v1\/(?:instance|log|events|receipts|accounts|evidence)/,
]

let database: TestDatabase
let dir: string
let here: Instance
const routes = new Set<string>()
const ids: Record<string, string> = {}
/** Size of the log before anybody did anything in private. */
let before: number
let stored: readonly StoredCommit[]

const listening = (message: unknown): void => {
  const { fastify } = message as { fastify: FastifyInstance }
  fastify.addHook('onRoute', ({ method, url }) => {
    if ([method].flat().includes('GET')) routes.add(url)
  })
}

async function tokenOf(accountId: string): Promise<string> {
  const token = `token-${here.newId()}`
  const data = {
    id: here.newId(),
    tokenHash: secretHash(token),
    appId: null,
    accountId,
    scopes: ['read', 'write', 'follow'],
    at: new Date().toISOString(),
    expiresAt: null,
  }
  await perform(here, { by: 'instance', lane: 'private', commands: [{ do: 'Grant', data }] })
  return token
}

async function as(who: string, url: string, payload: object = {}, method: 'POST' | 'PUT' = 'POST'): Promise<{ id: string }> {
  const answer = await server().inject({ method, url, payload, headers: { authorization: `Bearer ${ids[`${who} token`] ?? ''}` } })
  expect(answer.statusCode, `${url}: ${answer.body}`).toBe(200)
  return answer.json()
}

function server(): FastifyInstance {
  if (here.server === null) throw new Error('not listening')
  return here.server
}

beforeAll(async () => {
  diagnostics.subscribe('fastify.initialization', listening)
  database = await freshDatabase()
  dir = await mkdtemp(path.join(tmpdir(), 'vivim-stranger-'))
  const port = await freePort()
  const env = { PORT: String(port), VIVIM_DATA: dir, DATABASE_URL: database.url, LOG_LEVEL: 'silent', VIVIM_RATE_LIMITS: 'false' }
  here = await openInstance(readConfig(env), { log: () => {} })
  const password = 'correct horse battery staple'
  ids['alice'] = (await setUpInstance(here, 'Test', { username: 'alice', password, email: null })).id
  for (const username of ['hermit', 'bob']) ids[username] = (await createLocalAccount(here, { username, password, email: null, role: 'user' })).id
  for (const who of ['alice', 'hermit', 'bob']) ids[`${who} token`] = await tokenOf(ids[who] ?? '')
  ids['public post'] = (await as('alice', '/api/v1/statuses', { status: 'for everybody #open' })).id
  ids['reply'] = (await as('bob', '/api/v1/statuses', { status: '@alice hello', in_reply_to_id: ids['public post'] })).id
  before = here.ledger.head().size
})
afterAll(async () => {
  diagnostics.unsubscribe('fastify.initialization', listening)
  await here.close()
  await database.drop()
  await rm(dir, { recursive: true, force: true })
})

/** Everything that only its author, those addressed and the instance are to know of. */
async function livePrivately(): Promise<void> {
  ids['followers only'] = (await as('hermit', '/api/v1/statuses', { status: 'quokka-followers', visibility: 'private' })).id
  ids['direct'] = (await as('hermit', '/api/v1/statuses', { status: '@bob quokka-direct', visibility: 'direct', spoiler_text: 'quokka-warning' })).id
  ids['answer'] = (await as('bob', '/api/v1/statuses', { status: '@hermit quokka-direct', visibility: 'direct', in_reply_to_id: ids['direct'] })).id
  await as('hermit', `/api/v1/statuses/${ids['followers only'] ?? ''}`, { status: 'quokka-followers, edited' }, 'PUT')
  await as('hermit', `/api/v1/statuses/${ids['public post'] ?? ''}/bookmark`)
  await as('bob', `/api/v1/statuses/${ids['direct'] ?? ''}/favourite`)
  for (const verb of ['mute', 'block']) await as('hermit', `/api/v1/accounts/${ids['bob'] ?? ''}/${verb}`)
  await as('hermit', '/api/v1/markers', { home: { last_read_id: ids['public post'] } })
  await as('hermit', '/api/v1/notifications/clear')
  await as('hermit', '/api/v1/apps', { client_name: 'quokka-app', redirect_uris: 'https://quokka.example/' })
  await tokenOf(ids['hermit'] ?? '')
  const credential = { id: ids['hermit'] ?? '', email: 'quokka@example.org', passwordHash: '$argon2id$quokka' }
  await perform(here, { by: { account: ids['hermit'] ?? '' }, lane: 'private', commands: [{ do: 'SetCredential', data: credential }] })
}

/** What a stranger may put where a route has a variable. */
function values(name: string): string[] {
  const places = Array.from({ length: here.ledger.head().size }, (_, i) => String(i))
  const all: Record<string, string[]> = {
    id: Object.entries(ids).flatMap(([what, id]) => (what.endsWith('token') ? [] : [id])),
    username: ['alice', 'hermit', 'bob'],
    name: ['alice', 'hermit', 'bob', 'open', ...places.map((place) => `${place}.tlog-proof`)],
    position: places,
    key: [...new Set(stored.map(({ bytes }) => Buffer.from(decodeCommit(bytes).key).toString('hex')))],
    statusId: Object.values(ids),
    hashtag: ['open', 'quokka'],
    tag: ['open', 'quokka'],
  }
  return all[name] ?? [...(all['username'] ?? []), ...(all['id'] ?? [])]
}

function addresses(route: string): string[] {
  const [, before = '', name = '', rest = ''] = /^(.*?)(?::(\w+)|\*)(.*)$/.exec(route) ?? []
  if (!route.includes(':') && !route.includes('*')) return [route]
  if (route.endsWith('/tile/*')) return tiles(route.slice(0, -1))
  return values(name === '' ? '*' : name).flatMap((value) => addresses(`${before}${value}${rest}`))
}

function tiles(path: string): string[] {
  const { size } = here.ledger.head()
  return [...Array.from({ length: size }, (_, i) => `${path}0/000.p/${i + 1}`), `${path}entries/000.p/${size}`]
}

/** Every public address with what it says to a stranger. A post that is shown to everybody may be read in four languages. */
async function everything(): Promise<Map<string, { readonly status: number; readonly bytes: Buffer }>> {
  stored = await commitRange(here.pool, 0, here.ledger.head().size)
  const answers = new Map<string, { readonly status: number; readonly bytes: Buffer }>()
  const asked = [...routes].filter((route) => !/streaming|scalar|\/assets\//.test(route)).flatMap(addresses)
  const searches = ['quokka', 'hermit', 'alice'].flatMap((word) => [
    `/api/v2/search?q=${word}`,
    `/api/v1/accounts/lookup?acct=${word}`,
    `/.well-known/webfinger?resource=acct:${word}@${new URL(here.config.origin).host}`,
  ])
  for (const url of [...asked, ...searches, ...asked.filter((address) => address.startsWith('/users/')).map((address) => `${address}?page=true`)]) {
    for (const accept of /^\/(?:api|log)\//.test(url) ? ['application/json'] : ['text/html', 'application/activity+json', 'application/json']) {
      const answer = await server().inject({ method: 'GET', url, headers: { accept } })
      answers.set(`${accept} ${url}`, { status: answer.statusCode, bytes: answer.rawPayload })
    }
  }
  return answers
}

test('a private act changes nothing that strangers can see but the size and the root of the log; no answer holds a word, name or id of it', async () => {
  const first = await everything()
  expect(first.size).toBeGreaterThan(200)
  await livePrivately()
  const after = await everything()
  const secret = stored.slice(before).filter(({ blinding }) => blinding !== null)
  expect(secret.length).toBe(stored.length - before)

  const changed = [...first].filter(([address, answer]) => {
    const url = address.slice(address.indexOf(' ') + 1)
    return !OF_THE_LOG.some((allowed) => allowed.test(url)) && !same(answer, after.get(address))
  })
  expect(changed.map(([address]) => address)).toEqual([])

  const needles = secret.flatMap(needlesOf)
  for (const [address, { bytes }] of after) {
    const text = `${bytes.toString('latin1')}\n${decodedStrings(bytes)}`
    const echo = address.includes('quokka') ? ['quokka'] : [] // a search repeats what was asked
    for (const word of SECRETS) if (echo.length === 0) expect(text.includes(word), `${word} in ${address}`).toBe(false)
    for (const needle of needles) expect(text.includes(needle), `${Buffer.from(needle, 'latin1').toString('hex')} in ${address}`).toBe(false)
  }
}, 120_000)

test('in bundles a private entry is 33 bytes, whoever made it and however long it is', async () => {
  const { size } = here.ledger.head()
  const answer = await server().inject({ method: 'GET', url: `/log/tile/entries/000.p/${size}` })
  const leaves = decodeEntryBundle(answer.rawPayload)
  expect(leaves).toHaveLength(size)
  for (const [position, leaf] of leaves.entries()) {
    const isPrivate = stored[position]?.blinding !== null
    expect([leaf.length === 33, leaf[0]], String(position)).toEqual([isPrivate, isPrivate ? 1 : 0])
  }
  const open = answer.rawPayload.toString('latin1')
  for (const type of PRIVATE_TYPES) expect(open.includes(type), type).toBe(false)
})

test('public commits name no private ones, and their chains have no gaps that would count them', () => {
  const hidden = new Set(stored.filter(({ blinding }) => blinding !== null).map(({ id }) => Buffer.from(id).toString('hex')))
  const next = new Map<string, number>()
  for (const { bytes } of stored.filter(({ blinding }) => blinding === null)) {
    const { key, seq, prev, deps } = decodeCommit(bytes)
    for (const id of [...deps, ...(prev === null ? [] : [prev])]) expect(hidden.has(Buffer.from(id).toString('hex'))).toBe(false)
    const chain = Buffer.from(key).toString('hex')
    expect(seq).toBe(next.get(chain) ?? 0)
    next.set(chain, seq + 1)
  }
})

type Answer = { readonly status: number; readonly bytes: Buffer }

/** Equal but for what tells the moment of asking, and for the log's size where a page says it. */
function same(a: Answer, b: Answer | undefined): boolean {
  const plain = ({ bytes }: Answer): string =>
    bytes
      .toString('latin1')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '')
      .replace(/name="csrf" value="[^"]*"/g, '')
      .replace(/"(?:uptime|now|nonce)":[^,}]*/g, '')
  return b !== undefined && a.status === b.status && plain(a) === plain(b)
}

/** Bytes by which a commit could be recognised: its id, signature, streams, references to its parts. */
function needlesOf({ id, signature, bytes }: StoredCommit): string[] {
  const { events } = decodeCommit(bytes)
  const parts = events.flatMap((event) => event.parts).flatMap((part) => ('inline' in part ? [] : [part.commitment, part.kref]))
  const raw = [id, signature, ...parts].map((value) => Buffer.from(value))
  return [...raw.flatMap((value) => [value.toString('latin1'), value.toString('hex')]), ...events.map(({ stream }) => stream)]
}

/** What stands in base64 in an answer, decoded. */
function decodedStrings(bytes: Buffer): string {
  const found = bytes.toString('latin1').match(/[A-Za-z0-9+/]{24,}={0,2}/g) ?? []
  return found.map((text) => Buffer.from(text, 'base64').toString('latin1')).join('\n')
}

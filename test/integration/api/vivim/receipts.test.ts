/** Who may open how much of the log, by receipt; and receipts of everything that writes. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { perform } from '../../../../src/api/deps.ts'
import { secretHash } from '../../../../src/api/oauth/secrets.ts'
import { verifyFile } from '../../../../src/cli/verify.ts'
import { policyFor, type ReceiptVerdict, verifyReceipt } from '../../../../src/ledger/receipt-verdict.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../../support/instance.ts'

let here: TestInstance
let alice: TestAccount
let follower: TestAccount
let bob: TestAccount
const auditors = { commits: 'auditor-of-commits', payloads: 'auditor-of-payloads' }
const position: Record<string, number> = {}

const receiptOf = async (name: string | number, as?: { readonly token: string }): Promise<ReceiptVerdict> => {
  const place = typeof name === 'number' ? name : position[name]
  const answer = await here.ask('GET', `/log/receipt/${String(place)}.tlog-proof`, as === undefined ? {} : { as })
  expect(answer.statusCode, answer.body).toBe(200)
  return verifyReceipt(answer.body, policyFor(here.deps.ledger.verifierKey))
}

/** What a verdict shows: nothing, the commit, or the words of a post too. */
const shown = (verdict: ReceiptVerdict): string => {
  if (!verdict.ok) return verdict.reason
  if (verdict.entry.is === 'closed') return 'leaf'
  const parts = verdict.entry.events.flatMap((event) => event.parts)
  return parts.every((part) => part.is === 'sealed')
    ? 'commit'
    : Buffer.from(parts.map((part) => ('bytes' in part ? part.bytes : [])).flatMap((bytes) => [...bytes])).toString()
}

async function post(name: string, visibility: string): Promise<void> {
  const answer = await here.ask('POST', '/api/v1/statuses', {
    as: alice,
    body: { status: `words ${name}`, visibility },
    headers: { prefer: 'receipt' },
  })
  position[name] = Number(/receipt\/(\d+)\.tlog-proof/.exec(String(answer.headers.link))?.[1])
}

beforeAll(async () => {
  here = await testInstance()
  ;[alice, follower, bob] = [await here.createAccount('alice'), await here.createAccount('follower'), await here.createAccount('bob')]
  await here.ask('POST', `/api/v1/accounts/${alice.id}/follow`, { as: follower })
  for (const visibility of ['public', 'private', 'direct']) await post(visibility, visibility)
  const marked = await here.ask('GET', `/api/v1/accounts/${alice.id}/statuses`, { as: alice })
  const bookmark = await here.ask('POST', `/api/v1/statuses/${marked.json<{ id: string }[]>()[0]?.id ?? ''}/bookmark`, {
    as: alice,
    headers: { prefer: 'receipt' },
  })
  position['bookmark'] = Number(/receipt\/(\d+)/.exec(String(bookmark.headers.link))?.[1])
  for (const [token, scopes] of [
    [auditors.commits, ['audit:commits']],
    [auditors.payloads, ['audit:commits', 'audit:payloads']],
  ] as const) {
    const at = new Date().toISOString()
    const grant = { id: here.deps.newId(), tokenHash: secretHash(token), appId: null, accountId: null, scopes, at, expiresAt: null }
    await perform(here.deps, { by: 'instance', lane: 'private', commands: [{ do: 'Grant', data: grant }] })
  }
})
afterAll(() => here.close())

describe('a receipt discloses', () => {
  test.each([
    [
      'a stranger',
      (): { readonly token: string } | undefined => undefined,
      { public: 'words public', private: 'leaf', direct: 'leaf', bookmark: 'leaf' },
    ],
    ['its author', () => alice, { public: 'words public', private: 'words private', direct: 'words direct', bookmark: 'statusId' }],
    ['a follower', () => follower, { public: 'words public', private: 'words private', direct: 'leaf', bookmark: 'leaf' }],
    ['somebody else', () => bob, { public: 'words public', private: 'leaf', direct: 'leaf', bookmark: 'leaf' }],
    ['an auditor', () => ({ token: auditors.commits }), { public: 'words public', private: 'commit', direct: 'commit', bookmark: 'commit' }],
    [
      'an auditor of payloads',
      () => ({ token: auditors.payloads }),
      { public: 'words', private: 'words private', direct: 'words direct', bookmark: 'statusId' },
    ],
  ] as const)('to %s what is theirs to see', async (_who, as, expected) => {
    for (const [name, part] of Object.entries(expected))
      expect([name, shown(await receiptOf(name, as()))]).toEqual([name, expect.stringContaining(part)])
  })

  test('to a token of the author that may not read posts no more than to strangers', async () => {
    expect(shown(await receiptOf('direct', await here.createToken(alice.id, ['write'])))).toBe('leaf')
  })

  test('of a post that was deleted no words any more to strangers, from the moment it is gone', async () => {
    const said = await here.ask('POST', '/api/v1/statuses', { as: alice, body: { status: 'regrets' }, headers: { prefer: 'receipt' } })
    const place = Number(/receipt\/(\d+)/.exec(String(said.headers.link))?.[1])
    expect(shown(await receiptOf(place))).toContain('regrets')
    await here.ask('DELETE', `/api/v1/statuses/${said.json<{ id: string }>().id}`, { as: alice })
    expect(shown(await receiptOf(place))).toBe('commit')
  })

  test('the author of every commit it opens, proven', async () => {
    for (const name of ['public', 'private', 'direct', 'bookmark'])
      expect(await receiptOf(name, alice)).toMatchObject({ ok: true, entry: { is: 'open', author: 'proven' } })
  })
})

test('every entry of the log has a receipt that verifies, for strangers, too', async () => {
  for (let place = 0; place < here.deps.ledger.head().size; place++) expect(await receiptOf(place)).toMatchObject({ ok: true, index: place })
})

test('a receipt is found by the id of its commit, and nothing is found beyond the log', async () => {
  const found = await here.deps.ledger.find(String(position['public']))
  const id = Buffer.from(found?.id ?? []).toString('hex')
  expect((await here.ask('GET', `/log/receipt/${id}.tlog-proof`)).statusCode).toBe(200)
  for (const name of ['999999.tlog-proof', `${'0'.repeat(64)}.tlog-proof`, 'x.tlog-proof', String(position['public'])])
    expect((await here.ask('GET', `/log/receipt/${name}`)).statusCode, name).toBe(404)
})

describe('Prefer: receipt', () => {
  test.each([
    ['POST', '/api/v1/statuses', { status: 'with a receipt' }],
    ['POST', '/api/v1/markers', { home: { last_read_id: '1' } }],
    ['PATCH', '/api/v1/accounts/update_credentials', { note: 'new words' }],
    ['POST', '/api/v1/apps', { client_name: 'x', redirect_uris: 'https://x.example/' }],
  ] as const)('%s %s names the receipt of what it wrote, when asked', async (method, url, body) => {
    const answer = await here.ask(method, url, { as: alice, body, headers: { prefer: 'receipt' } })
    expect(answer.statusCode, answer.body).toBe(200)
    expect(answer.headers['preference-applied']).toBe('receipt')
    const place = Number(/\/log\/receipt\/(\d+)\.tlog-proof>; rel="receipt"/.exec(String(answer.headers.link))?.[1])
    expect(await receiptOf(place)).toMatchObject({ ok: true, index: place })
    const unasked = await here.ask(method, url, { as: alice, body: { ...body, status: 'no receipt' } })
    expect(unasked.headers['preference-applied']).toBeUndefined()
  })

  test('what wrote nothing, or was refused, has no receipt', async () => {
    const repeated = { as: alice, body: { home: { last_read_id: '1' } }, headers: { prefer: 'receipt' } }
    expect((await here.ask('POST', '/api/v1/markers', repeated)).headers['preference-applied']).toBeUndefined()
    expect((await here.ask('POST', '/api/v1/statuses', { as: alice, body: {}, headers: { prefer: 'receipt' } })).headers.link).toBeUndefined()
  })
})

test('vivim verify reads a receipt from a file, pinned or not, under a policy or without', async () => {
  const file = path.join(here.deps.config.dataDir, 'x.tlog-proof')
  await writeFile(file, (await here.ask('GET', `/log/receipt/${String(position['public'])}.tlog-proof`)).body)
  const vkey = here.deps.ledger.verifierKey
  expect(await verifyFile({ file, vkey: undefined, policy: undefined })).toMatchObject({
    ok: true,
    pinned: false,
    position: position['public'],
    witnesses: null,
  })
  expect(await verifyFile({ file, vkey, policy: undefined })).toMatchObject({ ok: true, pinned: true, commit: { author: 'proven' } })
  const policy = path.join(here.deps.config.dataDir, 'policy')
  await writeFile(policy, `log ${vkey}\nquorum none\n`)
  expect(await verifyFile({ file, vkey: undefined, policy })).toMatchObject({ ok: true, pinned: true, witnesses: { witnessed: true, by: [], of: 0 } })
  await writeFile(file, 'not a receipt')
  expect(await verifyFile({ file, vkey: undefined, policy: undefined })).toMatchObject({ ok: false, code: 'MALFORMED' })
})

test('the public chains of an account verify, and tell nothing of what it does in private', async () => {
  const answer = await here.ask('GET', '/api/vivim/v1/accounts/alice/chains')
  const { keys, operations } = answer.json<{ keys: { key: string; length: number }[]; operations: { position: number }[] }>()
  expect(operations).toHaveLength(1)
  const commits = []
  for await (const commit of everything())
    if (commit.lane === 'public' && Buffer.from(commit.key).toString('hex') === keys[0]?.key) commits.push(commit)
  expect(keys).toEqual([{ key: expect.any(String), length: commits.length }])
  const page = await here.ask('GET', `/api/vivim/v1/accounts/alice/chains/${keys[0]?.key ?? ''}?from=0&limit=100`)
  expect(page.json<{ commits: { position: number }[] }>().commits.map(({ position }) => position)).toEqual(commits.map(({ position }) => position))
  expect((await here.ask('GET', '/api/vivim/v1/accounts/nobody/chains')).statusCode).toBe(404)
  expect((await here.ask('GET', `/api/vivim/v1/accounts/bob/chains/${keys[0]?.key ?? ''}`)).json()).toMatchObject({ commits: [] })
})

async function* everything() {
  for (let from = 0; from < here.deps.ledger.head().size; from += 100) yield* await here.deps.ledger.read(from, 100)
}

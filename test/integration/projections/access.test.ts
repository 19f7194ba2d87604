/** Who may sign in, applications, grants and sessions, as the log tells. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { DomainEvent } from '../../../src/events/catalogue.ts'
import * as access from '../../../src/projections/read/access.ts'
import * as given from './given.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
let act = 0
let alice: string
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())
beforeEach(async () => {
  act += 1
  alice = `${act * 10}`
  await stage.happens(given.joins(alice, `alice${act}`, 'owner'))
})

const happens = (...events: readonly DomainEvent[]) => stage.happens(...events)
const future = new Date(Date.now() + 3_600_000).toISOString()
const past = new Date(Date.now() - 1000).toISOString()
const credential = (email: string | null, passwordHash: string): DomainEvent => ({
  type: 'identity:credential',
  data: { id: alice, email, passwordHash },
})
const grant = (id: string, expiresAt: string | null, accountId: string | null = alice): DomainEvent => ({
  type: 'grant:create',
  data: { id, tokenHash: `grant-${id}`, appId: null, accountId, scopes: ['read', 'write'], at: given.at(1), expiresAt },
})
const session = (id: string, expiresAt: string): DomainEvent => ({
  type: 'session:create',
  data: { id, tokenHash: `session-${id}`, accountId: alice, at: given.at(1), expiresAt },
})

describe('signing in', () => {
  test('is by user name or e-mail address in any case, and only with a password', async () => {
    expect(await access.credentialByLogin(stage.pool, `alice${act}`)).toBeNull()
    await happens(credential(`A${act}@Example.org`, 'argon'))
    const expected = { account_id: alice, username: `alice${act}`, email: `A${act}@Example.org`, password_hash: 'argon' }
    expect(await access.credentialByLogin(stage.pool, `ALICE${act}`)).toEqual(expected)
    expect(await access.credentialByLogin(stage.pool, `a${act}@example.ORG`)).toEqual(expected)
    await happens(credential(null, 'argon2'))
    expect(await access.credentialByLogin(stage.pool, `a${act}@example.org`)).toBeNull()
    expect(await access.credentialByLogin(stage.pool, `alice${act}`)).toMatchObject({ password_hash: 'argon2' })
  })

  test('a user name comes before somebody’s e-mail address that reads the same', async () => {
    const mallory = `${act * 10 + 1}`
    await happens(given.joins(mallory, `mallory${act}`), credential(null, 'hers'), {
      type: 'identity:credential',
      data: { id: mallory, email: `alice${act}`, passwordHash: 'his' },
    })
    expect(await access.credentialByLogin(stage.pool, `alice${act}`)).toMatchObject({ password_hash: 'hers' })
  })

  test('ends everywhere when the account is deleted', async () => {
    await happens(
      credential(null, 'argon'),
      grant(`${act}1`, null),
      grant(`${act}2`, future),
      grant(`${act}3`, null, null),
      session(`${act}4`, future),
    )
    const changes = await happens(given.leaves(alice))
    expect(changes.filter((change) => change.kind === 'grant.revoked')).toEqual([
      { kind: 'grant.revoked', grantId: `${act}1` },
      { kind: 'grant.revoked', grantId: `${act}2` },
    ])
    expect(await access.credentialByLogin(stage.pool, `alice${act}`)).toBeNull()
    expect(await access.grantsOf(stage.pool, alice)).toEqual([])
    expect(await access.sessionByTokenHash(stage.pool, `session-${act}4`)).toBeNull()
    expect(await access.grantByTokenHash(stage.pool, `grant-${act}3`)).not.toBeNull()
  })
})

describe('grants and sessions', () => {
  test('are found by the hash of their token until they expire or are revoked', async () => {
    await happens(grant(`${act}1`, null), grant(`${act}2`, future), grant(`${act}3`, past), session(`${act}4`, future), session(`${act}5`, past))
    expect(await access.grantByTokenHash(stage.pool, `grant-${act}1`)).toMatchObject({
      id: `${act}1`,
      account_id: alice,
      scopes: ['read', 'write'],
      expires_at: null,
    })
    expect(await access.grantByTokenHash(stage.pool, `grant-${act}2`)).toMatchObject({ expires_at: new Date(future) })
    expect(await access.grantByTokenHash(stage.pool, `grant-${act}3`)).toBeNull()
    expect((await access.grantsOf(stage.pool, alice)).map((g) => g.id)).toEqual([`${act}3`, `${act}2`, `${act}1`])
    expect(await happens({ type: 'grant:revoke', data: { id: `${act}1`, at: given.at(2) } })).toEqual([{ kind: 'grant.revoked', grantId: `${act}1` }])
    expect(await access.grantByTokenHash(stage.pool, `grant-${act}1`)).toBeNull()
    expect(await happens({ type: 'grant:revoke', data: { id: `${act}1`, at: given.at(2) } })).toEqual([])
    expect(await access.sessionByTokenHash(stage.pool, `session-${act}4`)).toMatchObject({ account_id: alice })
    expect(await access.sessionByTokenHash(stage.pool, `session-${act}5`)).toBeNull()
    await happens({ type: 'session:revoke', data: { id: `${act}4`, at: given.at(2) } })
    expect(await access.sessionByTokenHash(stage.pool, `session-${act}4`)).toBeNull()
  })

  test('applications keep what they registered', async () => {
    const data = {
      id: `${act}1`,
      clientId: `client${act}`,
      secretHash: 'hash',
      name: 'Client',
      website: null,
      redirectUris: ['app://done', 'urn:ietf:wg:oauth:2.0:oob'],
      scopes: ['read'],
      at: given.at(1),
    }
    await happens({ type: 'app:register', data })
    const expected = {
      id: data.id,
      client_id: data.clientId,
      secret_hash: 'hash',
      name: 'Client',
      website: null,
      redirect_uris: data.redirectUris,
      scopes: ['read'],
      created_at: new Date(data.at),
    }
    expect(await access.appByClientId(stage.pool, data.clientId)).toEqual(expected)
    expect(await access.appById(stage.pool, data.id)).toEqual(expected)
    expect(await access.appById(stage.pool, "1'; --")).toBeNull()
  })
})

test('the instance is set up once and described as often as one likes', async () => {
  expect(await access.instance(stage.pool)).toBeNull()
  expect(await access.isSetUp(stage.pool)).toBe(false)
  const setUp: DomainEvent = { type: 'instance:create', data: { title: 'Ours', origin: 'http://here.test', software: 'vivim' } }
  expect(await happens(setUp)).toEqual([{ kind: 'instance' }])
  expect(await happens(setUp)).toEqual([])
  expect(await access.isSetUp(stage.pool)).toBe(true)
  await happens({ type: 'instance:update', data: { title: 'Theirs', description: 'Words', contactAccountId: alice, registrations: 'open' } })
  expect(await access.instance(stage.pool)).toEqual({
    title: 'Theirs',
    description: 'Words',
    contact_account_id: alice,
    registrations: 'open',
    origin: 'http://here.test',
  })
})

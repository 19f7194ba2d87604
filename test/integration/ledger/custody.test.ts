/** Keys that the instance keeps: exchanged under load and over crashes, joined, revoked, made hybrid, handed over. */
import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditExport } from '../../../src/ledger/audit/audit-export.ts'
import { encode } from '../../../src/ledger/cbor.ts'
import { commitId, decodeCommit, encodeCommit, signingInput } from '../../../src/ledger/commit.ts'
import { type Ed25519KeyPair, generateKeyPair, keyId, keyPairFromSeed, sign } from '../../../src/ledger/ed25519.ts'
import { exportLedger } from '../../../src/ledger/export.ts'
import { keyEvent } from '../../../src/ledger/key-operation.ts'
import { activeDevices, type KeyState, recoveryKeys, standing } from '../../../src/ledger/key-state.ts'
import { mlDsaKeyPair } from '../../../src/ledger/ml-dsa.ts'
import { unwrapKey } from '../../../src/ledger/part.ts'
import { deriveKey } from '../../../src/ledger/secret.ts'
import { commitSigner, isHybrid, verifyCommit } from '../../../src/ledger/signature.ts'
import { Signers } from '../../../src/ledger/signers.ts'
import { commitsAt } from '../../../src/ledger/store.ts'
import { LedgerFault, type SignedCommit } from '../../../src/ledger/types.ts'
import { draft, introduce, openWorld, SECRET, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const hex = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('hex')

async function kept(name: string) {
  const found = await world.ledger.custody.kept(name)
  if (found === null) throw new Error(`no ${name}`)
  return found
}

/** The key that a commit names, and whether it signed it. */
async function author(position: number): Promise<{ readonly key: string; readonly suite: number; readonly signed: boolean }> {
  const [stored] = await commitsAt(world.database.pool, [position])
  if (stored === undefined) throw new Error(`no commit ${position}`)
  const { key, suite, actor } = decodeCommit(stored.bytes)
  const state = await world.ledger.keysOf(hex(actor))
  const publicKey = [...(state?.keys.values() ?? [])].find(({ id }) => hex(id) === hex(key))?.publicKey ?? new Uint8Array()
  return { key: hex(key), suite, signed: verifyCommit(stored.bytes, stored.signature, publicKey) }
}

async function newAccount(name: string): Promise<void> {
  await introduce(world.ledger, name)
}

describe('an exchange of the key in custody', () => {
  test('leaves the actor who they are: the new key signs what follows, the old one nothing more', async () => {
    await newAccount('account/exchange')
    const before = await kept('account/exchange')
    const change = await world.ledger.custody.rotate('account/exchange', null, null)
    expect(change).toMatchObject({ ok: true })
    const after = await kept('account/exchange')
    expect(hex(after.actor)).toBe(hex(before.actor))
    expect(hex(after.key)).not.toBe(hex(before.key))
    expect([activeDevices(after.state).length, recoveryKeys(after.state).length]).toEqual([1, 1])
    const { position } = await world.ledger.append(draft('exchange/1', { signer: 'account/exchange' }))
    expect(await author(position)).toEqual({ key: hex(after.key), suite: 1, signed: true })
    const sealed = await world.ledger.keyring.open('signer/account/exchange')
    expect(sealed?.length).toBeLessThan(100) // one seed, not two
  })

  test('costs nobody who appends meanwhile', async () => {
    await newAccount('account/busy')
    const old = await kept('account/busy')
    const appends = Array.from({ length: 60 }, (_, i) => world.ledger.append(draft(`busy/${i}`, { signer: 'account/busy' })))
    const change = world.ledger.custody.rotate('account/busy', null, null)
    const later = (async () => {
      const receipts = []
      for (let i = 0; i < 40; i++) receipts.push(await world.ledger.append(draft(`busy/later/${i}`, { signer: 'account/busy' })))
      return receipts
    })()
    const receipts = [...(await Promise.all(appends)), ...(await later)]
    const changed = await change
    if (!changed.ok) throw new Error(changed.reason)
    const { key } = await kept('account/busy')
    for (const { position } of receipts)
      expect(await author(position)).toEqual({ key: hex(position < changed.receipt.position ? old.key : key), suite: 1, signed: true })
  })

  test('survives a crash before and after the log knows of it', async () => {
    await newAccount('account/crash')
    const { key: first, actor, state } = await kept('account/crash')
    const elsewhere = new Signers(world.ledger.keyring)
    const signer = (await elsewhere.load(new Set(['account/crash']))).get('account/crash')
    if (signer === undefined) throw new Error('no signer')
    const next = await elsewhere.prepare(signer, signer, 1)

    await world.reopen()
    const early = await world.ledger.append(draft('crash/1', { signer: 'account/crash' }))
    expect((await author(early.position)).key).toBe(hex(first))

    const rotation = keyEvent(actor, { kind: 'rotate', recovery: [next.publicKey], devices: [next.publicKey] })
    await world.ledger.append({ signer: 'account/crash', lane: 'public', events: [rotation] })
    const late = await world.ledger.append(draft('crash/2', { signer: 'account/crash' }))
    expect(await author(late.position)).toEqual({ key: hex(next.key), suite: 1, signed: true })
    await world.reopen()
    expect(hex((await kept('account/crash')).key)).toBe(hex(next.key))
    expect((await world.ledger.custody.rotate('account/crash', null, null)).ok).toBe(true)
    expect([hex(first), hex(next.key)]).not.toContain(hex((await kept('account/crash')).key))
    expect(state.actor).toEqual((await kept('account/crash')).state.actor)
  })

  test('is undone in a log that was restored to a time before it', async () => {
    await newAccount('account/restored')
    const before = await kept('account/restored')
    await world.ledger.custody.rotate('account/restored', null, null)
    await world.ledger.custody.rotate('account/restored', 2, null)
    const signers = new Signers(world.ledger.keyring)
    const at = (state: KeyState) => signers.mend(async (actor) => (hex(actor) === hex(before.actor) ? state : null))
    expect(await at((await kept('account/restored')).state)).toEqual([])
    expect(await at(before.state)).toEqual(['account/restored'])
    const [mended] = (await signers.load(new Set(['account/restored']))).values()
    expect(hex(mended?.key)).toBe(hex(before.key))
    await world.reopen() // the log knows of both exchanges: the newest key is in force again
    expect(hex((await kept('account/restored')).key)).not.toBe(hex(before.key))
    await world.ledger.append(draft('restored/1', { signer: 'account/restored' }))
  })

  test('of which nobody knew whether it is in the log loses no key', async () => {
    await newAccount('account/doubt')
    const { actor } = await kept('account/doubt')
    const elsewhere = new Signers(world.ledger.keyring)
    const signer = (await elsewhere.load(new Set(['account/doubt']))).get('account/doubt')
    if (signer === undefined) throw new Error('no signer')
    const next = await elsewhere.prepare(signer, signer, 1)
    await elsewhere.settle(signer) // taken for refused
    const rotation = keyEvent(actor, { kind: 'rotate', recovery: [next.publicKey], devices: [next.publicKey] })
    await world.ledger.append({ signer: 'account/doubt', lane: 'public', events: [rotation] })
    expect(await world.ledger.signsFor('account/doubt')).toBe(false)
    await world.reopen()
    expect(hex((await kept('account/doubt')).key)).toBe(hex(next.key))
    await world.ledger.append(draft('doubt/1', { signer: 'account/doubt' }))
  })

  test('that says when the old key was stolen marks what it signed after that', async () => {
    await newAccount('account/stolen')
    const { key } = await kept('account/stolen')
    const good = await world.ledger.append(draft('stolen/1', { signer: 'account/stolen' }))
    const bad = await world.ledger.append(draft('stolen/2', { signer: 'account/stolen' }))
    expect(await world.ledger.custody.rotate('account/stolen', null, good.position)).toMatchObject({ ok: true })
    const { state } = await kept('account/stolen')
    if (key === null) throw new Error('no key')
    expect([standing(state, key, good.position), standing(state, key, bad.position)]).toEqual(['valid', 'disowned'])
  })

  test('is refused in words, and changes nothing, when the owner has taken the recovery key', async () => {
    await newAccount('account/taken')
    const owner = generateKeyPair()
    const { actor, key, state } = await kept('account/taken')
    const devices = activeDevices(state).map(({ publicKey }) => publicKey)
    await world.ledger.append({
      signer: 'account/taken',
      lane: 'public',
      events: [keyEvent(actor, { kind: 'rotate', recovery: [owner.publicKey], devices })],
    })
    expect(await world.ledger.custody.rotate('account/taken', null, null)).toEqual({ ok: false, reason: 'an operation that takes a recovery key' })
    expect(hex((await kept('account/taken')).key)).toBe(hex(key))
    await world.ledger.append(draft('taken/1', { signer: 'account/taken' }))
  })
})

describe('devices', () => {
  test('join and leave', async () => {
    await newAccount('account/devices')
    const phone = generateKeyPair()
    expect(await world.ledger.custody.add('account/devices', [phone.publicKey])).toMatchObject({ ok: true })
    expect(activeDevices((await kept('account/devices')).state).map(({ id }) => hex(id))).toContain(hex(keyId(phone.publicKey)))
    expect(await world.ledger.custody.add('account/devices', [phone.publicKey])).toMatchObject({ ok: false })
    expect(await world.ledger.custody.revoke('account/devices', [keyId(phone.publicKey)], null)).toMatchObject({ ok: true })
    expect(activeDevices((await kept('account/devices')).state)).toHaveLength(1)
    expect(await world.ledger.custody.add('account/nobody', [phone.publicKey])).toMatchObject({ ok: false })
  })

  test('that change at once all change', async () => {
    await newAccount('account/many')
    const phones = Array.from({ length: 8 }, generateKeyPair)
    const changes = await Promise.all(phones.map(({ publicKey }) => world.ledger.custody.add('account/many', [publicKey])))
    expect(changes.every(({ ok }) => ok)).toBe(true)
    expect(activeDevices((await kept('account/many')).state)).toHaveLength(9)
  })
})

describe('hybrid keys', () => {
  test('sign both ways, and can be required', async () => {
    await newAccount('account/hybrid')
    expect(await world.ledger.custody.require('account/hybrid', 2)).toMatchObject({ ok: false })
    expect(await world.ledger.custody.rotate('account/hybrid', 2, null)).toMatchObject({ ok: true })
    expect(await world.ledger.custody.require('account/hybrid', 2)).toMatchObject({ ok: true })
    const { state, key } = await kept('account/hybrid')
    expect(activeDevices(state).map(({ publicKey }) => isHybrid(publicKey))).toEqual([true])
    for (const lane of ['public', 'private'] as const) {
      const { position } = await world.ledger.append(draft(`hybrid/${lane}`, { signer: 'account/hybrid', lane }))
      expect(await author(position)).toEqual({ key: hex(key), suite: 2, signed: true })
    }
    await world.reopen()
    const { position } = await world.ledger.append(draft('hybrid/again', { signer: 'account/hybrid' }))
    expect(await author(position)).toEqual({ key: hex(key), suite: 2, signed: true })
    expect(await world.ledger.custody.rotate('account/hybrid', 1, null)).toMatchObject({ ok: false })
    expect(await world.ledger.custody.rotate('account/hybrid', null, null)).toMatchObject({ ok: true })
  })

  test('can be the first of an identity', async () => {
    const signers = new Signers(world.ledger.keyring)
    const { genesis, publicKey } = await signers.create('account/hybrid-born', 2)
    expect(isHybrid(publicKey)).toBe(true)
    const { position } = await world.ledger.append({ signer: 'account/hybrid-born', lane: 'public', events: [genesis] })
    expect(await author(position)).toMatchObject({ suite: 2, signed: true })
  })
})

describe('a device that signs for itself', () => {
  type Device = { readonly pair: Ed25519KeyPair; readonly actor: Uint8Array; time: number }

  async function device(name: string): Promise<Device> {
    await newAccount(name)
    const pair = generateKeyPair()
    await world.ledger.custody.add(name, [pair.publicKey])
    return { pair, actor: (await kept(name)).actor, time: Date.now() }
  }

  /** A commit of the device's public chain. */
  function signs(by: Device, stream: string, { seq, prev }: { seq: number; prev: Uint8Array | null }): SignedCommit {
    const commit = encodeCommit({
      v: 1,
      suite: 1,
      log: createHash('sha256').update(world.ledger.logOrigin).digest(),
      actor: by.actor,
      key: keyId(by.pair.publicKey),
      lane: 'public',
      seq,
      prev,
      time: by.time++,
      counter: 0,
      deps: [],
      seen: null,
      pre: [],
      events: [{ type: 'status:create', schema: 1, stream, parts: [] }],
    })
    return { commit, signature: sign(signingInput(commit), by.pair.privateKey), parts: [] }
  }

  const FIRST = { seq: 0, prev: null }

  test('twice for one place is frozen, until the account has another key for it', async () => {
    const phone = await device('account/forked')
    const first = signs(phone, 'forked/1', FIRST)
    expect(await world.ledger.submit([first])).toMatchObject([{ ok: true }])
    expect(await world.ledger.submit([signs(phone, 'forked/2', FIRST)])).toMatchObject([{ ok: false, code: 'EQUIVOCATION' }])
    const isFrozen = async () => [...((await world.ledger.keysOf(hex(phone.actor)))?.keys.values() ?? [])].some(({ frozen }) => frozen !== null)
    await expect.poll(isFrozen).toBe(true)
    const next = signs(phone, 'forked/3', { seq: 1, prev: commitId(first.commit) })
    expect(await world.ledger.submit([next])).toMatchObject([{ ok: false, code: 'KEY' }])
    await world.ledger.append(draft('forked/4', { signer: 'account/forked' })) // the key in custody is another one
    const again = { ...phone, pair: generateKeyPair() }
    expect(await world.ledger.custody.add('account/forked', [again.pair.publicKey])).toMatchObject({ ok: true })
    expect(await world.ledger.submit([signs(again, 'forked/5', FIRST)])).toMatchObject([{ ok: true }])
    await world.reopen()
    expect(await world.ledger.submit([next])).toMatchObject([{ ok: false, code: 'KEY' }])
  })

  test('is refused once it was revoked, and once the account requires more than it can', async () => {
    const [gone, weak] = [await device('account/gone'), await device('account/strict')]
    await world.ledger.custody.revoke('account/gone', [keyId(gone.pair.publicKey)], null)
    expect(await world.ledger.submit([signs(gone, 'gone/1', FIRST)])).toMatchObject([{ ok: false, code: 'KEY' }])
    await world.ledger.custody.rotate('account/strict', 2, null)
    expect(await world.ledger.submit([signs(weak, 'strict/1', FIRST)])).toMatchObject([{ ok: true }])
    await world.ledger.custody.require('account/strict', 2)
    const next = signs(weak, 'strict/2', { seq: 1, prev: commitId(signs({ ...weak, time: weak.time - 1 }, 'strict/1', FIRST).commit) })
    expect(await world.ledger.submit([next])).toMatchObject([{ ok: false, code: 'KEY' }])
  })
})

describe('an account in its owner’s hands', () => {
  test('is signed for by nobody here, and stays the actor it was', async () => {
    await newAccount('account/free')
    const { actor, key } = await kept('account/free')
    expect(await world.ledger.signsFor('account/free')).toBe(true)
    const [cold, phone] = [generateKeyPair(), generateKeyPair()]
    const keys = { recovery: [cold.publicKey], devices: [phone.publicKey] }
    expect(await world.ledger.custody.handOver('account/free', keys)).toMatchObject({ ok: true })
    for (let round = 0; round < 2; round++) {
      expect(await world.ledger.hasSigner('account/free')).toBe(true)
      expect(await world.ledger.signsFor('account/free')).toBe(false)
      expect(hex(await world.ledger.actorOf('account/free'))).toBe(hex(actor))
      await expect(world.ledger.append(draft('free/1', { signer: 'account/free' }))).rejects.toThrow(LedgerFault)
      await expect(world.ledger.createIdentity('account/free')).rejects.toThrow(LedgerFault)
      expect(await world.ledger.custody.rotate('account/free', null, null)).toMatchObject({ ok: false })
      await world.reopen()
    }
    const { state } = await kept('account/free')
    expect(activeDevices(state).map(({ id }) => hex(id))).toEqual([hex(keyId(phone.publicKey))])
    expect(state.keys.size).toBe(3)
    expect(key).not.toBeNull()
  })

  test('does not keep the key that was in custody', async () => {
    await newAccount('account/clinging')
    const { state } = await kept('account/clinging')
    const [custodial] = recoveryKeys(state)
    if (custodial === undefined) throw new Error('no recovery key')
    const keys = { recovery: [custodial.publicKey], devices: [generateKeyPair().publicKey] }
    expect(await world.ledger.custody.handOver('account/clinging', keys)).toMatchObject({ ok: false })
    await world.ledger.append(draft('clinging/1', { signer: 'account/clinging' }))
  })
})

describe('a recovery key that is not kept here', () => {
  async function takesBack(
    name: string,
    by: { publicKey: Uint8Array; sign: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array> },
    after: number | null,
  ) {
    const proposal = await world.ledger.custody.proposeTakeBack(name, by.publicKey, after)
    if (!proposal.ok) return proposal
    return world.ledger.custody.takeBack(name, proposal.commit, await by.sign(proposal.commit))
  }
  const cold = (hybrid = false) => {
    const seed = generateKeyPair().seed
    const mlDsa = hybrid ? mlDsaKeyPair(seed) : null
    const publicKey = Buffer.concat([keyPairFromSeed(seed).publicKey, mlDsa?.publicKey ?? new Uint8Array()])
    return { publicKey, sign: commitSigner(seed, mlDsa?.privateKey ?? null) }
  }

  test.each([false, true])('takes the keys back from a thief of the one that is (hybrid: %s)', async (hybrid) => {
    const name = `account/robbed-${hybrid}`
    await newAccount(name)
    const own = cold(hybrid)
    expect(await world.ledger.custody.protect(name, [own.publicKey])).toMatchObject({ ok: true })
    const good = await world.ledger.append(draft(`${name}/1`, { signer: name }))
    const [{ actor, key }, thief] = [await kept(name), generateKeyPair()]
    const theft = keyEvent(actor, { kind: 'rotate', recovery: [thief.publicKey], devices: [thief.publicKey] })
    await world.ledger.append({ signer: name, lane: 'public', events: [theft] })
    expect(await world.ledger.signsFor(name)).toBe(false)
    expect(await takesBack(name, cold(), good.position)).toMatchObject({ ok: false })
    expect(await takesBack(name, own, good.position)).toMatchObject({ ok: true })
    const after = await kept(name)
    expect([hex(after.actor), await world.ledger.signsFor(name)]).toEqual([hex(actor), true])
    expect(hex(after.key)).not.toBe(hex(key))
    expect(recoveryKeys(after.state).map(({ id }) => hex(id))).toEqual([hex(keyId(own.publicKey)), hex(after.key)])
    await world.reopen()
    await world.ledger.append(draft(`${name}/2`, { signer: name }))
  })

  test('gives the instance a key again when its own was lost', async () => {
    const own = cold()
    expect(await world.ledger.custody.protect('instance', [own.publicKey])).toMatchObject({ ok: true })
    const { actor, state } = await kept('instance')
    await world.ledger.keyring.replace('signer/instance', encode([1, actor, [new Uint8Array(randomBytes(32))]])) // not the one the log knows
    await world.reopen()
    await expect(world.ledger.append(draft('lost/1'))).rejects.toThrow('not of this actor')
    expect(await takesBack('instance', own, null)).toMatchObject({ ok: true })
    await world.ledger.append(draft('lost/2'))
    expect(activeDevices((await kept('instance')).state)).toHaveLength(activeDevices(state).length + 1) // the lost one is for the operator to revoke
  })

  test('takes only what was proposed last', async () => {
    await newAccount('account/proposals')
    const own = cold()
    await world.ledger.custody.protect('account/proposals', [own.publicKey])
    const first = await world.ledger.custody.proposeTakeBack('account/proposals', own.publicKey, null)
    const second = await world.ledger.custody.proposeTakeBack('account/proposals', own.publicKey, null)
    if (!first.ok || !second.ok) throw new Error('no proposal')
    const [one, other] = [await own.sign(first.commit), await own.sign(second.commit)]
    expect(await world.ledger.custody.takeBack('account/proposals', first.commit, one)).toMatchObject({ ok: false })
    expect(await world.ledger.custody.takeBack('account/proposals', second.commit, one)).toMatchObject({ ok: false })
    expect(await world.ledger.custody.takeBack('account/proposals', Buffer.from('no commit'), one)).toMatchObject({ ok: false })
    await world.ledger.append(draft('proposals/1', { signer: 'account/proposals' })) // the old key signs until then
    expect(await world.ledger.custody.takeBack('account/proposals', second.commit, other)).toMatchObject({ ok: true })
    await world.ledger.append(draft('proposals/2', { signer: 'account/proposals' }))
  })
})

describe('after all of this', () => {
  test.each(['full', 'public'] as const)('the log passes an audit, %s', async (disclosure) => {
    const kek = deriveKey(SECRET, 'part')
    const { logOrigin: origin, verifierKey } = world.ledger
    const options = { origin, verifierKey, unwrap: (wrapped: Uint8Array) => unwrapKey(wrapped, kek), disclosure }
    const report = await auditExport(exportLedger(world.database.pool, options), { source: 'this ledger', verifierKey })
    expect(report.alarms).toEqual([])
    expect(report).toMatchObject({ ok: true, size: world.ledger.head().size })
    expect(report.counts).toMatchObject({ unknownKeys: 0, disownedKeys: 5 })
    expect(report.counts.hybrid).toBeGreaterThan(3)
  })
})

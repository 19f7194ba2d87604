/** The documents by which strangers know this instance: golden files. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { didDocument, type InstanceIdentity, instanceDocument } from '../../../src/federation/identity.ts'
import type { CommitHeader } from '../../../src/ledger/commit.ts'
import { actorId } from '../../../src/ledger/commit.ts'
import { keyId, keyPairFromSeed } from '../../../src/ledger/ed25519.ts'
import { genesisOperation, keyEvent, soleKey } from '../../../src/ledger/key-operation.ts'
import { replayKeys } from '../../../src/ledger/key-state.ts'
import { inlineEvent } from '../../../src/ledger/take-back.ts'
import { ed25519Cosigner, mlDsa44Cosigner } from '../../../src/ledger/tlog/cosignature.ts'
import { mlDsa44KeyPair } from '../../../src/ledger/tlog/ml-dsa-44.ts'
import { verifierKey } from '../../../src/ledger/tlog/note.ts'
import { parsePolicy } from '../../../src/ledger/tlog/policy.ts'

const fill = (byte: number): Uint8Array => new Uint8Array(32).fill(byte)
const golden = (name: string): unknown => JSON.parse(readFileSync(`fixtures/identity/${name}.json`, 'utf8'))

const origin = 'https://social.example'
const logOrigin = 'social.example/log/1'
const [log, witness, own] = [1, 2, 3].map((seed) => keyPairFromSeed(fill(seed)))
if (log === undefined || witness === undefined || own === undefined) throw new Error('no keys')
const [logMlDsa, witnessMlDsa] = [mlDsa44KeyPair(fill(4)), mlDsa44KeyPair(fill(5))]

const actor = actorId(genesisOperation(own.publicKey))
const genesis: CommitHeader = {
  v: 1,
  suite: 1,
  log: fill(9),
  actor,
  key: keyId(own.publicKey),
  lane: 'public',
  seq: 0,
  prev: null,
  time: 1_790_000_000_000,
  counter: 0,
  deps: [],
  seen: null,
  pre: [],
  events: [inlineEvent(keyEvent(actor, soleKey(own.publicKey)))],
}

const identity: InstanceIdentity = {
  origin,
  logOrigin,
  logKeys: [verifierKey(logOrigin, log.publicKey), mlDsa44Cosigner(logOrigin, logMlDsa.privateKey, logMlDsa.publicKey).verifierKey],
  witnessKeys: [
    ed25519Cosigner('social.example/witness/1', witness.privateKey, witness.publicKey).verifierKey,
    mlDsa44Cosigner('social.example/witness/1', witnessMlDsa.privateKey, witnessMlDsa.publicKey).verifierKey,
  ],
  policy: parsePolicy(`log ${verifierKey(logOrigin, log.publicKey)}\nquorum none\n`),
  keys: replayKeys(Buffer.from(actor).toString('hex'), null, genesis, 0),
}

describe('golden files', () => {
  test('/.well-known/did.json', () => {
    expect(didDocument(identity)).toEqual(golden('did'))
  })
  test('/.well-known/vivim', () => {
    const { software, ...rest } = instanceDocument(identity) as { software: { name: string } }
    expect(software.name).toBe('vivim')
    expect(rest).toEqual(golden('vivim'))
  })
})

test('after breaks of the log the origins before it are named', () => {
  const { log } = instanceDocument({ ...identity, logOrigin: 'social.example/log/3' }) as { log: object }
  expect(log).toMatchObject({ origin: 'social.example/log/3', earlierOrigins: ['social.example/log/1', 'social.example/log/2'] })
})

test('an instance that is not set up names its log and its witness', () => {
  const { verificationMethod } = didDocument({ ...identity, policy: null, keys: null }) as { verificationMethod: object[] }
  expect(verificationMethod).toHaveLength(4)
  expect(instanceDocument({ ...identity, policy: null, keys: null })).toMatchObject({ policy: null, actor: null })
})

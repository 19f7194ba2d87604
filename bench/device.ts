/** Devices that sign their own commits, and commits signed before they are needed: what signing costs them is not the log's speed. */
import { hash, randomBytes } from 'node:crypto'
import { commitId, encodeCommit, signingInput } from '../src/ledger/commit.ts'
import { type Ed25519KeyPair, generateKeyPair, keyId, sign } from '../src/ledger/ed25519.ts'
import { ORIGIN, tick } from '../src/ledger/hlc.ts'
import { keyEvent } from '../src/ledger/key-operation.ts'
import type { Ledger } from '../src/ledger/ledger.ts'
import { commitment, sizeClass } from '../src/ledger/part.ts'
import type { Hash, PartOpening, SignedCommit } from '../src/ledger/types.ts'

/** A payload for a stream. */
export type Said = { readonly type: string; readonly stream: string; readonly bytes: Uint8Array }

export class Device {
  readonly #log: Hash
  readonly #actor: Hash
  readonly #pair: Ed25519KeyPair
  readonly #key: Uint8Array
  #seq = 0
  #prev: Hash | null = null
  #clock = ORIGIN

  private constructor(log: Hash, actor: Hash, pair: Ed25519KeyPair) {
    this.#log = log
    this.#actor = actor
    this.#pair = pair
    this.#key = keyId(pair.publicKey)
  }

  /** A device of this signer, whose genesis is written when it is not yet in the log. */
  static async add(ledger: Ledger, signer: string): Promise<Device> {
    const { actor, genesis } = await ledger.createIdentity(signer)
    if (!(await ledger.hasSigner(signer))) await ledger.append({ signer, lane: 'public', events: [genesis] })
    const pair = generateKeyPair()
    await ledger.append({ signer, lane: 'public', events: [keyEvent(actor, { kind: 'add', devices: [pair.publicKey] })] })
    return new Device(hash('sha256', ledger.logOrigin, 'buffer'), actor, pair)
  }

  /** The next public commit of its chain, which the log must get in this order. */
  sign(said: readonly Said[]): SignedCommit {
    this.#clock = tick(this.#clock, Date.now())
    const parts: PartOpening[] = []
    const events = said.map(({ type, stream, bytes }, event) => {
      const random = randomBytes(48)
      const r = random.subarray(0, 32)
      parts.push({ event, index: 0, r, bytes })
      const sealed = {
        codec: 'json',
        commitment: commitment(r, 'json', bytes),
        sizeClass: sizeClass(bytes.length),
        kref: random.subarray(32),
      } as const
      return { type, schema: 1, stream, parts: [sealed] }
    })
    const place = { lane: 'public', seq: this.#seq, prev: this.#prev, ...this.#clock } as const
    const commit = encodeCommit({
      v: 1,
      suite: 1,
      log: this.#log,
      actor: this.#actor,
      key: this.#key,
      ...place,
      deps: [],
      seen: null,
      pre: [],
      events,
    })
    this.#seq += 1
    this.#prev = commitId(commit)
    return { commit, signature: sign(signingInput(commit), this.#pair.privateKey), parts }
  }
}

/** Devices of as many people. */
export async function devices(ledger: Ledger, count: number): Promise<readonly Device[]> {
  return await Promise.all(Array.from({ length: count }, (_, n) => Device.add(ledger, `account/${n}`)))
}

const FILLING = 'and somebody writes down what the tide brings in, '.repeat(9)

/** A post of about 600 bytes in a stream of its own. */
export function post(): Said {
  const id = randomBytes(12).toString('base64url')
  const data = {
    id,
    accountId: '116000000000000000',
    uri: `https://a.example/statuses/${id}`,
    createdAt: '2026-01-01T00:00:00.000Z',
    content: FILLING,
  }
  return { type: 'status:create', stream: `status/${id}`, bytes: Buffer.from(JSON.stringify(data)) }
}

/** A like, of about 200 bytes. */
export function like(): Said {
  const id = randomBytes(12).toString('base64url')
  const data = {
    accountId: '116000000000000000',
    statusId: '116000000000000001',
    uri: `https://a.example/users/b#likes/${id}`,
    at: '2026-01-01T00:00:00.000Z',
  }
  return { type: 'status:like', stream: `reaction/${id}`, bytes: Buffer.from(JSON.stringify(data)) }
}

/** The events of one commit. */
export const posts = (events: number): readonly Said[] => Array.from({ length: events }, post)

/** A person's own device in a test: keeps a key, asks the instance for what it needs, and signs commits itself. */
import { createHash, randomBytes } from 'node:crypto'
import { encodeCommit, signingInput } from '../../src/ledger/commit.ts'
import { type Ed25519KeyPair, generateKeyPair, keyId, sign } from '../../src/ledger/ed25519.ts'
import { keyEvent } from '../../src/ledger/key-operation.ts'
import { commitment, sizeClass } from '../../src/ledger/part.ts'
import type { Lane, SignedCommit } from '../../src/ledger/types.ts'
import type { TestAccount, TestInstance } from './instance.ts'

export type Said = { readonly type: string; readonly stream: string; readonly data: unknown; readonly schema?: number }
type Link = { readonly seq: number; readonly prev: Uint8Array | null }
type Head = { readonly actor: string; readonly log: { readonly hash: string }; readonly time: number } & Readonly<
  Record<Lane, { readonly seq: number; readonly id: string } | null>
>

export class Device {
  readonly key: Ed25519KeyPair
  readonly keyName: string
  readonly #here: TestInstance
  readonly #account: TestAccount
  readonly #links = new Map<Lane, Link>()
  #head: Head | null = null
  #counter = 0

  private constructor(here: TestInstance, account: TestAccount, key: Ed25519KeyPair) {
    this.#here = here
    this.#account = account
    this.key = key
    this.keyName = Buffer.from(keyId(key.publicKey)).toString('hex')
  }

  /** A device with a key that the account allows to sign. */
  static async add(here: TestInstance, account: TestAccount): Promise<Device> {
    const key = generateKeyPair()
    const { actor } = await here.deps.ledger.createIdentity(`account/${account.id}`)
    const events = [keyEvent(actor, { kind: 'add', devices: [key.publicKey] })]
    await here.deps.ledger.append({ signer: `account/${account.id}`, lane: 'public', events })
    return new Device(here, account, key)
  }

  /** The chains of the key as the instance knows them: to be asked again after a refusal. */
  async catchUp(): Promise<void> {
    const answer = await this.#here.ask('GET', `/api/vivim/v1/keys/${this.keyName}/head`, { as: this.#account })
    if (answer.statusCode !== 200) throw new Error(answer.body)
    const head = answer.json<Head>()
    this.#head = head
    for (const lane of ['public', 'private'] as const) {
      const newest = head[lane]
      this.#links.set(lane, newest === null ? { seq: 0, prev: null } : { seq: newest.seq + 1, prev: Buffer.from(newest.id, 'hex') })
    }
  }

  /** The post that this instance would make of these words. */
  async draft(parameters: object): Promise<Said & { readonly lane: Lane; readonly data: Readonly<Record<string, unknown>> }> {
    const answer = await this.#here.ask('POST', '/api/vivim/v1/drafts', { as: this.#account, body: parameters })
    if (answer.statusCode !== 200) throw new Error(answer.body)
    return answer.json()
  }

  /** Where an event belongs. */
  async said(type: string, data: object): Promise<Said> {
    const answer = await this.#here.ask('POST', '/api/vivim/v1/streams', { as: this.#account, body: { events: [{ type, data }] } })
    if (answer.statusCode !== 200) throw new Error(answer.body)
    return { type, data, stream: answer.json<{ streams: string[] }>().streams[0] ?? '' }
  }

  /** One commit, next in its chain. */
  async sign(lane: Lane, said: readonly Said[], change: { readonly time?: number } = {}): Promise<SignedCommit> {
    if (this.#head === null) await this.catchUp()
    const head = this.#head
    const { seq, prev } = this.#links.get(lane) ?? { seq: 0, prev: null }
    if (head === null) throw new Error('no head')
    const parts: SignedCommit['parts'][number][] = []
    const events = said.map(({ type, schema = 1, stream, data }, event) => {
      const [r, bytes] = [randomBytes(32), Buffer.from(JSON.stringify(data))]
      parts.push({ event, index: 0, r, bytes })
      const sealed = { codec: 'json', commitment: commitment(r, 'json', bytes), sizeClass: sizeClass(bytes.length), kref: randomBytes(16) } as const
      return { type, schema, stream, parts: [sealed] }
    })
    const commit = encodeCommit({
      v: 1,
      suite: 1,
      log: Buffer.from(head.log.hash, 'hex'),
      actor: Buffer.from(head.actor, 'hex'),
      key: keyId(this.key.publicKey),
      lane,
      seq,
      prev,
      time: change.time ?? this.#here.deps.now(),
      counter: (this.#counter += 1),
      deps: [],
      seen: null,
      pre: [],
      events,
    })
    this.#links.set(lane, { seq: seq + 1, prev: createHash('sha256').update(commit).digest() })
    return { commit, signature: sign(signingInput(commit), this.key.privateKey), parts }
  }
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

/** A signed commit as the JSON form of a request has it. */
export const asJson = ({ commit, signature, parts }: SignedCommit) => ({
  commit: base64(commit),
  signature: base64(signature),
  parts: parts.map(({ event, index, r, bytes }) => ({ event, index, r: base64(r), bytes: base64(bytes) })),
})

/** The same as the binary form has it, to be encoded. */
export const asBinary = ({ commit, signature, parts }: SignedCommit) => [
  commit,
  signature,
  parts.map(({ event, index, r, bytes }) => [event, index, r, bytes]),
]

/**
 * A ledger in memory: what the write path needs of the real one (conditions, streams, idempotency, identities), with neither keys nor proofs.
 * For tests of what stands above the ledger; the real one has the same tests against PostgreSQL.
 */
import { createHash, randomBytes } from 'node:crypto'
import {
  type CommitDraft,
  type EventDraft,
  type Expected,
  type LedgerCommit,
  type LedgerEvent,
  LedgerFault,
  type Receipt,
} from '../../src/ledger/types.ts'

export class MemoryLedger {
  readonly commits: (LedgerCommit & { readonly signer: string })[] = []
  /** Every draft offered, also those refused. */
  readonly offered: CommitDraft[] = []
  /** Every stream read, in order. */
  readonly reads: string[] = []
  /** Runs before a draft is judged: a test puts faults and races here. */
  beforeAppend: (draft: CommitDraft) => void | Promise<void> = () => {}
  readonly #streams = new Map<string, LedgerEvent[]>()
  readonly #receipts = new Map<string, Receipt>()
  readonly #identities = new Map<
    string,
    { readonly actor: Uint8Array; readonly key: Uint8Array; readonly publicKey: Uint8Array; readonly genesis: EventDraft }
  >()

  async append(draft: CommitDraft): Promise<Receipt> {
    this.offered.push(draft)
    await this.beforeAppend(draft)
    const idempotency = draft.idempotencyKey === undefined ? null : `${draft.signer} ${draft.idempotencyKey}`
    const earlier = idempotency === null ? undefined : this.#receipts.get(idempotency)
    if (earlier !== undefined) return { ...earlier, repeated: true }
    const identity = this.#identities.get(draft.signer)
    if (identity === undefined) throw new LedgerFault('GIVE_UP', `no key for ${draft.signer}`)
    const begins = draft.events[0]?.type === 'key:genesis'
    if (!begins && !this.#streams.has(identity.genesis.stream)) throw new LedgerFault('GIVE_UP', `${draft.signer} must begin with its genesis`)
    if (begins) this.#check(identity.genesis.stream, 'none')
    for (const [stream, expected] of draft.expected ?? []) this.#check(stream, expected)
    return this.#commit(draft, identity, idempotency)
  }

  async readStream(stream: string, last = Infinity): Promise<readonly LedgerEvent[]> {
    this.reads.push(stream)
    return (this.#streams.get(stream) ?? []).slice(-last)
  }

  async revision(stream: string): Promise<number | null> {
    return this.#streams.get(stream)?.at(-1)?.revision ?? null
  }

  /** Called again, it gives the same identity. */
  async createIdentity(signer: string) {
    const known = this.#identities.get(signer)
    if (known !== undefined) return known
    const publicKey = new Uint8Array(randomBytes(32))
    const actor = sha256(publicKey)
    const genesis: EventDraft = {
      type: 'key:genesis',
      schema: 1,
      stream: `key/${Buffer.from(actor).toString('hex')}`,
      parts: [{ codec: 'cbor', bytes: publicKey, inline: true }],
    }
    const identity = { actor, key: actor.subarray(0, 16), publicKey, genesis }
    this.#identities.set(signer, identity)
    return identity
  }

  /** True when the genesis of this signer is in the log. */
  async hasSigner(signer: string): Promise<boolean> {
    const identity = this.#identities.get(signer)
    return identity !== undefined && this.#streams.has(identity.genesis.stream)
  }

  signsFor(signer: string): Promise<boolean> {
    return this.hasSigner(signer)
  }

  streamName(kind: string, key: string): string {
    return `${kind}/${createHash('sha256').update(`${kind}\0${key}`).digest('base64url').slice(0, 22)}`
  }

  async read(from: number, limit: number): Promise<readonly LedgerCommit[]> {
    return this.commits.slice(from, from + limit)
  }

  #check(stream: string, expected: Expected): void {
    const actual = this.#streams.get(stream)?.at(-1)?.revision ?? null
    const holds = expected === 'any' || (expected === 'none' ? actual === null : expected === 'exists' ? actual !== null : actual === expected)
    if (!holds) throw new LedgerFault('WRONG_REVISION', `${stream} is at ${actual ?? 'none'}, not at ${expected}`, [stream, expected, actual])
  }

  #commit(draft: CommitDraft, identity: { readonly actor: Uint8Array; readonly key: Uint8Array }, idempotency: string | null): Receipt {
    const position = this.commits.length
    const events = draft.events.map((event, index) => this.#add(event, position, index))
    const id = sha256(String(position))
    const time = 1_700_000_000_000 + position
    const { actor, key } = identity
    this.commits.push({ position, id, leafHash: sha256(id), lane: draft.lane, actor, key, time, counter: 0, events, signer: draft.signer })
    const receipt = { position, id, time, repeated: false }
    if (idempotency !== null) this.#receipts.set(idempotency, receipt)
    return receipt
  }

  #add({ type, schema, stream, parts }: EventDraft, position: number, index: number): LedgerEvent {
    const events = this.#streams.get(stream) ?? []
    this.#streams.set(stream, events)
    const event = {
      position,
      index,
      type,
      schema,
      stream,
      revision: events.length,
      parts: parts.map(({ codec, bytes }) => ({ codec, bytes, erased: false as const })),
    }
    events.push(event)
    return event
  }
}

const sha256 = (data: Uint8Array | string): Uint8Array => new Uint8Array(createHash('sha256').update(data).digest())

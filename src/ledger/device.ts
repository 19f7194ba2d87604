/**
 * What a device does that signs for its owner: it keeps the end of its chains, a clock and a key, and makes commits that an instance takes by
 * `Ledger.submit`. The instance's own counterpart is admission.ts.
 */
import { hash } from 'node:crypto'
import { actorId, type CommitHeader, type CommitPart, commitId, encodeCommit, keyStream } from './commit.ts'
import { type Ed25519KeyPair, keyId } from './ed25519.ts'
import { type Hlc, ORIGIN, tick } from './hlc.ts'
import { encodeKeyOperation, keyEvent } from './key-operation.ts'
import { commitment, sizeClass } from './part.ts'
import { randomBytes } from './random.ts'
import { commitSigner } from './signature.ts'
import type { CommitDraft, EventDraft, Hash, Lane, PartDraft, PartOpening, SignedCommit, TreeHead } from './types.ts'

export type DeviceOptions = {
  readonly keys: Ed25519KeyPair
  /** First line of the log's checkpoints. */
  readonly log: string
  /** Whose device it is; without it, that of the identity whose one key this is. */
  readonly actor?: Hash
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

export type DeviceDraft = Pick<CommitDraft, 'lane' | 'events' | 'expected' | 'deps'>

export class Device {
  readonly actor: Hash
  /** 16 bytes. */
  readonly key: Uint8Array
  /** Stream of the actor's key operations. */
  readonly keyStream: string
  /** The first event of an identity with this one key. */
  readonly genesis: EventDraft
  readonly #log: Hash
  readonly #sign: ReturnType<typeof commitSigner>
  readonly #now: () => number
  readonly #chains = new Map<Lane, { readonly seq: number; readonly id: Hash }>()
  #clock: Hlc = ORIGIN
  #seen: TreeHead | null = null

  constructor({ keys, log, actor, now = Date.now }: DeviceOptions) {
    const operation = { kind: 'genesis', recovery: [keys.publicKey], devices: [keys.publicKey] } as const
    this.actor = actor ?? actorId(encodeKeyOperation(operation))
    this.key = keyId(keys.publicKey)
    this.keyStream = keyStream(this.actor)
    this.genesis = keyEvent(this.actor, operation)
    this.#log = hash('sha256', log, 'buffer')
    this.#sign = commitSigner(keys.seed, null)
    this.#now = now
  }

  /** The newest tree that this device has verified: its next commits vouch for it. */
  saw(head: TreeHead): void {
    this.#seen = head
  }

  /** Goes on after this commit, for instance after a restart. */
  resume(lane: Lane, newest: { readonly seq: number; readonly id: Hash }, clock: Hlc): void {
    this.#chains.set(lane, newest)
    this.#clock = clock
  }

  /** The next commit of the chain. Submit it before the one after it; when it is refused, the chain has not moved: see {@link resume}. */
  async commit({ lane, events, expected = [], deps = [] }: DeviceDraft): Promise<SignedCommit> {
    const newest = this.#chains.get(lane)
    const clock = tick(this.#clock, this.#now())
    const parts: PartOpening[] = []
    const header: CommitHeader = {
      v: 1,
      suite: 1,
      log: this.#log,
      actor: this.actor,
      key: this.key,
      lane,
      seq: newest === undefined ? 0 : newest.seq + 1,
      prev: newest?.id ?? null,
      time: clock.time,
      counter: clock.counter,
      deps,
      seen: this.#seen,
      pre: expected,
      events: events.map(({ type, schema, stream, parts: drafts }, event) => ({
        type,
        schema,
        stream,
        parts: drafts.map((part, index) => committedTo(part, { event, index }, parts)),
      })),
    }
    const commit = encodeCommit(header)
    const signature = await this.#sign(commit)
    this.#chains.set(lane, { seq: header.seq, id: commitId(commit) })
    this.#clock = clock
    return { commit, signature, parts }
  }
}

function committedTo({ codec, bytes, inline }: PartDraft, place: { event: number; index: number }, openings: PartOpening[]): CommitPart {
  if (inline === true) return { codec, inline: bytes }
  const r = randomBytes(32)
  openings.push({ ...place, r, bytes })
  return { codec, commitment: commitment(r, codec, bytes), sizeClass: sizeClass(bytes.length), kref: randomBytes(16) }
}

/** A log made by hand, with nothing of the instance: keys, commits, parts, tiles and checkpoints as an export holds them. */
import { hash, randomBytes } from 'node:crypto'
import { EXPORT_MAGIC, type ExportRecord, encodeRecord } from '../../../src/ledger/audit/export-format.ts'
import {
  actorId,
  blindedLeaf,
  type CommitEvent,
  type CommitHeader,
  commitId,
  encodeCommit,
  GENESIS_EVENT,
  genesisOperation,
  keyStream,
  publicLeaf,
  signingInput,
} from '../../../src/ledger/commit.ts'
import { generateKeyPair, keyId, sign } from '../../../src/ledger/ed25519.ts'
import { newKey, seal } from '../../../src/ledger/part.ts'
import { signCheckpoint } from '../../../src/ledger/tlog/checkpoint.ts'
import { CompactRange, leafHash } from '../../../src/ledger/tlog/merkle.ts'
import { ed25519Signer, verifierKey } from '../../../src/ledger/tlog/note.ts'
import { TileEdge } from '../../../src/ledger/tlog/tile-edge.ts'
import type { Lane } from '../../../src/ledger/types.ts'

export const ORIGIN = 'social.example/log/1'

type Identity = ReturnType<typeof identity>
export type Event = { readonly type: string; readonly stream: string; readonly payloads?: readonly string[] }
type Sealed = { readonly event: number; readonly part: number; readonly ciphertext: Uint8Array; readonly key: Uint8Array }

/** `forge` changes the header before it is signed, `tamper` the record after. */
export type Options = {
  readonly lane?: Lane
  readonly pre?: CommitHeader['pre']
  readonly forge?: (header: CommitHeader) => CommitHeader
  readonly signer?: Identity
}

export function identity() {
  const pair = generateKeyPair()
  const genesis = genesisOperation(pair.publicKey)
  return { ...pair, genesis, actor: actorId(genesis), key: keyId(pair.publicKey) }
}

export class BuiltLog {
  readonly records: ExportRecord[] = []
  readonly leaves: Uint8Array[] = []
  readonly #logPair = generateKeyPair()
  readonly #range = CompactRange.empty()
  readonly #edge = TileEdge.empty()
  readonly #chains = new Map<string, { seq: number; prev: Uint8Array }>()
  readonly #revisions = new Map<string, number>()
  #time = 1_700_000_000_000
  #seen: CommitHeader['seen'] = null

  readonly verifierKey = verifierKey(ORIGIN, this.#logPair.publicKey)

  constructor() {
    this.records.push({ is: 'header', origin: ORIGIN, verifierKey: this.verifierKey, disclosure: 'full' })
  }

  get size(): number {
    return this.leaves.length
  }

  get root(): Uint8Array {
    return this.#range.root()
  }

  /** A new identity, whose first commit registers its key. */
  join(options: Options = {}): Identity {
    const who = identity()
    this.append(who, [{ type: 'identity:create', stream: `account/${this.size}`, payloads: ['{"name":"someone"}'] }], options, {
      type: GENESIS_EVENT,
      schema: 1,
      stream: keyStream(who.actor),
      parts: [{ codec: 'cbor', inline: who.genesis }],
    })
    return who
  }

  append(
    who: Identity,
    events: readonly Event[],
    { lane = 'public', pre = [], forge = (header) => header, signer = who }: Options = {},
    first?: CommitEvent,
  ): void {
    const position = this.size
    const parts: Sealed[] = []
    const sealed = events.map((event, i) => sealEvent(event, i + (first === undefined ? 0 : 1), parts))
    const chain = `${lane} ${who.key.toString()}`
    const { seq, prev } = this.#chains.get(chain) ?? { seq: 0, prev: null }
    const header = forge({
      v: 1,
      suite: 1,
      log: hash('sha256', ORIGIN, 'buffer'),
      actor: who.actor,
      key: who.key,
      lane,
      seq,
      prev,
      time: this.#time++,
      counter: 0,
      deps: prev === null ? [] : [prev],
      seen: this.#seen,
      pre,
      events: first === undefined ? sealed : [first, ...sealed],
    })
    const commit = encodeCommit(header)
    const signature = sign(signingInput(commit), signer.privateKey)
    const blinding = lane === 'public' ? null : randomBytes(32)
    const leaf = blinding === null ? publicLeaf(commit, signature) : blindedLeaf(commit, signature, blinding)
    const index = {
      id: commitId(commit),
      key: header.key,
      lane: header.lane === 'public' ? 0 : 1,
      seq: header.seq,
      events: header.events.map((event) => this.#row(event)),
    }
    this.#chains.set(chain, { seq: seq + 1, prev: index.id })
    this.leaves.push(leaf)
    this.#range.append(leafHash(leaf))
    this.#edge.append(leafHash(leaf))
    this.records.push({ is: 'commit', position, commit, signature, blinding, leafHash: leafHash(leaf), index })
    this.records.push(...parts.map((part) => ({ is: 'part' as const, position, ...part })))
    for (const { level, index, width, bytes } of this.#edge.takeChanged())
      if (width === 256) this.records.push({ is: 'tile', level, index, hashes: bytes })
  }

  checkpoint(root = this.root): void {
    const signer = ed25519Signer(ORIGIN, this.#logPair.privateKey, this.#logPair.publicKey)
    const note = signCheckpoint({ origin: ORIGIN, size: this.size, root }, [signer])
    this.records.push({ is: 'checkpoint', size: this.size, note: Buffer.from(note) })
    this.#seen = { size: this.size, root }
  }

  end(): this {
    this.records.push({ is: 'end', size: this.size, root: this.root })
    return this
  }

  bytes(): Buffer {
    return encodeAll(this.records)
  }

  #row({ type, stream }: CommitEvent) {
    const revision = this.#revisions.get(stream) ?? 0
    this.#revisions.set(stream, revision + 1)
    return { type, stream, revision }
  }
}

export const encodeAll = (records: readonly ExportRecord[]): Buffer => Buffer.concat([EXPORT_MAGIC, ...records.map(encodeRecord)])

function sealEvent({ type, stream, payloads = [] }: Event, event: number, into: Sealed[]): CommitEvent {
  const parts = payloads.map((payload, part) => {
    const key = newKey()
    const { ciphertext, commitment, sizeClass } = seal(Buffer.from(payload), 'json', key)
    into.push({ event, part, ciphertext, key })
    return { codec: 'json' as const, commitment, sizeClass, kref: randomBytes(16) }
  })
  return { type, schema: 1, stream, parts }
}

/** Every kind of thing a log holds: several keys, both lanes, several events and parts, conditions, checkpoints at uneven sizes. */
export function smallLog(commits = 12): BuiltLog {
  const log = new BuiltLog()
  const people = [log.join(), log.join({ lane: 'private' })]
  log.checkpoint()
  const [anna, ben] = people as [Identity, Identity]
  for (let i = 0; log.size < commits; i++) {
    const who = i % 3 === 0 ? ben : anna
    const lane = i % 2 === 0 ? 'public' : 'private'
    const stream = `status/${i >> 2}`
    const revision = i % 4
    const pre = [
      [stream, revision === 0 ? 'none' : revision - 1],
      ['account/0', 'exists'],
    ] as const
    const second = { type: 'status:like', stream: `like/${i}`, payloads: [`{"i":${i}}`, 'evidence'] }
    log.append(who, [{ type: 'status:create', stream, payloads: [`{"text":"post ${i}"}`] }, ...(i % 5 === 4 ? [second] : [])], { lane, pre })
    if (i % 3 === 1) log.checkpoint()
  }
  if (log.records.at(-1)?.is !== 'checkpoint') log.checkpoint()
  return log.end()
}

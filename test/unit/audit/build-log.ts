/** A log made by hand, with nothing of the instance: keys, commits, parts, tiles and checkpoints as an export holds them. */
import { hash, type KeyObject, randomBytes, sign as signNow } from 'node:crypto'
import { EXPORT_MAGIC, type ExportRecord, encodeRecord } from '../../../src/ledger/audit/export-format.ts'
import {
  actorId,
  blindedLeaf,
  type CommitEvent,
  type CommitHeader,
  commitId,
  encodeCommit,
  GENESIS_EVENT,
  keyStream,
  publicLeaf,
  signingInput,
} from '../../../src/ledger/commit.ts'
import { generateKeyPair, keyId, sign } from '../../../src/ledger/ed25519.ts'
import { genesisOperation } from '../../../src/ledger/key-operation.ts'
import { BREAK_EVENT, BREAK_STREAM, encodeLogBreak, type LogBreak, nextOrigin } from '../../../src/ledger/log-break.ts'
import { newKey, seal } from '../../../src/ledger/part.ts'
import { signCheckpoint } from '../../../src/ledger/tlog/checkpoint.ts'
import type { Cosigner } from '../../../src/ledger/tlog/cosignature.ts'
import { CompactRange, leafHash } from '../../../src/ledger/tlog/merkle.ts'
import { ed25519Signer, parseNote, verifierKey } from '../../../src/ledger/tlog/note.ts'
import { TileEdge } from '../../../src/ledger/tlog/tile-edge.ts'
import { addSignatures } from '../../../src/ledger/tlog/witness.ts'
import type { Lane } from '../../../src/ledger/types.ts'

export const ORIGIN = 'social.example/log/1'

export type Identity = ReturnType<typeof identity>
export type Event = { readonly type: string; readonly stream: string; readonly payloads?: readonly string[] }
type Sealed = { readonly event: number; readonly part: number; readonly ciphertext: Uint8Array; readonly key: Uint8Array }

/** `forge` changes the header before it is signed, `tamper` the record after. */
export type Options = {
  readonly lane?: Lane
  readonly pre?: CommitHeader['pre']
  readonly forge?: (header: CommitHeader) => CommitHeader
  readonly signer?: Signer
  /** Events that are in the commit as they are, before the others. */
  readonly inline?: readonly CommitEvent[]
}

/** Whose private halves sign; with an ML-DSA half in suite 2. */
export type Signer = { readonly key: Uint8Array; readonly privateKey: KeyObject; readonly mlDsa?: KeyObject }

export function identity() {
  const pair = generateKeyPair()
  const genesis = genesisOperation(pair.publicKey)
  return { ...pair, genesis, actor: actorId(genesis), key: keyId(pair.publicKey) }
}

export class BuiltLog {
  readonly records: ExportRecord[] = []
  readonly leaves: Uint8Array[] = []
  #logPair: ReturnType<typeof generateKeyPair>
  #origin = ORIGIN
  readonly #range = CompactRange.empty()
  readonly #edge = TileEdge.empty()
  readonly #chains = new Map<string, { seq: number; prev: Uint8Array }>()
  readonly #revisions = new Map<string, number>()
  #time = 1_700_000_000_000
  #seen: CommitHeader['seen'] = null

  readonly verifierKey: string

  /** @param keyOf  the log whose key it has; a new one without it */
  constructor(keyOf?: BuiltLog) {
    this.#logPair = keyOf === undefined ? generateKeyPair() : keyOf.#logPair
    this.verifierKey = verifierKey(ORIGIN, this.#logPair.publicKey)
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
    const genesis = { type: GENESIS_EVENT, schema: 1, stream: keyStream(who.actor), parts: [{ codec: 'cbor' as const, inline: who.genesis }] }
    const first = { type: 'identity:create', stream: `account/${this.size}`, payloads: ['{"name":"someone"}'] }
    this.append(who, [first], { ...options, inline: [genesis] })
    return who
  }

  append(
    who: Identity,
    events: readonly Event[],
    { lane = 'public', pre = [], forge = (header) => header, signer = who, inline = [] }: Options = {},
  ): void {
    const position = this.size
    const parts: Sealed[] = []
    const sealed = events.map((event, i) => sealEvent(event, i + inline.length, parts))
    const chain = `${lane} ${Buffer.from(signer.key).toString('hex')}`
    const { seq, prev } = this.#chains.get(chain) ?? { seq: 0, prev: null }
    const header = forge({
      v: 1,
      suite: signer.mlDsa === undefined ? 1 : 2,
      log: hash('sha256', this.#origin, 'buffer'),
      actor: who.actor,
      key: signer.key,
      lane,
      seq,
      prev,
      time: this.#time++,
      counter: 0,
      deps: prev === null ? [] : [prev],
      seen: this.#seen,
      pre,
      events: [...inline, ...sealed],
    })
    const commit = encodeCommit(header)
    const input = signingInput(commit)
    const signature = Buffer.concat([sign(input, signer.privateKey), ...(signer.mlDsa === undefined ? [] : [signNow(null, input, signer.mlDsa)])])
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

  /** @param cosigners  who sign it too */
  checkpoint(root = this.root, cosigners: readonly Cosigner[] = []): void {
    const signer = ed25519Signer(this.#origin, this.#logPair.privateKey, this.#logPair.publicKey)
    const signed = signCheckpoint({ origin: this.#origin, size: this.size, root }, [signer])
    const note = addSignatures(
      signed,
      cosigners.map((cosigner) => cosigner.cosign(parseNote(signed).text, 1_700_000_000)),
    )
    this.records.push({ is: 'checkpoint', size: this.size, note: Buffer.from(note) })
    this.#seen = { size: this.size, root }
  }

  /** Ends the log here: from now on it has another origin and another key. */
  break(who: Identity, forge: (record: LogBreak) => LogBreak = (record) => record): void {
    const record = forge({ origin: this.#origin, size: this.size, root: this.root, note: null, reason: 'restored' })
    this.#origin = nextOrigin(this.#origin)
    this.#logPair = generateKeyPair()
    const verifierKeys = verifierKey(this.#origin, this.#logPair.publicKey)
    this.records[0] = { is: 'header', origin: this.#origin, verifierKey: verifierKeys, disclosure: 'full' }
    const part = { codec: 'cbor' as const, inline: encodeLogBreak(record) }
    this.append(who, [], { inline: [{ type: BREAK_EVENT, schema: 1, stream: BREAK_STREAM, parts: [part] }] })
  }

  /** Removes a payload as its erasure does: the ciphertext and its key. */
  erase(position: number, event: number, part: number): void {
    const at = this.records.findIndex(
      (record) => record.is === 'part' && record.position === position && record.event === event && record.part === part,
    )
    if (at >= 0) this.records.splice(at, 1)
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

/** One public and one private commit, one payload each, one checkpoint: small enough to flip every bit of it. */
export function tinyLog(): BuiltLog {
  const log = new BuiltLog()
  log.append(log.join(), [{ type: 'status:bookmark', stream: 's', payloads: ['{}'] }], { lane: 'private' })
  log.checkpoint()
  return log.end()
}

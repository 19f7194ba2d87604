/** Commits as a browser reads them: their header, their place in a chain, their signature, and the key operations they carry. See docs/formats.md. */
import { type Bytes, concat, hmac, sha256, toHex, utf8, verifyEd25519 } from './bytes.ts'
import { type Cbor, decode } from './cbor.ts'

export type Part = { readonly codec: string; readonly inline: Bytes | null; readonly commitment: Bytes | null }
export type CommitEvent = { readonly type: string; readonly schema: number; readonly stream: string; readonly parts: readonly Part[] }

export type Commit = {
  readonly id: string
  readonly suite: number
  /** SHA-256 of the origin of the log it was made for. */
  readonly log: string
  readonly actor: string
  readonly key: string
  readonly lane: 'public' | 'private'
  readonly seq: number
  readonly prev: string | null
  readonly time: number
  readonly events: readonly CommitEvent[]
  readonly bytes: Bytes
  readonly signature: Bytes
}

/** Length of a signature by suite: Ed25519, and Ed25519 with ML-DSA-65. */
const SIGNATURE: Readonly<Record<number, number>> = { 1: 64, 2: 64 + 3_309 }

/** The commit in a public leaf; null for a blinded one. @param leaf attacker-controlled @throws {Error} */
export async function openLeaf(leaf: Bytes): Promise<Commit | null> {
  if (leaf[0] === 1 && leaf.length === 33) return null
  const length = SIGNATURE[leaf[3] ?? 0]
  if (leaf[0] !== 0 || length === undefined || leaf.length <= length + 1) throw new Error('An entry that is neither a public nor a blinded leaf.')
  return readCommit(leaf.slice(1, -length), leaf.slice(-length))
}

/** @param bytes attacker-controlled @throws {Error} */
export async function readCommit(bytes: Bytes, signature: Bytes): Promise<Commit> {
  const [v, suite, log, actor, key, chain, hlc, , , , events, ...rest] = list(decode(bytes))
  const [lane, seq, prev] = list(chain)
  if (v !== 1 || rest.length > 0) throw new Error('A commit of an unknown form.')
  return {
    id: toHex(await sha256(bytes)),
    suite: number(suite),
    log: toHex(binary(log)),
    actor: toHex(binary(actor)),
    key: toHex(binary(key)),
    lane: lane === 0 ? 'public' : 'private',
    seq: number(seq),
    prev: prev === null ? null : toHex(binary(prev)),
    time: number(list(hlc)[0]),
    events: list(events).map(readEvent),
    bytes,
    signature,
  }
}

function readEvent(value: Cbor): CommitEvent {
  const [type, schema, stream, parts] = list(value)
  return { type: string(type), schema: number(schema), stream: string(stream), parts: list(parts).map(readPart) }
}

function readPart(value: Cbor): Part {
  const [codec, second, ...rest] = list(value)
  const inline = rest.length === 0
  return { codec: string(codec), inline: inline ? binary(second) : null, commitment: inline ? null : binary(second) }
}

/** Lengths of public keys: Ed25519, and hybrid ones. */
const PUBLIC_KEY = new Set([32, 32 + 1_952])

/** Leaf of a commit: itself when public, blinded by `r` when private. */
export async function leafOf({ bytes, signature, lane }: Commit, r: Bytes | null): Promise<Bytes> {
  if ((lane === 'public') !== (r === null)) throw new Error('The commit is of another lane than its leaf.')
  return r === null ? concat(Uint8Array.of(0), bytes, signature) : concat(Uint8Array.of(1), await hmac(r, bytes, signature))
}

/** Whether the commit was made for this log. One that broke goes on as `…/log/2`, with its old entries. */
export async function isForLog({ log }: Commit, origin: string): Promise<boolean> {
  const [, base, last] = /^(.*\/log\/)(\d{1,4})$/.exec(origin) ?? []
  const origins = base === undefined ? [origin] : Array.from({ length: Number(last) }, (_, i) => `${base}${i + 1}`)
  for (const name of origins) if (toHex(await sha256(utf8(name))) === log) return true
  return false
}

/** Whether the Ed25519 signature of the commit is valid. The second half of suite 2 is for “vivim verify”. */
export async function isSignedBy({ bytes, signature, suite }: Commit, publicKey: Bytes): Promise<boolean> {
  const input = concat(utf8('vivim.commit/v1\0'), Uint8Array.of(suite), await sha256(bytes))
  return verifyEd25519(signature.slice(0, 64), input, publicKey.slice(0, 32))
}

/** Whether a payload is what the part commits to. */
export async function isCommitted(part: Part, r: Bytes, payload: Bytes): Promise<boolean> {
  const made = await hmac(r, utf8(`vivim.part/v1\0${part.codec}\0`), payload)
  return part.commitment !== null && toHex(made) === toHex(part.commitment)
}

/**
 * The signing keys of one actor, followed through its own key operations. What others say about them (a freeze), and the rank of recovery keys, is
 * for an audit of the whole log.
 */
export class Keys {
  readonly actor: string
  /** Every key that was ever named, by 16-byte id. */
  readonly #known = new Map<string, Bytes>()
  #begun = false

  constructor(actor: string) {
    this.actor = actor
  }

  publicKey(key: string): Bytes | undefined {
    return this.#known.get(key)
  }

  /** Takes a commit of the actor that is about its keys. @throws {Error} when it is not signed by a key that was known before it */
  async follow(commit: Commit): Promise<void> {
    if (commit.actor !== this.actor) return
    const own = commit.events.filter(({ type, stream }) => type.startsWith('key:') && stream === `key/${this.actor}`)
    for (const { parts } of own) await this.#genesis(parts[0]?.inline ?? null)
    const key = this.#known.get(commit.key)
    if (key === undefined || !(await isSignedBy(commit, key))) throw new Error('An operation on keys that is not signed by a known key of its actor.')
    for (const { parts } of own) await this.#add(parts[0]?.inline ?? null)
  }

  /** The actor is the hash of its first operation: the one thing that needs no signature before it. */
  async #genesis(operation: Bytes | null): Promise<void> {
    if (this.#begun || operation === null || toHex(await sha256(operation)) !== this.actor) return
    this.#begun = true
    await this.#add(operation)
  }

  async #add(operation: Bytes | null): Promise<void> {
    if (operation === null || !this.#begun) return
    const keys = list(decode(operation)).flatMap((field) => (Array.isArray(field) ? (field as readonly Cbor[]) : []))
    for (const key of keys)
      if (key instanceof Uint8Array && PUBLIC_KEY.has(key.length)) this.#known.set(toHex((await sha256(key)).slice(0, 16)), key as Bytes)
  }
}

function list(value: Cbor | undefined): readonly Cbor[] {
  if (!Array.isArray(value)) throw new Error('A commit of an unknown form.')
  return value as readonly Cbor[]
}

function number(value: Cbor | undefined): number {
  if (typeof value !== 'number') throw new Error('A commit of an unknown form.')
  return value
}

function string(value: Cbor | undefined): string {
  if (typeof value !== 'string') throw new Error('A commit of an unknown form.')
  return value
}

function binary(value: Cbor | undefined): Bytes {
  if (!(value instanceof Uint8Array)) throw new Error('A commit of an unknown form.')
  return value as Bytes
}

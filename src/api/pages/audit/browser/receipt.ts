/** Receipts, `.tlog-proof` files: taken apart and checked in the browser, from their bytes alone. See docs/formats.md section 2.2. */
import { type Bytes, equal, fromBase64 } from './bytes.ts'
import { type Cbor, decode } from './cbor.ts'
import { type Commit, isCommitted, isForLog, isSignedBy, Keys, leafOf, readCommit } from './commit.ts'
import { type Checkpoint, openCheckpoint, type VerifierKey } from './note.ts'
import { climb, leafHash, type Step } from './tree.ts'

export type Payload = { readonly event: number; readonly index: number; readonly bytes: Bytes }

/** What a receipt proves. */
export type Proven = {
  readonly position: number
  readonly leaf: Bytes
  readonly steps: readonly Step[]
  readonly checkpoint: Checkpoint
  /** Null: a private entry that is not opened. */
  readonly commit: Commit | null
  /** True when the receipt shows that the key is its author's, and the signature is valid. */
  readonly author: boolean
  readonly payloads: readonly Payload[]
}

type Receipt = {
  readonly index: number
  readonly path: readonly Bytes[]
  readonly note: string
  readonly verifierKey: string
  readonly fields: readonly Cbor[]
}

/** The key that a receipt names for its log. @throws {Error} */
export const namedKey = (text: string): string => parse(text).verifierKey

/**
 * @param text  attacker-controlled
 * @param key   of the log that is trusted
 * @throws {Error} whose message says what is wrong
 */
export async function verifyReceipt(text: string, key: VerifierKey): Promise<Proven> {
  const { index, path, note, fields } = parse(text)
  const checkpoint = await openCheckpoint(note, key)
  const entry = await readEntry(fields, index)
  const leaf = await leafHash(entry.leaf)
  const steps = await climb(leaf, index, checkpoint.size, path)
  const root = steps === null ? null : (steps.at(-1)?.result ?? leaf)
  if (steps === null || root === null || !equal(root, checkpoint.root))
    throw new Error(`The entry is not number ${index} of the tree that the log signed.`)
  if (entry.commit !== null && !(await isForLog(entry.commit, checkpoint.origin))) throw new Error('The commit was made for another log.')
  return { position: index, steps, checkpoint, ...entry, leaf }
}

type Entry = Pick<Proven, 'commit' | 'author' | 'payloads'> & { readonly leaf: Bytes }

async function readEntry(fields: readonly Cbor[], index: number): Promise<Entry> {
  const [first, signature, r, keys, openings] = fields
  if (fields.length === 1) {
    const leaf = binary(first)
    if (leaf[0] !== 1 || leaf.length !== 33) throw new Error('The receipt hides an entry that is public.')
    return { leaf, commit: null, author: false, payloads: [] }
  }
  const commit = await readCommit(binary(first), binary(signature))
  const leaf = await leafOf(commit, r === null ? null : binary(r))
  return { leaf, commit, author: await isByAuthor(commit, list(keys), index), payloads: await payloadsOf(commit, list(openings)) }
}

async function isByAuthor(commit: Commit, evidence: readonly Cbor[], position: number): Promise<boolean> {
  const keys = new Keys(commit.actor)
  for (const item of evidence) {
    const [at, bytes, signature] = list(item)
    if (typeof at === 'number' && at < position) await keys.follow(await readCommit(binary(bytes), binary(signature)))
  }
  if (evidence.length === 0 && !commit.events.some(({ type }) => type === 'key:genesis')) return false
  if (keys.publicKey(commit.key) === undefined) await keys.follow(commit)
  const key = keys.publicKey(commit.key)
  if (key === undefined || !(await isSignedBy(commit, key))) throw new Error('The commit is not signed by a key of its author.')
  return true
}

async function payloadsOf(commit: Commit, openings: readonly Cbor[]): Promise<Payload[]> {
  const payloads: Payload[] = []
  for (const opening of openings) {
    const [event, index, r, bytes] = list(opening)
    if (typeof event !== 'number' || typeof index !== 'number') throw malformed()
    const part = commit.events[event]?.parts[index]
    if (part === undefined || !(await isCommitted(part, binary(r), binary(bytes)))) throw new Error('A payload is not what was signed.')
    payloads.push({ event, index, bytes: binary(bytes) })
  }
  return payloads
}

function parse(text: string): Receipt {
  const end = text.indexOf('\n\n')
  const [header, extra = '', index = '', ...path] = text.slice(0, Math.max(0, end)).split('\n')
  const place = /^index (0|[1-9]\d{0,15})$/.exec(index)?.[1]
  const bytes = fromBase64(extra.replace(/^extra /, ''))
  const hashes = path.map(fromBase64)
  if (header !== 'c2sp.org/tlog-proof@v1' || place === undefined || bytes === null) throw malformed()
  const [version, verifierKey, ...fields] = list(decode(bytes))
  if (version !== 1 || typeof verifierKey !== 'string' || ![1, 5].includes(fields.length)) throw malformed()
  return { index: Number(place), path: hashes.map(hash), note: text.slice(end + 2), verifierKey, fields }
}

const malformed = (): Error => new Error('This is no receipt of a VIVIM log: choose a file that ends in .tlog-proof.')

function hash(value: Bytes | null): Bytes {
  if (value?.length !== 32) throw malformed()
  return value
}

function list(value: Cbor | undefined): readonly Cbor[] {
  if (!Array.isArray(value)) throw malformed()
  return value as readonly Cbor[]
}

function binary(value: Cbor | undefined): Bytes {
  if (!(value instanceof Uint8Array)) throw malformed()
  return value as Bytes
}

/**
 * Recovering: the entries that a restored database lacks, put back as they were from a source that has them.
 *
 * First everything is read once and held against a checkpoint that the log's own key signed; only when the entries give exactly that root they
 * are read again and stored, batch by batch, each of them durable: whatever interrupts it, the next try goes on from where it stopped.
 */
import type pg from 'pg'
import { type CommitHeader, commitId, decodeCommit, GENESIS_EVENT } from '../commit.ts'
import { leafOf } from '../entry.ts'
import { Keyring } from '../keyring.ts'
import { type Lease, takeLease } from '../lease.ts'
import { breakIn, firstOrigin } from '../log-break.ts'
import { LogKey } from '../log-key.ts'
import { encrypt, matches, newPartKey, open } from '../part.ts'
import { deriveKey } from '../secret.ts'
import { type BatchEntry, NO_STREAM, storeBatch, streamHeads } from '../store.ts'
import { Tip } from '../tip.ts'
import { openCheckpoint } from '../tlog/checkpoint.ts'
import { leafHash } from '../tlog/merkle.ts'
import { NoteError, parseVerifierKey } from '../tlog/note.ts'
import { TILE_WIDTH } from '../tlog/tile.ts'
import { LedgerFault, type TreeHead } from '../types.ts'
import { warrantsIn } from '../warrant.ts'
import { forgetWitness } from '../witness-seeds.ts'
import type { FoundEntry, FoundPart, Source } from './source.ts'

export type RecoverOptions = {
  readonly pool: Pick<pg.Pool, 'query'>
  readonly databaseUrl: string
  /** Scheme, host and port of the instance. */
  readonly origin: string
  /** The instance secret, 32 bytes. */
  readonly secret: Uint8Array
  readonly source: Source
  readonly onProgress: (progress: { readonly label: string; readonly done: number; readonly total: number }) => void
}

export type Recovered = {
  readonly from: number
  /** Entries of the log now. */
  readonly size: number
  /** Payloads that came back, and those that the source does not have. */
  readonly payloads: number
  readonly payloadsMissing: number
  /** Identities that began in these entries. Keys are not in the log: those that the instance kept for them are lost. */
  readonly identities: number
}

const BATCH = 256

/**
 * Puts back what the source has beyond the stored log. Needs the database to itself.
 *
 * @throws {LedgerFault} RETRY_LATER while a ledger is open on it; GIVE_UP when the source has nothing more, or what it has is not what the log signed
 */
export async function recover(options: RecoverOptions): Promise<Recovered> {
  const lease = await takeLease({ databaseUrl: options.databaseUrl, origin: firstOrigin(new URL(options.origin).host) })
  try {
    const keyring = await Keyring.open(options.pool, options.secret)
    const { verifierKey } = await LogKey.load(keyring, lease.origin)
    const target = await newestSigned(options.source, verifierKey)
    await verify(lease, target, options)
    await forgetWitness(keyring, lease.origin)
    return await putBack(lease, target, options)
  } finally {
    await lease.release()
  }
}

/** The largest checkpoint of our log that the source shows. */
async function newestSigned(source: Source, verifierKey: string): Promise<TreeHead> {
  const log = parseVerifierKey(verifierKey)
  const signed = (await source.notes()).flatMap((note) => {
    try {
      return openCheckpoint(note, log)
    } catch (error) {
      if (error instanceof NoteError) return []
      throw error
    }
  })
  const newest = signed.reduce<TreeHead | null>((best, head) => (best === null || head.size > best.size ? head : best), null)
  if (newest === null) throw new LedgerFault('GIVE_UP', `The source shows no checkpoint that the log ${log.name} has signed: it is another log’s.`)
  return newest
}

/** That what is stored and what the source has beyond it are together the tree that was signed. Holds a hash per entry at most. */
async function verify(lease: Lease, target: TreeHead, { source, onProgress }: RecoverOptions): Promise<void> {
  const { tip } = await Tip.load(lease.client)
  const { size } = tip.head
  const edge = tip.nextEdge()
  if (target.size <= size)
    throw new LedgerFault('GIVE_UP', `The source has ${target.size} entries, and this log ${size}: there is nothing to bring back.`)
  for await (const entry of source.entries(size, target.size)) {
    const header = decoded(entry)
    if (breakIn(header) !== null)
      throw new LedgerFault('GIVE_UP', `Entry ${entry.position} begins a new log, whose keys this database does not have: restore a later backup.`)
    edge.append(leafHash(leafOf({ bytes: entry.commit, signature: entry.signature, blinding: entry.blinding })))
    onProgress({ label: 'verifying', done: edge.size - size, total: target.size - size })
  }
  if (edge.size === target.size && Buffer.compare(edge.root(), target.root) === 0) return
  throw new LedgerFault(
    'GIVE_UP',
    `The entries of the source do not continue this log to the root that was signed at ${target.size}: nothing was stored.`,
  )
}

async function putBack(lease: Lease, target: TreeHead, { source, secret, onProgress }: RecoverOptions): Promise<Recovered> {
  const { tip } = await Tip.load(lease.client)
  const from = tip.head.size
  const edge = tip.nextEdge()
  const kek = deriveKey(secret, 'part')
  let head: TreeHead = tip.head
  let latest = await latestTime(lease)
  const counts = { payloads: 0, payloadsMissing: 0, identities: 0 }
  for await (const found of batches(source.entries(from, target.size))) {
    const headers = found.map(decoded)
    const revisions = await streamHeads(lease.client, [...new Set(headers.flatMap(({ events }) => events.map(({ stream }) => stream)))])
    const entries = found.map((entry, i) => entryOf(entry, headers[i] ?? decoded(entry), revisions, kek))
    for (const entry of entries) edge.append(leafHash(leafOf(entry)))
    for (const { time } of headers) latest = Math.max(latest, time)
    const to = { size: edge.size, root: edge.root(), latest }
    const tiles = edge.takeChanged().filter((tile) => tile.width === TILE_WIDTH)
    await storeBatch(lease.client, { from: head, to, epoch: lease.epoch, entries, tiles })
    head = to
    const payloads = entries.reduce((sum, { parts }) => sum + parts.length, 0)
    counts.payloads += payloads
    counts.payloadsMissing += headers.reduce((sum, header) => sum + sealedParts(header), 0) - payloads
    counts.identities += headers.filter(({ events }) => events.some(({ type }) => type === GENESIS_EVENT)).length
    onProgress({ label: 'bringing back', done: head.size - from, total: target.size - from })
  }
  return { from, size: head.size, ...counts }
}

async function latestTime({ client }: Lease): Promise<number> {
  const { rows } = await client.query<{ latest: string }>('select latest from ledger.head')
  return Number(rows[0]?.latest ?? 0)
}

/** `revisions` then counts its events. */
function entryOf(found: FoundEntry, header: CommitHeader, revisions: Map<string, number>, kek: Uint8Array): BatchEntry {
  const { position, commit: bytes, signature, blinding } = found
  return {
    position,
    id: commitId(bytes),
    signature,
    blinding,
    bytes,
    revisions: header.events.map(({ stream }) => {
      const revision = (revisions.get(stream) ?? NO_STREAM) + 1
      revisions.set(stream, revision)
      return revision
    }),
    key: header.key,
    lane: header.lane === 'public' ? 0 : 1,
    seq: header.seq,
    events: header.events,
    parts: found.parts.map((part) => sealedAgain(part, header, position, kek)),
    digest: null,
    erases: warrantsIn(header.events).flatMap(({ places }) => places),
  }
}

/** The payload under a key of this database; the commitment that was signed stays what it is. */
function sealedAgain(
  { event, index, ciphertext, key }: FoundPart,
  header: CommitHeader,
  position: number,
  kek: Uint8Array,
): BatchEntry['parts'][number] {
  const part = header.events[event]?.parts[index]
  const opened = part === undefined || 'inline' in part ? null : open(ciphertext, key)
  if (part === undefined || 'inline' in part || opened === null || !matches(part.commitment, part.codec, opened))
    throw new LedgerFault('GIVE_UP', `Part ${index} of event ${event} at position ${position} is not what was signed: the source was altered.`)
  const { stored, key: fresh } = newPartKey(kek)
  return { event, index, ciphertext: encrypt(opened.r, opened.plaintext, fresh), wrapped: stored }
}

const sealedParts = ({ events }: CommitHeader): number =>
  events.reduce((sum, { parts }) => sum + parts.filter((part) => !('inline' in part)).length, 0)

const decoded = ({ commit }: { readonly commit: Uint8Array }): CommitHeader => decodeCommit(commit)

async function* batches(entries: AsyncIterable<FoundEntry>): AsyncGenerator<FoundEntry[]> {
  let batch: FoundEntry[] = []
  for await (const entry of entries) {
    batch.push(entry)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

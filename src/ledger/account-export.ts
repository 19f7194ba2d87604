/**
 * Reading an account's archive out of the database: all commits that any of its keys ever signed, in order, opened, each with its proof against one
 * checkpoint. What the instance recorded about an account (its password, its sessions) is not the account's own and not in it.
 */
import type pg from 'pg'
import sql from 'sql-template-tag'
import { type ArchiveEvent, type ArchivePart, archiveLine } from './account-archive.ts'
import { type CommitPart, decodeCommit, keyStream } from './commit.ts'
import type { Ledger } from './ledger.ts'
import { open } from './part.ts'
import type { KeyEvidence } from './receipt.ts'
import { commitsAt, partsOf, type StoredCommit, type StoredPart } from './store.ts'
import type { Hash } from './types.ts'

export type AccountExportDeps = {
  readonly pool: pg.Pool
  readonly ledger: Pick<Ledger, 'keysOf' | 'servedCheckpoint' | 'verifierKey' | 'readStream' | 'inclusionProof' | 'unwrapPartKey'>
}

/** Commits opened at a time. */
const PAGE = 100

/** The archive in chunks of text: what the account has signed and the log's newest checkpoint covers. @param actor  SHA-256 of its genesis */
export async function* exportAccount({ pool, ledger }: AccountExportDeps, actor: Hash): AsyncGenerator<string> {
  const { size, note: checkpoint } = ledger.servedCheckpoint()
  const positions = await positionsOf({ pool, ledger }, actor, size)
  const keys = await historyOf({ pool, ledger }, actor)
  yield archiveLine({ is: 'header', actor: hex(actor), verifierKey: ledger.verifierKey, checkpoint, keys })
  for (let at = 0; at < positions.length; at += PAGE) {
    const commits = await commitsAt(pool, positions.slice(at, at + PAGE))
    const parts = Map.groupBy(await partsOf(pool, commits.flatMap(recordsOf)), ({ position }) => position)
    const lines = await Promise.all(commits.map((stored) => entryLine(ledger, stored, parts.get(stored.position) ?? [], size)))
    yield lines.join('')
  }
  yield archiveLine({ is: 'end', entries: positions.length })
}

async function positionsOf({ pool, ledger }: AccountExportDeps, actor: Hash, size: number): Promise<number[]> {
  const state = await ledger.keysOf(hex(actor))
  const keys = [...(state?.keys.values() ?? [])].map(({ id }) => id)
  const { rows } = await pool.query<{ position: string }>(
    sql`select position from ledger.commit where key = any(${keys}::bytea[]) and position < ${size} order by position`,
  )
  return rows.map(({ position }) => Number(position))
}

/** What the account itself recorded about its keys. */
async function historyOf({ pool, ledger }: AccountExportDeps, actor: Hash): Promise<KeyEvidence[]> {
  const positions = new Set((await ledger.readStream(keyStream(actor))).map(({ position }) => position))
  return (await commitsAt(pool, [...positions])).flatMap(({ position, bytes, signature }) =>
    Buffer.compare(decodeCommit(bytes).actor, actor) === 0 ? [{ position, commit: bytes, signature }] : [],
  )
}

const recordsOf = ({ position, bytes }: StoredCommit) => decodeCommit(bytes).events.map(({ stream }, index) => ({ stream, position, index }))

async function entryLine(ledger: AccountExportDeps['ledger'], stored: StoredCommit, parts: readonly StoredPart[], size: number): Promise<string> {
  const { position, bytes: commit, signature, blinding: r } = stored
  const header = decodeCommit(commit)
  const { proof: hashes } = await ledger.inclusionProof(position, size)
  const events = header.events.map(
    ({ type, schema, stream, parts: refs }, event): ArchiveEvent => ({
      type,
      schema,
      stream,
      parts: refs.map((part, index) =>
        partOf(
          ledger,
          part,
          parts.find((one) => one.event === event && one.index === index),
        ),
      ),
    }),
  )
  return archiveLine({ is: 'entry', position, hashes, commit, signature, r, time: new Date(header.time).toISOString(), events })
}

function partOf(ledger: AccountExportDeps['ledger'], part: CommitPart, stored: StoredPart | undefined): ArchivePart {
  const { codec } = part
  if ('inline' in part) return { is: 'inline', codec }
  if (stored === undefined || stored.wrapped === null) return { is: 'erased', codec }
  const { r, plaintext } = open(stored.ciphertext, ledger.unwrapPartKey(stored.wrapped))
  return { is: 'open', codec, r, bytes: plaintext }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

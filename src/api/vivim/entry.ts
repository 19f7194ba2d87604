/** One entry of the log as a stranger may see it, with the proof that it is there. */
import type { z } from 'zod'
import { type CommitHeader, type CommitPart, commitId, decodeCommit, parseLeaf } from '../../ledger/commit.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { decodeEntryBundle, TILE_WIDTH, tileWidth } from '../../ledger/tlog/tile.ts'
import { notFound } from '../errors.ts'
import type { Entry } from './schema.ts'

type Log = Pick<Ledger, 'checkpoint' | 'entryBundle' | 'inclusionProof' | 'rootAt'>

/** @throws {ApiError} 404 beyond the newest checkpoint */
export async function entryAt(log: Log, position: number): Promise<z.infer<typeof Entry>> {
  const { size, note } = log.checkpoint()
  if (position >= size) throw notFound('The log does not reach this far')
  const [leaf, proof, root] = await Promise.all([leafAt(log, position, size), log.inclusionProof(position, size), log.rootAt(size)])
  const parsed = parseLeaf(leaf)
  return {
    position,
    kind: parsed.kind,
    leaf: base64(leaf),
    leafHash: base64(proof.leafHash),
    commit: parsed.kind === 'public' ? commitOf(parsed.commit, parsed.signature) : null,
    proof: { size, root: base64(root), hashes: proof.proof.map(base64) },
    checkpoint: note,
  }
}

async function leafAt(log: Log, position: number, size: number): Promise<Uint8Array> {
  const index = Math.floor(position / TILE_WIDTH)
  const bundle = await log.entryBundle(index, tileWidth(0, index, size))
  const leaf = bundle === null ? undefined : decodeEntryBundle(bundle)[position % TILE_WIDTH]
  if (leaf === undefined) throw notFound('The log does not reach this far')
  return leaf
}

function commitOf(bytes: Uint8Array, signature: Uint8Array): z.infer<typeof Entry>['commit'] {
  const header: CommitHeader = decodeCommit(bytes)
  return {
    id: hex(commitId(bytes)),
    actor: hex(header.actor),
    key: hex(header.key),
    chain: { lane: header.lane, seq: header.seq, prev: header.prev === null ? null : hex(header.prev) },
    time: new Date(header.time).toISOString(),
    counter: header.counter,
    deps: header.deps.map(hex),
    seen: header.seen === null ? null : { size: header.seen.size, root: base64(header.seen.root) },
    events: header.events.map(({ type, schema, stream, parts }) => ({ type, schema, stream, parts: parts.map(partOf) })),
    signature: base64(signature),
  }
}

const partOf = (part: CommitPart) =>
  'inline' in part
    ? { codec: part.codec, inline: base64(part.inline) }
    : { codec: part.codec, commitment: base64(part.commitment), sizeClass: part.sizeClass, keyRef: base64(part.kref) }

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

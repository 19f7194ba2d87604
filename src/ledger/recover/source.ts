/** Where missing entries can come from: a full export, or a mirror that serves the log's tiles. All of it is attacker-controlled until it is proven. */
import { createReadStream } from 'node:fs'
import { FramingError } from '../audit/frame-reader.ts'
import { LogClient } from '../audit/log-client.ts'
import { RecordReader } from '../audit/record-reader.ts'
import { CommitError, parseLeaf } from '../commit.ts'
import { decodeEntryBundle, entriesPath, TILE_WIDTH } from '../tlog/tile.ts'
import { LedgerFault } from '../types.ts'

/** A sealed part as an export has it. */
export type FoundPart = { readonly event: number; readonly index: number; readonly ciphertext: Uint8Array; readonly key: Uint8Array }

export type FoundEntry = {
  readonly position: number
  readonly commit: Uint8Array
  readonly signature: Uint8Array
  readonly blinding: Uint8Array | null
  /** Those that are still there: none of a mirror, which has no payloads. */
  readonly parts: readonly FoundPart[]
}

export type Source = {
  /** Its newest checkpoints, as signed notes. */
  notes(): Promise<readonly string[]>
  /** Entries [from, to), in order, read anew with every call. @throws {LedgerFault} GIVE_UP when one is not there, or not whole */
  entries(from: number, to: number): AsyncIterable<FoundEntry>
}

/** Checkpoints looked at: there may be one for each batch. */
const NEWEST = 64

/** @param from  a file, or the address of an instance or of the prefix below which a mirror has `checkpoint` and `tile/` */
export const sourceOf = (from: string): Source => (/^https?:\/\//i.test(from) ? mirror(from) : exportFile(from))

function exportFile(file: string): Source {
  return {
    async notes() {
      const notes: string[] = []
      for await (const record of records(file)) {
        if (record.is !== 'checkpoint') continue
        notes.push(Buffer.from(record.note).toString())
        if (notes.length > NEWEST) notes.shift() // in the order of their sizes
      }
      return notes
    },
    async *entries(from, to) {
      let entry: (FoundEntry & { readonly parts: FoundPart[] }) | null = null
      let next = from
      for await (const record of records(file)) {
        if (record.is === 'part' && record.position === entry?.position) {
          const { event, part: index, ciphertext, key } = record
          if (ciphertext !== null && key !== null) entry.parts.push({ event, index, ciphertext, key })
          continue
        }
        if (record.is !== 'commit' && record.is !== 'blinded') continue
        if (record.position < from || record.position > to) continue
        if (entry !== null) yield entry
        entry = null
        if (record.position === to) return
        if (record.is === 'blinded') throw notWhole(record.position)
        if (record.position !== next++) throw new LedgerFault('GIVE_UP', `The export has no entry ${next - 1}.`)
        const { position, commit, signature, blinding } = record
        entry = { position, commit, signature, blinding, parts: [] }
      }
      if (entry !== null) yield entry
      if (next < to) throw new LedgerFault('GIVE_UP', `The export ends before entry ${next}.`)
    },
  }
}

async function* records(file: string) {
  const reader = new RecordReader()
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      for (const record of reader.push(chunk)) {
        if (record.is === 'malformed') throw new LedgerFault('GIVE_UP', `The export is damaged: ${record.detail}.`)
        yield record
      }
    }
    reader.end()
  } catch (error) {
    throw error instanceof FramingError ? new LedgerFault('GIVE_UP', `The export is damaged: ${error.message}.`, undefined, error) : error
  }
}

function mirror(address: string): Source {
  const url = new URL(address)
  const client = new LogClient(url.pathname === '/' ? `${url.origin}/log` : address)
  return {
    notes: async () => [Buffer.from(await client.read('/checkpoint')).toString()],
    async *entries(from, to) {
      for (let index = Math.floor(from / TILE_WIDTH); index * TILE_WIDTH < to; index++) {
        const first = index * TILE_WIDTH
        const leaves = bundle(await client.read(`/${entriesPath(index, Math.min(TILE_WIDTH, to - first))}`))
        for (const [i, leaf] of leaves.entries()) if (first + i >= from && first + i < to) yield entryOf(first + i, leaf)
        if (leaves.length < Math.min(TILE_WIDTH, to - first)) throw new LedgerFault('GIVE_UP', `The mirror has no entry ${first + leaves.length}.`)
      }
    },
  }
}

function bundle(bytes: Uint8Array): Uint8Array[] {
  try {
    return decodeEntryBundle(bytes)
  } catch (cause) {
    throw new LedgerFault('GIVE_UP', 'The mirror serves a bundle that is none.', undefined, cause)
  }
}

function entryOf(position: number, leaf: Uint8Array): FoundEntry {
  try {
    const parsed = parseLeaf(leaf)
    if (parsed.kind === 'blinded') throw notWhole(position)
    return { position, commit: parsed.commit, signature: parsed.signature, blinding: null, parts: [] }
  } catch (cause) {
    throw cause instanceof CommitError ? new LedgerFault('GIVE_UP', `Entry ${position} of the mirror is no leaf.`, undefined, cause) : cause
  }
}

const notWhole = (position: number): LedgerFault =>
  new LedgerFault('GIVE_UP', `Entry ${position} is private, and this source has only its hash: a full export has the entry.`)

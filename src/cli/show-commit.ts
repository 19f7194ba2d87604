/** One entry of the log as plain JSON: everything that was signed, what it opens to, and the proof of its place. Byte strings are hex. */
import type { Instance } from '../instance.ts'
import { decodeCommit } from '../ledger/commit.ts'
import { commitsAt } from '../ledger/store.ts'
import type { OpenedPart } from '../ledger/types.ts'

/** `json` is parsed, `text` is what is readable as UTF-8, anything else is base64. */
export type ShownPart = {
  readonly codec: string
  readonly erased: boolean
  readonly json?: unknown
  readonly text?: string
  readonly base64?: string
}

export type ShownCommit = {
  readonly position: number
  readonly id: string
  readonly lane: 'public' | 'private'
  readonly actor: string
  readonly key: string
  readonly seq: number
  readonly prev: string | null
  /** ISO 8601, and the counter that tells commits of one millisecond apart. */
  readonly time: string
  readonly counter: number
  readonly deps: readonly string[]
  readonly seen: { readonly size: number; readonly root: string } | null
  readonly pre: readonly (readonly [stream: string, expected: string | number])[]
  readonly events: readonly {
    readonly type: string
    readonly schema: number
    readonly stream: string
    readonly revision: number
    readonly parts: readonly ShownPart[]
  }[]
  /** What is hashed and signed, for whoever wants to check it alone. */
  readonly commit: string
  readonly signature: string
  readonly blinding: string | null
  readonly leafHash: string
  /** Audit path to the root of `checkpoint`, lowest sibling first. */
  readonly proof: { readonly index: number; readonly size: number; readonly hashes: readonly string[] }
  readonly checkpoint: string
}

/** The entry that `ref` names. @param ref  decimal position or hex id. @returns null when the log has no such entry */
export async function showCommit({ ledger, pool }: Pick<Instance, 'ledger' | 'pool'>, ref: string): Promise<ShownCommit | null> {
  const found = await ledger.find(ref)
  const [raw] = found === null ? [] : await commitsAt(pool, [found.position])
  if (found === null || raw === undefined) return null
  const header = decodeCommit(raw.bytes)
  const checkpoint = ledger.checkpoint()
  const { index, size, leafHash, proof } = await ledger.inclusionProof(found.position, checkpoint.size)
  return {
    position: found.position,
    id: hex(found.id),
    lane: header.lane,
    actor: hex(header.actor),
    key: hex(header.key),
    seq: header.seq,
    prev: header.prev === null ? null : hex(header.prev),
    time: new Date(header.time).toISOString(),
    counter: header.counter,
    deps: header.deps.map(hex),
    seen: header.seen === null ? null : { size: header.seen.size, root: hex(header.seen.root) },
    pre: header.pre,
    events: found.events.map(({ type, schema, stream, revision, parts }) => ({ type, schema, stream, revision, parts: parts.map(shownPart) })),
    commit: hex(raw.bytes),
    signature: hex(raw.signature),
    blinding: raw.blinding === null ? null : hex(raw.blinding),
    leafHash: hex(leafHash),
    proof: { index, size, hashes: proof.map(hex) },
    checkpoint: checkpoint.note,
  }
}

/** A part as far as it can be read. */
export function shownPart(part: OpenedPart): ShownPart {
  if (part.erased) return { codec: part.codec, erased: true }
  const text = asText(part.bytes)
  const json = part.codec === 'json' && text !== null ? asJson(text) : undefined
  if (json !== undefined) return { codec: part.codec, erased: false, json }
  return { codec: part.codec, erased: false, ...(text === null ? { base64: Buffer.from(part.bytes).toString('base64') } : { text }) }
}

function asText(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')

/** Between drafts, signed bytes and what readers see: sealing parts on the way in, opening them on the way out. No database here. */
import { blindedLeaf, type CommitEvent, type CommitPart, decodeCommit, type InlinePart, publicLeaf } from './commit.ts'
import { matches, newPartKey, open, seal, unwrapKey } from './part.ts'
import { randomBytes } from './random.ts'
import { hex, type StoredCommit, type StoredPart, type StreamRecord } from './store.ts'
import { leafHash } from './tlog/merkle.ts'
import { type CommitDraft, type LedgerCommit, type LedgerEvent, LedgerFault, type OpenedPart, type PartDraft } from './types.ts'

/** A part sealed under a key of its own, and what is stored of that key. */
export type PartToStore = {
  readonly event: number
  readonly index: number
  readonly ciphertext: Uint8Array
  readonly wrapped: Uint8Array
}

/** A draft whose events are as they will be signed. `bytes`: about what it costs to keep in memory and to store. */
export type SealedDraft = { readonly events: readonly CommitEvent[]; readonly parts: readonly PartToStore[]; readonly bytes: number }

const KREF = 16
const PER_EVENT = 200

/** Every part that is not inline is sealed under a fresh key. @param kek  the instance's key encryption key */
export function sealDraft(draft: CommitDraft, kek: Uint8Array): SealedDraft {
  const parts: PartToStore[] = []
  let bytes = 0
  const events = draft.events.map(({ type, schema, stream, parts: drafts }, event) => ({
    type,
    schema,
    stream,
    parts: drafts.map((part, index): CommitPart => {
      bytes += part.bytes.length
      if (part.inline === true) return { codec: part.codec, inline: part.bytes }
      const sealed = sealPart(part, kek)
      parts.push({ event, index, ...sealed.store })
      return sealed.part
    }),
  }))
  return { events, parts, bytes: bytes + PER_EVENT * (draft.events.length + parts.length) }
}

function sealPart({ codec, bytes }: PartDraft, kek: Uint8Array) {
  const { stored, key } = newPartKey(kek)
  const { ciphertext, commitment, sizeClass } = seal(bytes, codec, key)
  return { part: { codec, commitment, sizeClass, kref: randomBytes(KREF) }, store: { ciphertext, wrapped: stored } }
}

/** The leaf of a stored commit: itself when public, 33 opaque bytes when not. */
export function leafOf({ bytes, signature, blinding }: Pick<StoredCommit, 'bytes' | 'signature' | 'blinding'>): Uint8Array {
  return blinding === null ? publicLeaf(bytes, signature) : blindedLeaf(bytes, signature, blinding)
}

/** Opens stored commits. @param parts  their sealed parts, in any order */
export function openCommits(stored: readonly StoredCommit[], parts: readonly StoredPart[], kek: Uint8Array): LedgerCommit[] {
  const find = byPlace(parts)
  return stored.map((commit): LedgerCommit => {
    const { position, id } = commit
    const { lane, actor, key, time, counter, events } = decodeCommit(commit.bytes)
    const opened = events.map((event, index) => openEvent(event, index, commit, find, kek))
    return { position, id, leafHash: leafHash(leafOf(commit)), lane, actor, key, time, counter, events: opened }
  })
}

/** The recorded events, out of the commits that hold them; other events of those commits stay sealed. @param parts  those of the records */
export function openRecords(
  records: readonly StreamRecord[],
  stored: readonly StoredCommit[],
  parts: readonly StoredPart[],
  kek: Uint8Array,
): LedgerEvent[] {
  const find = byPlace(parts)
  const commits = new Map(stored.map((commit) => [commit.position, { commit, events: decodeCommit(commit.bytes).events }]))
  return records.map(({ stream, position, index }) => {
    const found = commits.get(position)
    const event = found?.events[index]
    if (found === undefined || event?.stream !== stream)
      throw new LedgerFault('GIVE_UP', `Event ${index} at position ${position} is not of the stream ${stream}: the database was altered.`)
    return openEvent(event, index, found.commit, find, kek)
  })
}

type FindPart = (position: number, event: number, index: number) => StoredPart | undefined

function byPlace(parts: readonly StoredPart[]): FindPart {
  const found = new Map(parts.map((part) => [`${part.position}/${part.event}/${part.index}`, part]))
  return (position, event, index) => found.get(`${position}/${event}/${index}`)
}

function openEvent(event: CommitEvent, index: number, { position, revisions }: StoredCommit, find: FindPart, kek: Uint8Array): LedgerEvent {
  const { type, schema, stream } = event
  const parts = event.parts.map((part, n) => openPart(part, find(position, index, n), kek))
  return { position, index, type, schema, stream, revision: revisions[index] ?? 0, parts }
}

/**
 * The payload, checked against the commitment that was signed; erased when ciphertext or key are gone.
 *
 * @throws {LedgerFault} GIVE_UP when what is stored is not what was committed to
 */
function openPart(part: CommitPart, stored: StoredPart | undefined, kek: Uint8Array): OpenedPart {
  const { codec } = part
  if (isInline(part)) return { codec, bytes: part.inline, erased: false }
  if (stored === undefined || stored.wrapped === null) return { codec, erased: true }
  const where = `part ${stored.index} of event ${stored.event} at position ${stored.position}`
  try {
    const unsealed = open(stored.ciphertext, unwrapKey(stored.wrapped, kek))
    if (matches(part.commitment, codec, unsealed)) return { codec, bytes: unsealed.plaintext, erased: false }
  } catch (cause) {
    throw new LedgerFault('GIVE_UP', `The ${where} does not open: the database was altered or damaged.`, hex(part.kref), cause)
  }
  throw new LedgerFault('GIVE_UP', `The ${where} is not what was signed: the database was altered.`, hex(part.kref))
}

const isInline = (part: CommitPart): part is InlinePart => 'inline' in part

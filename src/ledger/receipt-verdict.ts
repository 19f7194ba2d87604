/** What a receipt proves, checked from its bytes alone: the log's signature, the place of the entry, its author, and the payloads it discloses. Pure. */
import { hash } from 'node:crypto'
import { CommitError, type CommitHeader, commitId, decodeCommit, GENESIS_EVENT, parseLeaf } from './commit.ts'
import { judgeKeys, type KeyState } from './key-state.ts'
import { matches } from './part.ts'
import { type KeyEvidence, leafOfReceipt, parseReceipt, type Receipt, type ReceiptEntry } from './receipt.ts'
import { verifyCommit } from './signature.ts'
import { leafHash } from './tlog/merkle.ts'
import { NoteError } from './tlog/note.ts'
import { type JudgedCheckpoint, type Policy, parsePolicy } from './tlog/policy.ts'
import { verifyProof } from './tlog/proof.ts'
import type { PartCodec } from './types.ts'

/** A payload as far as the receipt shows it. */
export type ShownPart =
  | { readonly is: 'sealed'; readonly codec: PartCodec; readonly sizeClass: number }
  /** `opened`: it is what was committed to. `inline`: it is part of what was signed. */
  | { readonly is: 'opened' | 'inline'; readonly codec: PartCodec; readonly bytes: Uint8Array }

export type ShownEvent = { readonly type: string; readonly schema: number; readonly stream: string; readonly parts: readonly ShownPart[] }

export type ShownEntry =
  | { readonly is: 'closed'; readonly leaf: Uint8Array }
  | {
      readonly is: 'open'
      readonly id: Uint8Array
      readonly header: CommitHeader
      readonly events: readonly ShownEvent[]
      /** `proven`: signed by a key that the author's own key operations name. `unproven`: the receipt does not show those. */
      readonly author: 'proven' | 'unproven'
    }

/**
 * - `MALFORMED`   no receipt
 * - `SIGNATURE`   the checkpoint is not signed by the log that is trusted, or a signature on it is false
 * - `INCLUSION`   the entry is not where the proof says
 * - `ENTRY`       what is shown is no commit of this log
 * - `AUTHOR`      the commit is not signed by a key of its author
 * - `COMMITMENT`  a payload is not what was signed
 */
export type ReceiptVerdict =
  | ({ readonly ok: true; readonly index: number; readonly leafHash: Uint8Array; readonly entry: ShownEntry } & JudgedCheckpoint)
  | { readonly ok: false; readonly code: 'MALFORMED' | 'SIGNATURE' | 'INCLUSION' | 'ENTRY' | 'AUTHOR' | 'COMMITMENT'; readonly reason: string }

class Wrong extends Error {
  readonly code: Extract<ReceiptVerdict, { ok: false }>['code']
  constructor(code: Wrong['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** The policy that trusts one log and asks for no witness. @param vkey attacker-controlled. @throws {PolicyError} when it is no verifier key of a log */
export const policyFor = (vkey: string): Policy => parsePolicy(`log ${vkey}\nquorum none\n`)

/** @param text attacker-controlled. @param policy  which log to trust, and which witnesses */
export function verifyReceipt(text: string, policy: Policy): ReceiptVerdict {
  return judged(() => verdict(parseReceipt(text), policy))
}

/** The same for a receipt that came in another form. @param receipt attacker-controlled */
export function receiptVerdict(receipt: Receipt, policy: Policy): ReceiptVerdict {
  return judged(() => verdict(receipt, policy))
}

function judged(judge: () => ReceiptVerdict): ReceiptVerdict {
  try {
    return judge()
  } catch (error) {
    if (error instanceof Wrong) return { ok: false, code: error.code, reason: error.message }
    if (error instanceof NoteError || error instanceof CommitError) return { ok: false, code: 'MALFORMED', reason: error.message }
    throw error
  }
}

function verdict({ proof, entry }: Receipt, policy: Policy): ReceiptVerdict {
  const leaf = leafHash(leafOfReceipt(entry))
  const proven = verifyProof({ ...proof, extra: null }, leaf, policy)
  if (!proven.ok) return proven
  return { ...proven, leafHash: leaf, entry: entry.is === 'closed' ? closed(entry.leaf) : opened(entry, proven.index, proven.checkpoint.origin) }
}

/** A public leaf is never closed: it says all it says. */
function closed(leaf: Uint8Array): ShownEntry {
  if (parseLeaf(leaf).kind === 'public') throw new Wrong('ENTRY', 'The receipt hides a leaf that is public.')
  return { is: 'closed', leaf }
}

function opened(entry: Extract<ReceiptEntry, { is: 'open' }>, position: number, origin: string): ShownEntry {
  const header = decodeCommit(entry.commit)
  if ((header.lane === 'public') !== (entry.r === null)) throw new Wrong('ENTRY', 'The commit is of another lane than its leaf.')
  if (!originsUpTo(origin).some((name) => same(header.log, hash('sha256', name, 'buffer'))))
    throw new Wrong('ENTRY', 'The commit was made for another log.')
  const author = authorOf(entry, header, position)
  return { is: 'open', id: commitId(entry.commit), header, events: eventsOf(entry, header), author }
}

/** A log that broke goes on under a new origin, `…/log/2`, with its old entries. */
function originsUpTo(origin: string): string[] {
  const [, base, last] = /^(.*\/log\/)(\d{1,4})$/.exec(origin) ?? []
  return base === undefined ? [origin] : Array.from({ length: Number(last) }, (_, i) => `${base}${i + 1}`)
}

/**
 * Follows the author's key operations from the genesis, whose hash is the actor, and asks whether the key could sign here. What other parties wrote
 * about these keys (a freeze, a recovery that is not shown) is for an audit of the whole log.
 */
function authorOf({ commit, signature, keys }: Extract<ReceiptEntry, { is: 'open' }>, header: CommitHeader, position: number): 'proven' | 'unproven' {
  const states = new Map<string, KeyState>()
  for (const evidence of keys) if (evidence.position < position) step(states, evidence)
  if (states.size === 0 && !header.events.some(({ type }) => type === GENESIS_EVENT)) return 'unproven'
  step(states, { position, commit, signature })
  if (!states.has(hex(header.actor))) throw new Wrong('AUTHOR', 'The key operations shown are not those of the author.')
  return 'proven'
}

function step(states: Map<string, KeyState>, { position, commit, signature }: KeyEvidence): void {
  const verdict = judgeKeys(decodeCommit(commit), { position, clock: 0 }, (actor) => states.get(actor) ?? null)
  if (!verdict.ok) throw new Wrong('AUTHOR', `Commit ${position} may not stand there: ${verdict.reason}.`)
  if (!verifyCommit(commit, signature, verdict.key.publicKey)) throw new Wrong('AUTHOR', `Commit ${position} is not signed by the key it names.`)
  for (const [actor, state] of verdict.changes) states.set(actor, state)
}

function eventsOf({ openings }: Extract<ReceiptEntry, { is: 'open' }>, { events }: CommitHeader): ShownEvent[] {
  const left = new Map(openings.map((opening) => [`${opening.event}/${opening.index}`, opening]))
  const shown = events.map(({ type, schema, stream, parts }, event) => ({
    type,
    schema,
    stream,
    parts: parts.map((part, index): ShownPart => {
      if ('inline' in part) return { is: 'inline', codec: part.codec, bytes: part.inline }
      const opening = left.get(`${event}/${index}`)
      if (opening === undefined) return { is: 'sealed', codec: part.codec, sizeClass: part.sizeClass }
      left.delete(`${event}/${index}`)
      if (!matches(part.commitment, part.codec, { r: opening.r, plaintext: opening.bytes }))
        throw new Wrong('COMMITMENT', `Part ${index} of event ${event} is not what was signed.`)
      return { is: 'opened', codec: part.codec, bytes: opening.bytes }
    }),
  }))
  if (left.size > 0) throw new Wrong('COMMITMENT', 'The receipt opens a part that the commit does not have.')
  return shown
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

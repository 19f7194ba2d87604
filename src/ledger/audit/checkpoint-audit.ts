/**
 * Checkpoints: signed by the log's key, for its origin, never going back, and each with the root that the leaves before it make. And by whom
 * else they were signed: the log's second key, and the witnesses that the auditor's policy names.
 */
import { parseCheckpoint } from '../tlog/checkpoint.ts'
import { parseCosignerKey, parseLogVerifierKey } from '../tlog/cosignature.ts'
import { isSameKey, NoteError, type NoteKey, type NoteSignature, parseNote } from '../tlog/note.ts'
import { isQuorum, type Policy } from '../tlog/policy.ts'
import type { Checks } from './checks.ts'
import type { AlarmBook, AlarmKind, Counter } from './report.ts'
import type { AuditTree } from './tree.ts'

/** Who signs checkpoints. */
export type Signers = {
  readonly origin: string
  /** Verifier keys of the log. The first must have signed every checkpoint, the others may have. */
  readonly log: readonly string[]
  readonly policy: Policy | null
}

/** The largest tree that the policy's quorum vouches for, and the witnesses of it by their names in the policy. */
export type Witnessed = { readonly size: number; readonly by: readonly string[] }

type Known = { readonly key: NoteKey; readonly verifierKey: string; readonly is: 'log' | 'also log' | 'witness'; readonly name: string }

/** Cosigned checkpoints that a state keeps. The largest one with a quorum is among them, or nearly. */
const KEPT = 100

const utf8 = new TextDecoder('utf-8', { fatal: true })

export class CheckpointAudit {
  readonly #tree: AuditTree
  readonly #book: AlarmBook
  readonly #checks: Checks
  readonly #counts: Counter
  #known: readonly Known[] = []
  #signers: Signers = { origin: '', log: [], policy: null }
  #newest = 0
  #right: number | null = null
  #wrongRoots = 0
  /** Valid cosignatures by tree size, of checkpoints with the right root. */
  readonly #cosigned = new Map<number, Set<string>>()

  constructor(tree: AuditTree, book: AlarmBook, checks: Checks, counts: Counter) {
    this.#tree = tree
    this.#book = book
    this.#checks = checks
    this.#counts = counts
  }

  /** Size of the newest one with the right root; null when there was none. Signatures are decided later. */
  get right(): number | null {
    return this.#right
  }

  /** Size of the largest one, right or not. */
  get newest(): number {
    return this.#newest
  }

  /** How many had another root than the leaves make; only the first is an alarm, the rest follow from it. */
  get wrongRoots(): number {
    return this.#wrongRoots
  }

  /** @throws {NoteError} when one of the log's verifier keys is malformed; nothing is known then */
  begin(signers: Signers): void {
    this.#signers = signers
    this.#known = [
      ...signers.log.map((vkey, i): Known => {
        const { name, keyId } = parseLogVerifierKey(vkey)
        return { key: { name, keyId }, verifierKey: vkey, is: i === 0 ? 'log' : 'also log', name }
      }),
      ...(signers.policy?.witnesses ?? []).map(({ name, vkey }): Known => ({ key: parseCosignerKey(vkey), verifierKey: vkey, is: 'witness', name })),
    ]
  }

  /** @param origin  in force at this place of the log. @param note  attacker-controlled */
  take(size: number, note: Uint8Array, origin: string): void {
    this.#counts.checkpoints++
    try {
      const { text, signatures } = parseNote(utf8.decode(note))
      const checkpoint = parseCheckpoint(text)
      if (checkpoint.origin !== origin) this.#alarm(size, `is of the log ${checkpoint.origin}`)
      if (checkpoint.size !== size) this.#alarm(size, `says size ${checkpoint.size}`)
      if (size < this.#newest) this.#alarm(size, `comes after the one of size ${this.#newest}`)
      this.#newest = Math.max(this.#newest, size)
      const isRight = this.#compareRoot(size, checkpoint.root)
      this.#verify(size, Buffer.from(text), signatures, { isRight, isEnded: origin !== this.#signers.origin })
    } catch (error) {
      if (!(error instanceof NoteError || error instanceof TypeError)) throw error
      this.#alarm(size, `is malformed: ${error.message}`)
    }
  }

  /** The largest witnessed tree, once all checks are decided. */
  witnessed(): Witnessed | null {
    const { policy } = this.#signers
    if (policy === null) return null
    if (this.#right !== null && !this.#cosigned.has(this.#right)) this.#cosigned.set(this.#right, new Set()) // a quorum may be nobody
    const witnessed = [...this.#cosigned].filter(([, by]) => isQuorum(policy, by)).toSorted(([a], [b]) => b - a)
    const [largest] = witnessed
    return largest === undefined ? null : { size: largest[0], by: [...largest[1]].toSorted() }
  }

  /** All of it, to go on from another time; only when all checks are decided and nothing was wrong. */
  save(): { readonly newest: number; readonly right: number | null; readonly cosigned: readonly (readonly [number, readonly string[]])[] } {
    const largest = [...this.#cosigned].toSorted(([a], [b]) => b - a).slice(0, KEPT)
    return { newest: this.#newest, right: this.#right, cosigned: largest.map(([size, by]) => [size, [...by]]) }
  }

  /** As {@link CheckpointAudit.save} gave it. */
  load({ newest, right, cosigned }: ReturnType<CheckpointAudit['save']>): void {
    this.#newest = newest
    this.#right = right
    for (const [size, by] of cosigned) this.#cosigned.set(size, new Set(by))
  }

  #verify(size: number, text: Uint8Array, signatures: readonly NoteSignature[], { isRight, isEnded }: { isRight: boolean; isEnded: boolean }): void {
    const lines = signatures.flatMap((line) => this.#known.filter(({ key }) => isSameKey(key, line)).map((known) => ({ known, line })))
    // A log that ended by a break was signed with a key of its own, which nobody names any more: what holds its entries now is the present one.
    if (isEnded) this.#counts.endedCheckpoints++
    else if (this.#known.length > 0 && !lines.some(({ known }) => known.is === 'log')) this.#alarm(size, 'is not signed by the log’s key')
    for (const { known, line } of lines) {
      const check = { verifierKey: known.verifierKey, signature: line.signature, text }
      this.#checks.note(check, (problem) => this.#decided(size, known, { isFalse: problem !== null, isRight }))
    }
  }

  #decided(size: number, { is, name }: Known, { isFalse, isRight }: { isFalse: boolean; isRight: boolean }): void {
    if (isFalse)
      return is === 'witness' ? this.#alarm(size, `has a false cosignature by ${name}`, 'witness') : this.#alarm(size, 'has a wrong signature')
    if (is === 'log') this.#counts.signatures++
    else this.#counts.cosignatures++
    if (is !== 'witness' || !isRight) return
    const by = this.#cosigned.get(size) ?? new Set()
    this.#cosigned.set(size, by.add(name))
  }

  #compareRoot(size: number, root: Uint8Array): boolean {
    if (size > this.#tree.size) {
      this.#alarm(size, `covers ${size - this.#tree.size} entries that are not there`)
      return false
    }
    const own = this.#tree.rootAt(size)
    if (own !== null && Buffer.compare(own, root) === 0) {
      this.#right = Math.max(this.#right ?? 0, size)
      return true
    }
    if (own === null || this.#wrongRoots++ > 0) return false
    const from = this.#right ?? 0
    this.#book.raise(from, 'root', `entries ${from} to ${Math.max(from, size - 1)} do not make the root that the checkpoint of size ${size} signs`)
    return false
  }

  #alarm(size: number, problem: string, what: AlarmKind = 'checkpoint'): void {
    this.#book.raise(size, what, `the checkpoint of size ${size} ${problem}`)
  }
}

/** Checkpoints: signed by the log's key, for this origin, never going back, and each with the root that the leaves before it make. */
import { parseCheckpoint } from '../tlog/checkpoint.ts'
import { NoteError, parseNote, parseVerifierKey } from '../tlog/note.ts'
import type { Checks } from './checks.ts'
import type { AlarmBook, Counter } from './report.ts'
import type { AuditTree } from './tree.ts'

/** The log's verifier key, taken apart. */
export type LogKey = { readonly name: string; readonly keyId: Uint8Array; readonly publicKey: Uint8Array }

/** @throws {NoteError} for anything but a well-formed Ed25519 verifier key whose key id fits */
export function parseLogKey(vkey: string): LogKey {
  const { name, keyId } = parseVerifierKey(vkey)
  return { name, keyId, publicKey: Buffer.from(vkey.slice(-ENCODED_KEY), 'base64').subarray(1) }
}

/** Base64 characters of type and public key, 33 bytes. */
const ENCODED_KEY = 44

const utf8 = new TextDecoder('utf-8', { fatal: true })

export class CheckpointAudit {
  readonly #tree: AuditTree
  readonly #book: AlarmBook
  readonly #checks: Checks
  readonly #counts: Counter
  #newest = 0
  #right: number | null = null
  #wrongRoots = 0

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

  /** @param note  attacker-controlled. @param key  null when the log's key is unknown: the root is still compared */
  take(size: number, note: Uint8Array, origin: string, key: LogKey | null): void {
    this.#counts.checkpoints++
    try {
      const { text, signatures } = parseNote(utf8.decode(note))
      const checkpoint = parseCheckpoint(text)
      if (checkpoint.origin !== origin) this.#alarm(size, `is of the log ${checkpoint.origin}`)
      if (checkpoint.size !== size) this.#alarm(size, `says size ${checkpoint.size}`)
      if (size < this.#newest) this.#alarm(size, `comes after the one of size ${this.#newest}`)
      this.#newest = Math.max(this.#newest, size)
      if (key !== null) this.#verify(size, Buffer.from(text), signatures, key)
      this.#compareRoot(size, checkpoint.root)
    } catch (error) {
      if (!(error instanceof NoteError || error instanceof TypeError)) throw error
      this.#alarm(size, `is malformed: ${error.message}`)
    }
  }

  #verify(size: number, text: Uint8Array, signatures: ReturnType<typeof parseNote>['signatures'], key: LogKey): void {
    const own = signatures.filter(({ name, keyId }) => name === key.name && Buffer.compare(keyId, key.keyId) === 0)
    if (own.length === 0) this.#alarm(size, 'is not signed by the log’s key')
    for (const { signature } of own) {
      this.#checks.signature({ publicKey: key.publicKey, signature, message: text }, () => this.#alarm(size, 'has a wrong signature'))
    }
  }

  #compareRoot(size: number, root: Uint8Array): void {
    if (size > this.#tree.size) return this.#alarm(size, `covers ${size - this.#tree.size} entries that are not there`)
    if (Buffer.compare(this.#tree.rootAt(size), root) === 0) {
      this.#right = Math.max(this.#right ?? 0, size)
      return
    }
    if (this.#wrongRoots++ > 0) return
    const from = this.#right ?? 0
    this.#book.raise(from, 'root', `entries ${from} to ${Math.max(from, size - 1)} do not make the root that the checkpoint of size ${size} signs`)
  }

  #alarm(size: number, problem: string): void {
    this.#book.raise(size, 'checkpoint', `the checkpoint of size ${size} ${problem}`)
  }
}

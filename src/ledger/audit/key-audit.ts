/** Whose key signed, and could it: the keys of every actor as they were at each position, out of the operations that the log itself holds. */
import { type CommitHeader, decodeCommit } from '../commit.ts'
import { isKeyEvent } from '../key-operation.ts'
import { KeyStates, keyName } from '../key-state.ts'
import type { AlarmBook, Counter } from './report.ts'

/** A commit that changed keys: all that it takes to know them again. `clock`: see key-state.ts. */
export type KeyChange = { readonly position: number; readonly clock: number; readonly commit: Uint8Array }

export class KeyAudit {
  readonly #book: AlarmBook
  readonly #counts: Counter
  readonly #states = new KeyStates()
  readonly #changes: KeyChange[] = []
  #clock = 0

  constructor(book: AlarmBook, counts: Counter) {
    this.#book = book
    this.#counts = counts
  }

  /**
   * The public key by which a commit must be signed; null when it cannot be known.
   *
   * @param commit   the bytes of `header`
   * @param partial  true when keys may have been registered in entries that this audit could not read
   */
  judge(header: CommitHeader, commit: Uint8Array, position: number, partial: boolean): Uint8Array | null {
    const clock = this.#clock
    this.#clock = Math.max(clock, header.time)
    const changesKeys = header.events.some(isKeyEvent)
    // What is remembered must not hold on to the chunk of the file that it came in.
    const kept = changesKeys ? new Uint8Array(commit) : commit
    const verdict = this.#states.take(changesKeys ? decodeCommit(kept) : header, { position, clock })
    if (verdict.ok) {
      if (verdict.changes.size > 0) this.#changes.push({ position, clock, commit: kept })
      return verdict.key.publicKey
    }
    const known = this.#states.find(hex(header.actor))?.keys.get(keyName(header.key))
    if (known === undefined && partial) this.#counts.unknownKeys++
    else this.#book.raise(position, 'key', verdict.reason)
    return known?.publicKey ?? null
  }

  /** Fills in what is known only at the end. */
  close(): void {
    this.#counts.actors = this.#states.actorCount
    this.#counts.keys = this.#states.keyCount
    this.#counts.keyChanges = this.#changes.length
    this.#counts.disownedKeys = 0
    for (const { keys } of this.#states.values()) {
      for (const { ended } of keys.values()) if (ended !== null && ended.after < ended.at) this.#counts.disownedKeys++
    }
  }

  /** All of it, to go on from another time. */
  save(): { readonly clock: number; readonly changes: readonly KeyChange[] } {
    return { clock: this.#clock, changes: this.#changes }
  }

  /** As {@link KeyAudit.save} gave it: the operations are judged again. */
  load({ clock, changes }: ReturnType<KeyAudit['save']>): void {
    for (const change of changes) {
      this.#states.take(decodeCommit(change.commit), change)
      this.#changes.push(change)
    }
    this.#clock = clock
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')

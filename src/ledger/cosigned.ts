/**
 * Checkpoints of our log with what its witnesses said of them: the newest in memory, for whoever is served a checkpoint; one for each minute in
 * the database, for receipts of older entries. What is stored here proves itself, so losing it costs only the asking.
 */
import sql from 'sql-template-tag'
import type { Checkpoint, Db } from './store.ts'
import { isSameKey, parseNote } from './tlog/note.ts'
import { addSignatures } from './tlog/witness.ts'

export type CosignedCheckpoint = Checkpoint & {
  /** True when the quorum of the policy was met: k of n. */
  readonly witnessed: boolean
  /** Milliseconds since the epoch when the last cosignature came. */
  readonly at: number
}

/** Of checkpoints closer together than this only the newest is kept, ms. */
const KEPT_EVERY_MS = 60_000

export class CosignedCheckpoints {
  readonly #db: Db
  #newest: CosignedCheckpoint | null
  #witnessed: CosignedCheckpoint | null
  /** Time of the newest row that stays for good. */
  #kept: number

  private constructor(db: Db, newest: CosignedCheckpoint | null, witnessed: CosignedCheckpoint | null) {
    this.#db = db
    this.#newest = newest
    this.#witnessed = witnessed
    this.#kept = newest?.at ?? 0
  }

  /** What is stored. @param origin  of the log in force: what was cosigned of one before it is history */
  static async open(db: Db, origin: string): Promise<CosignedCheckpoints> {
    const current = sql`starts_with(note, ${`${origin}\n`})`
    const [newest] = await rows(db, sql`where ${current} order by size desc limit 1`)
    const [witnessed] = await rows(db, sql`where ${current} and witnessed order by size desc limit 1`)
    return new CosignedCheckpoints(db, newest ?? null, witnessed ?? null)
  }

  /** The largest that any witness cosigned; null before the first. */
  get newest(): CosignedCheckpoint | null {
    return this.#newest
  }

  /** The largest that met the quorum; null before the first. */
  get witnessed(): CosignedCheckpoint | null {
    return this.#witnessed
  }

  /** The checkpoint with the cosignatures that are known for it. */
  dress(checkpoint: Checkpoint): Checkpoint {
    const newest = this.#newest
    if (newest?.size !== checkpoint.size) return checkpoint
    const own = parseNote(checkpoint.note).signatures
    const cosignatures = parseNote(newest.note).signatures.filter((line) => !own.some((signature) => isSameKey(signature, line)))
    return { size: checkpoint.size, note: addSignatures(checkpoint.note, cosignatures) }
  }

  /** The first kept checkpoint that met the quorum and holds the entry at `position`: the earliest proof of its time. Null when there is none. */
  async covering(position: number): Promise<CosignedCheckpoint | null> {
    if (this.#witnessed === null || this.#witnessed.size <= position) return null
    const [first] = await rows(this.#db, sql`where witnessed and size > ${position} order by size limit 1`)
    return first ?? this.#witnessed
  }

  /** Keeps a checkpoint in place of what was known of its size. Smaller ones than the newest come too late. */
  async put(checkpoint: CosignedCheckpoint): Promise<void> {
    const { size, note, witnessed, at } = checkpoint
    const before = this.#newest
    if (before !== null && before.size > size) return
    this.#newest = checkpoint
    if (witnessed) this.#witnessed = checkpoint
    await this.#db.query(sql`insert into ledger.cosigned (size, note, witnessed, cosigned_at) values (${size}, ${note}, ${witnessed}, ${new Date(at)})
      on conflict (size) do update set note = excluded.note, witnessed = excluded.witnessed, cosigned_at = excluded.cosigned_at`)
    await this.#thin(before, checkpoint)
  }

  /** The one before goes, unless it is the first for a while or proves more. */
  async #thin(before: CosignedCheckpoint | null, now: CosignedCheckpoint): Promise<void> {
    if (before === null || before.size === now.size) return
    const stays = before.at - this.#kept >= KEPT_EVERY_MS || (before.witnessed && !now.witnessed)
    if (stays) this.#kept = before.at
    else await this.#db.query(sql`delete from ledger.cosigned where size = ${before.size}`)
  }
}

async function rows(db: Db, where: ReturnType<typeof sql>): Promise<CosignedCheckpoint[]> {
  const found = await db.query<{ size: string; note: string; witnessed: boolean; cosigned_at: Date }>(
    sql`select size, note, witnessed, cosigned_at from ledger.cosigned ${where}`,
  )
  return found.rows.map(({ size, note, witnessed, cosigned_at: at }) => ({ size: Number(size), note, witnessed, at: at.getTime() }))
}

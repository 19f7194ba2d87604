/** What this witness has cosigned: one row for each log, which only moves by compare-and-swap. */
import type pg from 'pg'
import sql, { raw } from 'sql-template-tag'
import { emptyRoot, type Hash } from '../../ledger/tlog/merkle.ts'

/** The largest tree cosigned of a log. `note`: the checkpoint with its log's signatures and ours; null when there is none. */
export type Largest = { readonly size: number; readonly root: Hash; readonly note: string | null; readonly at: number | null }

export type Replacement = { readonly size: number; readonly root: Hash; readonly note: string; readonly at: number }

/** The commit waits for the disk, however the database is set up. */
const ON_DISK = raw(`set_config('synchronous_commit', 'on', true)`)

/** How far each log must have come for its next checkpoint to be judged. Durable before {@link WitnessedLogs.replace} resolves. */
export class WitnessedLogs {
  readonly #pool: Pick<pg.Pool, 'query'>

  constructor(pool: Pick<pg.Pool, 'query'>) {
    this.#pool = pool
  }

  async largest(origin: string): Promise<Largest> {
    const { rows } = await this.#pool.query<{ size: string; root: Buffer; note: string; cosigned_at: Date }>(
      sql`select size, root, note, cosigned_at from ledger.witnessed where origin = ${origin}`,
    )
    const [row] = rows
    if (row === undefined) return { size: 0, root: emptyRoot(), note: null, at: null }
    return { size: Number(row.size), root: row.root, note: row.note, at: row.cosigned_at.getTime() }
  }

  /** True when `largest` was still the largest and is no more; false when another request was quicker, and nothing changed. */
  async replace(origin: string, largest: Largest, { size, root, note, at }: Replacement): Promise<boolean> {
    const cosignedAt = new Date(at)
    const { rowCount } = await this.#pool.query(
      largest.note === null
        ? sql`insert into ledger.witnessed (origin, size, root, note, cosigned_at)
            select ${origin}, ${size}, ${root}, ${note}, ${cosignedAt} from ${ON_DISK} on conflict do nothing`
        : sql`update ledger.witnessed set size = ${size}, root = ${root}, note = ${note}, cosigned_at = ${cosignedAt} from ${ON_DISK}
            where origin = ${origin} and size = ${largest.size} and root = ${largest.root}`,
    )
    return rowCount === 1
  }
}

/** How far the pipeline has read: the place of an event in the log, as position × 1000 + index. */
import type pg from 'pg'
import sql from 'sql-template-tag'

type Db = Pick<pg.Pool, 'query'>

export async function loadCursor(db: Db): Promise<number> {
  const { rows } = await db.query<{ ordinal: string }>('select ordinal from pipeline.cursor')
  return Number(rows[0]?.ordinal ?? 0)
}

export async function saveCursor(db: Db, ordinal: number): Promise<void> {
  await db.query(sql`update pipeline.cursor set ordinal = ${ordinal} where ordinal < ${ordinal}`)
}

/** When to refresh the planner's statistics: sooner than autovacuum would, because readers of tables that have just grown plan for what they were. */
import type pg from 'pg'
import { accessTables } from './access/ddl.ts'
import { socialTables } from './social/ddl.ts'

const FIRST = 256
const FACTOR = 4

/** True when a log that grew from one size to another passed 256, 1024, 4096, … commits. */
export function statisticsDue(from: number, to: number): boolean {
  let mark = FIRST
  while (mark <= from) mark *= FACTOR
  return to >= mark
}

/** Refreshes them now: whatever they still sampled of rows that are gone is gone too. */
export async function refreshStatistics(pool: pg.Pool): Promise<void> {
  const tables = [...socialTables.map((table) => `social.${table}`), ...accessTables.map((table) => `access.${table}`)]
  await pool.query(`analyze ${tables.join(', ')}`)
}

/** What stands in a projection's tables, and how far it has come, as text: equal dumps are equal rows. */
import type pg from 'pg'
import type { Projection } from '../../../src/projections/projection.ts'

export async function dump(pool: pg.Pool, { name, tables }: Pick<Projection, 'name' | 'tables'>): Promise<Record<string, string[]>> {
  const text = async (source: string): Promise<string[]> => {
    const { rows } = await pool.query<{ row: string }>(`select t::text as row from ${source} t order by 1`)
    return rows.map(({ row }) => row)
  }
  const dumped: Record<string, string[]> = { cursor: await text(`(select position, range, root from ${name}.cursor)`) }
  for (const table of [...tables, 'parked']) dumped[table] = await text(`${name}.${table}`)
  return dumped
}

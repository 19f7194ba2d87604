/** How the read functions ask: prepared statements, pages by id, and ids that come from outside. */
import type pg from 'pg'
import sql, { type Sql } from 'sql-template-tag'
import type { Page } from '../rows.ts'

export type Db = pg.Pool | pg.ClientBase

const INT8_MAX = 9_223_372_036_854_775_807n

/** Rows of a query, prepared once per connection: the texts of this directory are few, because lists travel as arrays. */
export async function rows<Row extends pg.QueryResultRow>(db: Db, query: Sql): Promise<Row[]> {
  const result = await db.query<Row>({ name: statementName(query.text), text: query.text, values: query.values })
  return result.rows
}

/** As `rows`, planned anew each time: where the right plan depends on the values, such as how common a word is. */
export async function plannedRows<Row extends pg.QueryResultRow>(db: Db, query: Sql): Promise<Row[]> {
  return (await db.query<Row>({ text: query.text, values: query.values })).rows
}

/** The first row, or null. */
export async function row<Row extends pg.QueryResultRow>(db: Db, query: Sql): Promise<Row | null> {
  return (await rows<Row>(db, query))[0] ?? null
}

/** True when the text can be an id of ours; anything else (attacker-controlled paths) names nothing and must not reach an int8 parameter. */
export const isId = (id: string): boolean => /^\d{1,19}$/.test(id) && BigInt(id) <= INT8_MAX

/** The ids among the given texts, in their order. */
export const idsOnly = (ids: readonly string[]): string[] => ids.filter(isId)

/** Condition on `column` and the order that take one page. A bound that is no id is ignored; one beyond int8 is the largest id. */
export function paged(column: Sql, page: Page): { readonly where: Sql; readonly order: Sql } {
  const below = bound(page.maxId)
  const above = bound(page.minId) ?? bound(page.sinceId)
  const where = sql`${below === null ? sql`true` : sql`${column} < ${below}`} and ${above === null ? sql`true` : sql`${column} > ${above}`}`
  const direction = ascending(page) ? sql`asc` : sql`desc`
  return { where, order: sql`order by ${column} ${direction} limit ${Math.max(0, page.limit)}` }
}

/** A page is answered newest first, also when `minId` made the query walk upwards. */
export const newestFirst = <Row>(page: Page, found: Row[]): Row[] => (ascending(page) ? found.reverse() : found)

const ascending = (page: Page): boolean => bound(page.minId) !== null

function bound(id: string | undefined): string | null {
  if (id === undefined || !/^\d{1,40}$/.test(id)) return null
  return BigInt(id) > INT8_MAX ? INT8_MAX.toString() : id
}

const names = new Map<string, string>()

function statementName(text: string): string {
  const known = names.get(text)
  if (known !== undefined) return known
  const name = `read_${names.size}`
  names.set(text, name)
  return name
}

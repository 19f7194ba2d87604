/** Ids, pages and search words that come from outside. */
import fc from 'fast-check'
import sql from 'sql-template-tag'
import { expect, test } from 'vitest'
import { prefixQuery } from '../../../src/projections/read/accounts.ts'
import { idsOnly, isId, newestFirst, paged } from '../../../src/projections/read/query.ts'

test('an id is a decimal number that fits int8, and nothing else', () => {
  for (const id of ['0', '1', '115816896987136000', '9223372036854775807']) expect(isId(id)).toBe(true)
  for (const id of ['', '-1', '1.0', '1e3', ' 1', '9223372036854775808', '99999999999999999999', 'abc', '1;drop', '٣']) expect(isId(id)).toBe(false)
  expect(idsOnly(['2', 'x', '1'])).toEqual(['2', '1'])
})

test('bounds of a page are parameters, never text; what is no id bounds nothing', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (maxId, sinceId) => {
      const { where } = paged(sql`s.id`, { limit: 5, maxId, sinceId })
      expect(where.text).toMatch(/^(true|s\.id < \$1) and (true|s\.id > \$\d)$/)
      for (const value of where.values) expect(isId(String(value))).toBe(true)
    }),
  )
  expect(paged(sql`s.id`, { limit: 5, maxId: '9'.repeat(30) }).where.values).toEqual(['9223372036854775807'])
})

test('min_id walks upwards and wins over since_id; the answer is newest first all the same', () => {
  const page = { limit: 2, minId: '5', sinceId: '3' }
  const { where, order } = paged(sql`s.id`, page)
  expect(where.values).toEqual(['5'])
  expect(order.text).toContain('asc')
  expect(newestFirst(page, ['6', '7'])).toEqual(['7', '6'])
  expect(newestFirst({ limit: 2 }, ['7', '6'])).toEqual(['7', '6'])
})

test('words somebody typed become words of a query, never its operators', () => {
  expect(prefixQuery(`O'Neil & (co) | !x:*`)).toBe(`'O':* & 'Neil':* & 'co':* & 'x':*`)
  expect(prefixQuery(' \t!&|')).toBeNull()
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(prefixQuery(text) ?? "'a':*").toMatch(/^'[\p{L}\p{N}]+':\*(?: & '[\p{L}\p{N}]+':\*){0,15}$/u)
    }),
  )
})

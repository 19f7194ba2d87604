import fc from 'fast-check'
import { expect, test } from 'vitest'
import { StreamRevisions } from '../../../src/ledger/audit/stream-revisions.ts'

test('counts every stream as a plain map would, whatever the order and however often it grows', () => {
  const names = fc.array(
    fc.integer({ min: 0, max: 40 }).map((n) => `status/${n}`),
    { maxLength: 400 },
  )
  fc.assert(
    fc.property(names, (appended) => {
      const compact = new StreamRevisions(2)
      const plain = new Map<string, number>()
      for (const name of appended) {
        expect(compact.get(name)).toBe(plain.get(name) ?? null)
        const revision = (plain.get(name) ?? -1) + 1
        plain.set(name, revision)
        expect(compact.advance(name)).toBe(revision)
      }
      expect(compact.count).toBe(plain.size)
      for (const [name, revision] of plain) expect(compact.get(name)).toBe(revision)
    }),
  )
})

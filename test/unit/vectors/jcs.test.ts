/** The canonical JSON that proofs of ActivityPub objects are made over, against the published vectors of RFC 8785. */
import { readdirSync, readFileSync } from 'node:fs'
import canonicalize from 'canonicalize'
import { expect, test } from 'vitest'

const names = readdirSync('fixtures/jcs/input').map((file) => file.replace('.json', ''))
const read = (file: string): string => readFileSync(`fixtures/jcs/${file}`, 'utf8')

test('there are six', () => {
  expect(names).toEqual(['arrays', 'french', 'structures', 'unicode', 'values', 'weird'])
})
test.each(names)('%s', (name) => {
  const canonical = canonicalize(JSON.parse(read(`input/${name}.json`))) ?? ''
  expect(canonical).toBe(read(`output/${name}.json`))
  expect(Buffer.from(canonical).toString('hex')).toBe(read(`outhex/${name}.txt`).replaceAll(/\s/g, ''))
})

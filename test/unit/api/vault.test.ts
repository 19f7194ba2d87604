/** The words that the vault's calls are written in: parameters, cursors, versions, excerpts, and which events are of a vault. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ApiError } from '../../../src/api/errors.ts'
import { type AnyCall, call, failuresOf } from '../../../src/api/vivim/call.ts'
import { CALLS } from '../../../src/api/vivim/calls.ts'
import { assertMatch, etagOf, isKnown } from '../../../src/api/vivim/etag.ts'
import { excerptOf } from '../../../src/api/vivim/hits.ts'
import { checked, cursorOf, moment, readCursor, whole } from '../../../src/api/vivim/parameters.ts'
import { isOfVault } from '../../../src/api/vivim/vault-events.ts'
import { conversationSchemas } from '../../../src/events/conversation-schema.ts'
import { memorySchemas } from '../../../src/events/memory-schema.ts'
import { eventTypes } from '../../../src/events/schema.ts'

const problemOf = (run: () => unknown): ApiError => {
  try {
    run()
  } catch (error) {
    if (error instanceof ApiError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('what was sent', () => {
  const schema = z.strictObject({ name: z.string().max(3), list: z.array(z.int()).default([]) })

  test('is named field by field when it is wrong, by JSON pointer in a body and by name in a query', () => {
    const sent = { name: 'long', list: [1, 'x'], 'a/b~c': 1 }
    expect(problemOf(() => checked(schema, sent, 'body'))).toMatchObject({
      status: 422,
      details: { errors: [{ pointer: '#/name' }, { pointer: '#/list/1' }, { pointer: '#/a~1b~0c', detail: 'is not known here' }] },
    })
    expect(problemOf(() => checked(schema, { name: 'long' }, 'query'))).toMatchObject({ status: 400, details: { errors: [{ parameter: 'name' }] } })
  })

  test('has at most twenty problems told', () => {
    const { details } = problemOf(() => checked(schema, { name: 'a', list: Array.from({ length: 500 }, () => 'x') }, 'body'))
    expect(details).toMatchObject({ errors: { length: 20 } })
  })

  test.each([
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31T12:00:00+02:00', '2026-01-31T10:00:00.000Z'],
    ['0001-01-01', null],
    ['2026-02-30', null],
    ['yesterday', null],
  ])('as a moment: %s', (text, expected) => {
    expect(moment.safeParse(text).data ?? null).toBe(expected)
  })

  test.each([
    ['5', 5],
    ['0', null],
    ['1e9', null],
    ['-1', null],
    ['1.5', null],
    ['', null],
    ['x', null],
  ] as const)('as a whole number from 1 to 100: “%s”', (text, expected) => {
    expect(whole(1, 100).safeParse(text).data ?? null).toBe(expected)
  })
})

test('a cursor is read as it was written, and anything else is refused', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer(), (text, number) => {
      expect(readCursor(z.tuple([z.string(), z.int()]), cursorOf(text.toWellFormed(), number))).toEqual([text.toWellFormed(), number])
    }),
  )
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(problemOf(() => readCursor(z.tuple([z.literal('never so')]), text)).status).toBe(400)
    }),
  )
})

describe('a version', () => {
  const etag = etagOf('content')
  test.each([etag, `W/${etag}`, `"x", ${etag}`, '*'])('is known by %s', (header) => {
    expect(isKnown(header, etag)).toBe(true)
    expect(() => assertMatch(header, etag)).not.toThrow()
  })
  test.each(['"x"', '', etag.slice(1, -1)])('is not known by %s', (header) => {
    expect(isKnown(header, etag)).toBe(false)
    expect(problemOf(() => assertMatch(header, etag)).status).toBe(412)
  })
  test('that nobody asks for is nobody’s condition', () => {
    expect(isKnown(undefined, etag)).toBe(false)
    expect(() => assertMatch(undefined, etag)).not.toThrow()
  })
})

test('an excerpt has whole characters, and its spans say what they said in the whole text', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 3_000 })
  fc.assert(
    fc.property(text, fc.array(fc.tuple(fc.nat(3_000), fc.nat(40)), { maxLength: 5 }), (whole, places) => {
      const spans = places
        .map(([start, length]) => [Math.min(start, whole.length), Math.min(start + length, whole.length)] as const)
        .toSorted((a, b) => a[0] - b[0])
      const shown = excerptOf(whole, spans)
      expect(shown.text.length).toBeLessThanOrEqual(601)
      expect(whole).toContain(shown.text)
      expect(shown.text.isWellFormed()).toBe(true)
      const words = spans.map(([start, end]) => whole.slice(start, end))
      for (const [start, end] of shown.spans) expect(words).toContain(shown.text.slice(start, end))
    }),
  )
})

test('exactly the events of conversations and memories are of a vault', () => {
  const vault = new Set([...Object.keys(conversationSchemas), ...Object.keys(memorySchemas)])
  for (const type of eventTypes) expect([type, isOfVault(type)]).toEqual([type, vault.has(type)])
  for (const type of ['', 'key:add', 'constructor', '__proto__:x']) expect(isOfVault(type)).toBe(false)
})

describe('every call of the vault', () => {
  const name = ({ method, path }: AnyCall): string => `${method} ${path}`

  test('has a place of its own', () => {
    expect(new Set(CALLS.map(name)).size).toBe(CALLS.length)
  })

  test('that shows one thing or changes it can be refused for its version', () => {
    for (const one of CALLS.filter(({ tagged, method }) => tagged === true && method !== 'GET'))
      expect([name(one), failuresOf(one)]).toEqual([name(one), expect.arrayContaining([401, 403, 412])])
  })

  test('that changes takes the scope for it', () => {
    const asking = ['POST /search', 'POST /context'] // with a body, and nothing is changed
    for (const one of CALLS.filter((each) => each.method !== 'GET' && !asking.includes(name(each))))
      expect([name(one), one.scopes.some((scope) => scope !== 'memory:read')]).toEqual([name(one), true])
  })

  test('says what it is made of', () => {
    const made = call({ method: 'GET', path: '/a/:id/b/:nameId', tag: 'Search', summary: '', scopes: [], reads: 'nothing' })
    expect(failuresOf(made)).toEqual([404])
  })
})

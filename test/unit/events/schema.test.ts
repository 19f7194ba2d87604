import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DomainEvent, EventType } from '../../../src/events/catalogue.ts'
import { LIMITS } from '../../../src/events/limits.ts'
import { eventTypes, problemWith } from '../../../src/events/schema.ts'
import { samples } from './samples.ts'

type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
type Path = readonly (string | number)[]

const problem = (type: EventType, data: unknown, evidence?: Uint8Array): string | null =>
  problemWith({ type, data, ...(evidence === undefined ? {} : { evidence }) } as DomainEvent)

/** Every place of a value, the value itself first. */
function places(value: Json, at: Path = []): { readonly path: Path; readonly value: Json }[] {
  const inner = value !== null && typeof value === 'object' ? Object.entries(value) : []
  return [{ path: at, value }, ...inner.flatMap(([key, item]) => places(item, [...at, Array.isArray(value) ? Number(key) : key]))]
}

/** The value with another one at `path`; `undefined` leaves the place out. */
function changed(value: Json, path: Path, to: Json | undefined): Json {
  const copy = structuredClone(value)
  const holder = path.slice(0, -1).reduce<Json>((inner, key) => (inner as Record<string | number, Json>)[key]!, copy) as Record<string | number, Json>
  const last = path.at(-1)!
  if (to === undefined) delete holder[last]
  else holder[last] = to
  return copy
}

/** More than any text, and any list, may have: little, because every place is tried. */
const longestOf = (type: EventType): number => (type.startsWith('message:') ? LIMITS.message : LIMITS.content)
const mostAt = (path: Path): number => (freePlace(path) === null ? LIMITS.acus : LIMITS.extra / 8)

const inside = (type: EventType) => places(samples[type] as Json).filter(({ path }) => path.length > 0)
const named = (path: Path) => path.join(' › ')

/** Where a source may say whatever JSON can say: problems inside are named by the place as a whole. */
const FREE = new Set(['extra', 'args', 'raw', 'structured', 'patch', 'settings', 'weights'])
const insideFree = (path: Path): boolean => (freePlace(path)?.length ?? path.length) < path.length
const freePlace = (path: Path): Path | null => {
  const from = path.findIndex((key) => FREE.has(String(key)))
  return from === -1 ? null : path.slice(0, from + 1)
}

/** What may be left out, by the kind of what holds it: a block's, or the name of its place. */
const MEDIA = ['alt', 'prompt', 'transcript', 'width', 'height', 'durationMs']
const OPTIONAL: Readonly<Record<string, readonly string[]>> = {
  code: ['lang', 'filename'],
  image: MEDIA,
  audio: MEDIA,
  reasoning: ['text', 'summary', 'encrypted', 'durationMs', 'recap'],
  tool_call: ['server'],
  tool_result: ['name', 'structured'],
  artifact: ['content', 'patch'],
  asset: ['name', 'mime', 'bytes'],
  citations: ['start', 'end', 'url', 'title', 'snippet', 'refId'],
  results: ['published'],
  usage: ['input', 'output', 'reasoning', 'cacheRead', 'cacheWrite', 'total'],
  'message:add': ['usage', 'rating', 'latencyMs'],
  'message:update': ['usage', 'rating', 'latencyMs'],
  meta: ['original', 'small', 'focus'],
}

function mayMiss(type: EventType, path: Path): boolean {
  const holder = path.slice(0, -1)
  const value = holder.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown>)[key], samples[type])
  const kind = (value as { readonly t?: string }).t ?? holder.findLast((key) => typeof key === 'string') ?? type
  const ofBlock = Object.hasOwn(value as object, 't') ? ['citations', 'extra'] : []
  return [...(OPTIONAL[kind] ?? []), ...ofBlock].includes(String(path.at(-1)))
}

describe.each(eventTypes)('%s', (type) => {
  const sample = samples[type] as Json

  test('a full payload is recordable', () => {
    expect(problem(type, sample)).toBeNull()
  })

  test('a payload with a field too many, anywhere, is refused', () => {
    for (const { path, value } of places(sample)) {
      if (value === null || typeof value !== 'object' || Array.isArray(value) || freePlace(path) !== null) continue
      expect(problem(type, changed(sample, [...path, 'surplus'], 1)), named(path)).toContain('surplus')
    }
  })

  test('a payload with a field too few is refused, by the name of the field', () => {
    for (const { path } of inside(type)) {
      if (typeof path.at(-1) === 'number' || insideFree(path) || mayMiss(type, path)) continue
      expect(problem(type, changed(sample, path, undefined)), named(path)).toContain(named(path))
    }
  })

  test('a value of another type is refused, by the name of the field', () => {
    for (const { path, value } of inside(type)) {
      if (freePlace(path) !== null) continue
      const other = typeof value === 'boolean' ? 12.5 : true
      expect(problem(type, changed(sample, path, other)), named(path)).toContain(named(path))
    }
  })

  test('text that PostgreSQL or UTF-8 cannot hold is refused in every field', () => {
    for (const { path, value } of inside(type)) {
      if (typeof value !== 'string') continue
      for (const bad of [`${value}\0`, `${value}\ud800`])
        expect(problem(type, changed(sample, path, bad)), named(path)).toContain(named(freePlace(path) ?? path))
    }
  })

  test('nothing is without a maximum', () => {
    for (const { path, value } of inside(type)) {
      const huge =
        typeof value === 'string'
          ? value.padEnd(longestOf(type) + 1, 'a')
          : Array.isArray(value)
            ? Array(mostAt(path) + 1).fill(value[0] ?? 1)
            : typeof value === 'number'
              ? Infinity
              : null
      if (huge !== null) expect(problem(type, changed(sample, path, huge)), named(path)).toContain(named(freePlace(path) ?? path))
    }
  })
})

test('ids are decimal and fit into a signed 64-bit column', () => {
  const check = (id: string) => problem('grant:revoke', { id, at: '2026-01-31T12:00:00.000Z' })
  expect(['0', '1', '9223372036854775807'].map(check)).toEqual([null, null, null])
  for (const id of ['', '01', '-1', '1.0', '1e3', ' 1', '9223372036854775808', '92233720368547758070', '0x1', '٣'])
    expect(check(id), id).not.toBeNull()
})

test('times are real moments, exactly as toISOString writes them', () => {
  const check = (at: string) => problem('grant:revoke', { id: '1', at })
  for (const at of ['2024-02-29T23:59:59.999Z', '1970-01-01T00:00:00.000Z', '0001-01-01T00:00:00.000Z']) expect(check(at), at).toBeNull()
  const wrong = [
    '2023-02-29T00:00:00.000Z',
    '2026-02-30T00:00:00.000Z',
    '2026-01-31T12:00:00Z',
    '2026-01-31T24:00:00.000Z',
    '0000-01-01T00:00:00.000Z',
    '2026-01-31 12:00:00.000Z',
    'Sat, 31 Jan 2026 12:00Z',
    '',
  ]
  for (const at of wrong) expect(check(at), at).not.toBeNull()
})

test('addresses are absolute http(s) URLs without control characters, kept as their server writes them', () => {
  const check = (url: string) => problem('status:create', { ...samples['status:create'], url })
  for (const url of ['http://127.0.0.1:3000/@ada/1', 'https://a.example/a b.png', 'HTTPS://a.example/é']) expect(check(url), url).toBeNull()
  for (const url of ['', 'javascript:alert(1)', '//host/path', 'https://', 'https:///path', 'https://a.example/a\nb', 'ftp://a.example/'])
    expect(check(url), url).not.toBeNull()
})

test('evidence has a maximum', () => {
  expect(problem('activity:receive', samples['activity:receive'], new Uint8Array(LIMITS.evidence))).toBeNull()
  expect(problem('activity:receive', samples['activity:receive'], new Uint8Array(LIMITS.evidence + 1))).toContain('evidence')
})

test('whatever a payload is, the check answers and never throws', () => {
  fc.assert(
    fc.property(fc.constantFrom(...eventTypes), fc.anything(), (type, data) => {
      const answer = problem(type, data)
      expect(answer === null || answer.startsWith(type)).toBe(true)
    }),
  )
})

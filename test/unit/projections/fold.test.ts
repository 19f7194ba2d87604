/** How a batch is cut into statements, and what reaches them. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RecordedEvent } from '../../../src/events/catalogue.ts'
import { type Groupables, type HiddenTies, Preparer, runsOf, storable, type Ties, UnreadableEvent } from '../../../src/projections/runs.ts'

const statements: Groupables = {
  'status:like': { together: () => ({ makes: [], needs: [] }) },
  'status:create': { together: ({ id, inReplyToId }) => ({ makes: [id], needs: inReplyToId === null ? [] : [inReplyToId] }) },
  'status:pin': {},
  'status:delete': {
    row: () => {
      throw new TypeError('no such field')
    },
  },
}

let position = 0
const event = (type: string, data: object | null = {}): RecordedEvent =>
  ({ type, data, stream: 's', revision: 0, position: position++, index: 2, time: 1_767_225_600_000 }) as unknown as RecordedEvent
const create = (id: string, inReplyToId: string | null = null) => event('status:create', { id, inReplyToId })
const momentOf = ({ position, index }: RecordedEvent): bigint => BigInt(position * 10 + index)
const inOrder = (events: readonly RecordedEvent[]) => runsOf(new Preparer(statements), events, momentOf, null)
const shape = (...events: RecordedEvent[]): string =>
  inOrder(events)
    .map(({ type, rows }) => `${type} ${rows.length}`)
    .join(', ')

test('neighbours of one type go together; what nobody folds, or was erased, does not come between them', () => {
  expect(shape(event('status:like'), event('activity:receive'), event('status:like', null), event('status:like'))).toBe('status:like 2')
  expect(shape(event('status:like'), event('status:pin'), event('status:like'))).toBe('status:like 1, status:pin 1, status:like 1')
})

test('what does not say that it may go together goes alone', () => {
  expect(shape(event('status:pin'), event('status:pin'))).toBe('status:pin 1, status:pin 1')
})

test('what needs or makes what another one made starts a new run, also the other way round', () => {
  expect(shape(create('1'), create('2'), create('3', '2'), create('4', '2'))).toBe('status:create 2, status:create 2')
  expect(shape(create('1', '2'), create('2'))).toBe('status:create 1, status:create 1')
  expect(shape(create('1'), create('1'))).toBe('status:create 1, status:create 1')
})

test('a run has an end', () => {
  expect(shape(...Array.from({ length: 600 }, () => event('status:like')))).toBe('status:like 256, status:like 256, status:like 88')
})

test('an event carries where and when it was recorded', () => {
  position = 41
  expect(inOrder([event('status:pin', { accountId: '1' })])[0]?.rows.map((row) => JSON.parse(row) as object)).toEqual([
    { accountId: '1', position: 41, ordinal: 41_002, moment: 412, time: '2026-01-01T00:00:00.000Z' },
  ])
})

test('a payload of another shape is a fault of that event', () => {
  expect(() => inOrder([event('status:delete')])).toThrow(UnreadableEvent)
})

test('text is stored as it is, except what PostgreSQL cannot hold', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (texts) => {
      expect(JSON.parse(storable(texts))).toEqual(texts.map((text) => text.replaceAll('\0', '\ufffd')))
    }),
  )
  expect(JSON.parse(storable({ a: 'x\ud800y\0', b: ['\\u0000', '\udc00'] }))).toEqual({ a: 'x\ufffdy\ufffd', b: ['\\u0000', '\ufffd'] })
})

const nothing: HiddenTies = () => ({})
const reordered = (...events: RecordedEvent[]): string =>
  runsOf(new Preparer(statements), events, momentOf, nothing)
    .map(({ type, rows }) => `${type} ${rows.length}`)
    .join(', ')

test('an event overtakes those it has nothing to do with, to others of its type', () => {
  expect(reordered(create('1'), event('status:like'), create('2'), event('status:like'))).toBe('status:create 2, status:like 2')
  expect(reordered(create('1'), event('status:like'), create('2', '1'), create('3'))).toBe('status:create 2, status:like 1, status:create 1')
})

test('nothing overtakes an event that says nothing of its ties, nor is it overtaken by itself', () => {
  expect(reordered(create('1'), event('status:pin'), create('2'))).toBe('status:create 1, status:pin 1, status:create 1')
})

const names = fc.subarray(['a', 'b', 'c', 'd', 'e'])
const tied = fc.record({ type: fc.constantFrom('status:boost', 'status:unboost', 'status:bookmark'), makes: names, adds: names, needs: names })

test('whoever shares a name keeps their order, unless all need it or all add to it', () => {
  const together = (data: object) => data as Ties
  const free: Groupables = { 'status:boost': { together }, 'status:unboost': { together }, 'status:bookmark': { together } }
  const disjoint = (a: readonly string[], b: readonly string[]) => a.every((name) => !b.includes(name))
  fc.assert(
    fc.property(fc.array(tied, { maxLength: 60 }), fc.boolean(), (list, hide) => {
      position = 0
      const events = list.map(({ type, ...ties }) => event(type, hide ? {} : ties))
      const runs = runsOf(new Preparer(free), events, momentOf, ({ position: n }) => (hide ? (list[n] ?? {}) : {}))
      const runOf = new Map(runs.flatMap(({ rows }, run) => rows.map((row) => [(JSON.parse(row) as { position: number }).position, run] as const)))
      expect(runOf.size).toBe(list.length)
      for (const [i, a] of list.entries()) {
        for (const [j, b] of list.entries()) {
          if (j <= i) continue
          const free = disjoint(a.makes, [...b.makes, ...b.adds, ...b.needs]) && disjoint(b.makes, [...a.adds, ...a.needs])
          if (free && disjoint(a.adds, b.needs) && disjoint(a.needs, b.adds)) continue
          expect(runOf.get(i)).toBeLessThan(runOf.get(j) ?? -1)
        }
      }
    }),
  )
})

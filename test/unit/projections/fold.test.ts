/** How a batch is cut into statements, and what reaches them. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RecordedEvent } from '../../../src/events/catalogue.ts'
import { runsOf, type Statements, storable, UnreadableEvent } from '../../../src/projections/fold.ts'

const statements: Statements = {
  'status:like': { columns: '', text: '', together: () => ({ makes: [], needs: [] }) },
  'status:create': { columns: '', text: '', together: ({ id, inReplyToId }) => ({ makes: [id], needs: inReplyToId === null ? [] : [inReplyToId] }) },
  'status:pin': { columns: '', text: '' },
  'status:delete': {
    columns: '',
    text: '',
    row: () => {
      throw new TypeError('no such field')
    },
  },
}

let position = 0
const event = (type: string, data: object | null = {}): RecordedEvent =>
  ({ type, data, stream: 's', revision: 0, position: position++, index: 2, time: 1_767_225_600_000 }) as unknown as RecordedEvent
const create = (id: string, inReplyToId: string | null = null) => event('status:create', { id, inReplyToId })
const shape = (...events: RecordedEvent[]): string =>
  runsOf(statements, events)
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
  expect(shape(...Array.from({ length: 200 }, () => event('status:like')))).toBe('status:like 64, status:like 64, status:like 64, status:like 8')
})

test('an event carries where and when it was recorded', () => {
  position = 41
  expect(runsOf(statements, [event('status:pin', { accountId: '1' })])[0]?.rows).toEqual([
    { accountId: '1', position: 41, ordinal: 41_002, ms: 1_767_225_600_000, time: '2026-01-01T00:00:00.000Z' },
  ])
})

test('a payload of another shape is a fault of that event', () => {
  expect(() => runsOf(statements, [event('status:delete')])).toThrow(UnreadableEvent)
})

test('text is stored as it is, except what PostgreSQL cannot hold', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (texts) => {
      expect(JSON.parse(storable(texts))).toEqual(texts.map((text) => text.replaceAll('\0', '\ufffd')))
    }),
  )
  expect(JSON.parse(storable({ a: 'x\ud800y\0', b: ['\\u0000', '\udc00'] }))).toEqual({ a: 'x\ufffdy\ufffd', b: ['\\u0000', '\ufffd'] })
})

/** Old payloads in today's shape. */
import { expect, test } from 'vitest'
import { type Steps, schemaOf, UnknownSchema, upcast } from '../../../src/events/upcast.ts'

/** A type whose shape changed twice: a name became a list of names, then got a place. */
const steps: Steps = {
  'status:pin': [({ name, ...rest }) => ({ ...rest, names: [name] }), (older) => ({ ...older, place: null })],
}

test('a payload of any schema comes out in today’s shape', () => {
  const today = { id: '1', names: ['a'], place: null }
  expect(upcast('status:pin', 1, { id: '1', name: 'a' }, steps)).toEqual(today)
  expect(upcast('status:pin', 2, { id: '1', names: ['a'] }, steps)).toEqual(today)
  expect(upcast('status:pin', 3, today, steps)).toBe(today)
})

test('steps never change what they are given', () => {
  const frozen = Object.freeze({ id: '1', name: 'a' })
  upcast('status:pin', 1, frozen, steps)
  expect(frozen).toEqual({ id: '1', name: 'a' })
})

test('the newest schema is one more than there are steps', () => {
  expect(schemaOf('status:pin', steps)).toBe(3)
  expect(schemaOf('status:unpin', steps)).toBe(1)
})

test('a payload from the future, or of no schema, is refused', () => {
  for (const schema of [4, 0, -1]) expect(() => upcast('status:pin', schema, {}, steps)).toThrow(UnknownSchema)
})

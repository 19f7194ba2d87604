import { hash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encode } from '../../../src/ledger/cbor.ts'
import {
  BREAK_EVENT,
  BREAK_STREAM,
  type BreakingCommit,
  breakIn,
  encodeLogBreak,
  firstOrigin,
  type LogBreak,
  LogBreakError,
  nextOrigin,
  parseLogBreak,
  parseOrigin,
  problemWithBreak,
} from '../../../src/ledger/log-break.ts'

const root = hash('sha256', 'root', 'buffer')
const actor = hash('sha256', 'instance', 'buffer')
const record: LogBreak = { origin: 'social.example/log/1', size: 120, root, note: Buffer.from('note'), reason: 'the disk died' }

const commit = (more: Partial<BreakingCommit['events'][number]> = {}, lane: BreakingCommit['lane'] = 'public'): BreakingCommit => ({
  lane,
  actor,
  events: [{ type: BREAK_EVENT, schema: 1, stream: BREAK_STREAM, parts: [{ codec: 'cbor', inline: encodeLogBreak(record) }], ...more }],
})

describe('origins', () => {
  test('a host begins with log 1, and each break counts on', () => {
    expect(firstOrigin('social.example:8443')).toBe('social.example:8443/log/1')
    expect(nextOrigin('social.example/log/1')).toBe('social.example/log/2')
    expect(nextOrigin(nextOrigin('[::1]:3000/log/9'))).toBe('[::1]:3000/log/11')
    expect(parseOrigin('a/log/12')).toEqual({ host: 'a', number: 12 })
  })

  test.each(['', 'a', 'a/log/', 'a/log/0', 'a/log/01', 'a/log/1/', 'a b/log/1', '/log/1', 'a/log/1\n'])('%j is not the origin of a log', (origin) => {
    expect(() => parseOrigin(origin)).toThrow(LogBreakError)
  })
})

describe('the record', () => {
  test('is written and read back', () => {
    const text = fc.string({ minLength: 1, maxLength: 50 }).filter((s) => s.trim() !== '' && s.normalize('NFC') === s)
    const any = fc.record({
      origin: fc.constant('here.example/log/3'),
      size: fc.integer({ min: 1, max: 2 ** 40 }),
      root: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      note: fc.option(fc.uint8Array({ minLength: 1, maxLength: 100 })),
      reason: text,
    })
    fc.assert(
      fc.property(any, (given) => {
        const read = parseLogBreak(encodeLogBreak(given))
        expect({ ...read, root: [...read.root], note: read.note && [...read.note] }).toEqual({
          ...given,
          root: [...given.root],
          note: given.note && [...given.note],
        })
      }),
    )
  })

  test('nothing else is one: every shorter, longer or emptier form is refused', () => {
    const bytes = encodeLogBreak(record)
    for (let end = 0; end < bytes.length; end++) expect(() => parseLogBreak(bytes.subarray(0, end))).toThrow(LogBreakError)
    expect(() => parseLogBreak(Buffer.concat([bytes, Uint8Array.of(0)]))).toThrow(LogBreakError)
    for (const wrong of [
      encode([2, record.origin, 1, root, null, 'x']),
      encode([1, 'elsewhere', 1, root, null, 'x']),
      encode([1, record.origin, 0, root, null, 'x']),
      encode([1, record.origin, 1, root.subarray(1), null, 'x']),
      encode([1, record.origin, 1, root, new Uint8Array(), 'x']),
      encode([1, record.origin, 1, root, null, ' ']),
      encode([1, record.origin, 1, root, null, 'x', 0]),
      encode(1),
    ])
      expect(() => parseLogBreak(wrong)).toThrow(LogBreakError)
  })
})

describe('a commit', () => {
  test('that speaks of other things is no break', () => {
    expect(breakIn({ ...commit(), events: [{ type: 'status:create', schema: 1, stream: 'status/1', parts: [] }] })).toBeNull()
  })

  test('that breaks the log does nothing else, in public, with its record inline', () => {
    expect(breakIn(commit())).toMatchObject({ origin: record.origin, size: 120, reason: record.reason })
    const [event] = commit().events
    if (event === undefined) throw new TypeError('no event')
    const sealed = { codec: 'cbor', commitment: root }
    for (const wrong of [
      commit({}, 'private'),
      commit({ type: 'status:create' }),
      commit({ stream: 'log/other' }),
      commit({ schema: 2 }),
      commit({ parts: [sealed] }),
      commit({ parts: [...event.parts, sealed] }),
      commit({ parts: [{ codec: 'json', inline: encodeLogBreak(record) }] }),
      { ...commit(), events: [event, event] },
      { ...commit(), events: [{ ...event, type: 'status:create', stream: 'status/1' }, event] },
    ])
      expect(() => breakIn(wrong)).toThrow(LogBreakError)
  })
})

test('a break holds only in its place: after exactly the entries it names, signed by the instance', () => {
  const before = { origin: record.origin, size: 120, root, instance: actor }
  expect(problemWithBreak(record, actor, before)).toBeNull()
  expect(problemWithBreak(record, actor, { ...before, origin: 'social.example/log/2' })).toMatch('social.example/log/2')
  expect(problemWithBreak(record, actor, { ...before, size: 121 })).toMatch('120')
  expect(problemWithBreak(record, actor, { ...before, root: actor })).toMatch('root')
  expect(problemWithBreak(record, root, before)).toMatch('instance')
})

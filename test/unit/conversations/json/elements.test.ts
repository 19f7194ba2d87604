import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ArchiveError } from '../../../../src/conversations/archive/archive-error.ts'
import { type Element, elements, jsonLines, wholeJson } from '../../../../src/conversations/json/elements.ts'
import { begun, peekAt } from '../../../../src/conversations/json/peek.ts'
import { Splitter } from '../../../../src/conversations/json/splitter.ts'

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function all(found: AsyncIterable<Element>): Promise<Element[]> {
  const list: Element[] = []
  for await (const one of found) list.push(one)
  return list
}

const read = (text: string | Uint8Array, options = {}, size = 7) => all(elements(pieces(Buffer.from(text), size), options))
const values = (found: readonly Element[]) => found.map((one) => (one.problem === null ? one.value : one.problem))

describe('elements', () => {
  it('are what JSON.parse finds in the whole, however it is written and cut into pieces', async () => {
    const list = fc.array(fc.jsonValue(), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(list, fc.integer({ min: 1, max: 50 }), fc.constantFrom(undefined, 1, '\t'), async (items, size, indent) => {
        const text = JSON.stringify(items, null, indent)
        expect(values(await read(text, {}, size))).toEqual(JSON.parse(text))
      }),
      { numRuns: 200 },
    )
  })

  it('name their place by JSON pointer, also inside an object', async () => {
    const text = JSON.stringify({ version: 2, conversations: [{ a: 1 }, { b: 2 }], 'a/b': { deep: [1] } })
    const found = await read(text, { keys: ['conversations'] })
    expect(found.map(({ pointer }) => pointer)).toEqual(['/version', '/conversations/0', '/conversations/1', '/a~1b'])
    expect(values(found)).toEqual([2, { a: 1 }, { b: 2 }, { deep: [1] }])
  })

  it('carry the hash of their exact bytes, white space around them apart', async () => {
    const [one] = await read('[  {"a" : 1}  ]')
    const [other] = await read('[{"a" : 1}]')
    const [third] = await read('[{"a": 1}]')
    expect(one).toMatchObject({ raw: (other as { raw: string }).raw, bytes: 9 })
    expect((third as { raw: string }).raw).not.toBe((one as { raw: string }).raw)
  })

  it('are found after one that cannot be read', async () => {
    expect(values(await read('[{"a":1},{"b":tru},{"c":3}]'))).toEqual([{ a: 1 }, 'unreadable', { c: 3 }])
    const latin = Buffer.concat([Buffer.from('[{"a":"'), Buffer.from([0xe9]), Buffer.from('"},{"b":2}]')])
    expect(values(await read(latin))).toEqual(['encoding', { b: 2 }])
    expect(values(await read(`[{"long":"${'x'.repeat(100)}"},{"b":2}]`, { limit: 50 }))).toEqual(['too-large', { b: 2 }])
    expect(values(await read(`[${'['.repeat(300)}${']'.repeat(300)},{"b":2}]`))).toEqual(['unreadable', { b: 2 }])
  })

  it('end with what was cut off, and say so', async () => {
    expect(values(await read('[{"a":1},{"b":'))).toEqual([{ a: 1 }, 'truncated'])
    expect(values(await read('[{"a":1}'))).toEqual([{ a: 1 }, 'truncated'])
    expect(values(await read(''))).toEqual(['no-content'])
    expect(values(await read('[1]x'))).toEqual([1, 'unreadable'])
    expect(values(await read('{"a":}', { keys: ['a'] }))).toEqual(['unreadable'])
  })

  it('say of a file in UTF-16 that it is', async () => {
    const found = await read(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('[{"a":1}]', 'utf16le')]))
    expect(found).toEqual([{ pointer: '', problem: 'encoding', detail: 'UTF-16, not UTF-8' }])
  })

  it('tell of a damaged archive in its place', async () => {
    const broken = async function* () {
      yield Buffer.from('[{"a":1},')
      throw new ArchiveError('truncated', 'the zip ends here')
    }
    expect(await all(elements(broken()))).toMatchObject([{ value: { a: 1 } }, { problem: 'truncated', detail: 'the zip ends here' }])
  })

  it('never throw, and account for every byte sequence', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        for (const one of await read(bytes, { keys: ['a'] })) expect(one.problem === null || typeof one.detail === 'string').toBe(true)
        expect((await wholeJson(pieces(bytes, 9))).pointer).toBe('')
      }),
    )
  })

  it('hold no more than the longest element', () => {
    const splitter = new Splitter({ limit: 1_000 })
    splitter.push(Buffer.from('["'))
    for (let n = 0; n < 1_000; n++) expect(splitter.push(Buffer.alloc(1_000, 'x'))).toEqual([])
    expect(splitter.push(Buffer.from('",1]'))).toMatchObject([{ problem: 'too-large' }, { bytes: Buffer.from('1') }])
  })
})

describe('lines', () => {
  it('are read one by one, empty ones passed over, broken ones told', async () => {
    const text = '\ufeff{"a":1}\r\n\n{"b":\n{"c":3}'
    const found = await all(jsonLines(pieces(Buffer.from(text), 5)))
    expect(found.map(({ pointer }) => pointer)).toEqual(['line 1', 'line 3', 'line 4'])
    expect(values(found)).toEqual([{ a: 1 }, 'unreadable', { c: 3 }])
  })
})

describe('a look at the beginning', () => {
  it('shows of any JSON that breaks off what was complete', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ name: fc.string(), inner: fc.jsonValue() }), { minLength: 1, maxLength: 4 }), fc.nat(), (list, cut) => {
        const text = JSON.stringify(list)
        const seen = begun(text.slice(0, 1 + (cut % text.length)))
        expect(Array.isArray(seen)).toBe(true)
      }),
    )
  })

  it('tells forms apart', () => {
    const form = (text: string) => peekAt(Buffer.from(text)).form
    expect(['[{"a":1}', '{"a":', '{"a":1}\n{"b":2}', '<!DOCTYPE html>', 'hello', '', '\0PNG'].map(form)).toEqual([
      'list',
      'object',
      'lines',
      'html',
      'text',
      'empty',
      'binary',
    ])
  })
})

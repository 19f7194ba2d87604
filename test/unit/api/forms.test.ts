import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ApiError } from '../../../src/api/errors.ts'
import { list, nest, parseForm, requiredText, text } from '../../../src/api/forms.ts'

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const refusal = (work: () => unknown): ApiError => {
  try {
    work()
  } catch (error) {
    if (error instanceof ApiError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('parseForm', () => {
  test.each([
    ['a=1&b=two', { a: '1', b: 'two' }],
    ['a=1&a=2', { a: '2' }],
    ['id[]=1&id[]=2', { id: ['1', '2'] }],
    ['id%5B%5D=1&id%5B%5D=2', { id: ['1', '2'] }],
    ['a[b]=1&a[c][d]=2', { a: { b: '1', c: { d: '2' } } }],
    ['fields_attributes[0][name]=x&fields_attributes[0][value]=y', { fields_attributes: { 0: { name: 'x', value: 'y' } } }],
    ['m[][id]=1&m[][description]=sea&m[][id]=2', { m: [{ id: '1', description: 'sea' }, { id: '2' }] }],
    ['poll[options][]=a&poll[options][]=b&poll[multiple]=true', { poll: { options: ['a', 'b'], multiple: 'true' } }],
    ['q=a+b%20c%2Bd', { q: 'a b c+d' }],
    ['flag', { flag: '' }],
    ['a==b', { a: '=b' }],
    ['&&a=1&', { a: '1' }],
    ['odd[=1&x]=2', { 'odd[': '1', 'x]': '2' }],
    ['', {}],
  ])('reads %s as Rails does', (encoded, expected) => {
    expect(plain(parseForm(encoded))).toEqual(expected)
  })

  test.each(['a=%ff', 'a=%', 'a=%00', '%00=a', 'a=1&a[b]=2', 'a[]=1&a[b]=2', `a${'[b]'.repeat(6)}=1`, Array(1_001).fill('a=1').join('&')])(
    'refuses %.40s with 400',
    (encoded) => {
      expect(refusal(() => parseForm(encoded)).status).toBe(400)
    },
  )

  test('no name reaches a prototype', () => {
    const parsed = parseForm('__proto__[polluted]=1&constructor[prototype][polluted]=1&hasOwnProperty=x')
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(text(parsed, 'hasOwnProperty')).toBe('x')
    expect(text(parsed, 'toString')).toBeUndefined()
  })

  test('whatever comes in, it is parsed or refused with 400', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('ab[]=&%+0123f\0é')) }), (encoded) => {
        try {
          expect(typeof parseForm(encoded)).toBe('object')
        } catch (error) {
          expect(error).toBeInstanceOf(ApiError)
          expect((error as ApiError).status).toBe(400)
        }
      }),
    )
  })

  test('flat pairs come back as they were', () => {
    const unit = fc.nat(0xffff).map((code) => String.fromCharCode(code))
    const name = fc.string({ unit, minLength: 1 }).filter((value) => !/[[\]]/.test(value))
    fc.assert(
      fc.property(fc.dictionary(name, fc.string({ unit })), (pairs) => {
        const wellFormed = Object.fromEntries(Object.entries(pairs).map((pair) => pair.map((part) => part.toWellFormed().replaceAll('\0', ''))))
        expect({ ...parseForm(new URLSearchParams(wellFormed).toString()) }).toEqual(wellFormed)
      }),
    )
  })
})

describe('reading parameters', () => {
  test('lists come from every spelling', () => {
    for (const params of [parseForm('id[]=1&id[]=2'), parseForm('id[1]=2&id[0]=1'), { id: ['1', 2] }]) expect(list(params, 'id')).toEqual(['1', '2'])
    expect(list(parseForm('id=1'), 'id')).toEqual(['1'])
    expect(list({}, 'id')).toEqual([])
    expect(refusal(() => list(parseForm('id[x]=1'), 'id')).status).toBe(422)
  })

  test('text is never an object', () => {
    expect(text({ a: 5, b: true }, 'a')).toBe('5')
    expect(text({ a: null }, 'a')).toBeUndefined()
    for (const a of [{}, [], { bytes: Buffer.from('x') }]) expect(refusal(() => text({ a }, 'a')).status).toBe(422)
  })

  test('a blank is named in Mastodon’s words', () => {
    const { status, message, details } = refusal(() => requiredText({ client_name: '  ' }, 'client_name'))
    expect([status, message]).toEqual([422, "Validation failed: Client name can't be blank"])
    expect(details).toEqual({ details: { client_name: [{ error: 'ERR_INVALID', description: "can't be blank" }] } })
  })

  test('an upload keeps its place among the fields', () => {
    const file = { filename: 'a.png', type: 'image/png', bytes: Buffer.from('x') }
    expect(
      nest([
        ['file', file],
        ['focus', '0,0'],
      ]),
    ).toEqual(Object.assign(Object.create(null), { file, focus: '0,0' }))
  })
})

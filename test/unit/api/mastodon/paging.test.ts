import type { FastifyReply, FastifyRequest } from 'fastify'
import { describe, expect, test } from 'vitest'
import { ApiError } from '../../../../src/api/errors.ts'
import { linkPages, pageOf, STATUSES } from '../../../../src/api/mastodon/paging.ts'

const ask = (query: Record<string, string>, url = '/api/v1/timelines/home') => ({ query, url }) as unknown as FastifyRequest

function linkOf(url: string, limit: number, cursors: readonly string[]): string | undefined {
  const headers: Record<string, string> = {}
  const reply = { header: (name: string, value: string) => void (headers[name] = value) } as unknown as FastifyReply
  linkPages(ask({}, url), reply, 'https://here.example', { limit }, cursors)
  return headers['link']
}

describe('the page asked for', () => {
  test.each([
    [{}, 20],
    [{ limit: '5' }, 5],
    [{ limit: '0' }, 1],
    [{ limit: '-3' }, 1],
    [{ limit: '1000' }, 40],
    [{ limit: '' }, 20],
  ])('%j has %i entries', (query, limit) => expect(pageOf(ask(query as Record<string, string>), STATUSES).limit).toBe(limit))

  test('cursors are ids, or 422', () => {
    expect(pageOf(ask({ max_id: '9', since_id: '', min_id: '4' }), STATUSES)).toEqual({ limit: 20, maxId: '9', minId: '4' })
    for (const max_id of ['x', '-1', '1.5', '99999999999999999999', '9223372036854775808']) {
      expect(() => pageOf(ask({ max_id }), STATUSES)).toThrow(ApiError)
    }
  })
})

describe('Link', () => {
  test('names next first, then prev, and keeps the other parameters', () => {
    expect(linkOf('/api/v1/timelines/home?limit=2&max_id=99&local=true&types[]=a&types[]=b', 2, ['8', '7'])).toBe(
      '<https://here.example/api/v1/timelines/home?limit=2&local=true&types%5B%5D=a&types%5B%5D=b&max_id=7>; rel="next", ' +
        '<https://here.example/api/v1/timelines/home?limit=2&local=true&types%5B%5D=a&types%5B%5D=b&min_id=8>; rel="prev"',
    )
  })

  test('has no next on the last page, and nothing for an empty one', () => {
    expect(linkOf('/x?limit=2', 2, ['8'])).toBe('<https://here.example/x?limit=2&min_id=8>; rel="prev"')
    expect(linkOf('/x', 2, [])).toBeUndefined()
  })

  test('never repeats a token, and never leaves this origin', () => {
    expect(linkOf('//evil.example/x?access_token=secret', 1, ['8'])).toBe(
      '<https://here.example/x?max_id=8>; rel="next", <https://here.example/x?min_id=8>; rel="prev"',
    )
  })
})

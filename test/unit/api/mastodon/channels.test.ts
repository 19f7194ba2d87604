import { describe, expect, test } from 'vitest'
import { channelKey, channelOf, inFeed, mayListen, type PostChange } from '../../../../src/api/mastodon/streaming/channels.ts'

const change = (fields: Partial<Extract<PostChange, { kind: 'status' }>> = {}): PostChange => ({
  kind: 'status',
  statusId: '1',
  accountId: '2',
  homes: [],
  visibility: 'public',
  local: true,
  tags: ['cats'],
  isBoost: false,
  ...fields,
})

function belongs(name: string, tag: string | undefined, fields: Partial<Extract<PostChange, { kind: 'status' }>> = {}): boolean {
  const channel = channelOf(name, tag)
  return channel !== null && channel.of !== 'user' && inFeed(channel, change(fields))
}

describe('channels', () => {
  test.each(['', 'users', 'list', 'direct', 'public:elsewhere', 'hashtag', 'hashtag:remote', 'user:notification:x', '__proto__'])(
    '%j is none',
    (name) => expect(channelOf(name)).toBeNull(),
  )

  test.each(['user', 'user:notification', 'public', 'public:local', 'public:remote', 'public:media', 'public:local:media', 'public:remote:media'])(
    '%s is one',
    (name) => expect(channelOf(name)?.stream).toEqual([name]),
  )

  test('a hashtag channel is the same however the tag is written', () => {
    const [a, b] = [channelOf('hashtag', '#Cats'), channelOf('hashtag', 'cats')]
    expect(a && channelKey(a)).toBe(b && channelKey(b))
    expect(channelOf('hashtag', '')).toBeNull()
  })

  test('public channels get public posts of their side, never boosts', () => {
    expect(belongs('public', undefined)).toBe(true)
    expect(belongs('public', undefined, { isBoost: true })).toBe(false)
    for (const visibility of ['unlisted', 'private', 'direct']) expect(belongs('public', undefined, { visibility })).toBe(false)
    expect(belongs('public:local', undefined, { local: false })).toBe(false)
    expect(belongs('public:remote', undefined, { local: false })).toBe(true)
    expect(belongs('public:remote', undefined)).toBe(false)
  })

  test('hashtag channels get posts with the tag', () => {
    expect(belongs('hashtag', 'Cats')).toBe(true)
    expect(belongs('hashtag', 'dogs')).toBe(false)
    expect(belongs('hashtag:local', 'cats', { local: false })).toBe(false)
  })

  test('each needs its scope', () => {
    const may = (name: string, scope: string) => {
      const channel = channelOf(name)
      return channel !== null && mayListen(channel, [scope])
    }
    expect(may('user', 'read')).toBe(true)
    expect(may('user', 'read:statuses')).toBe(true)
    expect(may('user', 'read:notifications')).toBe(false)
    expect(may('user:notification', 'read:notifications')).toBe(true)
    expect(may('public', 'write')).toBe(false)
  })
})

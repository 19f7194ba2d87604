import { describe, expect, test } from 'vitest'
import type { SignedIn } from '../../../../src/api/auth.ts'
import { channelOf } from '../../../../src/api/mastodon/streaming/channels.ts'
import { Connection, MOST_CHANNELS, MOST_WAITING, type StreamEvent } from '../../../../src/api/mastodon/streaming/connection.ts'

const EVENT: StreamEvent = { stream: ['user'], event: 'update', payload: '{}' }

function connected() {
  const wire = { sent: 0, beats: 0, waiting: 0, ended: [] as string[] }
  const connection = new Connection({} as SignedIn, {
    send: () => void (wire.sent += 1),
    beat: () => void (wire.beats += 1),
    waiting: () => wire.waiting,
    end: (reason) => void wire.ended.push(reason),
  })
  return { connection, wire }
}

const tag = (name: string) => channelOf('hashtag', name)!

describe('a connection', () => {
  test('is cut off when its listener is too slow, once, and gets nothing more', () => {
    const { connection, wire } = connected()
    wire.waiting = MOST_WAITING
    connection.send(EVENT)
    expect(connection.open).toBe(true)
    wire.waiting = MOST_WAITING + 1
    for (let n = 0; n < 3; n += 1) connection.send(EVENT)
    connection.beat()
    connection.end('again')
    expect(wire).toMatchObject({ sent: 2, beats: 0, ended: ['Too slow'] })
  })

  test('has so many channels and no more, each once', () => {
    const { connection } = connected()
    for (let n = 0; n < MOST_CHANNELS; n += 1) expect(connection.subscribe(tag(`t${n}`))).toBe(true)
    expect(connection.subscribe(tag('one more'))).toBe(false)
    expect(connection.subscribe(tag('T1'))).toBe(true)
    connection.unsubscribe(tag('#t0'))
    expect(connection.subscribe(tag('more'))).toBe(true)
    expect([...connection.channels]).toHaveLength(MOST_CHANNELS)
  })

  test('that the other side closed is silent', () => {
    const { connection, wire } = connected()
    connection.closed()
    connection.send(EVENT)
    connection.end('late')
    expect(wire).toMatchObject({ sent: 0, ended: [] })
  })
})

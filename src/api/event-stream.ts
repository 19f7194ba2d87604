/** Server-sent events on an answer that was taken over from Fastify: progress, and words as a model says them. @see https://html.spec.whatwg.org/multipage/server-sent-events.html */
import type { FastifyReply } from 'fastify'
import { unavailable } from './errors.ts'

export type EventStream = {
  /** One event with its data as JSON. Nothing once the listener is gone. @param id  what `Last-Event-ID` says when the listener comes back */
  send(event: string, data: unknown, id?: string): void
  /** Ends the answer. */
  end(): void
  /** Aborted when the listener is gone, or was too slow. */
  readonly gone: AbortSignal
}

/** Bytes that may wait for a slow listener before it is cut off. */
const MOST_WAITING = 4 << 20
/** Keeps proxies from giving up, and finds out who is gone. */
const HEARTBEAT_MS = 15_000

/** Open at once, of everybody. */
const MOST_OPEN = 2_000
let open = 0

/** Takes the answer over, with the headers it has so far, and keeps it open until `end`. @throws {ApiError} 503 when too many are open */
export function openEventStream(reply: FastifyReply): EventStream {
  if (open >= MOST_OPEN) throw unavailable('Too many streams are open on this instance')
  open++
  const { raw } = reply
  const gone = new AbortController()
  reply.hijack()
  raw.shouldKeepAlive = false // when the stream ends so does its connection, or stopping the instance would wait for it
  const pulse = setInterval(() => write(':thump\n\n'), HEARTBEAT_MS).unref()
  const leave = (): void => {
    if (gone.signal.aborted) return
    open--
    clearInterval(pulse)
    gone.abort()
  }
  raw.on('close', leave).on('error', leave)
  const headers = { 'content-type': 'text/event-stream', 'cache-control': 'private, no-store', 'x-accel-buffering': 'no' }
  raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...headers })
  raw.write(':)\n\n')

  function write(text: string): void {
    if (gone.signal.aborted || raw.writableEnded) return
    raw.write(text)
    if (raw.writableLength > MOST_WAITING) raw.destroy()
  }

  return {
    gone: gone.signal,
    send: (event, data, id) => write(`event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`),
    end() {
      clearInterval(pulse)
      if (!raw.writableEnded) raw.end()
    },
  }
}

/**
 * How long the body of a request may take to come. Node bounds all requests alike, and an export of years of conversations over a home line takes an
 * hour: so Node's bound is wide, and everything but such uploads is held to two minutes here. An upload may take as long as bytes keep coming.
 */
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'

/** For Node: no request takes longer. */
export const LONGEST_REQUEST_MS = 6 * 3_600_000

export type BodyTime = {
  /** For a whole body. */
  readonly wholeMs: number
  /** An upload must bring so many bytes in each time of so long. */
  readonly pulseMs: number
  readonly pulseBytes: number
}
/** Two minutes: a picture over a slow line. A minute for a second of a very slow one. */
const USUAL: BodyTime = { wholeMs: 120_000, pulseMs: 60_000, pulseBytes: 60_000 }

export function registerBodyTime(app: FastifyInstance, { wholeMs, pulseMs, pulseBytes }: BodyTime = USUAL): void {
  app.addHook('onRequest', ({ raw, routeOptions }, _reply, done) => {
    if (hasBody(raw) && routeOptions.config.streams === true) bound(raw, pulseMs, keepsComing(raw, pulseBytes))
    else if (hasBody(raw)) bound(raw, wholeMs, () => false)
    done()
  })
}

const hasBody = ({ headers, complete }: IncomingMessage): boolean =>
  !complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0)

/** Ends the connection when, after so long, the body is not whole and `goesOn` does not say that it may take as long again. */
function bound(raw: IncomingMessage, ms: number, goesOn: () => boolean): void {
  const timer = setInterval(() => {
    if (raw.complete || goesOn()) return
    clearInterval(timer)
    if (raw.socket.writable) raw.socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n', () => raw.destroy())
    else raw.destroy()
  }, ms).unref()
  const stop = (): void => clearInterval(timer)
  raw.once('end', stop).once('close', stop)
}

function keepsComing({ socket }: IncomingMessage, bytes: number): () => boolean {
  let before = socket.bytesRead
  return () => {
    const came = socket.bytesRead - before
    before = socket.bytesRead
    return came >= bytes
  }
}

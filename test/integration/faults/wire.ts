/**
 * A proxy between a writer and its database that knows where PostgreSQL's requests begin and end, so that a fault strikes exactly one step:
 * before the server sees it, or after the server has done it.
 *
 * @see PostgreSQL documentation: "Frontend/Backend Protocol, Message Formats"
 */
import net from 'node:net'

/** What happens instead: the connection breaks, the server answers with an error, or something else happens first. */
export type Blow = 'cut' | { readonly error: string } | (() => Promise<void>)

export type Fault = {
  /** The step, as {@link Wire.steps} names it. */
  readonly step: string
  readonly before?: Blow
  readonly after?: Blow
}

export type Wire = {
  readonly url: string
  /** Names of the requests that came by since the last call, in order, each once. */
  steps(): string[]
  /** The next request of that name is struck. */
  arm(fault: Fault): void
  /** True once it was. */
  sprung(): boolean
  /** Takes the fault back. @returns whether it had struck */
  disarm(): boolean
  close(): Promise<void>
}

type Frame = { readonly type: string; readonly bytes: Buffer }

/** Requests of one connection, struck or not, that the server has not answered yet. */
type Pending = { readonly fault: Fault | null }

export async function openWire(databaseUrl: string): Promise<Wire> {
  const target = new URL(databaseUrl)
  const sockets = new Set<net.Socket>()
  const seen = new Set<string>()
  let armed: Fault | null = null

  const take = (step: string): Fault | null => {
    seen.add(step)
    if (armed?.step !== step) return null
    const fault = armed
    armed = null
    return fault
  }
  const server = net.createServer((client) => {
    const upstream = net.connect(Number(target.port), target.hostname)
    const cut = () => [client, upstream].forEach((socket) => socket.destroy())
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay()) // what is passed on in pieces would wait for acknowledgements
      socket.on('error', cut).on('close', () => {
        sockets.delete(socket)
        cut()
      })
    }
    relay(client, upstream, take, cut)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(databaseUrl)
  url.port = String((server.address() as net.AddressInfo).port)
  return {
    url: url.href,
    steps() {
      const names = [...seen]
      seen.clear()
      return names
    },
    arm: (fault) => void (armed = fault),
    sprung: () => armed === null,
    disarm() {
      const hasStruck = armed === null
      armed = null
      return hasStruck
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Passes requests on and answers back, in order, but for those that a fault strikes. */
function relay(client: net.Socket, upstream: net.Socket, take: (step: string) => Fault | null, cut: () => void): void {
  const pending: Pending[] = []
  const requests = new Framing(true)
  const answers = new Framing(false)
  let request: Frame[] = []
  let work = Promise.resolve()
  /** The struck request is not the server's business, nor is the data that follows it. */
  let isSwallowing = false

  client.on('data', (chunk) => {
    for (const frame of requests.push(chunk)) work = work.then(() => onRequest(frame))
  })
  upstream.on('data', (chunk) => {
    for (const frame of answers.push(chunk)) work = work.then(() => onAnswer(frame))
  })

  async function onRequest(frame: Frame): Promise<void> {
    if (frame.type === 'd' || frame.type === 'c' || frame.type === 'f') return isSwallowing ? undefined : void upstream.write(frame.bytes)
    if (frame.type !== 'Q' && frame.type !== 'S' && !['P', 'B', 'D', 'E', 'C'].includes(frame.type)) return void upstream.write(frame.bytes)
    request.push(frame)
    if (frame.type !== 'Q' && frame.type !== 'S') return
    const whole = Buffer.concat(request.map(({ bytes }) => bytes))
    const fault = take(nameOf(request))
    request = []
    isSwallowing = false
    if (fault?.before === 'cut') return cut()
    if (typeof fault?.before === 'function') await fault.before()
    if (typeof fault?.before === 'object') {
      isSwallowing = true
      return void client.write(errorAnswer(fault.before.error))
    }
    pending.push({ fault })
    upstream.write(whole)
  }

  async function onAnswer(frame: Frame): Promise<void> {
    const blow = pending[0]?.fault?.after
    if (blow === undefined) client.write(frame.bytes)
    if (frame.type !== 'Z') return
    pending.shift()
    if (blow === 'cut') return cut()
    if (typeof blow === 'function') {
      await blow()
      cut() // what the server said of a struck request is lost
    }
    if (typeof blow === 'object') client.write(errorAnswer(blow.error))
  }
}

/** Name of a prepared statement, or how the text begins. */
function nameOf(request: readonly Frame[]): string {
  const [first] = request
  if (first === undefined) return ''
  const text = first.bytes.toString('latin1', 5)
  const [name = '', rest = ''] = text.split('\0')
  if (first.type === 'Q') return shortened(name)
  if (first.type === 'B') return rest // portal, statement
  return name === '' ? shortened(rest) : name
}

const shortened = (statement: string): string =>
  statement
    .trim()
    .split(/[(\n;]/, 1)[0]
    ?.slice(0, 60)
    .trim() ?? ''

/** ErrorResponse and ReadyForQuery: the statement failed, the session goes on. */
function errorAnswer(code: string): Buffer {
  const fields = Buffer.from(`SERROR\0VERROR\0C${code}\0Mstruck by a test\0\0`)
  const head = Buffer.alloc(5)
  head.write('E')
  head.writeInt32BE(fields.length + 4, 1)
  return Buffer.concat([head, fields, Buffer.from('Z\0\0\0\x05I', 'latin1')])
}

/** Messages out of the bytes of one direction. What a client says first has a length, but no type. */
class Framing {
  #held = Buffer.alloc(0)
  #isFirst: boolean

  constructor(isClient: boolean) {
    this.#isFirst = isClient
  }

  push(chunk: Uint8Array): Frame[] {
    this.#held = Buffer.concat([this.#held, chunk])
    const frames: Frame[] = []
    for (;;) {
      const typed = this.#isFirst ? 0 : 1
      if (this.#held.length < typed + 4) return frames
      const length = typed + this.#held.readInt32BE(typed)
      if (this.#held.length < length) return frames
      frames.push({ type: this.#isFirst ? '' : String.fromCharCode(this.#held[0] ?? 0), bytes: this.#held.subarray(0, length) })
      this.#isFirst = false
      this.#held = this.#held.subarray(length)
    }
  }
}

/** A TCP proxy in front of PostgreSQL that breaks a connection at a chosen statement, before the server sees it or after it has done it. */
import net from 'node:net'

export type Fault = {
  /** Text in the statement to break at. */
  readonly statement: string
  /** `failed`: the server never sees it. `persisted`: the server did it, the client never learns. */
  readonly outcome: 'failed' | 'persisted'
  /** How often; once when absent. */
  readonly times?: number
}

export type Proxy = {
  readonly url: string
  /** The next statements that fit are broken. */
  arm(fault: Fault): void
  /** True once the armed fault has happened as often as it should. */
  sprung(): boolean
  /** While true, connections are refused. */
  refuse(refused: boolean): void
  close(): Promise<void>
}

/** ReadyForQuery: the transaction is over. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5])

export async function startProxy(databaseUrl: string): Promise<Proxy> {
  const target = new URL(databaseUrl)
  const sockets = new Set<net.Socket>()
  let armed: Fault | null = null
  let refused = false

  const server = net.createServer((client) => {
    if (refused) return client.destroy()
    const upstream = net.connect(Number(target.port), target.hostname)
    let doomed = false
    const cut = () => [client, upstream].forEach((socket) => socket.destroy())
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', cut)
      socket.on('close', () => {
        sockets.delete(socket)
        cut()
      })
    }
    client.on('data', (chunk) => {
      const fault = armed !== null && chunk.includes(armed.statement) ? armed : null
      if (fault !== null) armed = (fault.times ?? 1) > 1 ? { ...fault, times: (fault.times ?? 1) - 1 } : null
      if (fault?.outcome === 'failed') return cut()
      if (fault?.outcome === 'persisted') doomed = true
      return upstream.write(chunk)
    })
    upstream.on('data', (chunk) => (doomed && chunk.includes(READY) ? cut() : client.write(chunk)))
    return undefined
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(databaseUrl)
  url.port = String((server.address() as net.AddressInfo).port)

  return {
    url: url.href,
    arm: (fault) => void (armed = fault),
    sprung: () => armed === null,
    refuse: (value) => void (refused = value),
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

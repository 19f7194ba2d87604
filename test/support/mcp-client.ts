/** The official MCP client against an instance under test, over a real socket, whatever origin the instance thinks it has. */
import type { AddressInfo } from 'node:net'
import { Client, type ClientOptions, StreamableHTTPClientTransport, type StreamableHTTPClientTransportOptions } from '@modelcontextprotocol/client'
import { TEST_ORIGIN, type TestInstance } from './instance.ts'

export type Wire = {
  /** As `fetch`, for addresses of the instance. */
  readonly fetch: typeof globalThis.fetch
  /** What went over it, newest last. */
  readonly seen: { readonly method: string; readonly path: string; readonly status: number }[]
}

/** Listens on a free port, and leads requests for the instance's own origin there. */
export async function wireTo({ app }: TestInstance): Promise<Wire> {
  if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const seen: Wire['seen'][number][] = []
  return {
    seen,
    async fetch(input, init) {
      const url = new URL(input instanceof Request ? input.url : input)
      if (url.origin !== TEST_ORIGIN) throw new Error(`${url.href} is not of this test`)
      const answer = await globalThis.fetch(`http://127.0.0.1:${port}${url.pathname}${url.search}`, init)
      seen.push({ method: init?.method ?? 'GET', path: url.pathname, status: answer.status })
      return answer
    },
  }
}

export const MCP_URL = new URL(`${TEST_ORIGIN}/mcp`)

/** A client that is connected. @param options of its transport: a token in `requestInit`, or an `authProvider` */
export async function connected(
  wire: Wire,
  options: StreamableHTTPClientTransportOptions,
  client: Client = new Client({ name: 'test-assistant', version: '1.0.0' }),
): Promise<{ readonly client: Client; readonly transport: StreamableHTTPClientTransport }> {
  const transport = new StreamableHTTPClientTransport(MCP_URL, { fetch: wire.fetch, ...options })
  await client.connect(transport)
  return { client, transport }
}

export const withToken = (token: string): StreamableHTTPClientTransportOptions => ({ requestInit: { headers: { authorization: `Bearer ${token}` } } })

export const newClient = (options?: ClientOptions): Client => new Client({ name: 'test-assistant', version: '1.0.0' }, options)

/**
 * The Streamable HTTP transport, as web requests: the 2026 revision, where each request stands alone and is answered as JSON or as a stream, and
 * the 2025 ones, with sessions, streams and DELETE. One factory of servers for both. Who calls is decided before; nothing here reads a token.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports
 */
import { type AuthInfo, createMcpHandler, isInitializeRequest, isLegacyRequest, type McpServer } from '@modelcontextprotocol/server'
import type { Caller } from './caller.ts'
import { Sessions } from './sessions.ts'

/** A request whose body, if it has one, was read and parsed; attacker-controlled. */
export type McpRequest = { readonly request: Request; readonly body: unknown; readonly caller: Caller; readonly auth: AuthInfo }

export type McpHttp = {
  handle(asked: McpRequest): Promise<Response>
  /** Ends the sessions that a grant opened. */
  end(grantId: string): void
  readonly sessions: number
  close(): Promise<void>
}

export type McpHttpDeps = {
  readonly newServer: (caller: Caller) => McpServer
  readonly log: (level: 'debug' | 'warn', message: string, fields?: Readonly<Record<string, unknown>>) => void
}

/** Streams that wait for changes of lists; ours do not change. */
const MOST_SUBSCRIPTIONS = 128

/** Where the caller travels through the SDK, beside the token that it knows of. */
const CALLER = 'caller'

export function createMcpHttp({ newServer, log }: McpHttpDeps): McpHttp {
  const sessions = new Sessions()
  const onerror = (error: Error) => log('debug', 'an MCP request failed', { error: error.message })
  const modern = createMcpHandler(({ authInfo }) => newServer(callerOf(authInfo)), {
    legacy: 'reject',
    onerror,
    maxSubscriptions: MOST_SUBSCRIPTIONS,
  })

  async function legacy({ request, body, caller, auth }: McpRequest): Promise<Response> {
    const id = request.headers.get('mcp-session-id')
    const transport = id === null ? null : sessions.find(id, caller)
    if (transport !== null) return transport.handleRequest(request, { parsedBody: body, authInfo: auth })
    if (id !== null) return failure(404, -32_001, 'Session not found')
    if (request.method !== 'POST' || !isInitializeRequest(body)) return failure(400, -32_000, 'Mcp-Session-Id is required: initialize first')
    const server = newServer(caller)
    const opened = await sessions.begin(server, caller, onerror)
    return opened.handleRequest(request, { parsedBody: body, authInfo: auth })
  }

  return {
    async handle(asked) {
      const { request, body, caller, auth } = asked
      if (await isLegacyRequest(request, body)) return legacy(asked)
      return modern.fetch(request, { parsedBody: body, authInfo: { ...auth, extra: { [CALLER]: caller } } })
    },
    end: (grantId) => sessions.end(grantId),
    get sessions() {
      return sessions.size
    },
    async close() {
      sessions.close()
      await modern.close()
    },
  }
}

function callerOf(auth: AuthInfo | undefined): Caller {
  const caller = auth?.extra?.[CALLER]
  if (caller === undefined) throw new Error('an MCP request came without its caller')
  return caller as Caller
}

const failure = (status: number, code: number, message: string): Response =>
  Response.json({ jsonrpc: '2.0', id: null, error: { code, message } }, { status })

/**
 * Sessions of the Streamable HTTP transport, as clients of the 2025 revisions open them: in this process's memory, bound to the grant that opened
 * them. After a restart, or when there are too many, a client hears 404 and opens another.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#session-management
 */
import { randomUUID } from 'node:crypto'
import { type McpServer, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server'
import { LRUCache } from 'lru-cache'
import type { Caller } from './caller.ts'

const MOST = 1_000
/** Of one grant, or one account without a grant. */
const MOST_OF_ONE = 16
const IDLE_MS = 60 * 60_000

type Session = { readonly owner: string; readonly grantId: string | null; readonly transport: WebStandardStreamableHTTPServerTransport }

export class Sessions {
  readonly #open = new LRUCache<string, Session>({
    max: MOST,
    ttl: IDLE_MS,
    updateAgeOnGet: true,
    dispose: ({ transport }) => void transport.close().catch(() => {}),
  })

  /** The transport of a session; null when there is none, or it is somebody else's. */
  find(id: string, caller: Caller): WebStandardStreamableHTTPServerTransport | null {
    const session = this.#open.get(id)
    return session?.owner === ownerOf(caller) ? session.transport : null
  }

  /** A transport for a server: a session once its client has initialized. */
  async begin(server: McpServer, caller: Caller, onerror: (error: Error) => void): Promise<WebStandardStreamableHTTPServerTransport> {
    const owner = ownerOf(caller)
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => {
        this.#makeRoom(owner)
        this.#open.set(id, { owner, grantId: caller.grantId, transport })
      },
      onsessionclosed: (id) => void this.#open.delete(id),
    })
    await server.connect(Object.assign(transport, { onerror }))
    return transport
  }

  /** Ends what a grant opened, when it is taken back. */
  end(grantId: string): void {
    for (const [id, session] of this.#open.entries()) if (session.grantId === grantId) this.#open.delete(id)
  }

  get size(): number {
    return this.#open.size
  }

  close(): void {
    this.#open.clear()
  }

  /** The oldest of somebody's sessions gives way to their newest. */
  #makeRoom(owner: string): void {
    const own = [...this.#open.entries()].filter(([, session]) => session.owner === owner)
    for (const [id] of own.slice(MOST_OF_ONE - 1)) this.#open.delete(id) // entries come most recently used first
  }
}

const ownerOf = ({ accountId, grantId }: Caller): string => `${accountId} ${grantId ?? ''}`

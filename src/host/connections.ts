/** Ending a server in bounded time: answers under way get a moment, then whatever is still connected is cut off. */
import type { Server, Socket } from 'node:net'

/**
 * Watches the connections of a server, also those that became something else than HTTP.
 *
 * @returns cuts off all that are open now
 */
export function watchConnections(server: Server): () => void {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  return () => {
    for (const socket of open) socket.destroy()
  }
}

/** Closes, and calls `force` when that takes longer than `graceMs`. */
export async function closeWithin(graceMs: number, close: () => PromiseLike<unknown>, force: () => void): Promise<void> {
  const timer = setTimeout(force, graceMs)
  try {
    await close()
  } finally {
    clearTimeout(timer)
  }
}

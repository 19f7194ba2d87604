/** Somebody listening: what to, how much may wait for them, and when it ends. The transport (SSE or WebSocket) is behind `Wire`. */
import type { SignedIn } from '../../auth.ts'
import { type Channel, channelKey } from './channels.ts'

/** One event of a stream. `payload`: JSON text; absent where the event has none. */
export type StreamEvent = { readonly stream: readonly string[]; readonly event: string; readonly payload: string }

export type Wire = {
  send(event: StreamEvent): void
  /** Keeps proxies from giving up, and finds out who is gone. */
  beat(): void
  /** Bytes accepted and not yet taken by the network. */
  waiting(): number
  /** `reason`: shown to the client where the transport can. */
  end(reason: string): void
}

/** Bytes that may wait for a slow listener before it is cut off; it comes back and reads what it missed by paging. */
export const MOST_WAITING = 1 << 20
export const MOST_CHANNELS = 32

export class Connection {
  readonly viewer: SignedIn
  readonly #wire: Wire
  readonly #channels = new Map<string, Channel>()
  #open = true

  constructor(viewer: SignedIn, wire: Wire) {
    this.viewer = viewer
    this.#wire = wire
  }

  get channels(): Iterable<Channel> {
    return this.#channels.values()
  }

  get open(): boolean {
    return this.#open
  }

  /** False when there are too many already. */
  subscribe(channel: Channel): boolean {
    const key = channelKey(channel)
    if (!this.#channels.has(key) && this.#channels.size >= MOST_CHANNELS) return false
    this.#channels.set(key, channel)
    return true
  }

  unsubscribe(channel: Channel): void {
    this.#channels.delete(channelKey(channel))
  }

  send(event: StreamEvent): void {
    if (!this.#open) return
    this.#wire.send(event)
    if (this.#wire.waiting() > MOST_WAITING) this.end('Too slow')
  }

  beat(): void {
    if (this.#open) this.#wire.beat()
  }

  end(reason: string): void {
    if (!this.#open) return
    this.#open = false
    this.#wire.end(reason)
  }

  /** The transport closed by itself. */
  closed(): void {
    this.#open = false
  }
}

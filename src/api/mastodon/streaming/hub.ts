/**
 * From what changed in the read tables to those who listen. Changes are handled one after the other, so every listener sees them in order;
 * a post is loaded once per account that gets it, and once for all public streams.
 */
import { LRUCache } from 'lru-cache'
import type { Change } from '../../../projections/changes.ts'
import { relationships } from '../../../projections/read/accounts.ts'
import { notifications } from '../../../projections/read/notifications.ts'
import { statusViews } from '../../../projections/read/statuses.ts'
import type { StatusView } from '../../../projections/rows.ts'
import type { SignedIn } from '../../auth.ts'
import type { ApiDeps } from '../../deps.ts'
import { ApiError, unauthorized, unavailable } from '../../errors.ts'
import { allows } from '../../oauth/scopes.ts'
import { statusEntity } from '../entities/status.ts'
import { notificationsJson } from '../notifications.ts'
import { type Channel, inFeed, isPostChange, type PostChange } from './channels.ts'
import { Connection, type Wire } from './connection.ts'

type HubDeps = Pick<ApiDeps, 'pool' | 'config' | 'projections' | 'log' | 'now'>

const MOST_PER_ACCOUNT = 25
const MOST_CONNECTIONS = 5_000
/** Changes that may wait while others are handled; beyond it streams skip, and clients find the posts by paging. */
const MOST_BACKLOG = 20_000
const HEARTBEAT_MS = 15_000
const MINUTE = 60_000

const EVENT_OF = { status: 'update', 'status.update': 'status.update', delete: 'delete' } as const

export class StreamHub {
  readonly #deps: HubDeps
  readonly #connections = new Set<Connection>()
  /** Grants that ended a moment ago: a request that came in before may still be on its way to open a stream. */
  readonly #revoked = new LRUCache<string, true>({ max: 1_000, ttl: 10 * MINUTE })
  readonly #stop: () => void
  readonly #pulse: NodeJS.Timeout
  #work: Promise<void> = Promise.resolve()
  #backlog = 0

  constructor(deps: HubDeps) {
    this.#deps = deps
    this.#stop = deps.projections.onChanges((changes) => this.#take(changes))
    this.#pulse = setInterval(() => this.#beat(), HEARTBEAT_MS).unref()
  }

  /** @throws {ApiError} 401 when the token was just revoked, 429 when the account listens too often already, 503 when the instance is full */
  open(viewer: SignedIn, wire: Wire): Connection {
    this.checkRoom(viewer)
    const connection = new Connection(viewer, wire)
    this.#connections.add(connection)
    return connection
  }

  /** @throws {ApiError} as `open` */
  checkRoom(viewer: SignedIn): void {
    if (this.#revoked.has(viewer.grant.id)) throw unauthorized()
    if (this.#connections.size >= MOST_CONNECTIONS) throw unavailable('Too many streams are open on this instance')
    const own = [...this.#connections].filter((connection) => connection.viewer.account.id === viewer.account.id)
    if (own.length >= MOST_PER_ACCOUNT) throw new ApiError(429, 'Too many streams are open for this account')
  }

  /** The transport is gone. */
  leave(connection: Connection): void {
    connection.closed()
    this.#connections.delete(connection)
  }

  close(): void {
    this.#stop()
    clearInterval(this.#pulse)
    for (const connection of this.#connections) this.#end(connection, 'The instance is shutting down')
  }

  #end(connection: Connection, reason: string): void {
    connection.end(reason)
    this.#connections.delete(connection)
  }

  #beat(): void {
    for (const connection of this.#connections) {
      const { expires_at } = connection.viewer.grant
      if (expires_at !== null && expires_at.getTime() <= this.#deps.now()) this.#end(connection, 'The access token has expired')
      else if (connection.open) connection.beat()
      else this.#connections.delete(connection)
    }
  }

  /** Revoked grants end their streams at once, before anything that follows is shown. */
  #take(changes: readonly Change[]): void {
    for (const change of changes) if (change.kind === 'grant.revoked') this.#revoke(change.grantId)
    if (this.#connections.size === 0) return
    if (this.#backlog + changes.length > MOST_BACKLOG)
      return this.#deps.log('warn', 'streams skip changes: too many at once', { changes: changes.length })
    this.#backlog += changes.length
    this.#work = this.#work.then(() => this.#handle(changes)).finally(() => (this.#backlog -= changes.length))
  }

  #revoke(grantId: string): void {
    this.#revoked.set(grantId, true)
    for (const connection of this.#connections) if (connection.viewer.grant.id === grantId) this.#end(connection, 'The access token was revoked')
  }

  async #handle(changes: readonly Change[]): Promise<void> {
    for (const change of changes) {
      try {
        if (change.kind === 'notification') await this.#notify(change)
        else if (isPostChange(change)) await this.#publish(change)
      } catch (error) {
        this.#deps.log('error', 'a change could not be streamed', { kind: change.kind, error: String(error) })
      }
    }
  }

  async #notify({ accountId, notificationId }: Extract<Change, { kind: 'notification' }>): Promise<void> {
    const listeners = this.#listening(
      (channel, connection) =>
        channel.of === 'user' && connection.viewer.account.id === accountId && allows(connection.viewer.grant.scopes, 'read:notifications'),
    )
    if (listeners.length === 0) return
    const around = { limit: 1, maxId: String(BigInt(notificationId) + 1n), sinceId: String(BigInt(notificationId) - 1n) }
    const rows = await notifications(this.#deps.pool, accountId, around)
    for (const notification of await notificationsJson(this.#deps, rows, accountId)) {
      const payload = JSON.stringify(notification)
      for (const { channel, connection } of listeners) connection.send({ stream: channel.stream, event: 'notification', payload })
    }
  }

  async #publish(change: PostChange): Promise<void> {
    await this.#publishHome(change)
    await this.#publishFeeds(change)
  }

  /** To the home streams of those whose home timeline has the post. */
  async #publishHome(change: PostChange): Promise<void> {
    const homes = new Set(change.homes)
    const listeners = this.#listening((channel, connection) => channel.of === 'user' && channel.posts && homes.has(connection.viewer.account.id))
    const payloads = new Map<string, Promise<string | null>>()
    for (const { channel, connection } of listeners) {
      const { id } = connection.viewer.account
      const payload = await remember(payloads, id, () => this.#payload(change, id))
      if (payload !== null) connection.send({ stream: channel.stream, event: EVENT_OF[change.kind], payload })
    }
  }

  /** To public and hashtag streams, without what each listener mutes or blocks. */
  async #publishFeeds(change: PostChange): Promise<void> {
    const listeners = this.#listening((channel) => channel.of !== 'user' && inFeed(channel, change))
    if (listeners.length === 0) return
    const view = change.kind === 'delete' ? null : await this.#view(change.statusId, null)
    if (change.kind !== 'delete' && view === null) return
    const payload = view === null ? change.statusId : JSON.stringify(statusEntity(view, this.#deps.config.origin))
    const hidden = new Map<string, Promise<boolean>>()
    for (const { channel, connection } of listeners) {
      if (view !== null && (channel.of === 'user' || !belongs(channel, view))) continue
      const { id } = connection.viewer.account
      if (view !== null && (await remember(hidden, id, () => this.#hidden(view, id)))) continue
      connection.send({ stream: channel.stream, event: EVENT_OF[change.kind], payload })
    }
  }

  /** What one account gets of a change; null when it is not to see it. */
  async #payload(change: PostChange, viewer: string): Promise<string | null> {
    if (change.kind === 'delete') return change.statusId
    const view = await this.#view(change.statusId, viewer)
    if (view === null || (await this.#hidden(view, viewer))) return null
    return JSON.stringify(statusEntity(view, this.#deps.config.origin))
  }

  async #view(statusId: string, viewer: string | null): Promise<StatusView | null> {
    const [view] = await statusViews(this.#deps.pool, [statusId], viewer)
    return view ?? null
  }

  async #hidden({ account, reblog }: StatusView, viewer: string): Promise<boolean> {
    const people = [account.id, ...(reblog === null ? [] : [reblog.account.id])].filter((id) => id !== viewer)
    const found = await relationships(this.#deps.pool, viewer, people)
    return found.some(({ muting, blocking, blocked_by }) => muting || blocking || blocked_by)
  }

  #listening(wants: (channel: Channel, connection: Connection) => boolean): { readonly channel: Channel; readonly connection: Connection }[] {
    return [...this.#connections].flatMap((connection) =>
      [...connection.channels].filter((channel) => wants(channel, connection)).map((channel) => ({ channel, connection })),
    )
  }
}

/** Public streams leave out replies to others, as the public timeline does; hashtag streams have them. */
function belongs(channel: Exclude<Channel, { of: 'user' }>, { status }: StatusView): boolean {
  if (channel.onlyMedia && status.media.length === 0) return false
  const reply = status.in_reply_to_uri !== null || (status.in_reply_to_account_id !== null && status.in_reply_to_account_id !== status.account_id)
  return channel.of === 'hashtag' || !reply
}

function remember<K, V>(known: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  const value = known.get(key) ?? make()
  known.set(key, value)
  return value
}

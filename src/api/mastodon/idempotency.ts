/**
 * One post per Idempotency-Key and hour, however often and however concurrently a client asks.
 *
 * The ledger keeps keys for ever; here a key counts for an hour and as long as its post is there, as with Mastodon. A repeat of a key that no longer
 * counts asks the ledger again under a key derived from the post it found, so every link of such a chain is idempotent too.
 */
import { LRUCache } from 'lru-cache'
import { recordedEvents } from '../../events/codec.ts'
import { snowflakeTime } from '../../events/snowflake.ts'
import type { ApiDeps } from '../deps.ts'
import { ApiError, unavailable } from '../errors.ts'

const HOUR = 3_600_000
const MOST_REUSES = 50

/** A post as its client asks for it. */
export type Post = { readonly id: string; readonly uri: string }

/** `known`: the ledger knew the key; the post that it made then, at this position, or null when that was deleted and erased. */
export type Posted = ({ readonly is: 'new' } & Post) | { readonly is: 'known'; readonly position: number; readonly post: Post | null }

export class Postings {
  readonly #deps: Pick<ApiDeps, 'ledger' | 'now'>
  /** Requests under way and just done: a repeat neither races its first run nor fails on checks that this one has used up. */
  readonly #recent = new LRUCache<string, Promise<Post>>({ max: 5_000, ttl: HOUR })

  constructor(deps: Pick<ApiDeps, 'ledger' | 'now'>) {
    this.#deps = deps
  }

  /** The post made under the key: now by `post`, or before. `post` gets the key to give to the ledger. */
  async once(accountId: string, key: string, post: (ledgerKey: string) => Promise<Posted>): Promise<Post> {
    const name = `${accountId} ${key}`
    const earlier = await this.#recent.get(name)?.catch(() => null)
    if (earlier && (await this.#counts(earlier))) return earlier
    const posted = this.#post(accountId, key, post)
    this.#recent.set(name, posted)
    posted.catch(() => this.#recent.delete(name))
    return posted
  }

  /** What the commit at `position` made. */
  async postAt(position: number): Promise<Posted> {
    const commit = await this.#deps.ledger.find(String(position))
    const event = commit === null ? undefined : recordedEvents(commit).find(({ type }) => type === 'status:create')
    if (event?.type !== 'status:create') throw unavailable('The post of this Idempotency-Key cannot be read')
    return { is: 'known', position, post: event.data === null ? null : { id: event.data.id, uri: event.data.uri } }
  }

  async #post(accountId: string, key: string, post: (ledgerKey: string) => Promise<Posted>): Promise<Post> {
    let ledgerKey = `status ${key}`
    for (let reuse = 0; reuse < MOST_REUSES; reuse += 1) {
      const posted = await post(ledgerKey).catch((error: unknown) => this.#earlier(accountId, ledgerKey, error))
      if (posted.is === 'new') return posted
      if (posted.post !== null && (await this.#counts(posted.post))) return posted.post
      ledgerKey = `status ${key} after ${posted.position}`
    }
    throw unavailable('This Idempotency-Key was used too often')
  }

  /** The post of this key, when a repeat of its request was refused: its pictures are used up, by itself. @throws `refusal` when there is none */
  async #earlier(accountId: string, ledgerKey: string, refusal: unknown): Promise<Posted> {
    const position = refusal instanceof ApiError ? await this.#deps.ledger.appended(`account/${accountId}`, ledgerKey) : null
    if (position === null) throw refusal
    return this.postAt(position)
  }

  /** Whether the post is of the last hour and not deleted: asked of the ledger, which is never behind. */
  async #counts({ id, uri }: Post): Promise<boolean> {
    if (this.#deps.now() - snowflakeTime(id) > HOUR) return false
    const events = await this.#deps.ledger.readStream(this.#deps.ledger.streamName('status', uri))
    return events.at(-1)?.type !== 'status:delete'
  }
}

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

/** `repeated`: the ledger knew the key, and this is the post it made then. */
export type Posted = { readonly id: string; readonly uri: string; readonly repeated: boolean }

export class Postings {
  readonly #deps: Pick<ApiDeps, 'ledger' | 'now'>
  /** Requests under way and just done: a repeat neither races its first run nor fails on checks that this one has used up. */
  readonly #recent = new LRUCache<string, Promise<Posted>>({ max: 5_000, ttl: HOUR })

  constructor(deps: Pick<ApiDeps, 'ledger' | 'now'>) {
    this.#deps = deps
  }

  /** The post made under the key: now by `post`, or before. `post` gets the key to give to the ledger. */
  async once(accountId: string, key: string, post: (ledgerKey: string) => Promise<Posted>): Promise<Posted> {
    const name = `${accountId} ${key}`
    const earlier = await this.#recent.get(name)?.catch(() => null)
    if (earlier && (await this.#counts(earlier))) return earlier
    const posted = this.#post(accountId, key, post)
    this.#recent.set(name, posted)
    posted.catch(() => this.#recent.delete(name))
    return posted
  }

  /** The post that the commit at `position` made. */
  async postAt(position: number): Promise<Posted> {
    const commit = await this.#deps.ledger.find(String(position))
    const event = commit === null ? undefined : recordedEvents(commit).find(({ type }) => type === 'status:create')
    if (event?.type !== 'status:create' || event.data === null) throw unavailable('The post of this Idempotency-Key cannot be read')
    return { id: event.data.id, uri: event.data.uri, repeated: true }
  }

  async #post(accountId: string, key: string, post: (ledgerKey: string) => Promise<Posted>): Promise<Posted> {
    let ledgerKey = `status ${key}`
    for (let reuse = 0; reuse < MOST_REUSES; reuse += 1) {
      const posted = await post(ledgerKey).catch((error: unknown) => this.#earlier(accountId, ledgerKey, error))
      if (!posted.repeated || (await this.#counts(posted))) return posted
      ledgerKey = `status ${key} after ${posted.id}`
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
  async #counts({ id, uri }: Posted): Promise<boolean> {
    if (this.#deps.now() - snowflakeTime(id) > HOUR) return false
    const events = await this.#deps.ledger.readStream(this.#deps.ledger.streamName('status', uri))
    return events.at(-1)?.type !== 'status:delete'
  }
}

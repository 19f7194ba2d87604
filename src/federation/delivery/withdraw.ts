/** What is not to be sent any more although it waits: words for somebody whom the author has blocked, or removed from their followers, since. */
import type pg from 'pg'
import { accountByUri } from '../../projections/read/accounts.ts'
import type { AccountRow } from '../../projections/rows.ts'
import type { Uris } from '../uris.ts'
import { PUBLIC } from '../wire/aliases.ts'
import { followersOf } from './recipients.ts'
import { waitingAt } from './store.ts'

export type Parting = {
  readonly author: AccountRow
  /** No follower any more. */
  readonly target: AccountRow
  /** False: still read what names them. */
  readonly blocked: boolean
}

/** What our own posts, edits and boosts look like, as far as it matters here. */
type Said = { readonly type: string; readonly to?: readonly string[]; readonly cc?: readonly string[] }

const WORDS = new Set(['Create', 'Update', 'Announce'])

/** Ids of messages that wait for the target's inboxes and that nobody there may read: they are for few, and none of these is there. */
export async function unreadable(pool: pg.Pool, { author, target, blocked }: Parting, uris: Uris): Promise<string[]> {
  const waiting = await waitingAt(pool, author.id, [target.inbox, ...(target.shared_inbox === null ? [] : [target.shared_inbox])])
  const followed = new Set(waiting.length === 0 ? [] : await followersOf(pool, author.id))
  const followers = uris.followers(author.username)

  async function mayBeRead(inbox: string, { type, to = [], cc = [] }: Said): Promise<boolean> {
    const audience = [...to, ...cc]
    if (!WORDS.has(type) || audience.includes(PUBLIC)) return true
    if (audience.includes(followers) && followed.has(inbox)) return true
    for (const uri of audience) if (!(blocked && uri === target.uri) && (await isAt(inbox, uri))) return true
    return false
  }

  async function isAt(inbox: string, uri: string): Promise<boolean> {
    const account = uri === followers ? null : await accountByUri(pool, uri)
    return account !== null && (account.inbox === inbox || account.shared_inbox === inbox)
  }

  const doomed: string[] = []
  for (const { id, inbox, body } of waiting) if (!(await mayBeRead(inbox, JSON.parse(body) as Said))) doomed.push(id)
  return doomed
}

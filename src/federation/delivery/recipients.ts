/** Whose inboxes an activity goes to. Shared inboxes serve everybody of a server at once, except for what is meant for one person. */
import type pg from 'pg'
import type { Mention, Visibility } from '../../events/catalogue.ts'
import { accountById, accountsByIds, followerInboxes, knownInboxes, relationships } from '../../projections/read/accounts.ts'
import type { AccountRow } from '../../projections/rows.ts'

export type Addressed = {
  readonly authorId: string
  readonly visibility: Visibility
  readonly mentions: readonly Mention[]
  /** Author of the post that is answered or boosted: told when it is for everybody. */
  readonly otherId: string | null
  /** True for what takes words back: also those hear it whom the author has blocked since. */
  readonly removal?: boolean
}

/** Inboxes for a post, its edits and its deletion. */
export async function inboxesFor(pool: pg.Pool, { authorId, visibility, mentions, otherId, removal = false }: Addressed): Promise<string[]> {
  const isOpen = visibility === 'public' || visibility === 'unlisted'
  const named = [...mentions.map(({ accountId }) => accountId), ...(isOpen && otherId !== null ? [otherId] : [])]
  const elsewhere = [...(await accountsByIds(pool, named)).values()].filter(isElsewhere)
  const blocked = new Set(removal || elsewhere.length === 0 ? [] : await blockedBy(pool, authorId, elsewhere))
  const accounts = elsewhere.filter(({ id }) => !blocked.has(id))
  if (visibility === 'direct') return unique(accounts.map(({ inbox }) => inbox))
  return unique([...(await followersOf(pool, authorId)), ...accounts.map(sharedInbox)])
}

const blockedBy = async (pool: pg.Pool, authorId: string, accounts: readonly AccountRow[]): Promise<string[]> =>
  (
    await relationships(
      pool,
      authorId,
      accounts.map(({ id }) => id),
    )
  ).flatMap((row) => (row.blocking ? [row.account_id] : []))

/** One inbox per server with followers, or per follower where there is no shared one. */
export const followersOf = async (pool: pg.Pool, accountId: string): Promise<string[]> =>
  (await followerInboxes(pool, accountId)).map(({ inbox }) => inbox)

/** Every server we know: for the deletion of an account, whose followers are forgotten by then. */
export const everybody = async (pool: pg.Pool): Promise<string[]> => (await knownInboxes(pool)).map(({ inbox }) => inbox)

/** The person's own inbox; nothing for people here and for those gone. */
export async function inboxOf(pool: pg.Pool, accountId: string): Promise<string[]> {
  const account = await accountById(pool, accountId)
  return account !== null && isElsewhere(account) ? [account.inbox] : []
}

export const isElsewhere = ({ domain, deleted_at }: AccountRow): boolean => domain !== null && deleted_at === null

const sharedInbox = ({ shared_inbox, inbox }: AccountRow): string => shared_inbox ?? inbox

const unique = (inboxes: readonly string[]): string[] => [...new Set(inboxes)]

/**
 * What posts are tied to (see runs.ts): by what their payloads say, and by what only the rows know. Blocks, mutes and whatever else says
 * nothing here keep their place, so nothing needs to be tied to them.
 *
 * Names: `account A`, `status S` and `uri U` exist or not; `body S` is what a post says; `posts A` all that A has posted and boosted, as it
 * comes into homes; `begun A` and `ended A`, which of it is the newest; `boosts S` who boosted a post; `boost A S` one boost; `followers A`
 * who follows A; `media M` which post has it.
 */
import type pg from 'pg'
import type { EventData, MediaAttachment, RecordedEvent } from '../../events/catalogue.ts'
import { type HiddenTies, type Ties, UnreadableEvent } from '../runs.ts'

/** Of an answer to somebody who is found only in the rows. */
export const ALL_FOLLOWS = 'follows'

export function tiesOfPost(post: EventData['status:create']): Ties {
  const { id, accountId, uri, inReplyToId, inReplyToAccountId, inReplyToUri, mentions, media } = post
  const needs = [`account ${accountId}`, `followers ${accountId}`, `ended ${accountId}`]
  for (const mention of mentions) needs.push(`account ${mention.accountId}`)
  if (inReplyToId !== null) needs.push(`status ${inReplyToId}`)
  if (inReplyToUri !== null) needs.push(`uri ${inReplyToUri}`)
  if (inReplyToAccountId !== null) needs.push(`followers ${inReplyToAccountId}`)
  else if (inReplyToId !== null || inReplyToUri !== null) needs.push(ALL_FOLLOWS)
  return { makes: [`status ${id}`, `uri ${uri}`, ...media.map(nameOf)], adds: [`posts ${accountId}`, `begun ${accountId}`], needs }
}

export const tiesOfUpdate = ({ id, accountId, mentions, media }: EventData['status:update']): Ties => ({
  makes: [`body ${id}`, ...media.map(nameOf)],
  adds: [`posts ${accountId}`],
  needs: [`status ${id}`, `boosts ${id}`, `followers ${accountId}`, ...mentions.map((mention) => `account ${mention.accountId}`)],
})

const nameOf = ({ id }: MediaAttachment): string => `media ${id}`

export const tiesOfDelete = ({ id, accountId }: EventData['status:delete']): Ties => ({ makes: [`status ${id}`], ...tiesOfEnding([accountId]) })

export const tiesOfBoost = ({ id, accountId, statusId, uri }: EventData['status:boost']): Ties => ({
  makes: [`status ${id}`, `uri ${uri}`, `boost ${accountId} ${statusId}`],
  adds: [`posts ${accountId}`, `begun ${accountId}`, `boosts ${statusId}`],
  needs: [`account ${accountId}`, `status ${statusId}`, `followers ${accountId}`, `ended ${accountId}`],
})

export function tiesOfUnboost({ accountId, statusId }: EventData['status:unboost']): Ties {
  const { adds, needs } = tiesOfEnding([accountId])
  return { makes: [`boost ${accountId} ${statusId}`], adds: [...adds, `boosts ${statusId}`], needs: [...needs, `status ${statusId}`] }
}

/** What is left of somebody's posts does not depend on which was taken away first, but on whether it was before another came. */
const tiesOfEnding = (authors: readonly string[]) => ({
  adds: authors.flatMap((author) => [`posts ${author}`, `ended ${author}`]),
  needs: authors.map((author) => `begun ${author}`),
})

/** What is known of the posts of a batch: from the rows before it, and from its own events. */
type Known = {
  /** By post: names that end with it. */
  readonly endsWith: Map<string, Set<string>>
  /** By post: who boosted it. */
  readonly boosters: Map<string, Set<string>>
  /** By uri: authors of answers that wait for the post of that uri. */
  readonly waiting: Map<string, Set<string>>
}

/**
 * A post that goes takes its boosts along and sets its pictures free; one that comes adopts the answers that waited for it.
 *
 * @throws {UnreadableEvent} when a payload is not what its type promises
 */
export async function lookUpTies(events: readonly RecordedEvent[], db: pg.ClientBase): Promise<HiddenTies> {
  const known: Known = { endsWith: new Map(), boosters: new Map(), waiting: new Map() }
  const asked: Asked = { deleted: [], created: [] }
  for (const event of events) reading(event, () => ask(asked, event))
  const { rows } = await db.query<Found>({ name: 'ties', text: LOOK_UP, values: [asked.deleted, asked.created] })
  for (const row of rows) learn(known, row)
  for (const event of events) learnFrom(known, event)
  return (event) => hiddenTies(known, event)
}

type Asked = { readonly deleted: string[]; readonly created: string[] }
type Found = { readonly kind: 'post' | 'boost' | 'waiting' | 'media'; readonly key: string; readonly name: string; readonly by: string }

const LOOK_UP = `
  select 'post' as kind, id::text as key, uri as name, '' as by from status where id = any ($1::int8[])
  union all select 'boost', reblog_of_id::text, uri, account_id::text from status where reblog_of_id = any ($1::int8[])
  union all select 'waiting', in_reply_to_uri, '', account_id::text from status where in_reply_to_uri = any ($2::text[]) and in_reply_to_id is null
  union all select 'media', status_id::text, id::text, '' from media where status_id = any ($1::int8[])`

function ask({ deleted, created }: Asked, { type, data }: RecordedEvent): void {
  if (data === null) return
  if (type === 'status:delete') deleted.push(data.id)
  if (type === 'status:create') created.push(data.uri)
}

function learn({ endsWith, boosters, waiting }: Known, { kind, key, name, by }: Found): void {
  if (kind === 'post' || kind === 'boost') add(endsWith, key, `uri ${name}`)
  if (kind === 'boost') add(boosters, key, by)
  if (kind === 'waiting') add(waiting, key, by)
  if (kind === 'media') add(endsWith, key, `media ${name}`)
}

function learnFrom(known: Known, { type, data }: RecordedEvent): void {
  if (data === null) return
  if (type === 'status:boost') learn(known, { kind: 'boost', key: data.statusId, name: data.uri, by: data.accountId })
  if (type === 'status:create') learn(known, { kind: 'post', key: data.id, name: data.uri, by: '' })
  if (type === 'status:create' && data.inReplyToUri !== null) add(known.waiting, data.inReplyToUri, data.accountId)
  if (type === 'status:create' || type === 'status:update') for (const { id } of data.media) add(known.endsWith, data.id, `media ${id}`)
}

function hiddenTies({ endsWith, boosters, waiting }: Known, { type, data }: RecordedEvent): Ties {
  if (data === null) return {}
  if (type === 'status:delete') return { makes: [...(endsWith.get(data.id) ?? [])], ...tiesOfEnding([...(boosters.get(data.id) ?? [])]) }
  if (type !== 'status:create') return {}
  return { adds: [...(waiting.get(data.uri) ?? [])].map((author) => `posts ${author}`) }
}

function add(map: Map<string, Set<string>>, key: string, name: string): void {
  const names = map.get(key)
  if (names === undefined) map.set(key, new Set([name]))
  else names.add(name)
}

function reading(event: RecordedEvent, work: () => void): void {
  try {
    work()
  } catch (error) {
    throw new UnreadableEvent(event.type, error)
  }
}

/**
 * From events to activities: what something done here means to other servers, and who is told.
 *
 * Runs when the read tables include the event. What has been deleted since is not announced any more: its deletion is in the log as well.
 */
import type pg from 'pg'
import type { EventData, EventType, Pair, RecordedEvent } from '../../events/catalogue.ts'
import { recorded, recordedEvents } from '../../events/codec.ts'
import type { LedgerCommit } from '../../ledger/types.ts'
import { accountById } from '../../projections/read/accounts.ts'
import { statusById } from '../../projections/read/statuses.ts'
import type { AccountRow, StatusRow } from '../../projections/rows.ts'
import { parentUri } from '../collections.ts'
import type { FederationLedger } from '../deps.ts'
import { INSTANCE } from '../signature/signers.ts'
import type { Uris } from '../uris.ts'
import * as write from '../wire/write-activity.ts'
import { actorDocument } from '../wire/write-actor.ts'
import { audienceOf } from '../wire/write-note.ts'
import { everybody, followersOf, inboxesFor, inboxOf, isElsewhere } from './recipients.ts'
import { waitingOf } from './store.ts'
import { unreadable } from './withdraw.ts'

export type Translation = {
  readonly activity: write.Written
  /** Account id, or `instance`. */
  readonly signer: string
  readonly actor: string
  readonly subject: string
  readonly priority: number
  readonly inboxes: readonly string[]
  /** True: takes back whatever still waits about its subject. */
  readonly last?: boolean
  /** Ids of messages that are not to be sent any more. */
  readonly withdrawn?: readonly string[]
}

/** Own words to somebody first, deletions last. */
export const PRIORITY = { personal: 0, relation: 1, broadcast: 2, update: 3, removal: 4 } as const

type Event<T extends EventType> = Extract<RecordedEvent, { type: T }>
type Deps = { readonly pool: pg.Pool; readonly ledger: Pick<FederationLedger, 'readStream'>; readonly uris: Uris }

const OUTBOUND: ReadonlySet<EventType> = new Set<EventType>([
  'status:create', 'status:update', 'status:delete', 'status:boost', 'status:unboost', 'status:like', 'status:unlike', 'status:pin', 'status:unpin',
  'social:follow', 'social:follow_accept', 'social:follow_reject', 'social:unfollow', 'social:block', 'social:unblock', 'social:report',
  'identity:update', 'identity:delete',
]) // biome-ignore format: a list

/** Events that other servers may have to be told of. What came in from them carries its evidence and is not told back, but for a Follow that is answered at once. */
export function outboundEvents(commit: LedgerCommit): RecordedEvent[] {
  const events = recordedEvents(commit)
  const inbound = events.some(({ type }) => type === 'activity:receive')
  return events.filter((event) => (inbound ? event.type === 'social:follow' && event.data?.state === 'accepted' : OUTBOUND.has(event.type)))
}

export function createTranslate({ pool, ledger, uris }: Deps): (event: RecordedEvent) => Promise<Translation | null> {
  async function local(id: string): Promise<AccountRow | null> {
    const account = await accountById(pool, id)
    return account?.domain === null ? account : null
  }

  async function remote(id: string): Promise<AccountRow | null> {
    const account = await accountById(pool, id)
    return account !== null && isElsewhere(account) ? account : null
  }

  const by = (account: AccountRow) => ({ signer: account.id, actor: account.uri })
  const origin = ({ position, index }: RecordedEvent): write.Origin => ({ position, index })

  async function created({ data }: Event<'status:create'>): Promise<Translation | null> {
    if (data === null || !data.local) return null
    const author = (await statusById(pool, data.id)) === null ? null : await local(data.accountId)
    if (author === null) return null
    const note = {
      ...data,
      editedAt: null,
      inReplyTo: await parentUri(pool, { in_reply_to_uri: data.inReplyToUri, in_reply_to_id: data.inReplyToId }),
    }
    const inboxes = await inboxesFor(pool, {
      authorId: author.id,
      visibility: data.visibility,
      mentions: data.mentions,
      otherId: data.inReplyToAccountId,
    })
    const priority = data.mentions.length > 0 || data.inReplyToAccountId !== null ? PRIORITY.personal : PRIORITY.broadcast
    return { activity: write.createActivity(note, author.username, uris), ...by(author), subject: data.uri, priority, inboxes }
  }

  async function updated(event: Event<'status:update'>): Promise<Translation | null> {
    const { data } = event
    const row = data === null ? null : await statusById(pool, data.id)
    const author = data === null ? null : await local(data.accountId)
    if (data === null || row === null || author === null) return null
    const { uri, url, visibility } = row
    const note = { ...data, uri, url, visibility, createdAt: row.created_at.toISOString(), inReplyTo: await parentUri(pool, row) }
    const inboxes = await inboxesFor(pool, { authorId: author.id, visibility, mentions: data.mentions, otherId: row.in_reply_to_account_id })
    return {
      activity: write.updateNoteActivity(note, author.username, uris, origin(event)),
      ...by(author),
      subject: uri,
      priority: PRIORITY.update,
      inboxes,
    }
  }

  /** The events before this one in its stream that are of a type, oldest first: what was undone or deleted, as it was. Erased ones are left out. */
  async function before<T extends EventType>({ stream, position }: RecordedEvent, type: T): Promise<EventData[T][]> {
    const events = await ledger.readStream(stream)
    return events
      .filter((event) => event.type === type && event.position < position)
      .flatMap((event) => ((recorded(event, 0) as Event<T>).data as EventData[T] | null) ?? [])
  }

  /** Whoever was ever named hears of the end. */
  async function deleted(event: Event<'status:delete'>): Promise<Translation | null> {
    const author = event.data === null ? null : await local(event.data.accountId)
    const [post = null] = author === null ? [] : await before(event, 'status:create')
    if (author === null || post === null) return null
    const { uri, visibility } = post
    const versions = [post, ...(await before(event, 'status:update'))]
    const mentions = [...new Map(versions.flatMap((version) => version.mentions).map((mention) => [mention.accountId, mention])).values()]
    const audience = audienceOf(
      visibility,
      uris.followers(author.username),
      mentions.map((mention) => mention.uri),
    )
    const inboxes = await inboxesFor(pool, { authorId: author.id, visibility, mentions, otherId: post.inReplyToAccountId, removal: true })
    return {
      activity: write.deleteNoteActivity(uri, audience, author.username, uris),
      ...by(author),
      subject: uri,
      priority: PRIORITY.removal,
      inboxes,
      last: true,
    }
  }

  async function boosted(event: Event<'status:boost'> | Event<'status:unboost'>): Promise<Translation | null> {
    const booster = event.data === null ? null : await local(event.data.accountId)
    const removal = event.type === 'status:unboost'
    const boost = booster === null ? null : removal ? ((await before(event, 'status:boost')).at(-1) ?? null) : event.data
    const status = boost === null ? null : await statusById(pool, boost.statusId)
    const author = status === null ? null : await accountById(pool, status.account_id)
    if (booster === null || boost === null || status === null || author === null) return null
    if (status.visibility !== 'public' && status.visibility !== 'unlisted' && author.id !== booster.id) return null
    const announce = write.announceActivity({ ...boost, object: status.uri, author: author.uri }, booster.username, uris)
    const activity = removal ? write.undoActivity(announce, booster.username, uris, origin(event)) : announce
    const inboxes = await inboxesFor(pool, { authorId: booster.id, visibility: boost.visibility, mentions: [], otherId: author.id, removal })
    return { activity, ...by(booster), subject: boost.uri, priority: PRIORITY.broadcast, inboxes, last: removal }
  }

  async function liked(event: Event<'status:like'> | Event<'status:unlike'>): Promise<Translation | null> {
    const { data } = event
    const liker = data === null ? null : await local(data.accountId)
    const status: StatusRow | null = data === null || liker === null ? null : await statusById(pool, data.statusId)
    const author = status === null ? null : await remote(status.account_id)
    if (data === null || liker === null || status === null || author === null) return null
    const like = write.simpleActivity('Like', data.uri, status.uri, author.uri, liker.username, uris)
    const activity = event.type === 'status:like' ? like : write.undoActivity(like, liker.username, uris, origin(event))
    return { activity, ...by(liker), subject: data.uri, priority: PRIORITY.relation, inboxes: [author.inbox] }
  }

  async function pinned(event: Event<'status:pin'> | Event<'status:unpin'>): Promise<Translation | null> {
    const owner = event.data === null ? null : await local(event.data.accountId)
    const status = event.data === null || owner === null ? null : await statusById(pool, event.data.statusId)
    if (owner === null || status === null || (status.visibility !== 'public' && status.visibility !== 'unlisted')) return null
    const activity = write.featureActivity(event.type === 'status:pin' ? 'Add' : 'Remove', status.uri, owner.username, uris, origin(event))
    return { activity, ...by(owner), subject: status.uri, priority: PRIORITY.update, inboxes: await followersOf(pool, owner.id) }
  }

  /** Follow and Block, and taking them back: from one here to one elsewhere. */
  async function related(event: Event<'social:follow' | 'social:unfollow' | 'social:block' | 'social:unblock'>): Promise<Translation | null> {
    const { data, type } = event
    const ends = data === null ? null : await fromHere(data)
    if (data === null || ends === null) return null
    const what = type === 'social:follow' || type === 'social:unfollow' ? 'Follow' : 'Block'
    const plain = write.simpleActivity(what, data.uri, ends.target.uri, ends.target.uri, ends.account.username, uris)
    const activity =
      type === 'social:follow' || type === 'social:block' ? plain : write.undoActivity(plain, ends.account.username, uris, origin(event))
    const withdrawn = type === 'social:block' ? await unreadable(pool, { author: ends.account, target: ends.target, blocked: true }, uris) : []
    return { activity, ...by(ends.account), subject: pairSubject(data), priority: PRIORITY.relation, inboxes: [ends.target.inbox], withdrawn }
  }

  async function fromHere({ accountId, targetId }: Pair) {
    const [account, target] = await Promise.all([local(accountId), remote(targetId)])
    return account === null || target === null ? null : { account, target }
  }

  /** An answer to a follow from elsewhere. */
  async function answered(event: Event<'social:follow' | 'social:follow_accept' | 'social:follow_reject'>): Promise<Translation | null> {
    const { data, type } = event
    if (data === null) return null
    const [follower, target] = await Promise.all([remote(data.accountId), local(data.targetId)])
    if (follower === null || target === null) return null
    const follow = { uri: data.uri, actor: follower.uri }
    const rejected = type === 'social:follow_reject'
    const activity = write.answerActivity(rejected ? 'Reject' : 'Accept', follow, target.username, uris, origin(event))
    const withdrawn = rejected ? await unreadable(pool, { author: target, target: follower, blocked: false }, uris) : []
    return { activity, ...by(target), subject: pairSubject(data), priority: PRIORITY.relation, inboxes: [follower.inbox], withdrawn }
  }

  async function reported({ data }: Event<'social:report'>): Promise<Translation | null> {
    const target = data?.forwarded === true ? await remote(data.targetId) : null
    if (data === null || target === null) return null
    const rows = await Promise.all(data.statusIds.map((id) => statusById(pool, id)))
    const statuses = rows.flatMap((row) => (row?.account_id === target.id ? [row.uri] : []))
    const activity = write.flagActivity({ id: data.id, comment: data.comment, objects: [target.uri, ...statuses], to: target.uri }, uris)
    return {
      activity,
      signer: INSTANCE,
      actor: uris.instanceActor,
      subject: data.id,
      priority: PRIORITY.relation,
      inboxes: await inboxOf(pool, target.id),
    }
  }

  async function changed(event: Event<'identity:update'>): Promise<Translation | null> {
    const account = event.data === null ? null : await local(event.data.id)
    if (account === null) return null
    const activity = write.updateActorActivity(actorDocument(account, uris), account.username, uris, origin(event))
    return { activity, ...by(account), subject: account.uri, priority: PRIORITY.update, inboxes: await followersOf(pool, account.id) }
  }

  /** What the account still had to say is not said any more. */
  async function left(event: Event<'identity:delete'>): Promise<Translation | null> {
    const account = event.data === null ? null : await local(event.data.id)
    if (account === null) return null
    const activity = write.deleteActorActivity(account.username, uris)
    const withdrawn = await waitingOf(pool, account.id)
    return { activity, ...by(account), subject: account.uri, priority: PRIORITY.removal, inboxes: await everybody(pool), last: true, withdrawn }
  }

  return async (event) => {
    switch (event.type) {
      case 'status:create':
        return await created(event)
      case 'status:update':
        return await updated(event)
      case 'status:delete':
        return await deleted(event)
      case 'status:boost':
      case 'status:unboost':
        return await boosted(event)
      case 'status:like':
      case 'status:unlike':
        return await liked(event)
      case 'status:pin':
      case 'status:unpin':
        return await pinned(event)
      case 'social:follow':
        return event.data?.state === 'accepted' ? await answered(event) : await related(event)
      case 'social:unfollow':
      case 'social:block':
      case 'social:unblock':
        return await related(event)
      case 'social:follow_accept':
      case 'social:follow_reject':
        return await answered(event)
      case 'social:report':
        return await reported(event)
      case 'identity:update':
        return await changed(event)
      case 'identity:delete':
        return await left(event)
      default:
        return null
    }
  }
}

const pairSubject = ({ accountId, targetId }: Pair): string => `${accountId} ${targetId}`

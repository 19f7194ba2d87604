/**
 * What an authenticated activity changes here: one function per type, from the activity to commands, or to the reason why it changes nothing.
 * Only who is concerned gets recorded: an activity that changes nothing leaves nothing behind, not even its actor.
 */
import { LRUCache } from 'lru-cache'
import type { Command } from '../handlers/commands.ts'
import { accountByUri, blockByUri, followByUri } from '../projections/read/accounts.ts'
import { likeByUri, statusByUri, visibleTo } from '../projections/read/statuses.ts'
import type { StatusRow } from '../projections/rows.ts'
import { embeddedActor, type KnownActor } from './actors.ts'
import type { ResolverDeps } from './deps.ts'
import type { Resolver } from './resolver.ts'
import { sameOrigin } from './wire/json.ts'
import type { Activity, ActivityRef } from './wire/read-activity.ts'
import { type RemoteNote, readNote, visibilityOf } from './wire/read-note.ts'

export type Effect =
  | {
      readonly is: 'commands'
      readonly commands: readonly Command[]
      /** Signed by an account here, after the commands are durable; safe to repeat. */
      readonly afterwards?: { readonly account: string; readonly command: Command }
      /** A parent we do not have. */
      readonly missingParent?: string
      /** Actor id of somebody who is not as remembered any more. */
      readonly changes?: string
    }
  | { readonly is: 'ignored'; readonly reason: string }
  /** The document is wrong. */
  | { readonly is: 'malformed'; readonly reason: string }
  /** It speaks for somebody else. */
  | { readonly is: 'unauthorized'; readonly reason: string }

export type Context = {
  /** Whose inbox it came to; null for the shared one. */
  readonly recipient: string | null
  /** The sender as recorded, without asking anybody. */
  readonly known: KnownActor | null
  /** The sender, recorded now if it was not. Null when it cannot be, e.g. because it was deleted. */
  readonly sender: () => Promise<KnownActor | null>
  /** Somebody else sent it on: it is theirs, but not necessarily the last they said. */
  readonly isForwarded: boolean
  readonly bytes: Uint8Array
}

type Deps = Pick<ResolverDeps, 'pool' | 'newId' | 'now'> & { readonly resolver: Resolver }
type Of<T extends Activity['type']> = Extract<Activity, { type: T }>

/** Deletions that came before what they delete: so many are remembered. */
const DELETED_FIRST = 2_000

/** Announced posts fetched at once; beyond, they are ignored rather than queued: a flood must not starve the rest. */
const FETCHES = 16

const ignored = (reason: string): Effect => ({ is: 'ignored', reason })
const commands = (...list: Command[]): Effect => ({ is: 'commands', commands: list })
const UNKNOWN = ignored('the sender cannot be recorded')

export function createEffects({ pool, newId, now, resolver }: Deps): (activity: Activity, context: Context) => Promise<Effect> {
  const { notes, actors, uris } = resolver
  const deletedFirst = new LRUCache<string, true>({ max: DELETED_FIRST })
  let fetches = 0
  const iso = (at: number | null) => new Date(Math.min(at ?? now(), now())).toISOString()

  async function create({ actor, object }: Of<'Create'>, context: Context): Promise<Effect> {
    if (object.object === null) return ignored('the object is not embedded')
    const reading = readNote(object.object)
    if (!reading.ok) return reading.ignored ? ignored(reading.reason) : { is: 'malformed', reason: reading.reason }
    const { note } = reading
    const foreign = foreignTo(note, actor)
    if (foreign !== null) return foreign
    if (deletedFirst.has(`${actor} ${note.uri}`)) return ignored('it was deleted before it came')
    if (context.recipient === null && !(await notes.concerns(note, context.known?.id ?? null))) return ignored('it concerns nobody here')
    const author = await context.sender()
    if (author === null) return UNKNOWN
    const command = await notes.post(note, author)
    const { inReplyToId, inReplyToUri } = command.status
    const missing = inReplyToUri !== null && inReplyToId === null ? { missingParent: inReplyToUri } : {}
    return { is: 'commands', commands: [command], ...missing }
  }

  async function update({ actor, object }: Of<'Update'>, context: Context): Promise<Effect> {
    if (object.object === null) return ignored('the object is not embedded')
    if (object.id === actor) return await updateActor(object.object, context)
    const reading = readNote(object.object)
    if (!reading.ok) return reading.ignored ? ignored(reading.reason) : { is: 'malformed', reason: reading.reason }
    const foreign = foreignTo(reading.note, actor)
    if (foreign !== null) return foreign
    const standing = await notes.find(reading.note.uri)
    if (standing === null || context.known === null) return ignored('the post is not known')
    if (standing.account_id !== context.known.id) return { is: 'unauthorized', reason: 'the post is somebody else’s' }
    return commands(await notes.edit(reading.note, context.known, standing))
  }

  async function updateActor(document: Parameters<typeof embeddedActor>[0], { known, bytes, isForwarded }: Context): Promise<Effect> {
    if (known === null) return ignored('the actor is not known')
    const fetched = isForwarded ? await actors.fetch(known.uri, 'origin') : embeddedActor(document, bytes)
    if (fetched === null) return isForwarded ? ignored('the actor cannot be fetched') : { is: 'malformed', reason: 'the actor cannot be read' }
    const { profile, links, keys, uri } = fetched.actor
    const refresh: Command = { do: 'RefreshActor', id: known.id, uri, profile, links, keys: keys.length > 0 ? keys : known.keys }
    return { is: 'commands', commands: [refresh], changes: uri }
  }

  async function remove({ actor, object }: Of<'Delete'>, { known }: Context): Promise<Effect> {
    if (known === null) return ignored('the sender is not known')
    if (object.id === actor) return { is: 'commands', commands: [{ do: 'DeleteActor', id: known.id, uri: actor, at: iso(null) }], changes: actor }
    const standing = await notes.find(object.id)
    if (standing === null) {
      deletedFirst.set(`${actor} ${object.id}`, true)
      return ignored('the post is not known')
    }
    if (standing.account_id !== known.id) return { is: 'unauthorized', reason: 'the post is somebody else’s' }
    if (standing.reblog_of_id !== null) return commands({ do: 'Unboost', accountId: known.id, statusId: standing.reblog_of_id })
    return commands({ do: 'DeleteStatus', id: standing.id, uri: standing.uri, accountId: known.id, at: iso(null) })
  }

  async function announce(activity: Of<'Announce'>, context: Context): Promise<Effect> {
    const { known } = context
    const local = uris.isLocal(activity.object.id)
    if (!local && (known === null || !(await notes.isFollowedHere(known.id)))) return ignored('nobody here follows the one who boosts')
    const standing = (await notes.find(activity.object.id)) ?? (local ? null : await fetchAnnounced(activity.object.id))
    if (standing === null || standing.reblog_of_id !== null) return ignored('the boosted post is not known and cannot be fetched')
    if (!isOpen(standing) && standing.account_id !== known?.id) return ignored('the post is not for everybody')
    if (!(await visibleTo(pool, standing, known?.id ?? null))) return ignored('the post is not for them')
    const sender = await context.sender()
    if (sender === null) return UNKNOWN
    const at = Math.min(activity.publishedAt ?? now(), now())
    const visibility = visibilityOf(activity, sender.followers_uri)
    const data = { id: newId(at), accountId: sender.id, statusId: standing.id, uri: activity.id, createdAt: iso(at), visibility, local: false }
    return commands({ do: 'Boost', data })
  }

  async function fetchAnnounced(uri: string) {
    if (fetches >= FETCHES) return null
    fetches++
    return await resolver.status(uri).finally(() => fetches--)
  }

  async function like({ id, object, publishedAt }: Of<'Like'>, context: Context): Promise<Effect> {
    const standing = await notes.find(object.id)
    if (standing === null) return ignored('the liked post is not known')
    if (!(await visibleTo(pool, standing, context.known?.id ?? null))) return ignored('the liked post is not for them')
    const sender = await context.sender()
    return sender === null ? UNKNOWN : commands({ do: 'Like', data: { accountId: sender.id, statusId: standing.id, uri: id, at: iso(publishedAt) } })
  }

  async function follow({ id, object, publishedAt }: Of<'Follow'>, context: Context): Promise<Effect> {
    const target = (await actors.local(object.id)) === null ? null : await accountByUri(pool, object.id)
    if (target === null) return ignored('the one to follow is not from here')
    const sender = await context.sender()
    if (sender === null) return UNKNOWN
    const pair = { accountId: sender.id, targetId: target.id }
    const data = { ...pair, uri: id, at: iso(publishedAt), state: 'requested', reblogs: true, notify: false, languages: null } as const
    const accept = { account: target.id, command: { do: 'AcceptFollow', pair, at: iso(null) } } as const
    return { is: 'commands', commands: [{ do: 'Follow', data }], ...(target.locked ? {} : { afterwards: accept }) }
  }

  async function answer({ type, object }: Of<'Accept' | 'Reject'>, { known }: Context): Promise<Effect> {
    if (known === null) return ignored('the sender is not known')
    if (object.type !== null && object.type !== 'Follow') return ignored(`${type} of ${object.type} is not supported`)
    const follower = (object.actor === null ? null : await actors.local(object.actor))?.id ?? (await followNamed(object))?.account_id
    const named = object.object ?? known.uri
    if (follower === undefined || named !== known.uri) return ignored('there is no such follow')
    return commands({ do: type === 'Accept' ? 'AcceptFollow' : 'RejectFollow', pair: { accountId: follower, targetId: known.id }, at: iso(null) })
  }

  async function followNamed({ id }: ActivityRef) {
    return id === null ? null : await followByUri(pool, id)
  }

  async function block({ id, object, publishedAt }: Of<'Block'>, context: Context): Promise<Effect> {
    const target = await actors.local(object.id)
    if (target === null) return ignored('the one to block is not from here')
    const sender = await context.sender()
    return sender === null ? UNKNOWN : commands({ do: 'Block', data: { accountId: sender.id, targetId: target.id, uri: id, at: iso(publishedAt) } })
  }

  async function undo({ actor, object }: Of<'Undo'>, { known }: Context): Promise<Effect> {
    if (object.actor !== null && object.actor !== actor) return { is: 'unauthorized', reason: 'what is to be undone is somebody else’s' }
    if (known === null) return ignored('the sender is not known')
    const { id } = known
    const target = object.object === null ? null : await targetOf(object.type, object.object)
    switch (target === null ? null : object.type) {
      case 'Follow':
        return commands({ do: 'Unfollow', pair: { accountId: id, targetId: target ?? '' } })
      case 'Block':
        return commands({ do: 'Unblock', pair: { accountId: id, targetId: target ?? '' } })
      case 'Like':
        return commands({ do: 'Unlike', accountId: id, statusId: target ?? '' })
      case 'Announce':
        return commands({ do: 'Unboost', accountId: id, statusId: target ?? '' })
      default:
        return object.id === null ? ignored('what is to be undone is not known') : await undoNamed(object.id, id)
    }
  }

  /** Id of the account or post that the activity to be undone was about. */
  async function targetOf(type: string | null, uri: string): Promise<string | null> {
    if (type === 'Follow' || type === 'Block') return (await actors.local(uri))?.id ?? null
    return type === 'Like' || type === 'Announce' ? ((await notes.find(uri))?.id ?? null) : null
  }

  /** By nothing but the id of the activity. */
  async function undoNamed(uri: string, accountId: string): Promise<Effect> {
    const mine = <T extends { readonly account_id: string }>(row: T | null): T | null => (row?.account_id === accountId ? row : null)
    const followed = mine(await followByUri(pool, uri))
    if (followed !== null) return commands({ do: 'Unfollow', pair: { accountId, targetId: followed.target_id } })
    const liked = mine(await likeByUri(pool, uri))
    if (liked !== null) return commands({ do: 'Unlike', accountId, statusId: liked.status_id })
    const boosted = mine(await statusByUri(pool, uri))
    if (boosted?.reblog_of_id != null) return commands({ do: 'Unboost', accountId, statusId: boosted.reblog_of_id })
    const blocked = mine(await blockByUri(pool, uri))
    return blocked === null
      ? ignored('what is to be undone is not known')
      : commands({ do: 'Unblock', pair: { accountId, targetId: blocked.target_id } })
  }

  async function flag({ id, objects, comment, publishedAt }: Of<'Flag'>, { known }: Context): Promise<Effect> {
    const named = objects.filter((uri) => uris.isLocal(uri))
    const statuses = (await Promise.all(named.map((uri) => statusByUri(pool, uri)))).filter((row) => row !== null)
    const [accused] = (await Promise.all(named.map((uri) => actors.local(uri)))).filter((actor) => actor !== null)
    const targetId = accused?.id ?? statuses[0]?.account_id
    if (targetId === undefined) return ignored('nobody here is reported')
    const statusIds = statuses.filter((row) => row.account_id === targetId).map((row) => row.id)
    return commands({
      do: 'Report',
      data: { id: newId(), accountId: known?.id ?? null, targetId, statusIds, comment, at: iso(publishedAt), uri: id, forwarded: false },
    })
  }

  return async (activity, context) => {
    switch (activity.type) {
      case 'Create':
        return await create(activity, context)
      case 'Update':
        return await update(activity, context)
      case 'Delete':
        return await remove(activity, context)
      case 'Announce':
        return await announce(activity, context)
      case 'Like':
        return await like(activity, context)
      case 'Follow':
        return await follow(activity, context)
      case 'Accept':
      case 'Reject':
        return await answer(activity, context)
      case 'Undo':
        return await undo(activity, context)
      case 'Block':
        return await block(activity, context)
      case 'Flag':
        return await flag(activity, context)
      default:
        return ignored(`${activity.name} is not supported`)
    }
  }
}

const isOpen = ({ visibility }: StatusRow): boolean => visibility === 'public' || visibility === 'unlisted'

/** A post may only be written by its author, and only at the author's own server. */
function foreignTo(note: RemoteNote, actor: string): Effect | null {
  if (note.attributedTo !== actor) return { is: 'unauthorized', reason: 'the post is attributed to somebody else' }
  return sameOrigin(note.uri, actor) ? null : { is: 'unauthorized', reason: 'the post is of another server' }
}

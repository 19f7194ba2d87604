/**
 * Commits that people signed on their own devices, read as what they ask for: the events inside, and the command that would have caused each. Pure.
 *
 * What a device signs is recorded only when it is, to the letter, what this instance would have recorded had it been asked for the same: so nothing
 * downstream has to know who held the pen.
 */
import type { AddressedEvent, DomainEvent, EventData, EventType } from '../events/catalogue.ts'
import { problemWith } from '../events/schema.ts'
import { schemaOf } from '../events/upcast.ts'
import { CommitError, type CommitEvent, type CommitHeader, commitId, decodeCommit } from '../ledger/commit.ts'
import type { Hash, SignedCommit } from '../ledger/types.ts'
import type { Command } from './commands.ts'
import { vaultAsks } from './signed-vault-events.ts'

/** Who signs: an account of this instance. */
export type Author = {
  readonly id: string
  /** ActivityPub id of the actor; the uris of posts begin with it. */
  readonly uri: string
  /** SHA-256 of its genesis key operation. */
  readonly actor: Hash
}

/** A signed commit taken apart; nothing about it is verified yet. */
export type ReadCommit = {
  readonly id: Hash
  readonly header: CommitHeader
  readonly events: readonly AddressedEvent[]
}

export type Reading = { readonly ok: true; readonly read: ReadCommit } | { readonly ok: false; readonly reason: string }

/** @param signed  attacker-controlled */
export function readSigned(signed: SignedCommit): Reading {
  const header = headerOf(signed.commit)
  if (typeof header === 'string') return { ok: false, reason: header }
  const events: AddressedEvent[] = []
  for (const [index, event] of header.events.entries()) {
    const read = readEvent(event, index, signed)
    if (typeof read === 'string') return { ok: false, reason: `Event ${index}: ${read}` }
    events.push({ stream: event.stream, event: read })
  }
  return { ok: true, read: { id: commitId(signed.commit), header, events } }
}

function headerOf(bytes: Uint8Array): CommitHeader | string {
  try {
    return decodeCommit(bytes)
  } catch (error) {
    if (error instanceof CommitError) return `Not a commit: ${error.message}`
    throw error
  }
}

/** One event with its payload, or what is wrong with it. */
function readEvent({ type, schema, parts }: CommitEvent, index: number, { parts: openings }: SignedCommit): DomainEvent | string {
  if (!isSignable(type)) return `${type} is not for devices to sign`
  if (schema !== schemaOf(type)) return `${type} is recorded in schema ${schemaOf(type)}, not ${schema}`
  const [part] = parts
  if (part === undefined || parts.length > 1 || part.codec !== 'json' || 'inline' in part) return 'the payload is one sealed part of JSON'
  const opening = openings.find((candidate) => candidate.event === index && candidate.index === 0)
  if (opening === undefined) return 'the payload is missing'
  const data = payloadOf(opening.bytes)
  if (data === undefined) return 'the payload is not JSON as JSON.stringify writes it'
  const event = { type, data } as DomainEvent
  return problemWith(event) ?? event
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** One value has one spelling here as well: no reader can take a payload for another than the one that was judged. */
function payloadOf(bytes: Uint8Array): unknown {
  try {
    const text = utf8.decode(bytes)
    const value: unknown = JSON.parse(text)
    return !text.includes('__proto__') && JSON.stringify(value) === text ? value : undefined
  } catch {
    return undefined
  }
}

type Ask<T extends EventType> = (data: EventData[T], author: Author) => Command
type Asks = { readonly [T in EventType]?: Ask<T> }

const statusUri = ({ uri }: Author, id: string): string => `${uri}/statuses/${id}`
const pairOf = ({ accountId, targetId }: { readonly accountId: string; readonly targetId: string }) => ({ accountId, targetId })

/** What each event answers to. An event that is not here is the instance's own to record: grants, credentials, what came from outside. */
const asks: Asks = {
  'identity:update': ({ id, profile }) => ({ do: 'UpdateProfile', id, profile }),
  'status:create': (status) => ({ do: 'PostStatus', status }),
  'status:update': ({ id, accountId, editedAt, ...body }, author) => ({
    do: 'EditStatus',
    id,
    uri: statusUri(author, id),
    accountId,
    editedAt,
    body,
  }),
  'status:delete': ({ id, accountId, at }, author) => ({ do: 'DeleteStatus', id, uri: statusUri(author, id), accountId, at }),
  'status:boost': (data) => ({ do: 'Boost', data }),
  'status:unboost': ({ accountId, statusId }) => ({ do: 'Unboost', accountId, statusId }),
  'status:like': (data) => ({ do: 'Like', data }),
  'status:unlike': ({ accountId, statusId }) => ({ do: 'Unlike', accountId, statusId }),
  'status:bookmark': (data) => ({ do: 'Bookmark', data }),
  'status:unbookmark': (data) => ({ do: 'Unbookmark', data }),
  'status:pin': (data) => ({ do: 'Pin', data }),
  'status:unpin': (data) => ({ do: 'Unpin', data }),
  'social:follow': (data) => ({ do: 'Follow', data }),
  'social:follow_accept': ({ at, ...pair }) => ({ do: 'AcceptFollow', pair: pairOf(pair), at }),
  'social:follow_reject': ({ at, ...pair }) => ({ do: 'RejectFollow', pair: pairOf(pair), at }),
  'social:unfollow': (pair) => ({ do: 'Unfollow', pair: pairOf(pair) }),
  'social:block': (data) => ({ do: 'Block', data }),
  'social:unblock': (pair) => ({ do: 'Unblock', pair: pairOf(pair) }),
  'social:mute': (data) => ({ do: 'Mute', data }),
  'social:unmute': (pair) => ({ do: 'Unmute', pair: pairOf(pair) }),
  'media:update': (data) => ({ do: 'DescribeMedia', ...data }),
  'media:delete': (data) => ({ do: 'DeleteMedia', data }),
  'marker:set': (data) => ({ do: 'SetMarker', data }),
  'notification:dismiss': (data) => ({ do: 'DismissNotification', data }),
  'notification:clear': (data) => ({ do: 'ClearNotifications', data }),
  ...vaultAsks,
}

/** Every event type that a device may sign, in the catalogue's order. */
export const SIGNABLE = Object.keys(asks) as readonly (keyof typeof asks)[]

export const isSignable = (type: string): type is EventType => Object.hasOwn(asks, type)

/** The command that this event would have come from; null for an event that no device may sign. */
export function commandOf(event: DomainEvent, author: Author): Command | null {
  const ask = asks[event.type] as Ask<EventType> | undefined
  return ask?.(event.data as EventData[EventType], author) ?? null
}

/**
 * The judgement over a whole request. Pure: what the streams say goes in, the events of one commit come out.
 * Commands are judged in order, each on what the ones before it would record.
 */
import type { AddressedEvent, DomainEvent } from '../events/catalogue.ts'
import type { Refusal, Request } from './commands.ts'
import type { Fact, StreamKey } from './decider.ts'
import { routeOf } from './routes.ts'

/** What a stream says so far. */
export type History = {
  /** Null: the stream has no events. */
  readonly revision: number | null
  readonly facts: readonly Fact[]
  /** True when nobody looked: the stream is expected to be new. */
  readonly guessed: boolean
}

export type Histories = ReadonlyMap<string, History>

export type Judgement =
  | { readonly is: 'accepted'; readonly events: readonly AddressedEvent[] }
  | { readonly is: 'refused'; readonly refusal: Refusal }
  /** "No" or "already so", concluded from a guess: look, then judge again. */
  | { readonly is: 'unsure' }

/**
 * @param streamName  the ledger's name of a stream; every stream that the commands read is in `histories`
 */
export function judge(request: Pick<Request, 'by' | 'commands'>, streamName: (key: StreamKey) => string, histories: Histories): Judgement {
  const events: AddressedEvent[] = []
  let guessing = false // also about what earlier commands recorded
  for (const command of request.commands) {
    const route = routeOf(command)
    const streams = route.reads(command).map(streamName)
    const decision = route.judge(factsOf(streams, histories, events), { ...command, by: request.by })
    guessing ||= streams.some((stream) => histories.get(stream)?.guessed ?? false)
    if (guessing && (!decision.ok || decision.events.length === 0)) return { is: 'unsure' }
    if (!decision.ok) return { is: 'refused', refusal: decision.refusal }
    for (const { to, event } of decision.events) events.push({ stream: streamName(to), event })
  }
  return { is: 'accepted', events }
}

/** What the streams said before this request, then what its earlier commands add to them. */
function factsOf(streams: readonly string[], histories: Histories, added: readonly AddressedEvent[]): Fact[] {
  const before = streams.flatMap((stream) => histories.get(stream)?.facts ?? [])
  return added.length === 0 ? before : [...before, ...added.filter(({ stream }) => streams.includes(stream)).map(({ event }) => event)]
}

/** Event types that a stranger may read. */
// biome-ignore format: a list
const open = new Set<DomainEvent['type']>([
  'instance:create', 'instance:update', 'instance:set_owner',
  'identity:create', 'identity:update', 'identity:discover', 'identity:refresh', 'identity:delete', 'identity:erase',
  'status:create', 'status:update', 'status:delete', 'status:boost', 'status:unboost', 'status:like', 'status:unlike', 'status:pin', 'status:unpin',
  'activity:receive',
])

/** Public in a commit that says something open, as its detail: the picture of a post is described, or goes, with the post. */
const alongside = new Set<DomainEvent['type']>(['media:update', 'media:delete'])

/**
 * The lane of a commit: public only when its caller asked for that and every event in it may be read by a stranger.
 * Edits and deletions are as visible as the post they are about.
 */
export function laneOf(asked: Request['lane'], events: readonly AddressedEvent[], histories: Histories): Request['lane'] {
  const isPublic =
    asked === 'public' &&
    events.some(({ event }) => open.has(event.type)) &&
    events.every(({ stream, event }) => mayBeOpen(event.type) && [event, ...(histories.get(stream)?.facts ?? [])].every(isOpen))
  return isPublic ? 'public' : 'private'
}

const mayBeOpen = (type: DomainEvent['type']): boolean => open.has(type) || alongside.has(type)
const isOpen = ({ data }: Fact): boolean => data === null || !('visibility' in data) || data.visibility === 'public' || data.visibility === 'unlisted'

/**
 * The judgement over a whole request. Pure: what the streams say goes in, the events of one commit come out.
 * Commands are judged in order, each on what the ones before it would record.
 */
import type { AddressedEvent, DomainEvent } from '../events/catalogue.ts'
import type { Command, Refusal, Request } from './commands.ts'
import type { Fact, Folded, Route, StreamKey } from './decider.ts'
import type { Kept } from './remembered.ts'
import { routeOf } from './routes.ts'

/** What a stream says so far. */
export type History = {
  /** Null: the stream has no events. */
  readonly revision: number | null
  readonly facts: readonly Fact[]
  /** True when nobody looked: the stream is expected to be new, or as it was. */
  readonly guessed: boolean
  /** A state that all before `facts` is folded into. */
  readonly kept?: Kept
}

export type Histories = ReadonlyMap<string, History>

export type Judgement =
  /** `settled`: states of streams as they are once this is recorded, of deciders whose states are kept. */
  | {
      readonly is: 'accepted'
      readonly events: readonly AddressedEvent[]
      readonly settled: () => readonly (readonly [stream: string, kept: Kept])[]
    }
  | { readonly is: 'refused'; readonly refusal: Refusal }
  /** "No" or "already so", concluded from a guess: look, then judge again. */
  | { readonly is: 'unsure' }

/**
 * Linear in what the streams say and what is asked: a state that a command was judged on is kept for the next of its kind.
 *
 * @param streamName  the ledger's name of a stream; every stream that the commands read is in `histories`
 */
export function judge(request: Pick<Request, 'by' | 'commands'>, streamName: (key: StreamKey) => string, histories: Histories): Judgement {
  const states = new States(histories)
  let guessing = false // also about what earlier commands recorded
  for (const command of request.commands) {
    const route = routeOf(command)
    const streams = route.reads(command).map(streamName)
    const decision = route.decide(states.of(route, streams), { ...command, by: request.by })
    guessing ||= streams.some((stream) => histories.get(stream)?.guessed ?? false)
    if (guessing && (!decision.ok || decision.events.length === 0)) return { is: 'unsure' }
    if (!decision.ok) return { is: 'refused', refusal: decision.refusal }
    for (const { to, event } of decision.events) states.add({ stream: streamName(to), event })
  }
  return { is: 'accepted', events: states.added, settled: () => settledBy(request.commands, streamName, states) }
}

function settledBy(commands: readonly Command[], streamName: (key: StreamKey) => string, states: States): (readonly [string, Kept])[] {
  const routes = new Map<string, Route<Command>>()
  for (const command of commands) {
    const route = routeOf(command)
    if (route.remembered === true) routes.set(streamName(route.reads(command)[0]), route)
  }
  return [...routes].map(([stream, route]) => [
    stream,
    { decider: route.decider, revision: states.revision(stream), folded: states.of(route, [stream]) },
  ])
}

type Known = { readonly folded: Folded /** How many of the added events are in it, or are of no concern. */; readonly upTo: number }

/** What streams said before a request, then what its earlier commands add to them, as the states of deciders. */
class States {
  readonly added: AddressedEvent[] = []
  readonly #histories: Histories
  readonly #known = new Map<object, Map<string, Known>>()
  /** Indexes of added events, by stream. */
  readonly #byStream = new Map<string, number[]>()

  constructor(histories: Histories) {
    this.#histories = histories
  }

  add(event: AddressedEvent): void {
    const places = this.#byStream.get(event.stream)
    if (places === undefined) this.#byStream.set(event.stream, [this.added.length])
    else places.push(this.added.length)
    this.added.push(event)
  }

  of({ decider, initial, fold }: Pick<Route<Command>, 'decider' | 'initial' | 'fold'>, streams: readonly string[]): Folded {
    const known = this.#knownBy(decider)
    const key = streams.join(' ')
    const before = known.get(key) ?? { folded: fold(this.#kept(decider, streams) ?? initial, this.#before(streams)), upTo: 0 }
    const facts = this.#since(streams, before.upTo)
    const folded = facts.length === 0 ? before.folded : fold(before.folded, facts)
    known.set(key, { folded, upTo: this.added.length })
    return folded
  }

  /** Of a stream, once what was added is recorded. */
  revision(stream: string): number {
    return (this.#histories.get(stream)?.revision ?? -1) + (this.#byStream.get(stream)?.length ?? 0)
  }

  #kept(decider: object, [stream = '']: readonly string[]): Folded | null {
    const kept = this.#histories.get(stream)?.kept
    return kept?.decider === decider ? kept.folded : null
  }

  #knownBy(decider: object): Map<string, Known> {
    const known = this.#known.get(decider) ?? new Map<string, Known>()
    this.#known.set(decider, known)
    return known
  }

  #before(streams: readonly string[]): Fact[] {
    return streams.flatMap((stream) => this.#histories.get(stream)?.facts ?? [])
  }

  /** In the order in which they were added, from `upTo` on. */
  #since(streams: readonly string[], upTo: number): Fact[] {
    const places = [...new Set(streams)].flatMap((stream) => {
      const all = this.#byStream.get(stream) ?? []
      return all.slice(all.findLastIndex((place) => place < upTo) + 1)
    })
    return places.toSorted((a, b) => a - b).flatMap((place) => this.added[place]?.event ?? [])
  }
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

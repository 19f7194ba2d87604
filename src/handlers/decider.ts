/**
 * The shape of every decider: `evolve` folds what a stream says into a state, `decide` judges a command on that state. Both pure, both total.
 * A `Route` ties a decider to the streams it reads and writes, so that the shell (`execute.ts`) needs to know no aggregate.
 */
import type { DomainEvent, EventData, EventType } from '../events/catalogue.ts'
import type { Command, Refusal, Request } from './commands.ts'

/** Events of the named types, as a decider makes them. */
export type EventOf<T extends EventType> = { [K in T]: { readonly type: K; readonly data: EventData[K] } }[T]

/** Events of the named types, as a stream tells them: `data` is null when the payload was erased, the fact that something happened stays. */
export type FactOf<T extends EventType> = { [K in T]: { readonly type: K; readonly data: EventData[K] | null } }[T]

export type Fact = FactOf<EventType>
export type CommandOf<D extends Command['do']> = Extract<Command, { readonly do: D }>

/** A command with who asked for it: an account of this instance, or the instance as witness of the outside world. */
export type Issued<C extends Command> = C & { readonly by: Request['by'] }

/** `events: []` means: already true, nothing to record. */
export type Decision<E> = { readonly ok: true; readonly events: readonly E[] } | { readonly ok: false; readonly refusal: Refusal }

/** Pure. `decide` never awaits, never reads a clock, never throws for a rule of the domain. */
export type Decider<S, C extends Command, T extends EventType> = {
  readonly initial: S
  readonly evolve: (state: S, fact: FactOf<T>) => S
  readonly decide: (state: S, command: Issued<C>) => Decision<EventOf<T>>
}

/** What names a stream before the ledger blinds it: kind and key. */
export type StreamKey = readonly [kind: string, key: string]
export type Addressed = { readonly to: StreamKey; readonly event: DomainEvent }

/** A decider as the shell sees it: which streams to load, and a judgement over what they said. */
export type Route<C extends Command> = {
  /** Streams the decision depends on; the first is where events go unless the decider says otherwise. */
  readonly reads: (command: C) => readonly [StreamKey, ...StreamKey[]]
  /** True when these streams are normally empty: the shell then decides on that guess and lets the ledger check it, saving the reads. */
  readonly expectNew: boolean
  /** How many of the newest events of each stream tell its whole state, so that the shell reads no more; all of them when absent. */
  readonly last?: number
  /** True of a decider whose streams grow long: its state is kept between requests, see remembered.ts. It reads one stream. */
  readonly remembered?: boolean
  /** Whose state it is: commands of one decider on the same streams are judged on one state, folded once. */
  readonly decider: object
  /** The state after more facts. `state`: what it gave before, or `initial`. */
  readonly fold: (state: Folded, facts: readonly Fact[]) => Folded
  readonly initial: Folded
  readonly decide: (state: Folded, command: Issued<C>) => Decision<Addressed>
}

/** A decider's state, which only that decider can read. */
export type Folded = { readonly state: unknown }

/** The judgement over what the streams said. */
export const judgeOn = <C extends Command>(route: Route<C>, history: readonly Fact[], command: Issued<C>): Decision<Addressed> =>
  route.decide(route.fold(route.initial, history), command)

export type Routes<D extends Command['do']> = { readonly [K in D]: Route<CommandOf<K>> }

export const accept = <E>(...events: readonly E[]): Decision<E> => ({ ok: true, events })
export const refuse = (code: Refusal['code'], message: string): { readonly ok: false; readonly refusal: Refusal } => ({
  ok: false,
  refusal: { code, message },
})

/** Whether the asker may act as `accountId`. The instance speaks for everyone outside; whose activity it was is verified before it gets here. */
export const actsFor = (by: Request['by'], accountId: string | null): boolean => by === 'instance' || by.account === accountId
export const notYours = (): { readonly ok: false; readonly refusal: Refusal } => refuse('NOT_ALLOWED', 'This action is not yours to take')

/** Ties one command of a decider to its streams. */
export function route<S, All extends Command, C extends All, T extends EventType>(
  decider: Decider<S, All, T>,
  how: {
    readonly reads: Route<C>['reads']
    readonly expectNew?: boolean
    readonly last?: number
    readonly remembered?: boolean
    /** Where an event goes; the first stream of `reads` when absent. */
    readonly to?: (event: EventOf<T>, command: C) => StreamKey
  },
): Route<C> {
  const stateOf = ({ state }: Folded): S => state as S
  return {
    reads: how.reads,
    expectNew: how.expectNew ?? false,
    ...(how.last === undefined ? {} : { last: how.last }),
    ...(how.remembered === undefined ? {} : { remembered: how.remembered }),
    decider,
    initial: { state: decider.initial },
    fold: (folded, facts) => ({ state: (facts as readonly FactOf<T>[]).reduce(decider.evolve, stateOf(folded)) }),
    decide(folded, command) {
      const decision = decider.decide(stateOf(folded), command)
      if (!decision.ok) return decision
      return accept(...decision.events.map((event) => ({ to: how.to?.(event, command) ?? how.reads(command)[0], event: event as DomainEvent })))
    },
  }
}

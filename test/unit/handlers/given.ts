/** Given what happened, when a command comes, then it records these events, or this refusal. */
import { expect } from 'vitest'
import type { EventType } from '../../../src/events/catalogue.ts'
import type { Command, Refusal, Request } from '../../../src/handlers/commands.ts'
import type { Decider, EventOf, FactOf } from '../../../src/handlers/decider.ts'

export const HERE = { account: '1' } as const
export const OUTSIDE = 'instance'
export const AT = '2026-01-31T12:00:00.000Z'
export const LATER = '2026-01-31T12:00:01.000Z'

/** `given(decider, …facts).when(by, command).records(…events)` or `.refused(code)`. */
export function given<S, C extends Command, T extends EventType>(decider: Decider<S, C, T>, ...facts: readonly FactOf<T>[]) {
  const state = facts.reduce(decider.evolve, decider.initial)
  return {
    when(by: Request['by'], command: C) {
      const decision = decider.decide(state, { ...command, by })
      return {
        records(...events: readonly EventOf<T>[]) {
          expect(decision).toEqual({ ok: true, events })
        },
        /** Already true: accepted, and nothing to record. */
        nothing() {
          expect(decision).toEqual({ ok: true, events: [] })
        },
        refused(code: Refusal['code']) {
          expect(decision).toMatchObject({ ok: false, refusal: { code } })
        },
      }
    },
  }
}

export const event = <T extends EventType>(type: T, data: EventOf<T>['data']): EventOf<T> => ({ type, data }) as EventOf<T>
export const erased = <T extends EventType>(type: T): FactOf<T> => ({ type, data: null }) as unknown as FactOf<T>

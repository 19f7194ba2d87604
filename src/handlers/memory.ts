/** A memory after it was learnt: what takes its place or speaks against it, and what its owner says of it. Forgotten is for good. */
import type { EventType } from '../events/catalogue.ts'
import type { Claim, Evidence, MemoryEvents, MemoryStatus } from '../events/memories.ts'
import { sameJson } from '../events/same.ts'
import { accept, actsFor, type CommandOf, type Decider, type Issued, notYours, type Routes, refuse, route } from './decider.ts'

type There = {
  readonly is: 'there'
  /** Null when the record was erased. */
  readonly accountId: string | null
  readonly claim: Claim | null
  readonly status: Exclude<MemoryStatus, 'forgotten'>
  readonly confirmed: boolean
  readonly pinned: boolean
  /** Memories that say otherwise. */
  readonly disputes: ReadonlySet<string>
  readonly superseded: { readonly by: string; readonly validTo: string | null } | null
  /** A candidate of the rules, believed once it is said again. */
  readonly isFromRules: boolean
}

export type Held = { readonly is: 'absent' } | There | { readonly is: 'forgotten' }

type MemoryCommand = CommandOf<
  | 'SupersedeMemory'
  | 'DisputeMemory'
  | 'ResolveMemory'
  | 'ConfirmMemory'
  | 'CorrectMemory'
  | 'PinMemory'
  | 'UnpinMemory'
  | 'ArchiveMemory'
  | 'RestoreMemory'
  | 'ForgetMemory'
>
type MemoryEvent = Exclude<Extract<EventType, `memory:${string}`>, 'memory:relate' | 'memory:unrelate' | 'memory:access'>

const unknown: There = {
  is: 'there',
  accountId: null,
  claim: null,
  status: 'active',
  confirmed: false,
  pinned: false,
  disputes: new Set(),
  superseded: null,
  isFromRules: false,
}

export const memory: Decider<Held, MemoryCommand, MemoryEvent> = {
  initial: { is: 'absent' },

  evolve(state, fact) {
    if (fact.type === 'memory:forget' || state.is === 'forgotten') return { is: 'forgotten' }
    const held = state.is === 'there' ? state : unknown
    if (fact.data === null) return held
    switch (fact.type) {
      case 'memory:record':
        return recorded(fact.data)
      case 'memory:support':
        return supported(held, fact.data.evidence)
      case 'memory:supersede': {
        const { by, validTo } = fact.data
        return { ...held, status: 'superseded', superseded: { by, validTo }, disputes: without(held.disputes, by) }
      }
      case 'memory:dispute':
        return { ...held, status: 'disputed', disputes: new Set([...held.disputes, fact.data.with]) }
      case 'memory:resolve':
        return settled({ ...held, disputes: without(held.disputes, fact.data.with) })
      case 'memory:confirm':
        return { ...held, confirmed: true, status: held.status === 'candidate' ? 'active' : held.status }
      case 'memory:correct':
        return { ...held, confirmed: true, claim: fact.data.claim, status: held.status === 'candidate' ? 'active' : held.status }
      case 'memory:pin':
      case 'memory:unpin':
        return { ...held, pinned: fact.type === 'memory:pin' }
      case 'memory:archive':
        return { ...held, status: 'archived' }
      default:
        return { ...settled({ ...held, status: 'active' }), superseded: null }
    }
  },

  decide(state, command) {
    const { by, data } = command
    if (!actsFor(by, data.accountId) || (by === 'instance' && isOwners(command))) return notYours()
    if (state.is === 'forgotten') return command.do === 'ForgetMemory' ? accept() : refuse('GONE', 'This memory was forgotten')
    if (state.is === 'absent' || state.accountId !== data.accountId) return refuse('NOT_FOUND', 'No such memory')
    return isAlready(state, command) ? accept() : (problemWith(state, command) ?? accept(eventOf(command)))
  },
}

function recorded(data: MemoryEvents['memory:record']): There {
  const { type, category, text, subject, predicate, object, language, validFrom, validTo, tags } = data
  const claim = { type, category, text, subject, predicate, object, language, validFrom, validTo, tags }
  const isFromRules = data.derivation.engine === 'rules'
  return { ...unknown, accountId: data.accountId, claim, status: data.status, isFromRules }
}

function supported(held: There, evidence: readonly Evidence[]): There {
  const isSaidAgain = held.isFromRules && evidence.some(({ stance }) => stance === 'supports')
  return { ...held, status: isSaidAgain && held.status === 'candidate' ? 'active' : held.status }
}

const without = (set: ReadonlySet<string>, item: string): ReadonlySet<string> => new Set([...set].filter((other) => other !== item))

/** Disputed as long as anything says otherwise. */
function settled(held: There): There {
  if (held.status !== 'disputed' && held.status !== 'active') return held
  return { ...held, status: held.disputes.size > 0 ? 'disputed' : 'active' }
}

const OWNERS: ReadonlySet<MemoryCommand['do']> = new Set(['ResolveMemory', 'ConfirmMemory', 'CorrectMemory', 'PinMemory', 'UnpinMemory'])
/** Only a person says what is right about them. */
const isOwners = (command: MemoryCommand): boolean => OWNERS.has(command.do)

function isAlready(held: There, command: Issued<MemoryCommand>): boolean {
  switch (command.do) {
    case 'SupersedeMemory':
      return held.status === 'superseded' && sameJson(held.superseded, { by: command.data.by, validTo: command.data.validTo })
    case 'DisputeMemory':
      return held.disputes.has(command.data.with)
    case 'ResolveMemory':
      return !held.disputes.has(command.data.with)
    case 'ConfirmMemory':
      return held.confirmed && held.status !== 'candidate'
    case 'CorrectMemory':
      return held.confirmed && sameJson(held.claim, command.data.claim)
    case 'PinMemory':
      return held.pinned
    case 'UnpinMemory':
      return !held.pinned
    case 'ArchiveMemory':
      return held.status === 'archived'
    case 'RestoreMemory':
      return held.status !== 'archived' && held.status !== 'superseded'
    default:
      return false
  }
}

function problemWith(held: There, command: Issued<MemoryCommand>) {
  const { data } = command
  if (('with' in data && data.with === data.id) || ('by' in data && data.by === data.id)) return refuse('INVALID', 'A memory is not its own rival')
  if (held.status === 'superseded' && (command.do === 'DisputeMemory' || command.do === 'ConfirmMemory')) {
    return refuse('NOT_ALLOWED', 'Another memory took the place of this one: restore it first')
  }
  return null
}

/** The event that a command asks for, by its name. */
function eventOf(command: MemoryCommand) {
  switch (command.do) {
    case 'SupersedeMemory':
      return { type: 'memory:supersede', data: command.data } as const
    case 'DisputeMemory':
      return { type: 'memory:dispute', data: command.data } as const
    case 'ResolveMemory':
      return { type: 'memory:resolve', data: command.data } as const
    case 'ConfirmMemory':
      return { type: 'memory:confirm', data: command.data } as const
    case 'CorrectMemory':
      return { type: 'memory:correct', data: command.data } as const
    case 'PinMemory':
      return { type: 'memory:pin', data: command.data } as const
    case 'UnpinMemory':
      return { type: 'memory:unpin', data: command.data } as const
    case 'ArchiveMemory':
      return { type: 'memory:archive', data: command.data } as const
    case 'RestoreMemory':
      return { type: 'memory:restore', data: command.data } as const
    default:
      return { type: 'memory:forget', data: command.data } as const
  }
}

const how = { reads: ({ data }: MemoryCommand) => [['memory', data.id]] as [readonly ['memory', string]] }

export const memoryRoutes: Routes<MemoryCommand['do']> = {
  SupersedeMemory: route(memory, how),
  DisputeMemory: route(memory, how),
  ResolveMemory: route(memory, how),
  ConfirmMemory: route(memory, how),
  CorrectMemory: route(memory, how),
  PinMemory: route(memory, how),
  UnpinMemory: route(memory, how),
  ArchiveMemory: route(memory, how),
  RestoreMemory: route(memory, how),
  ForgetMemory: route(memory, how),
}

/**
 * What was said, in an order in which everything comes after what it answers. Sources have dangling parents, cycles and ids twice: each is
 * repaired so that nothing is lost, and told. Pure.
 */
import type { SkipReason } from '../events/conversations.ts'
import { sameJson } from '../events/same.ts'
import type { FoundConversation, FoundMessage } from './found.ts'

export type Problem = { readonly reason: SkipReason; readonly detail: string }

/** `parent`: native id of a message before it in the order; null for a first one. */
export type Placed = { readonly message: FoundMessage; readonly nativeId: string; readonly parent: string | null }

export type Arranged = {
  readonly placed: readonly Placed[]
  readonly problems: readonly Problem[]
  /** The message that an id of the source's tree leads to: itself, or the nearest before it that speaks. */
  readonly resolve: (id: string | null) => string | null
}

/** As the source orders them, but for what would come before its parent. */
export function arranged({ messages, joints }: Pick<FoundConversation, 'messages' | 'joints'>): Arranged {
  const problems: Problem[] = []
  const distinct = apart(messages, problems)
  const byId = new Map(distinct.map((one) => [one.nativeId, one]))
  const resolve = resolver(byId, new Map(joints))
  const linked = new Map<string, Linked>()
  let before: string | null = null
  for (const { nativeId, message } of distinct) {
    linked.set(nativeId, { message, nativeId, parent: parentOf(message, before) })
    before = nativeId
  }
  cutCycles(linked, problems)
  return { placed: parentsFirst(linked), problems, resolve: (id) => resolve(id) ?? null }

  function parentOf(message: FoundMessage, previous: string | null): string | null {
    const parent = resolve(message.parent)
    if (parent !== undefined) return parent
    problems.push({ reason: 'missing', detail: `message ${shown(message.nativeId)} answers one that is not there: put after the one before it` })
    return previous
  }
}

type Named = { readonly nativeId: string; readonly message: FoundMessage }
type Linked = Named & { parent: string | null }

/** The same id twice: once when they say the same, otherwise both, the second under a name of its own. */
function apart(messages: readonly FoundMessage[], problems: Problem[]): readonly Named[] {
  const named = new Map<string, FoundMessage>()
  for (const message of messages) {
    const first = named.get(message.nativeId)
    if (first === undefined) named.set(message.nativeId, message)
    else if (!sameJson(first.blocks, message.blocks) || first.role !== message.role) {
      named.set(unused(named, message.nativeId), message)
      problems.push({ reason: 'duplicate', detail: `two messages with the id ${shown(message.nativeId)}: both are kept` })
    }
  }
  return [...named].map(([nativeId, message]) => ({ nativeId, message }))
}

function unused(named: ReadonlyMap<string, FoundMessage>, id: string): string {
  let number = 2
  while (named.has(`${id}~${number}`)) number++
  return `${id}~${number}`
}

/** Through joints to what speaks. Undefined: it leads nowhere. */
function resolver(byId: ReadonlyMap<string, Named>, joints: ReadonlyMap<string, string | null>): (id: string | null) => string | null | undefined {
  return (id) => {
    const seen = new Set<string>()
    let at = id
    while (at !== null && !byId.has(at)) {
      if (!joints.has(at) || seen.has(at)) return seen.has(at) || seen.size > 0 ? null : undefined
      seen.add(at)
      at = joints.get(at) ?? null
    }
    return at
  }
}

/** Each cycle is cut before its first message in the source's order. */
function cutCycles(linked: ReadonlyMap<string, Linked>, problems: Problem[]): void {
  const settled = new Set<string>()
  for (const start of linked.values()) {
    const path = new Set<string>()
    let at: Linked | undefined = start
    while (at !== undefined && !settled.has(at.nativeId)) {
      if (path.has(at.nativeId)) {
        at.parent = null
        problems.push({ reason: 'cycle', detail: `message ${shown(at.nativeId)} answers itself by way of others: made a beginning` })
        break
      }
      path.add(at.nativeId)
      at = at.parent === null ? undefined : linked.get(at.parent)
    }
    for (const id of path) settled.add(id)
  }
}

function parentsFirst(linked: ReadonlyMap<string, Linked>): readonly Placed[] {
  const placed = new Map<string, Placed>()
  for (const start of linked.values()) {
    const waiting: Linked[] = []
    for (
      let at: Linked | undefined = start;
      at !== undefined && !placed.has(at.nativeId);
      at = at.parent === null ? undefined : linked.get(at.parent)
    )
      waiting.push(at)
    for (const one of waiting.toReversed()) placed.set(one.nativeId, one)
  }
  return [...placed.values()]
}

const shown = (id: string): string => id.slice(0, 80)

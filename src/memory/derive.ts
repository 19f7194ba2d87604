/**
 * Claims become memories: what says the same supports, what says otherwise takes the place of what was said before, in the order of when it was
 * said, whatever order it comes in. Where nothing tells which came first, both stand, disputed. Pure: commands come out, `known` is kept level.
 *
 * Everything in a command follows from the events it rests on, the time included: the same events give the same memories, byte for byte.
 */
import { memoryIdOf } from '../events/identifiers.ts'
import type { Evidence } from '../events/memories.ts'
import type { MemoryCommand } from '../handlers/commands.ts'
import type { RowCipher } from '../projections/row-cipher.ts'
import type { Known, KnownMemory } from './known.ts'
import { claimMark, quoteMark } from './marks.ts'
import { RULES } from './rules/claims.ts'
import type { RuleClaim } from './rules/rules.ts'
import { BELIEVED } from './score.ts'

/** A claim with all that its memory says of it. `said`: when, ISO 8601; `at`: when its message was recorded. */
export type Found = RuleClaim & { readonly said: string | null; readonly at: string }

export type Owner = { readonly accountId: string; readonly cipher: RowCipher }

/** More evidence than this says nothing more. */
const ENOUGH_EVIDENCE = 50

/** What follows from a claim, given what is known. */
export function derive(found: Found, known: Known, { accountId, cipher }: Owner): MemoryCommand[] {
  const { claim, evidence } = found
  const id = memoryIdOf(accountId, found.key, evidence.messageId, evidence.block, evidence.start)
  if (known.has(id) || isForgotten(found, known, { accountId, cipher })) return []
  const standing = known.same(claim).find(({ status }) => status !== 'superseded')
  if (standing !== undefined) return support(standing, found, accountId)
  const command = recordOf(id, found, accountId)
  const memory = knownOf(id, found, command.data.status)
  known.add(memory)
  if (memory.status === 'candidate') return [command]
  return [command, ...ended(memory, found, known, accountId), ...held(memory, found, known, accountId)]
}

const isForgotten = ({ claim, evidence }: Found, known: Known, { accountId, cipher }: Owner): boolean =>
  known.isForgotten(claimMark(cipher, accountId, claim)) || known.isForgotten(quoteMark(cipher, accountId, evidence.quote))

function recordOf(id: string, { key, claim, evidence, confidence, importance, sensitive, said, at }: Found, accountId: string) {
  const status = confidence >= BELIEVED ? 'active' : 'candidate'
  const derivation = { engine: 'rules', by: `${RULES}/${key}`, model: null, prompt: null, output: null } as const
  const data = {
    id,
    accountId,
    ...claim,
    status,
    confidence,
    importance,
    sensitive,
    observedAt: said,
    evidence: [evidence],
    derivation,
    members: [],
    at,
  } as const
  return { do: 'RecordMemory', data } as const
}

function knownOf(id: string, { claim, evidence, said }: Found, status: 'active' | 'candidate'): KnownMemory {
  const { subject, predicate, object, validFrom } = claim
  return {
    id,
    claim: { subject, predicate, object },
    status,
    confirmed: false,
    isFromRules: true,
    validFrom,
    saidFrom: said,
    saidTo: said,
    supersededBy: null,
    evidence: [evidence],
  }
}

/** Said again: evidence, no text. One message says a thing once. */
function support(memory: KnownMemory, { evidence, said, at }: Found, accountId: string): MemoryCommand[] {
  const isKnown = memory.evidence.some((one) => one.messageId === evidence.messageId && one.conversationId === evidence.conversationId)
  if (isKnown || memory.evidence.length >= ENOUGH_EVIDENCE) return []
  memory.evidence.push(evidence)
  memory.saidFrom = least(memory.saidFrom, said)
  memory.saidTo = most(memory.saidTo, said)
  if (memory.status === 'candidate' && memory.isFromRules) memory.status = 'active'
  return [{ do: 'SupportMemory', data: { id: memory.id, accountId, evidence: [evidence], at } }]
}

const least = (a: string | null, b: string | null): string | null => (a === null ? b : b === null || a < b ? a : b)
const most = (a: string | null, b: string | null): string | null => (a === null ? b : b === null || a > b ? a : b)

/** `no longer lives in`: what it ends. */
function ended(memory: KnownMemory, { claim, ends, at }: Found, known: Known, accountId: string): MemoryCommand[] {
  if (ends === null) return []
  const over = known
    .same({ ...claim, predicate: ends })
    .filter((other) => isCurrent(other) && orderOf(memory, other) !== 'earlier' && !other.confirmed)
  return over.map((other) => supersede(other, memory, accountId, at))
}

const isCurrent = ({ status }: KnownMemory): boolean => status === 'active' || status === 'candidate' || status === 'disputed'

/** Holds a new memory against all that cannot be true beside it. */
function held(memory: KnownMemory, { at }: Found, known: Known, accountId: string): MemoryCommand[] {
  const rivals = known.rivals(memory.claim)
  const current = rivals.filter(isCurrent)
  const placed = rivals.filter((rival) => isCurrent(rival) || rival.status === 'superseded')
  const later = placed.filter((rival) => orderOf(memory, rival) === 'earlier').sort(bySaid)[0]
  if (later !== undefined) return [...between(memory, rivals, { accountId, at }), supersede(memory, later, accountId, at)]
  return current.flatMap((rival) => {
    if (orderOf(memory, rival) === 'later' && !rival.confirmed) return [supersede(rival, memory, accountId, at)]
    return rival.status === 'candidate' ? [] : dispute(memory, rival, accountId, at)
  })
}

/** Something older comes in late: what was true before it, was until then. */
function between(
  memory: KnownMemory,
  rivals: readonly KnownMemory[],
  { accountId, at }: { readonly accountId: string; readonly at: string },
): MemoryCommand[] {
  const before = rivals
    .filter((rival) => rival.status === 'superseded' && orderOf(memory, rival) === 'later')
    .sort(bySaid)
    .at(-1)
  const next = rivals.find(({ id }) => id === before?.supersededBy)
  const isBetween = before !== undefined && next !== undefined && orderOf(memory, next) === 'earlier'
  return isBetween ? [supersede(before, memory, accountId, at)] : []
}

const bySaid = (a: KnownMemory, b: KnownMemory): number =>
  (a.saidFrom ?? '') < (b.saidFrom ?? '') ? -1 : (a.saidFrom ?? '') > (b.saidFrom ?? '') ? 1 : 0

/** Whether `memory` was said after all of `other`, before its last, or nobody knows. In one conversation the order of its events tells. */
function orderOf(memory: KnownMemory, other: KnownMemory): 'later' | 'earlier' | 'unknown' {
  const [said, last] = [memory.saidTo, other.saidTo]
  if (said !== null && last !== null && said !== last) return said > last ? 'later' : 'earlier'
  const [mine, theirs] = [memory.evidence.at(-1), other.evidence.at(-1)]
  if (mine === undefined || theirs === undefined || mine.conversationId !== theirs.conversationId) return 'unknown'
  const order = compare(mine, theirs)
  return order === 0 ? 'unknown' : order > 0 ? 'later' : 'earlier'
}

/** Two statements of one message stand beside each other: nobody corrects themselves in it. */
const compare = (a: Evidence, b: Evidence): number => (a.messageId === b.messageId ? 0 : a.position - b.position)

function supersede(memory: KnownMemory, by: KnownMemory, accountId: string, at: string): MemoryCommand {
  memory.status = 'superseded'
  memory.supersededBy = by.id
  return { do: 'SupersedeMemory', data: { id: memory.id, accountId, by: by.id, validTo: by.validFrom ?? dayAfter(by, memory), at } }
}

/** The first day on which the other was said to be so. */
function dayAfter(by: KnownMemory, memory: KnownMemory): string | null {
  const day = by.saidFrom !== null && (memory.saidTo === null || by.saidFrom >= memory.saidTo) ? by.saidFrom : by.saidTo
  return day?.slice(0, 10) ?? null
}

function dispute(memory: KnownMemory, rival: KnownMemory, accountId: string, at: string): MemoryCommand[] {
  memory.status = 'disputed'
  rival.status = 'disputed'
  return [
    { do: 'DisputeMemory', data: { id: memory.id, accountId, with: rival.id, at } },
    { do: 'DisputeMemory', data: { id: rival.id, accountId, with: memory.id, at } },
  ]
}

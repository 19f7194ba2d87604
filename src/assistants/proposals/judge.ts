/** Proposals of a model, each held against what was said and what is known: accepted as commands, or refused with the reason. Pure. */
import { z } from 'zod'
import type { Evidence } from '../../events/memories.ts'
import type { Command } from '../../handlers/commands.ts'
import type { MemoryRow } from '../../projections/read/memories.ts'
import { type Claimed, claimOf, claimShape, type Owner, recordCommand } from './claims.ts'
import { groundsOf, isSentence, type Ungrounded } from './grounds.ts'
import type { Prompt } from './prompt.ts'

export const OPS = ['add', 'support', 'supersede', 'contradict', 'noop'] as const
export type Op = (typeof OPS)[number]

export const proposalShape = z.strictObject({
  op: z.enum(OPS),
  message: z.string().max(20),
  quote: z.string().max(1_000),
  target: z.string().max(20).nullable(),
  ...claimShape,
})

/** What is asked of the provider; what comes is judged one by one, so that one bad proposal does not spoil the others. */
export const answerShape = z.strictObject({ proposals: z.array(proposalShape).max(30) })

export type Rejection = Ungrounded | 'malformed' | 'unknown-message' | 'unknown-memory' | 'forgotten' | 'no-sentence' | 'too-many'

/** `memoryId`: that it made, or that it supports. */
export type Accepted = { readonly op: Exclude<Op, 'noop'>; readonly memoryId: string; readonly commands: readonly Command[] }
export type Judged = { readonly proposed: number; readonly accepted: readonly Accepted[]; readonly rejected: ReadonlyMap<Rejection, number> }

export type Court = {
  readonly owner: Owner
  readonly prompt: Prompt
  readonly model: string
  /** SHA-256 of what was asked and answered, hex. */
  readonly hashes: { readonly prompt: string; readonly output: string }
  /** Whether their person had this forgotten. */
  readonly isForgotten: (claim: Claimed, quote: string) => boolean
}

/** More than were asked for are not looked at. */
const MOST = 30

/** @param answer  what the model sent, as far as it is JSON */
export function judge(answer: unknown, court: Court): Judged {
  const proposals = proposalsIn(answer)
  const accepted = new Map<string, Accepted>()
  const rejected = new Map<Rejection, number>()
  const refuse = (reason: Rejection, count = 1) => rejected.set(reason, (rejected.get(reason) ?? 0) + count)
  if (proposals === null) refuse('malformed')
  for (const proposal of proposals?.slice(0, MOST) ?? []) {
    const judged = judgeOne(proposal, court)
    if (typeof judged === 'string') refuse(judged)
    else if (judged !== null) accepted.set(`${judged.op} ${judged.memoryId}`, judged)
  }
  const more = (proposals?.length ?? 0) - MOST
  if (more > 0) refuse('too-many', more)
  return { proposed: proposals?.length ?? 0, accepted: [...accepted.values()], rejected }
}

function proposalsIn(answer: unknown): readonly unknown[] | null {
  const parsed = z.object({ proposals: z.array(z.unknown()) }).safeParse(answer)
  return parsed.success ? parsed.data.proposals : null
}

/** Null: nothing to do. */
function judgeOne(proposal: unknown, { owner, prompt, model, hashes, isForgotten }: Court): Accepted | Rejection | null {
  const parsed = proposalShape.safeParse(proposal)
  if (!parsed.success) return 'malformed'
  const { op, quote, target, message: named, ...claimed } = parsed.data
  if (op === 'noop') return null
  const message = prompt.messages.get(named)
  if (message === undefined) return 'unknown-message'
  const grounds = groundsOf(message, quote, claimed.object)
  if (!grounds.ok) return grounds.reason
  if (isForgotten(claimed, grounds.evidence.quote)) return 'forgotten'
  const known = target === null ? null : (prompt.memories.get(target) ?? null)
  if (op !== 'add' && known === null) return 'unknown-memory'
  if (op === 'support' && known !== null) return supported(owner, known, grounds.evidence)
  const claim = claimOf(claimed, grounds.evidence.quote)
  if (!isSentence(claim) || claim.subject === '' || claim.predicate === '' || claim.object === '') return 'no-sentence'
  const derivation = { engine: 'model', by: 'extraction', model, ...hashes } as const
  const record = recordCommand(owner, claim, grounds.evidence, { derivation, observedAt: message.createdAt.value })
  const memoryId = record.data.id
  return { op, memoryId, commands: known === null ? [record] : [record, related(owner, memoryId, known, op)] }
}

/** A memory that has these words already is left alone. */
function supported({ accountId, at }: Owner, memory: MemoryRow, evidence: Evidence): Accepted | null {
  const isKnown = memory.evidence.some(
    ({ messageId, block, start }) => messageId === evidence.messageId && block === evidence.block && start === evidence.start,
  )
  if (isKnown) return null
  return { op: 'support', memoryId: memory.id, commands: [{ do: 'SupportMemory', data: { id: memory.id, accountId, evidence: [evidence], at } }] }
}

/** What is there stays as it is: which of the two holds is for their person to say. */
const related = (
  { accountId, at }: Owner,
  sourceId: string,
  { id: targetId }: MemoryRow,
  op: 'add' | 'support' | 'supersede' | 'contradict',
): Command => ({
  do: 'RelateMemories',
  data: { accountId, sourceId, targetId, relation: op === 'supersede' ? 'follows' : 'contradicts', weight: 1, at },
})

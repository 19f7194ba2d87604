/** How units of a conversation hang together, found when they are read: what follows what, what answers a question, what explains code. Pure. */
import type { AcuRow } from '../projections/read/acus.ts'

export type FoundLink = {
  readonly sourceId: string
  readonly targetId: string
  readonly relation: 'next' | 'answered_by' | 'explains'
  readonly weight: number
}

/** How far an answer is looked for, and an explanation. */
const ANSWER_WITHIN = 4
const EXPLAINED_WITHIN = 2
const ANSWERS: ReadonlySet<string> = new Set(['answer', 'statement', 'list_item', 'code_snippet', 'decision'])

/** @param acus  of one conversation, in order */
export function linksOf(acus: readonly Pick<AcuRow, 'id' | 'type' | 'messageId'>[]): FoundLink[] {
  return acus.flatMap((acu, n) => {
    const next = acus[n + 1]
    const follows = next !== undefined && next.messageId === acu.messageId ? [link(acu.id, next.id, 'next', 1)] : []
    return [...follows, ...answers(acus, n), ...explains(acus, n)]
  })
}

const link = (sourceId: string, targetId: string, relation: FoundLink['relation'], weight: number): FoundLink => ({
  sourceId,
  targetId,
  relation,
  weight,
})

function answers(acus: readonly Pick<AcuRow, 'id' | 'type' | 'messageId'>[], n: number): FoundLink[] {
  const question = acus[n]
  if (question?.type !== 'question') return []
  const answer = acus.slice(n + 1, n + 1 + ANSWER_WITHIN).find(({ type, messageId }) => ANSWERS.has(type) && messageId !== question.messageId)
  return answer === undefined ? [] : [link(question.id, answer.id, 'answered_by', 0.8)]
}

function explains(acus: readonly Pick<AcuRow, 'id' | 'type' | 'messageId'>[], n: number): FoundLink[] {
  const said = acus[n]
  if (said?.type !== 'statement') return []
  const code = acus.slice(n + 1, n + 1 + EXPLAINED_WITHIN).find(({ type, messageId }) => type === 'code_snippet' && messageId === said.messageId)
  return code === undefined ? [] : [link(said.id, code.id, 'explains', 0.9)]
}

/** How much of the evidence is found: at 5, 10 and 20 turns, and inside budgets of tokens. Pure. */
import { fitting, tokensOf } from '../../src/memory/retrieval/budget.ts'

export const DEPTHS = [5, 10, 20] as const
export const BUDGETS = [250, 500, 1_000, 1_500, 2_000, 4_000, 7_000] as const

/** `ranks`: of each turn of evidence, from 1; null when it is not among what was found. Shares 0 … 1. */
export type Outcome = {
  readonly sample: string
  readonly question: string
  readonly category: number
  readonly evidence: readonly string[]
  readonly ranks: readonly (number | null)[]
  readonly recall: Readonly<Record<string, number>>
  readonly budget: Readonly<Record<string, number>>
  readonly tookMs: number
}

export type Asked = Pick<Outcome, 'sample' | 'question' | 'category' | 'evidence' | 'tookMs'>

/** @param found  ids of turns, best first. @param characters  of a turn */
export function outcomeOf(asked: Asked, found: readonly string[], characters: (id: string) => number): Outcome {
  const share = (ids: readonly string[]) => asked.evidence.filter((id) => ids.includes(id)).length / asked.evidence.length
  const tokens = found.map((id) => tokensOf(characters(id)))
  return {
    ...asked,
    ranks: asked.evidence.map((id) => (found.includes(id) ? found.indexOf(id) + 1 : null)),
    recall: Object.fromEntries(DEPTHS.map((depth) => [String(depth), share(found.slice(0, depth))])),
    budget: Object.fromEntries(BUDGETS.map((budget) => [String(budget), share(fitting(tokens, budget).map((place) => found[place] ?? ''))])),
  }
}

export type Summary = {
  readonly questions: number
  readonly recall: Readonly<Record<string, number>>
  readonly budget: Readonly<Record<string, number>>
}

/** Means over the questions, percent. */
export function summaryOf(outcomes: readonly Outcome[]): Summary {
  const mean = (of: (outcome: Outcome) => number) => (100 * outcomes.reduce((sum, outcome) => sum + of(outcome), 0)) / Math.max(1, outcomes.length)
  return {
    questions: outcomes.length,
    recall: Object.fromEntries(DEPTHS.map((depth) => [String(depth), mean(({ recall }) => recall[depth] ?? 0)])),
    budget: Object.fromEntries(BUDGETS.map((tokens) => [String(tokens), mean(({ budget }) => budget[tokens] ?? 0)])),
  }
}

/** Categories that count: 5 asks for what was never said. */
export const ANSWERABLE = [1, 2, 3, 4]
export const isAnswerable = ({ category }: Outcome): boolean => ANSWERABLE.includes(category)

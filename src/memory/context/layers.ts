/**
 * The layers a context is made of, and how many tokens each should get: the table. Pure.
 *
 *   L0 who the person is · L1 how they like things · L2 memories on the matter · L3 the people and things named
 *   L4 what this conversation is about · L5 what was said, word for word · L6 its recent turns · L7 the message itself
 */

export const LAYERS = [
  'L0_identity',
  'L1_global_prefs',
  'L2_topic',
  'L3_entity',
  'L4_conversation',
  'L5_jit',
  'L6_message_history',
  'L7_user_message',
] as const

export type Layer = (typeof LAYERS)[number]
export type PerLayer<T> = { readonly [L in Layer]: T }

/** Tokens. `priority`: 0 … 100, who is served first. `elasticity`: 0 … 1; what has none is never cut. */
export type Range = {
  readonly min: number
  readonly ideal: number
  readonly max: number
  readonly priority: number
  readonly elasticity: number
}

export type Depth = 'minimal' | 'standard' | 'deep'

/** What there is to say, as far as it decides who gets how much. */
export type Situation = {
  /** Tokens in all. */
  readonly budget: number
  readonly depth: Depth
  /** Matters and names that the task is about. */
  readonly topics: number
  readonly entities: number
  /** Of the conversation it is for; 0: there is none. */
  readonly messages: number
  readonly conversationTokens: number
  readonly messageTokens: number
  readonly topicTokens: number
  readonly prioritizeHistory: boolean
}

const DEPTH = { minimal: 0.5, standard: 1, deep: 1.5 } as const
/** A long dialogue keeps more of its turns. */
const LONG_DIALOGUE = 20

/** The ranges of every layer, in whole tokens. */
export function rangesFor(situation: Situation): PerLayer<Range> {
  const { budget, topics, entities, messages, messageTokens } = situation
  const depth = DEPTH[situation.depth]
  const active = messages > 0
  const pressure = Math.min(1, situation.conversationTokens / (0.7 * budget))
  const topicFactor = Math.min(2, 1 + 0.3 * Math.max(0, topics - 1))
  const entityFactor = Math.min(2, 1 + 0.4 * Math.max(0, entities - 1))
  const knowledgeHeavy = topics >= 2 || situation.depth === 'deep'
  const topicShare = Math.min(1, situation.topicTokens / (0.15 * budget))
  const range = (min: number, ideal: number, max: number, priority: number, elasticity: number): Range => ({
    min: Math.round(Math.min(min, max)),
    ideal: Math.round(Math.min(Math.max(ideal, min), max)),
    max: Math.round(max),
    priority,
    elasticity,
  })
  return {
    L0_identity: range(150, Math.min(400, 0.02 * budget), 500, 100, 0),
    L1_global_prefs: range(100, Math.min(600, 0.03 * budget), 800, 95, 0.1),
    L2_topic: range(topics > 0 ? 300 : 0, 0.12 * budget * depth * topicFactor * (1 - 0.4 * pressure), 0.25 * budget, knowledgeHeavy ? 85 : 70, 0.6),
    L3_entity: range(entities > 0 ? 150 : 0, Math.min(0.06 * budget * entityFactor, 400 * entities), 0.12 * budget, 65, 0.7),
    L4_conversation: range(
      active ? 200 : 0,
      active ? Math.min(150 * Math.log2(messages + 1) * depth, 0.15 * budget) : 0,
      active ? 0.2 * budget : 0,
      active ? 88 : 30,
      0.3,
    ),
    L5_jit: range(200, 0.1 * budget * Math.max(0.3, 1 - topicShare) * depth, 0.18 * budget, 75, 0.5),
    L6_message_history: range(
      active ? 500 : 0,
      active ? historyIdeal(situation) : 0,
      active ? 0.6 * budget : 0,
      isDialogueHeavy(situation) ? 90 : 80,
      0.4,
    ),
    L7_user_message: range(messageTokens, messageTokens, messageTokens, 100, 0),
  }
}

const isDialogueHeavy = ({ messages, prioritizeHistory }: Situation): boolean => messages > LONG_DIALOGUE && prioritizeHistory

function historyIdeal(situation: Situation): number {
  const { budget, conversationTokens, prioritizeHistory } = situation
  const ratio =
    conversationTokens <= 3_000 ? conversationTokens / budget : conversationTokens <= 10_000 ? 0.35 : conversationTokens <= 50_000 ? 0.3 : 0.25
  const boost = (prioritizeHistory ? 1.3 : 1) * (isDialogueHeavy(situation) ? 1.2 : 1)
  return Math.min(budget * ratio * boost, conversationTokens)
}

/** One value for every layer. */
export const perLayer = <T>(of: (layer: Layer) => T): PerLayer<T> => ({
  L0_identity: of('L0_identity'),
  L1_global_prefs: of('L1_global_prefs'),
  L2_topic: of('L2_topic'),
  L3_entity: of('L3_entity'),
  L4_conversation: of('L4_conversation'),
  L5_jit: of('L5_jit'),
  L6_message_history: of('L6_message_history'),
  L7_user_message: of('L7_user_message'),
})

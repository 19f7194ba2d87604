/**
 * Who gets how many tokens: the message first, then who the person is and how they like things, then the elastic layers. Pure, whole numbers.
 *
 *   reserve L7, L0, L1, and a part for what was said → every elastic layer its minimum (the least important are cut when that is too much) → towards the ideal, weighted by
 *   priority → what is left by priority up to the maximum → what nobody may take goes to what was said, and to memories on the matter
 *
 * Nobody gets more than it has to say, so that no token of the budget is kept from a layer that could use it.
 */
import { LAYERS, type Layer, type PerLayer, perLayer, type Range } from './layers.ts'

/** Layers that give way; the others are reserved. */
const ELASTIC = ['L2_topic', 'L3_entity', 'L4_conversation', 'L5_jit', 'L6_message_history'] as const satisfies readonly Layer[]
/** Of what the message leaves, who the person is and how they like things may have this share. */
const RESERVED_SHARE = 0.35
/** Of what these leave, words that were really said have at least this share: a claim without its evidence cannot be judged. */
const EVIDENCE_SHARE = 0.25
/** Who takes what nobody else may, one after another. */
const HEIRS = ['L5_jit', 'L2_topic', 'L6_message_history', 'L3_entity', 'L4_conversation'] as const satisfies readonly Layer[]

export type Limits = {
  readonly ranges: PerLayer<Range>
  /** Tokens that each layer has to say. */
  readonly available: PerLayer<number>
  readonly budget: number
}

/** Tokens per layer; together at most `budget`, each at most what is available. */
export function allocate({ ranges, available, budget }: Limits): PerLayer<number> {
  const given = new Map<Layer, number>(LAYERS.map((layer) => [layer, 0]))
  const have = (layer: Layer): number => given.get(layer) ?? 0
  let left = Math.max(0, Math.floor(budget))
  const give = (layer: Layer, wanted: number): void => {
    const amount = Math.max(0, Math.min(Math.floor(wanted), Math.floor(available[layer]) - have(layer), left))
    given.set(layer, have(layer) + amount)
    left -= amount
  }

  give('L7_user_message', available.L7_user_message)
  const reserved = left * RESERVED_SHARE
  give('L0_identity', Math.min(ranges.L0_identity.ideal, reserved))
  give('L1_global_prefs', Math.min(ranges.L1_global_prefs.ideal, reserved - have('L0_identity')))

  if (ranges.L5_jit.max > 0) give('L5_jit', left * EVIDENCE_SHARE)
  for (const [layer, amount] of toMinimums(ranges, available, have, left)) give(layer, amount)
  for (const [layer, share] of sharesOf(ranges, available, have, left)) give(layer, share)
  for (const layer of byPriority(ranges)) give(layer, ranges[layer].max - have(layer))
  for (const layer of HEIRS) if (ranges[layer].max > 0) give(layer, left)
  return perLayer(have)
}

/** What each elastic layer lacks of its minimum; the least important give theirs up first when all of them are too much. */
function toMinimums(
  ranges: PerLayer<Range>,
  available: PerLayer<number>,
  have: (layer: Layer) => number,
  left: number,
): (readonly [Layer, number])[] {
  const missing = (layer: Layer): number => Math.max(0, Math.floor(Math.min(ranges[layer].min, available[layer])) - have(layer))
  const wanted = new Map<Layer, number>(ELASTIC.map((layer) => [layer, missing(layer)]))
  let excess = [...wanted.values()].reduce((sum, amount) => sum + amount, 0) - left
  for (const layer of byPriority(ranges).reverse()) {
    const cut = Math.max(0, Math.min(excess, wanted.get(layer) ?? 0))
    wanted.set(layer, (wanted.get(layer) ?? 0) - cut)
    excess -= cut
  }
  return [...wanted]
}

/** What each elastic layer gets on its way from what it has to its ideal. */
function sharesOf(ranges: PerLayer<Range>, available: PerLayer<number>, have: (layer: Layer) => number, left: number): (readonly [Layer, number])[] {
  const missing = ELASTIC.map((layer) => [layer, Math.max(0, Math.min(ranges[layer].ideal, available[layer]) - have(layer))] as const)
  const total = missing.reduce((sum, [, amount]) => sum + amount, 0)
  if (total === 0) return []
  return missing.map(([layer, amount]) => [layer, Math.min(amount, left * (amount / total) * (ranges[layer].priority / 100))] as const)
}

/** Elastic layers, the most important first; those of equal importance in their order. */
const byPriority = (ranges: PerLayer<Range>): Layer[] => [...ELASTIC].sort((a, b) => ranges[b].priority - ranges[a].priority)

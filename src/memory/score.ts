/** How sure a claim is, beyond its words: names and numbers make it surer, long and busy messages less. Pure. */
import type { RuleClaim } from './rules/rules.ts'

/** From here on a claim is believed; below, it is a candidate: found when looked for, never put before an assistant. */
export const BELIEVED = 0.6
/** Less than this is not worth keeping. */
export const WORTH_KEEPING = 0.4

/** 0…1. @param characters  of the whole message */
export function confidenceOf({ confidence, claim }: RuleClaim, characters: number): number {
  const specific = /\d/.test(claim.object) || /\p{Lu}/u.test(claim.text.slice(1)) ? 0.03 : 0
  const busy = characters > 2_000 ? 0.85 : 1
  const short = claim.object.length < 2 ? 0.8 : 1
  return Math.min(0.99, Math.round((confidence + specific) * busy * short * 100) / 100)
}

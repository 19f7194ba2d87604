/** Fits what was found into so many tokens. Pure. */

/** Tokens of a text with a line that says who said it and when: about 4.5 characters each, and 14 for the line. */
export const tokensOf = (characters: number): number => Math.ceil(characters / 4.5 + 14)

/** Smaller gaps are not worth filling. */
const SMALLEST = 20

/**
 * Those that fit, best first: one that is too long for what is left is passed over for shorter ones after it.
 *
 * @param tokens  of each, in order of worth
 * @returns       which, by their place
 */
export function fitting(tokens: readonly number[], budget: number): readonly number[] {
  const taken: number[] = []
  let left = budget
  for (const [n, cost] of tokens.entries()) {
    if (left < SMALLEST) break
    if (cost > left) continue
    taken.push(n)
    left -= cost
  }
  return taken
}

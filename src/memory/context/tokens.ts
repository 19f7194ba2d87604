/** How many tokens a text is, as models of this family count (o200k). The table of merges is loaded when it is first needed. */

/** Tokens of a text; attacker-controlled text of any kind costs linear time. */
export type CountTokens = (text: string) => number

export const TOKENIZER = 'o200k'

/** Words, and blanks, longer than this are counted in pieces: merging one takes quadratic time. */
const LONGEST_RUN = 96
const LONG_RUN = new RegExp(`\\S{${LONGEST_RUN + 1},}|\\s{${LONGEST_RUN + 1},}`, 'g')
/** What looks like a control token in a text is text. */
const NOTHING_SPECIAL = { disallowedSpecial: new Set<string>() } as const

let loading: Promise<CountTokens> | undefined

/** The counter; 0.4 s the first time, then at once. */
export function tokenCounter(): Promise<CountTokens> {
  loading ??= import('gpt-tokenizer/encoding/o200k_base').then(({ countTokens }) => {
    const count = (text: string): number => (text === '' ? 0 : countTokens(text, NOTHING_SPECIAL))
    return (text) => {
      let [total, at] = [0, 0]
      for (const { 0: run, index } of text.matchAll(LONG_RUN)) {
        total += count(text.slice(at, index))
        for (let start = 0; start < run.length; start += LONGEST_RUN) total += count(run.slice(start, start + LONGEST_RUN))
        at = index + run.length
      }
      return total + count(text.slice(at))
    }
  })
  return loading
}

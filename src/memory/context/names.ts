/** Who or what a task names: words that begin with a capital letter, alone and side by side, lower-case, as subjects of memories are. Pure. */

const MOST = 8
const NAME = /\p{Lu}[\p{L}\p{N}'’-]*(?:[ \t]+\p{Lu}[\p{L}\p{N}'’-]*){0,2}/gu
/** Beginnings of sentences that name nobody. */
const NOT_NAMES: ReadonlySet<string> = new Set(
  'a an and any are as at be but by can could did do does for from had has have he her hers him his how i if in is it its let me my no not of on or our she should tell that the their them there these they this to us was we were what when where which who whom whose why will with would you your'.split(
    ' ',
  ),
)

/** @param task attacker-controlled; linear time */
export function namesIn(task: string): readonly string[] {
  const names = new Set<string>()
  for (const [run] of task.slice(0, 4_000).matchAll(NAME)) {
    const words = run
      .toLowerCase()
      .split(/[ \t]+/)
      .filter((word) => !NOT_NAMES.has(word))
    if (words.length > 1) names.add(words.join(' '))
    for (const word of words) names.add(word.replace(/['’]s$/, ''))
    if (names.size >= MOST) break
  }
  return [...names].filter((name) => name.length > 1).slice(0, MOST)
}

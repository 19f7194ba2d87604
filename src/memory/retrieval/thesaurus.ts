/** Which other words an English word of a question stands for, see everyday-english.ts. Pure; the tables are read once, when first asked. */
import { KINDS, SAME } from './everyday-english.ts'
import { stemEnglish } from './stem-english.ts'
import { wordsOf } from './words.ts'

/** A word of the same meaning counts as this much of the asker's own; a member of the kind that was asked for, as this much. */
const SAME_WEIGHT = 0.3
const MEMBER_WEIGHT = 0.4

type Related = ReadonlyMap<string, number>
const NONE: Related = new Map()
let table: ReadonlyMap<string, Related> | null = null

/**
 * @param term      stem of an English word
 * @param previous  of the word before it: "martial art" is a kind of its own
 * @returns         stems, with the share of the term's weight that each is worth
 */
export function relatedTerms(term: string, previous: string | null): Related {
  table ??= read()
  const own = table.get(term) ?? NONE
  const both = previous === null ? undefined : table.get(`${previous} ${term}`)
  return both === undefined ? own : new Map([...own, ...both])
}

function read(): ReadonlyMap<string, Related> {
  const made = new Map<string, Map<string, number>>()
  for (const line of linesOf(SAME)) {
    const group = keysOf(line)
    for (const one of group) for (const other of group) if (one !== other) relate(made, one, other, SAME_WEIGHT)
  }
  for (const line of linesOf(KINDS)) {
    const [names = '', members = ''] = line.split(':')
    for (const name of keysOf(names)) for (const member of keysOf(members)) relate(made, name, member, MEMBER_WEIGHT)
  }
  return made
}

const linesOf = (list: string): readonly string[] => list.trim().split('\n')

const keysOf = (names: string): readonly string[] => names.split(',').map((name) => [...wordsOf(name)].map(({ word }) => stemEnglish(word)).join(' '))

function relate(made: Map<string, Map<string, number>>, from: string, to: string, weight: number): void {
  const known = made.get(from) ?? new Map<string, number>()
  known.set(to, Math.max(weight, known.get(to) ?? 0))
  made.set(from, known)
}

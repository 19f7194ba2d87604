/**
 * Consolidation: memories that belong together, listed together. One rollup per person, project or other subject that several memories are about, and
 * one per week in which several things happened; and relations between memories that say nearly the same. Nothing is told that the members do not
 * say. Pure: the same memories give the same rollups, the time included.
 */
import { hash } from 'node:crypto'
import { idOf } from '../events/identifiers.ts'
import type { Claim, Memory } from '../events/memories.ts'
import type { MemoryCommand } from '../handlers/commands.ts'
import type { MemoryRow } from '../projections/read/memories.ts'

export const ROLLUPS = 'rollups@1'

/** Fewer are no group. */
const SMALLEST = 3
/** Members of one rollup, and relations made at once, at most. */
const MOST_MEMBERS = 200
const MOST_RELATIONS = 200
/** Share of common words from which on two memories say nearly the same. */
const SIMILAR = 0.6
/** Memories of one subject and predicate that are held against each other. */
const HELD = 60

export type Consolidation = { readonly commands: readonly MemoryCommand[]; readonly rollups: number; readonly relations: number }

/** @param rows  all of an account's memories */
export function consolidation(rows: readonly MemoryRow[]): Consolidation {
  const told = rows.filter(({ status, derivation }) => status !== 'candidate' && status !== 'archived' && derivation.engine !== 'rollup')
  const before = rows.filter(({ derivation, status }) => derivation.engine === 'rollup' && status === 'active')
  const groups = [...bySubject(told), ...byWeek(told)].filter(({ members }) => members.length >= SMALLEST)
  const rolled = groups.flatMap((group) => rollup(group, before))
  const related = similar(told)
  return { commands: [...rolled, ...related], rollups: rolled.filter((command) => command.do === 'RecordMemory').length, relations: related.length }
}

type Group = {
  readonly subject: string
  readonly title: string
  readonly type: Memory['type']
  readonly category: string
  readonly members: readonly MemoryRow[]
}

/** Everything that is not said of the person themselves: their people, their projects. */
function bySubject(rows: readonly MemoryRow[]): Group[] {
  const others = rows.filter(({ subject }) => subject !== 'user')
  return [...Map.groupBy(others, ({ subject }) => subject)].map(([subject, members]) => {
    const isProject = members.some(({ type }) => type === 'project')
    return {
      subject,
      title: titleOf(subject, members),
      type: isProject ? 'project' : 'relationship',
      category: isProject ? 'project' : 'person_info',
      members,
    }
  })
}

/** As the memories themselves call it: `Sister Rita: lives in Porto.` */
function titleOf(subject: string, members: readonly MemoryRow[]): string {
  const named = members.map(({ text }) => text.split(':')).find(([, ...rest]) => rest.length > 0)?.[0]
  return named ?? `${subject.charAt(0).toUpperCase()}${subject.slice(1)}`
}

/** What happened, week by week (ISO 8601), as far as the day is known. */
function byWeek(rows: readonly MemoryRow[]): Group[] {
  const dated = rows.filter(({ type, validFrom }) => type === 'episodic' && validFrom !== null && /^\d{4}-\d\d-\d\d/.test(validFrom))
  return [...Map.groupBy(dated, ({ validFrom }) => mondayOf(validFrom ?? ''))].map(([monday, members]) => {
    return { subject: `week of ${monday}`, title: `Week of ${monday}`, type: 'episodic', category: 'conversation_summary', members }
  })
}

function mondayOf(day: string): string {
  const date = new Date(`${day.slice(0, 10)}T00:00:00Z`)
  return new Date(date.getTime() - ((date.getUTCDay() + 6) % 7) * 86_400_000).toISOString().slice(0, 10)
}

/** A rollup of the group as it is now, in place of the one before; nothing, when it has not changed. */
function rollup({ subject, title, type, category, members: all }: Group, before: readonly MemoryRow[]): MemoryCommand[] {
  const members = [...all].sort(inTime).slice(-MOST_MEMBERS)
  const [first, last] = [members[0], members.at(-1)]
  if (first === undefined || last === undefined) return []
  const ids = members.map(({ id }) => id)
  const id = idOf('memory', first.accountId, ROLLUPS, subject, hash('sha256', ids.join(' '), 'hex'))
  const old = before.filter((row) => row.subject === subject && row.predicate === 'is summed up in')
  if (old.some((row) => row.id === id)) return []
  const at = members.reduce((latest, row) => (row.at > latest ? row.at : latest), first.at)
  const claim: Claim = {
    type,
    category,
    text: `${title}: ${ids.length} memories, ${spanOf(members)}.`,
    subject,
    predicate: 'is summed up in',
    object: ids.length.toString(),
    language: null,
    validFrom: null,
    validTo: null,
    tags: [],
  }
  const derivation = { engine: 'rollup', by: ROLLUPS, model: null, prompt: null, output: null } as const
  const importance = Math.max(...members.map((row) => row.importance))
  const { accountId } = first
  const data: Memory = {
    id,
    accountId,
    ...claim,
    status: 'active',
    confidence: 1,
    importance,
    sensitive: members.some((row) => row.sensitive),
    observedAt: null,
    evidence: [],
    derivation,
    members: ids,
    at,
  }
  const replaced = old.map((row): MemoryCommand => ({ do: 'SupersedeMemory', data: { id: row.id, accountId, by: id, validTo: null, at } }))
  return [{ do: 'RecordMemory', data }, ...replaced]
}

const timeOf = ({ validFrom, observedAt, at }: MemoryRow): string => validFrom ?? observedAt ?? at
const inTime = (a: MemoryRow, b: MemoryRow): number => (timeOf(a) < timeOf(b) ? -1 : timeOf(a) > timeOf(b) ? 1 : a.id < b.id ? -1 : 1)

function spanOf(members: readonly MemoryRow[]): string {
  const days = members.map((row) => timeOf(row).slice(0, 10)).sort()
  const [first = '', last = ''] = [days[0], days.at(-1)]
  return first === last ? first : `${first} to ${last}`
}

/** Memories that say nearly the same of the same thing. */
function similar(rows: readonly MemoryRow[]): MemoryCommand[] {
  const groups = [...Map.groupBy(rows, ({ subject, predicate }) => JSON.stringify([subject, predicate])).values()]
  return groups
    .flatMap((group) => pairsOf(group.slice(0, HELD)))
    .slice(0, MOST_RELATIONS)
    .map(({ a, b, weight }) => ({
      do: 'RelateMemories',
      data: { accountId: a.accountId, sourceId: a.id, targetId: b.id, relation: 'similar', weight, at: a.at > b.at ? a.at : b.at },
    }))
}

function pairsOf(group: readonly MemoryRow[]): { readonly a: MemoryRow; readonly b: MemoryRow; readonly weight: number }[] {
  return group.flatMap((a, n) =>
    group.slice(n + 1).flatMap((b) => {
      const weight = overlap(wordsOf(a.object), wordsOf(b.object))
      return weight >= SIMILAR ? [{ a, b, weight }] : []
    }),
  )
}

const wordsOf = (text: string): ReadonlySet<string> => new Set(text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? [])

/** Jaccard: common words over all words, to the hundredth. */
function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const common = [...a].filter((word) => b.has(word)).length
  const all = a.size + b.size - common
  return all === 0 ? 0 : Math.round((common / all) * 100) / 100
}

/** What a reader of a report should know beside its numbers and alarms. */
import type { Counts } from './report.ts'

export type Circumstances = {
  readonly counts: Counts
  /** Checkpoints that have another root than the entries make. */
  readonly wrongRoots: number
  /** The first entry that was checked. */
  readonly from: number
  /** Size of the head that the log had to contain; null when there was none. */
  readonly earlier: number | null
  /** What became of the entries before `from`. `partly`: an earlier audit saw less of them than this one could. */
  readonly before: 'nothing' | 'audited' | 'audited partly' | 'not checked again' | 'not read'
}

export function notesOn({ counts, wrongRoots, from, earlier, before }: Circumstances): string[] {
  const { unknownKeys, endedCheckpoints, disownedKeys, evidence } = counts
  const notes: (string | false)[] = [
    wrongRoots > 1 && `${counted(wrongRoots - 1, 'later checkpoint')} with other roots than the entries make, as follows from the first.`,
    unknownKeys > 0 &&
      `${counted(unknownKeys, 'public commit')} signed by keys that are registered where this audit did not read: these signatures cannot be checked from here.`,
    endedCheckpoints > 0 &&
      `${counted(endedCheckpoints, 'checkpoint')} of logs that a break ended: the roots are right, the keys are not known here.`,
    disownedKeys > 0 && `${counted(disownedKeys, 'key')} signed entries that the owner disowns: those entries were allowed, and are marked.`,
    evidence > 0 && `${counted(evidence, 'proof')} in the log that a key or another log said two things: vivim evidence shows them.`,
    earlier !== null && `The log was seen before, with ${earlier} entries.`,
    before !== 'nothing' && `Entries 0 to ${from - 1} ${BEFORE[before]}`,
  ]
  return notes.filter((note) => note !== false)
}

const BEFORE = {
  audited: 'were checked by an earlier audit, whose counts are included.',
  'audited partly': 'were checked by an earlier audit, whose counts are included. It saw private ones as their leaves only; --all checks them too.',
  'not checked again': 'are under the trusted checkpoint: their signatures and payloads were not checked again.',
  'not read': 'are under the trusted checkpoint: they were not read.',
} as const

const counted = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`

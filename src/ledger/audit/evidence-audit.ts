/** Evidence of equivocation that a log holds: whoever accuses a key or a log must have the proof in the same commit. */
import type { CommitHeader } from '../commit.ts'
import { EVIDENCE_EVENT, EvidenceError, parseEvidence, problemWithEvidence } from '../evidence.ts'
import type { AlarmBook, Counter } from './report.ts'

/** Judges what evidence stands in the signed bytes of a commit. Sealed evidence is a payload like others. */
export function judgeEvidence({ events }: CommitHeader, position: number, book: AlarmBook, counts: Counter): void {
  for (const { type, parts } of events) {
    if (type !== EVIDENCE_EVENT) continue
    for (const part of parts) {
      if (!('inline' in part)) continue
      const problem = problemWith(part.inline)
      if (problem === null) counts.evidence++
      else book.raise(position, 'evidence', `accuses without proof: ${problem}`)
    }
  }
}

function problemWith(bytes: Uint8Array): string | null {
  try {
    return problemWithEvidence(parseEvidence(bytes))
  } catch (error) {
    if (error instanceof EvidenceError) return error.message
    throw error
  }
}

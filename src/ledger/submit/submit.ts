/** Signed commits on their way in: checked side by side, placed in order, answered one by one. */
import type { Sequencer } from '../sequencer.ts'
import { LedgerFault, type Receipt, type SignedCommit, type SubmitResult } from '../types.ts'
import { SubmitFault } from './candidate.ts'
import type { Intake } from './intake.ts'

/** @throws {LedgerFault} STOP_AND_RELOAD or GIVE_UP, when that is what became of one of them */
export async function submitAll(
  commits: readonly SignedCommit[],
  intake: Pick<Intake, 'check'>,
  sequencer: Pick<Sequencer, 'submit'>,
): Promise<SubmitResult[]> {
  const checked = commits.map((commit) => intake.check(commit))
  for (const check of checked) check.catch(() => {}) // awaited below
  const placed: Promise<Receipt>[] = []
  for (const check of checked) {
    const place = check.then((candidate) => sequencer.submit(candidate))
    place.catch(() => {}) // answered below
    placed.push(place)
    await check.catch(() => {}) // the next of its chain is not placed before it
  }
  return Promise.all(placed.map(answer))
}

async function answer(place: Promise<Receipt>): Promise<SubmitResult> {
  try {
    return { ok: true, receipt: await place }
  } catch (error) {
    if (error instanceof SubmitFault) return { ok: false, code: error.code, reason: error.message }
    if (error instanceof LedgerFault && error.code === 'RETRY_LATER') return { ok: false, code: 'BUSY', reason: error.message }
    if (error instanceof LedgerFault && error.code === 'READ_ONLY') return { ok: false, code: 'READ_ONLY', reason: error.message }
    throw error
  }
}

/** Signed commits on their way in: checked side by side, placed in order, answered together. */
import type { Sequencer } from '../sequencer.ts'
import { LedgerFault, type Receipt, type SignedCommit, type SubmitResult } from '../types.ts'
import { SubmitFault } from './candidate.ts'
import type { Intake } from './intake.ts'

/** @throws {LedgerFault} STOP_AND_RELOAD or GIVE_UP, when that is what became of one of them */
export async function submitAll(
  commits: readonly SignedCommit[],
  intake: Pick<Intake, 'check'>,
  sequencer: Pick<Sequencer, 'submit'>,
): Promise<readonly SubmitResult[]> {
  const checked = await intake.check(commits)
  return new Promise((resolve, reject) => {
    const results: SubmitResult[] = []
    let left = checked.length
    if (left === 0) resolve(results)
    for (const [i, candidate] of checked.entries()) {
      const conclude = (result: SubmitResult) => {
        if (results[i] !== undefined) return
        results[i] = result
        if (--left === 0) resolve(results)
      }
      const acknowledge = (receipt: Receipt) => conclude({ ok: true, receipt })
      const refuse = (reason: unknown) => {
        const result = refusal(reason)
        if (result === null) reject(reason)
        else conclude(result)
      }
      if (candidate instanceof SubmitFault) refuse(candidate)
      else sequencer.submit(candidate, acknowledge, refuse)
    }
  })
}

/** Null for what is no answer about this commit alone. */
function refusal(reason: unknown): SubmitResult | null {
  if (reason instanceof SubmitFault) return { ok: false, code: reason.code, reason: reason.message }
  if (!(reason instanceof LedgerFault)) return null
  if (reason.code === 'RETRY_LATER') return { ok: false, code: 'BUSY', reason: reason.message }
  return reason.code === 'READ_ONLY' ? { ok: false, code: 'READ_ONLY', reason: reason.message } : null
}

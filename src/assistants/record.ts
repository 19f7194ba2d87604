/** Recording what happens between people and models: as the person who acts, and readable at once. */
import type { Command, Execute, Outcome, Request } from '../handlers/commands.ts'
import type { Ledger } from '../ledger/ledger.ts'

export type Recording = {
  readonly execute: Execute
  readonly projections: { waitFor(position: number, timeoutMs?: number): Promise<boolean> }
  readonly ledger: Pick<Ledger, 'signsFor'>
}

/** One commit, durable and (but for a slow projection) shown by the read tables when this resolves. */
export async function record({ execute, projections }: Recording, by: Request['by'], commands: readonly Command[]): Promise<Outcome> {
  const outcome = await execute({ by, lane: 'private', commands })
  if (outcome.ok && outcome.position !== null) await projections.waitFor(outcome.position)
  return outcome
}

/** Who signs for a person: they themselves; the instance as their witness when their keys are on their own devices. */
export const signerOf = async ({ ledger }: Pick<Recording, 'ledger'>, accountId: string): Promise<Request['by']> =>
  (await ledger.signsFor(`account/${accountId}`)) ? { account: accountId } : 'instance'

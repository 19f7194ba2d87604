/** `/conversations/:id/proposals`: memories that a person's own model proposes, checked against what was said. */
import { ApiError, refused } from '../errors.ts'
import { call } from './call.ts'
import type { VaultDeps } from './owned.ts'
import { AskForProposals, ProposalsReport } from './schema-models.ts'
import type { Serve } from './serve.ts'

const propose = call({
  method: 'POST',
  path: '/conversations/:id/proposals',
  tag: 'Memories',
  summary: 'Have a model propose memories from a conversation',
  description:
    'Each proposal must quote its owner word for word: what does not stand there, is not their own word or is a secret is refused and counted. What is accepted is a candidate until its owner confirms it. Hashes of what was asked and answered are recorded.',
  scopes: ['memory:chat', 'memory:read', 'memory:write'],
  body: AskForProposals,
  answer: ProposalsReport,
  reads: ({ accepted }) => ({ memoryIds: accepted.map(({ memoryId }) => memoryId) }),
  also: [404, 502],
  slow: true,
})

export const proposalCalls = [propose]

export function registerProposals(serve: Serve, { vault }: VaultDeps): void {
  serve(propose, async ({ account, ids, body, reply }) => {
    const gone = new AbortController()
    reply.raw.once('close', () => gone.abort()) // nobody waits for it any more
    const proposed = await vault.proposals.propose(account.id, ids.id, body.model, gone.signal)
    if (proposed.ok) return { ...proposed.report, accepted: [...proposed.report.accepted], rejected: [...proposed.report.rejected] }
    if ('refusal' in proposed) throw refused(proposed.refusal)
    throw new ApiError(502, proposed.failure.message, { code: `MODEL_${proposed.failure.kind.toUpperCase()}` })
  })
}

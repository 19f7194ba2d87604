/** What assistants propose, before it is a memory: no secrets, nothing that was forgotten, nothing twice; with the words it rests on, where they stand. */
import { type McpDeps, Refused } from '../../assistants/mcp/toolbox.ts'
import type { Evidence } from '../../events/memories.ts'
import type { Request } from '../../handlers/commands.ts'
import { claimOf } from '../../memory/claim-of.ts'
import { marksOf } from '../../memory/marks.ts'
import { secretsIn, speaksOfSecrets } from '../../memory/secrets.ts'
import { verifyQuote } from '../../memory/verify.ts'
import { marksAmong, memoriesLike } from '../../projections/read/memories.ts'
import { messagesByIds } from '../../projections/read/messages.ts'
import type { ApiDeps } from '../deps.ts'

type Deps = Pick<ApiDeps, 'pool' | 'vault' | 'now'>

/** Messages that are looked through for a quote. */
const LOOKED_AT = 20

export function keepingOf(deps: Deps): McpDeps['keeping'] {
  const { pool, vault } = deps

  return {
    async propose(accountId, proposal) {
      const { text, quote, confirmed } = proposal
      const at = new Date(deps.now()).toISOString()
      if ([text, quote ?? ''].some((said) => secretsIn(said).length > 0 || speaksOfSecrets(said))) throw new Refused('Secrets are not remembered')
      const claim = claimOf(text, at)
      const marks = marksOf(vault.cipher, accountId, { ...claim, evidence: quote === null ? [] : [{ quote }] })
      if ((await marksAmong(pool, accountId, marks)).size > 0) throw new Refused('The person had this forgotten: it stays so')
      const evidence = quote === null ? [] : await find(deps, accountId, quote)
      const like = await memoriesLike(pool, vault.cipher, accountId, [claim])
      const known = like.find(({ status, predicate, object }) => status !== 'superseded' && predicate === claim.predicate && object === claim.object)
      if (known === undefined) return vault.keeping.propose(accountId, { ...proposal, evidence })
      const { id } = known
      const again: Request[] =
        evidence.length === 0 ? [] : [{ by: 'instance', lane: 'private', commands: [{ do: 'SupportMemory', data: { id, accountId, evidence, at } }] }]
      const yes: Request[] = confirmed
        ? [{ by: { account: accountId }, lane: 'private', commands: [{ do: 'ConfirmMemory', data: { id, accountId, at } }] }]
        : []
      return { id, requests: [...again, ...yes] }
    },
    forget: (memory) => vault.keeping.forget(memory),
    correct: (memory, text) => vault.keeping.correct(memory, text),
  }
}

/** Where the person said it, in a conversation that is here; empty when they did not. */
async function find({ pool, vault }: Deps, accountId: string, quote: string): Promise<readonly Evidence[]> {
  const { hits } = await vault.retrieval.search(accountId, { text: quote, limit: LOOKED_AT, kinds: ['message'], role: 'user' })
  const messages = await messagesByIds(
    pool,
    vault.cipher,
    accountId,
    hits.map(({ id }) => id),
  )
  for (const { id } of hits) {
    const message = messages.get(id)
    if (message === undefined || message.role !== 'user' || message.injected || message.hidden) continue
    const span = verifyQuote(message, quote)
    if (span !== null)
      return [{ conversationId: message.conversationId, messageId: id, position: message.position, ...span, role: 'user', stance: 'supports' }]
  }
  return []
}

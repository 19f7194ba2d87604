/** How memories come and go at the word of an assistant: as what the domain takes, with the evidence that there is. */
import { type McpDeps, type Proposal, Refused } from '../../assistants/mcp/toolbox.ts'
import { idOf } from '../../events/identifiers.ts'
import type { Claim, Evidence, Memory } from '../../events/memories.ts'
import type { Command, Request } from '../../handlers/commands.ts'
import { marksOf } from '../../memory/marks.ts'
import { secretsIn, speaksOfSecrets } from '../../memory/secrets.ts'
import { verifyQuote } from '../../memory/verify.ts'
import { marksAmong, memoriesLike } from '../../projections/read/memories.ts'
import { messagesByIds } from '../../projections/read/messages.ts'
import type { ApiDeps } from '../deps.ts'

type Deps = Pick<ApiDeps, 'pool' | 'ledger' | 'vault' | 'now'>

/** Messages that are looked through for a quote. */
const LOOKED_AT = 20

export function keepingOf(deps: Deps): McpDeps['keeping'] {
  const { pool, vault, ledger } = deps
  const at = (): string => new Date(deps.now()).toISOString()

  return {
    async propose(accountId, proposal) {
      const { text, quote, confirmed } = proposal
      if ([text, quote ?? ''].some((said) => secretsIn(said).length > 0 || speaksOfSecrets(said))) throw new Refused('Secrets are not remembered')
      const claim = claimOf(text)
      const evidence = quote === null ? null : await find(deps, accountId, quote)
      const marks = marksOf(vault.cipher, accountId, { ...claim, evidence: quote === null ? [] : [{ quote }] })
      if ((await marksAmong(pool, accountId, marks)).size > 0) throw new Refused('The person had this forgotten: it stays so')
      const [known] = (await memoriesLike(pool, vault.cipher, accountId, [claim])).filter(({ status }) => status !== 'superseded')
      const id = known?.id ?? idOf('memory', accountId, 'assistant', claim.object)
      const learnt: Command[] =
        known !== undefined
          ? evidence === null
            ? []
            : [{ do: 'SupportMemory', data: { id, accountId, evidence: [evidence], at: at() } }]
          : [{ do: 'RecordMemory', data: recordOf(accountId, id, claim, evidence, proposal, at()) }]
      const mine = confirmed && (await ledger.signsFor(`account/${accountId}`))
      const commands: Command[] = mine ? [...learnt, { do: 'ConfirmMemory', data: { id, accountId, at: at() } }] : learnt
      return { id, requests: requestOf(commands, mine ? { account: accountId } : 'instance') }
    },

    async forget(memory) {
      const { id, accountId } = memory
      const marks = marksOf(vault.cipher, accountId, memory)
      return requestOf([{ do: 'ForgetMemory', data: { id, accountId, marks, at: at() } }], await signer(deps, accountId))
    },

    async correct({ id, accountId, ...row }, text) {
      const { type, category, subject, language, validFrom, validTo, tags } = row
      const claim: Claim = { ...claimOf(text), type, category, subject, language, validFrom, validTo, tags }
      return requestOf([{ do: 'CorrectMemory', data: { id, accountId, claim, at: at() } }], { account: accountId })
    },
  }
}

const requestOf = (commands: readonly Command[], by: Request['by']): readonly Request[] =>
  commands.length === 0 ? [] : [{ by, lane: 'private', commands }]

const signer = async ({ ledger }: Deps, accountId: string): Promise<Request['by']> =>
  (await ledger.signsFor(`account/${accountId}`)) ? { account: accountId } : 'instance'

/** A sentence as it stands: what it is about is for people to say. */
const claimOf = (text: string): Claim => ({
  type: 'custom',
  category: 'note',
  text,
  subject: 'user',
  predicate: 'says',
  object: text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim(),
  language: null,
  validFrom: null,
  validTo: null,
  tags: [],
})

function recordOf(accountId: string, id: string, claim: Claim, evidence: Evidence | null, { assistant }: Proposal, at: string): Memory {
  return {
    ...claim,
    id,
    accountId,
    status: 'candidate',
    confidence: evidence === null ? 0.5 : 0.7,
    importance: 0.5,
    sensitive: false,
    observedAt: at,
    evidence: evidence === null ? [] : [evidence],
    derivation: { engine: 'assistant', by: assistant.slice(0, 200).toWellFormed(), model: null, prompt: null, output: null },
    members: [],
    at,
  }
}

/** Where the person said it, in a conversation that is here; null when they did not. */
async function find({ pool, vault }: Deps, accountId: string, quote: string): Promise<Evidence | null> {
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
    if (span === null) continue
    const { conversationId, position } = message
    return { conversationId, messageId: id, position, ...span, role: 'user', stance: 'supports' }
  }
  return null
}

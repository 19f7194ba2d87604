/** `remember`: proposes a memory of what the person just said. It stays a candidate until they confirm it: no model decides what is believed. */
import { z } from 'zod'
import { claimMark, quoteMark } from '../../memory/marks.ts'
import { marksAmong } from '../../projections/read/memories.ts'
import { messagesByIds } from '../../projections/read/messages.ts'
import { claimOf, claimShape, recordCommand } from '../proposals/claims.ts'
import { type Grounds, groundsOf, isSentence } from '../proposals/grounds.ts'
import { assistantName, type Place, type Tool, type ToolDeps, ToolProblem } from './tool.ts'

const input = z.strictObject({
  quote: z.string().min(2).max(1_000).describe('Exactly what the person said in this conversation, word for word'),
  ...claimShape,
})

const WHY: Readonly<Record<Extract<Grounds, { ok: false }>['reason'], string>> = {
  'not-a-quote': 'The person did not say this in this conversation: quote them word for word.',
  'not-theirs': 'These are not the person’s own words.',
  secret: 'Secrets are not remembered.',
  'not-in-quote': 'The quote does not say this: the object must be in its words.',
}

export const rememberTool: Tool<typeof input> = {
  name: 'remember',
  description: 'Propose to remember something the person said of themselves in this conversation. They see it, and confirm it or not.',
  input,
  async run(deps, place, { quote, ...claimed }) {
    const found = await saidHere(deps, place, quote, claimed.object)
    if (!found.ok) throw new ToolProblem(WHY[found.reason])
    const claim = claimOf(claimed, found.evidence.quote)
    if (!isSentence(claim)) throw new ToolProblem('The text must be one short sentence.')
    await refuseForgotten(deps, place, claim, found.evidence.quote)
    const at = new Date(deps.now()).toISOString()
    const model = assistantName(place.model)
    const derivation = { engine: 'model', by: 'chat', model, prompt: null, output: null } as const
    const command = recordCommand({ accountId: place.accountId, at }, claim, found.evidence, { derivation, observedAt: found.said })
    const outcome = await deps.execute({ by: 'instance', lane: 'private', commands: [command] })
    if (!outcome.ok) throw new ToolProblem('This is not remembered: it was deleted or forgotten.')
    const memoryId = command.data.id
    return { told: `Noted for the person to confirm (memory ${memoryId}).`, kept: { memoryId, status: 'candidate' } }
  },
}

type Said = Extract<Grounds, { ok: false }> | (Extract<Grounds, { ok: true }> & { readonly said: string | null })

/** The newest message on this branch that says it, and when that was said. */
async function saidHere({ pool, cipher }: ToolDeps, { accountId, path }: Place, quote: string, object: string): Promise<Said> {
  const ids = path.filter(({ role }) => role === 'user').map(({ id }) => id)
  const rows = await messagesByIds(pool, cipher, accountId, ids)
  let best: Extract<Grounds, { ok: false }> = { ok: false, reason: 'not-a-quote' }
  for (const id of ids.reverse()) {
    const message = rows.get(id)
    const grounds: Grounds = message === undefined ? best : groundsOf(message, quote, object)
    if (grounds.ok && message !== undefined) return { ...grounds, said: message.createdAt.value }
    if (!grounds.ok && grounds.reason !== 'not-a-quote') best = grounds
  }
  return best
}

async function refuseForgotten(
  { pool, cipher }: ToolDeps,
  { accountId }: Place,
  claim: Parameters<typeof claimMark>[2],
  quote: string,
): Promise<void> {
  const marks = [claimMark(cipher, accountId, claim), quoteMark(cipher, accountId, quote)]
  if ((await marksAmong(pool, accountId, marks)).size > 0) throw new ToolProblem('The person had this forgotten: it is not remembered again.')
}

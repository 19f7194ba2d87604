/**
 * Memories proposed by a person's own model from one conversation: every one with a quote that stands where it says, none believed before its person
 * confirms it. What was asked and answered is recorded as hashes, what was refused as counts.
 */
import { createHash } from 'node:crypto'
import type { MemoryEvents } from '../../events/memories.ts'
import type { Command, Refusal } from '../../handlers/commands.ts'
import { claimMark, quoteMark } from '../../memory/marks.ts'
import { branchOf } from '../../projections/read/branches.ts'
import { conversationById } from '../../projections/read/conversations.ts'
import { type MemoryRow, marksAmong, memoriesByIds } from '../../projections/read/memories.ts'
import { type MessageRow, messagesOf } from '../../projections/read/messages.ts'
import type { ModelFailure } from '../models/failures.ts'
import type { Models, OpenModel } from '../models/models.ts'
import { type Recording, record } from '../record.ts'
import { assistantName, noteRead, type ToolDeps } from '../tools/tool.ts'
import { wordsOf } from '../words.ts'
import { askForProposals } from './ask.ts'
import { type Claimed, claimOf } from './claims.ts'
import { type Accepted, type Court, type Judged, judge } from './judge.ts'
import { type Prompt, promptFor } from './prompt.ts'

export type ProposalsDeps = ToolDeps & Recording & { readonly models: Pick<Models, 'open'> }

export type ProposalsReport = {
  /** Of the report in the log. */
  readonly id: string
  readonly proposed: number
  readonly accepted: readonly Pick<Accepted, 'op' | 'memoryId'>[]
  readonly rejected: readonly { readonly reason: string; readonly count: number }[]
}

export type Proposed =
  | { readonly ok: true; readonly report: ProposalsReport }
  | { readonly ok: false; readonly refusal: { readonly code: Refusal['code']; readonly message: string } }
  | { readonly ok: false; readonly failure: ModelFailure }

export type Proposals = {
  /** Asks the model what is worth remembering of a conversation. @throws {LedgerFault} when it cannot be recorded now */
  propose(accountId: string, conversationId: string, modelId: string, signal?: AbortSignal): Promise<Proposed>
}

/** Memories that a model is shown, to hold new ones against. */
const NEAREST = 10

export function createProposals(deps: ProposalsDeps): Proposals {
  return {
    async propose(accountId, conversationId, modelId, signal) {
      const model = await deps.models.open(accountId, modelId)
      if (model === null) return no('NOT_FOUND', 'No such model')
      const conversation = await conversationById(deps.pool, deps.cipher, accountId, conversationId)
      if (conversation === null) return no('NOT_FOUND', 'No such conversation')
      if (conversation.doNotRemember || conversation.temporary) return no('NOT_ALLOWED', 'Nothing is to be learnt from this conversation')
      const branch = branchOf(await messagesOf(deps.pool, deps.cipher, conversationId), conversation.activeLeafId)
      const prompt = promptFor(branch, await nearest(deps, accountId, branch))
      if (![...prompt.messages.values()].some(({ role }) => role === 'user')) return no('INVALID', 'There is nothing in it that its person said')
      await noteTold(deps, { accountId, conversationId, path: branch, model: model.model }, prompt)
      return ask(deps, { accountId, conversationId, model, prompt }, signal)
    },
  }
}

const no = (code: Refusal['code'], message: string): Proposed => ({ ok: false, refusal: { code, message } })

type Asking = { readonly accountId: string; readonly conversationId: string; readonly model: OpenModel; readonly prompt: Prompt }

async function ask(deps: ProposalsDeps, asking: Asking, signal: AbortSignal | undefined): Promise<Proposed> {
  const { accountId, model, prompt } = asking
  const answer = await askForProposals(model, prompt, signal)
  if (!answer.ok) return answer
  const at = new Date(deps.now()).toISOString()
  const hashes = { prompt: sha256(`${prompt.system}\n${prompt.text}`), output: sha256(answer.text) }
  const isForgotten = await forgotten(deps, accountId, answer.value, prompt)
  const judged = judge(answer.value, { owner: { accountId, at }, prompt, model: assistantName(model.model), hashes, isForgotten })
  return recorded(deps, asking, { judged, hashes, at })
}

type Result = { readonly judged: Judged; readonly hashes: Court['hashes']; readonly at: string }

/** One commit: the report and everything that it accepted, or nothing. */
async function recorded(deps: ProposalsDeps, { accountId, conversationId, model }: Asking, { judged, hashes, at }: Result): Promise<Proposed> {
  const { proposed, accepted, rejected } = judged
  const counted = [...rejected].map(([reason, count]) => ({ reason, count }))
  const data: MemoryEvents['extraction:report'] = {
    id: deps.newId(),
    accountId,
    at,
    conversationId,
    provider: model.model.provider,
    model: model.model.model,
    ...hashes,
    proposed,
    accepted: accepted.length,
    rejected: counted,
  }
  const commands: Command[] = [...accepted.flatMap((one) => one.commands), { do: 'ReportExtraction', data }]
  const outcome = await record(deps, 'instance', commands)
  if (!outcome.ok) return outcome
  return { ok: true, report: { id: data.id, proposed, accepted: accepted.map(({ op, memoryId }) => ({ op, memoryId })), rejected: counted } }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** What is known on what the person said last. */
async function nearest({ retrieval, pool, cipher }: ProposalsDeps, accountId: string, branch: readonly MessageRow[]): Promise<MemoryRow[]> {
  const said = branch.filter(({ role }) => role === 'user').slice(-10)
  const text = said
    .map(({ blocks }) => wordsOf(blocks))
    .join('\n')
    .slice(-2_000)
    .toWellFormed()
  if (text.trim() === '') return []
  const { hits } = await retrieval.search(accountId, { text, limit: NEAREST, kinds: ['memory'] })
  const rows = await memoriesByIds(
    pool,
    cipher,
    accountId,
    hits.map(({ id }) => id),
  )
  return hits.flatMap(({ id }) => rows.get(id) ?? [])
}

/** Words in one note; the schema allows no more. */
const MOST_NOTED = 1_000

const noteTold = (deps: ProposalsDeps, place: Parameters<typeof noteRead>[1], { messages, memories }: Prompt): Promise<void> =>
  noteRead(deps, place, 'proposals', {
    conversationIds: [place.conversationId],
    messageIds: [...messages.values()].map(({ id }) => id).slice(-MOST_NOTED),
    memoryIds: [...memories.values()].map(({ id }) => id),
  })

/** Whether a claim, or the words it rests on, were forgotten: looked up once for all of an answer. */
async function forgotten({ pool, cipher }: ProposalsDeps, accountId: string, answer: unknown, prompt: Prompt): Promise<Court['isForgotten']> {
  const marksOf = (claimed: Claimed, quote: string) => [claimMark(cipher, accountId, claimOf(claimed, quote)), quoteMark(cipher, accountId, quote)]
  const asked = new Set<string>()
  judge(answer, {
    owner: { accountId, at: '' },
    prompt,
    model: '',
    hashes: { prompt: '', output: '' },
    isForgotten(claimed, quote) {
      for (const mark of marksOf(claimed, quote)) asked.add(mark)
      return true
    },
  })
  const known = await marksAmong(pool, accountId, [...asked])
  return (claimed, quote) => marksOf(claimed, quote).some((mark) => known.has(mark))
}

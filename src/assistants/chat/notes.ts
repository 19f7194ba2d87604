/** What a model is given of the vault with a question, and which turns of the conversation: chosen, and noted as read, before it is asked. */
import type { ModelMessage } from 'ai'
import { record } from '../record.ts'
import { accessNote } from '../tools/tool.ts'
import type { ChatDeps } from './deps.ts'
import type { Given } from './events.ts'
import { turnsOf } from './history.ts'
import { type Job, placeOf } from './request.ts'

export type Notes = {
  /** Fenced; empty: none. */
  readonly text: string
  readonly turns: readonly ModelMessage[]
  readonly tokens: number
  /** Null: no context was asked for. */
  readonly given: readonly Given[] | null
  readonly sha256: string | null
}

/** Characters of a conversation, when nobody chose among its turns. */
const HISTORY = 400_000

/** @throws {Error} when it cannot be noted: then nothing may be told */
export async function gatherNotes(deps: ChatDeps, job: Job): Promise<Notes> {
  const { accountId, conversationId, path, question, wishes } = job
  if (wishes.context === null) return { text: '', turns: turnsOf(path, HISTORY), tokens: 0, given: null, sha256: null }
  const { text, turns, manifest } = await deps.context.assemble(accountId, {
    userMessage: question.blocks.flatMap((block) => (block.t === 'text' ? block.text : [])).join('\n'),
    conversationId,
    ...wishes.context,
  })
  const chosen = new Set([...turns, question.id])
  const given = manifest.items.filter(({ id, kind }) => !(kind === 'message' && path.some((message) => message.id === id)))
  await noteGiven(deps, job, given, manifest.tokens)
  return {
    text,
    turns: turnsOf(
      path.filter(({ id }) => chosen.has(id)),
      HISTORY,
    ),
    tokens: manifest.tokens,
    given: given.map(({ kind, id, tokens }) => ({ kind, id, tokens })),
    sha256: manifest.sha256,
  }
}

async function noteGiven(deps: ChatDeps, job: Job, given: readonly Given[], tokens: number): Promise<void> {
  if (given.length === 0) return
  const ids = (kind: string): string[] => given.flatMap((item) => (item.kind === kind ? item.id : []))
  const read = { memoryIds: ids('memory'), messageIds: ids('message'), conversationIds: ids('conversation'), tokens }
  const outcome = await record(deps, 'instance', [accessNote(deps, placeOf(job), 'chat:context', read)])
  if (!outcome.ok) throw new Error(outcome.refusal.message)
}

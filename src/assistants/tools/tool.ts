/** What a tool is given, what it gives back, and the note that it read: made before the model sees anything of it. */
import type pg from 'pg'
import type { z } from 'zod'
import type { Json, Message } from '../../events/conversations.ts'
import type { MemoryEvents } from '../../events/memories.ts'
import type { Command, Execute } from '../../handlers/commands.ts'
import type { Query, SearchResult } from '../../memory/retrieval/types.ts'
import type { RowCipher } from '../../projections/row-cipher.ts'

export type ToolDeps = {
  readonly pool: pg.Pool
  readonly cipher: RowCipher
  readonly execute: Execute
  readonly retrieval: { search(accountId: string, query: Query): Promise<SearchResult> }
  readonly newId: () => string
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** Whose vault, in which conversation, after which words, and who asks. */
export type Place = {
  readonly accountId: string
  readonly conversationId: string
  /** The branch so far, oldest first: what a model may quote from. */
  readonly path: readonly Message[]
  readonly model: { readonly provider: string; readonly model: string }
}

/** `told`: what the model reads. `kept`: what is recorded of it, ids and counts and none of the words. */
export type Told = { readonly told: string; readonly kept: Json }

export type Tool<I extends z.ZodType = z.ZodType> = {
  readonly name: string
  readonly description: string
  readonly input: I
  /** @throws {ToolProblem} what the model did wrong, in words for it */
  readonly run: (deps: ToolDeps, place: Place, input: z.infer<I>) => Promise<Told>
}

/** Asked for wrongly: the model is told why, and may ask again. */
export class ToolProblem extends Error {}

export const assistantName = ({ provider, model }: Place['model']): string => `${provider}/${model}`

type Read = Partial<Pick<MemoryEvents['memory:access'], 'query' | 'conversationIds' | 'messageIds' | 'memoryIds' | 'tokens'>>

/** The note that a model reads from the vault: durable before it is told anything. */
export function accessNote(deps: Pick<ToolDeps, 'newId' | 'now'>, place: Place, what: string, read: Read): Command {
  const { query = null, conversationIds = [], messageIds = [], memoryIds = [], tokens = null } = read
  const data: MemoryEvents['memory:access'] = {
    id: deps.newId(),
    accountId: place.accountId,
    at: new Date(deps.now()).toISOString(),
    reader: { kind: 'assistant', appId: null, grantId: null, name: assistantName(place.model) },
    what,
    query,
    conversationIds: [...new Set(conversationIds)],
    messageIds: [...new Set(messageIds)],
    memoryIds: [...new Set(memoryIds)],
    tokens,
  }
  return { do: 'NoteAccess', data }
}

/** @throws {Error} when it cannot be noted: then nothing may be told */
export async function noteRead(deps: ToolDeps, place: Place, what: string, read: Read): Promise<void> {
  const outcome = await deps.execute({ by: 'instance', lane: 'private', commands: [accessNote(deps, place, what, read)] })
  if (!outcome.ok) throw new Error(outcome.refusal.message)
}

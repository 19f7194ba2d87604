/** What is asked of a model in a chat, and what there must be for it: the model, the conversation, the branch to go on from. */
import type { Conversation, Message } from '../../events/conversations.ts'
import type { Command, Refusal } from '../../handlers/commands.ts'
import { maskSecrets } from '../../memory/secrets.ts'
import { branchOf, branchUpTo } from '../../projections/read/branches.ts'
import { type ConversationRow, conversationById } from '../../projections/read/conversations.ts'
import { type MessageRow, messagesOf } from '../../projections/read/messages.ts'
import type { OpenModel } from '../models/models.ts'
import type { Place } from '../tools/tool.ts'
import type { ChatDeps } from './deps.ts'

/** How an answer is wanted. */
export type Wishes = {
  readonly modelId: string
  /** Names of tools that it may use. */
  readonly tools: readonly string[]
  /** Notes from the vault to go with it; null: none. */
  readonly context: { readonly preset: string | null; readonly recipeId: string | null; readonly budgetTokens: number | null } | null
  readonly maxOutputTokens: number | null
  readonly temperature: number | null
}

/** A question. `conversationId`: null begins a conversation. `parentId`: null begins anew in it, undefined goes on where it was left. */
export type Ask = Wishes & {
  readonly accountId: string
  readonly conversationId: string | null
  readonly parentId?: string | null | undefined
  readonly text: string
  /** Of a conversation that begins: nothing is to be learnt from it. */
  readonly doNotRemember: boolean
}

/** The same question again: `messageId` is it, or an answer to it. The new answer stands beside the old ones. */
export type Retry = Wishes & { readonly accountId: string; readonly conversationId: string; readonly messageId: string }

/** Everything that an answer needs. */
export type Job = {
  readonly accountId: string
  readonly conversationId: string
  /** From the beginning to the question, which is the last. */
  readonly path: readonly Message[]
  readonly question: Message
  /** What has to be recorded before the model is asked. */
  readonly first: readonly Command[]
  readonly model: OpenModel
  readonly wishes: Wishes
}

export type ChatRefusal = { readonly ok: false; readonly refusal: { readonly code: Refusal['code'] | 'BUSY'; readonly message: string } }
export type Prepared = { readonly ok: true; readonly job: Job } | ChatRefusal

export const refusedFor = (code: ChatRefusal['refusal']['code'], message: string): ChatRefusal => ({ ok: false, refusal: { code, message } })

/** Where its tools are used. */
export const placeOf = ({ accountId, conversationId, path, model }: Job): Place => ({ accountId, conversationId, path, model: model.model })

/** Of a title made of the first words, characters. */
const TITLE = 80

export async function prepareAsk(deps: ChatDeps, ask: Ask): Promise<Prepared> {
  const model = await deps.models.open(ask.accountId, ask.modelId)
  if (model === null) return refusedFor('NOT_FOUND', 'No such model')
  if (ask.conversationId === null) return begun(deps, ask, model)
  const there = await conversationOf(deps, ask.accountId, ask.conversationId)
  if (there === null) return refusedFor('NOT_FOUND', 'No such conversation')
  const { conversation, messages } = there
  const before = ask.parentId === undefined ? branchOf(messages, conversation.activeLeafId) : branchUpTo(messages, ask.parentId ?? '')
  if (typeof ask.parentId === 'string' && before.length === 0) return refusedFor('NOT_FOUND', 'No such message in this conversation')
  const question = questionOf(deps, ask, conversation.id, before.at(-1)?.id ?? null)
  const first: Command[] = [{ do: 'AddMessage', data: question }, ...shownAgain(deps, conversation, before, question.id)]
  return { ok: true, job: jobOf(ask, conversation.id, [...before, question], question, first, model) }
}

export async function prepareRetry(deps: ChatDeps, retry: Retry): Promise<Prepared> {
  const model = await deps.models.open(retry.accountId, retry.modelId)
  if (model === null) return refusedFor('NOT_FOUND', 'No such model')
  const there = await conversationOf(deps, retry.accountId, retry.conversationId)
  const path = branchUpTo(there?.messages ?? [], retry.messageId)
  const asked = path.findLastIndex(({ role }) => role === 'user')
  const question = path[asked]
  if (there === null || question === undefined) return refusedFor('NOT_FOUND', 'No such question in this conversation')
  const before = path.slice(0, asked + 1)
  const first = shownAgain(deps, there.conversation, before, question.id)
  return { ok: true, job: jobOf(retry, there.conversation.id, before, question, first, model) }
}

function begun(deps: ChatDeps, ask: Ask, model: OpenModel): Prepared {
  const id = deps.newId()
  const question = questionOf(deps, ask, id, null)
  const first: Command[] = [
    { do: 'CreateConversation', data: conversationFor(deps, ask, id, model) },
    { do: 'AddMessage', data: question },
  ]
  return { ok: true, job: jobOf(ask, id, [question], question, first, model) }
}

function jobOf(
  wishes: Wishes & { readonly accountId: string },
  conversationId: string,
  path: readonly Message[],
  question: Message,
  first: readonly Command[],
  model: OpenModel,
): Job {
  return { accountId: wishes.accountId, conversationId, path, question, first, model, wishes }
}

async function conversationOf(
  { pool, cipher }: ChatDeps,
  accountId: string,
  id: string,
): Promise<{ readonly conversation: ConversationRow; readonly messages: MessageRow[] } | null> {
  const conversation = await conversationById(pool, cipher, accountId, id)
  return conversation === null ? null : { conversation, messages: await messagesOf(pool, cipher, id) }
}

/** Where another branch was left last, or something is dated later than now, this one is shown from now on. */
function shownAgain(deps: ChatDeps, conversation: ConversationRow, path: readonly Message[], questionId: string): Command[] {
  const { id, accountId, title, titleSource, tags, starred, archived, activeLeafId, updatedAt, lastMessageAt } = conversation
  const isShown = activeLeafId === null ? (lastMessageAt ?? '') <= isoOf(deps) : path.some((message) => message.id === activeLeafId)
  if (isShown) return []
  const details = { title, titleSource, tags, starred, archived, activeLeafId: questionId, updatedAt }
  return [{ do: 'UpdateConversation', data: { id, accountId, at: isoOf(deps), ...details } }]
}

const isoOf = ({ now }: Pick<ChatDeps, 'now'>): string => new Date(now()).toISOString()

function questionOf(deps: ChatDeps, { accountId, text }: Ask, conversationId: string, parentId: string | null): Message {
  return {
    id: deps.newId(),
    conversationId,
    accountId,
    parentId,
    role: 'user',
    author: null,
    recipient: null,
    channel: null,
    model: null,
    status: 'complete',
    hidden: false,
    injected: false,
    createdAt: { value: isoOf(deps), original: null, confidence: 'exact' },
    blocks: [{ t: 'text', format: 'markdown', text }],
    source: null,
    extra: null,
  }
}

function conversationFor(deps: ChatDeps, { accountId, text, doNotRemember }: Ask, id: string, { model }: OpenModel): Conversation {
  const at = isoOf(deps)
  const moment = { value: at, original: null, confidence: 'exact' } as const
  return {
    id,
    accountId,
    title: titleOf(text),
    titleSource: 'derived',
    tags: [],
    starred: false,
    archived: false,
    activeLeafId: null,
    origin: 'chat',
    provider: 'vivim',
    product: 'web',
    createdAt: moment,
    updatedAt: moment,
    model: model.model,
    project: null,
    temporary: false,
    doNotRemember,
    groupedBy: 'native',
    forkedFrom: null,
    source: null,
    extra: null,
    at,
  }
}

function titleOf(text: string): string {
  const line = maskSecrets(
    text
      .trim()
      .split('\n', 1)[0]
      ?.slice(0, 2 * TITLE)
      .trim() ?? '',
  )
  return line.length <= TITLE ? line : `${line.slice(0, TITLE).trimEnd().toWellFormed()}…`
}

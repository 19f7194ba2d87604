/** `/chat`: questions to one's own models, answered word by word as server-sent events, and recorded whoever listens. */
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { Started } from '../../assistants/chat/chat.ts'
import type { Wishes } from '../../assistants/chat/request.ts'
import type { Turn } from '../../assistants/chat/turn.ts'
import { recipeById } from '../../projections/read/models.ts'
import type { SignedIn } from '../auth.ts'
import { ApiError, notFound, refused } from '../errors.ts'
import { openEventStream } from '../event-stream.ts'
import { allows } from '../oauth/scopes.ts'
import { call, type Scope } from './call.ts'
import type { VaultDeps } from './owned.ts'
import { wrongField } from './parameters.ts'
import { Again, Question, UnderWay } from './schema-models.ts'
import type { Serve } from './serve.ts'

const TAG = 'Models'
const EVENTS = ['text/event-stream']

const ask = call({
  method: 'POST',
  path: '/chat',
  tag: TAG,
  summary: 'Ask a model',
  description: `The question is recorded before the model is asked: the answer begins (200) when that is durable. Events: \`start\` (the ids of the conversation, the question and the answer), \`context\` (which notes from the vault it was given), \`text\` and \`reasoning\` (words, in order), \`tool-call\`, \`tool-result\`, and in the end \`done\` (how it ended, tokens used) or \`error\`, after what there is of the answer was recorded. Whoever stops listening stops nothing.`,
  scopes: ['memory:chat'],
  body: Question,
  bodyLimit: 1 << 20,
  media: EVENTS,
  reads: 'noted',
  also: [404, 409],
})

const again = call({
  method: 'POST',
  path: '/chat/retry',
  tag: TAG,
  summary: 'Ask a question again',
  description: 'The new answer stands beside those that are there, and is shown from now on. Answers as `POST /chat`.',
  scopes: ['memory:chat', 'memory:read'],
  body: Again,
  media: EVENTS,
  reads: 'noted',
  also: [404, 409],
})

const running = call({
  method: 'GET',
  path: '/chat',
  tag: TAG,
  summary: 'Answers that are under way',
  scopes: ['memory:chat'],
  answer: z.array(UnderWay),
  reads: 'nothing',
})

const listen = call({
  method: 'GET',
  path: '/chat/:messageId/events',
  tag: TAG,
  summary: 'Listen to an answer that is under way, from its beginning',
  description: 'Until a minute after its end; from then on it is a message like any other.',
  scopes: ['memory:chat'],
  media: EVENTS,
  reads: 'noted',
})

const stop = call({
  method: 'POST',
  path: '/chat/:messageId/stop',
  tag: TAG,
  summary: 'Stop an answer: it is recorded as far as it came',
  scopes: ['memory:chat'],
  reads: 'nothing',
})

export const chatCalls = [ask, again, running, listen, stop]

type Asked = z.infer<typeof Question> | z.infer<typeof Again>

export function registerChat(serve: Serve, deps: VaultDeps): void {
  const { chat } = deps.vault

  serve(ask, async ({ account, viewer, body, reply, note }) => {
    const wishes = await wishesOf(deps, viewer, body)
    const { conversationId, parentId, text, doNotRemember } = body
    if (conversationId !== null) need(viewer, 'memory:read')
    const turn = started(await chat.ask({ ...wishes, accountId: account.id, conversationId, parentId, text, doNotRemember }))
    if (conversationId !== null) await note({ conversationIds: [conversationId] })
    return tell(reply, turn)
  })

  serve(again, async ({ account, viewer, body, reply, note }) => {
    const { conversationId, messageId } = body
    const wishes = await wishesOf(deps, viewer, body)
    const turn = started(await chat.retry({ ...wishes, accountId: account.id, conversationId, messageId }))
    await note({ conversationIds: [conversationId] })
    return tell(reply, turn)
  })

  serve(running, async ({ account }) => chat.running(account.id).map(({ id, conversationId }) => ({ messageId: id, conversationId })))

  serve(listen, async ({ account, ids, reply, note }) => {
    const turn = chat.find(account.id, ids.messageId) ?? missing()
    await note({ conversationIds: [turn.conversationId] })
    return tell(reply, turn)
  })

  serve(stop, async ({ account, ids }) => (chat.find(account.id, ids.messageId) ?? missing()).stop('person'))
}

function missing(): never {
  throw notFound('No such answer is under way')
}

/** @throws {ApiError} 403 for what the token does not allow, 422 for a recipe that is not there */
async function wishesOf(
  { pool, vault }: VaultDeps,
  viewer: SignedIn,
  { model, tools, context, maxOutputTokens, temperature }: Asked,
): Promise<Wishes> {
  if (context !== null || tools.includes('search') || tools.includes('recall')) need(viewer, 'memory:read')
  if (tools.includes('remember')) need(viewer, 'memory:write')
  if (context?.recipeId != null && (await recipeById(pool, vault.cipher, viewer.account.id, context.recipeId)) === null)
    throw wrongField('context/recipeId', 'There is no such recipe')
  return { modelId: model, tools, context, maxOutputTokens, temperature }
}

function need(viewer: SignedIn, scope: Scope): void {
  if (!allows(viewer.grant.scopes, scope)) throw new ApiError(403, `This takes the scope ${scope}`, { code: 'SCOPE', scope })
}

/** @throws {ApiError} for what was refused */
function started(asked: Started): Turn {
  if (asked.ok) return asked.turn
  const { code, message } = asked.refusal
  throw code === 'BUSY' ? new ApiError(409, message, { code }) : refused({ code, message })
}

function tell(reply: FastifyReply, turn: Turn): FastifyReply {
  const stream = openEventStream(reply)
  const leave = turn.follow((event) => {
    stream.send(event.type, event)
    if (event.type === 'done' || event.type === 'error') stream.end()
  })
  stream.gone.addEventListener('abort', leave, { once: true })
  return reply
}

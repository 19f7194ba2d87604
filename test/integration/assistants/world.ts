/** An instance with a server of models beside it, and a person who may speak to them. */
import { type Chat, createChat } from '../../../src/assistants/chat/chat.ts'
import type { ChatEvent } from '../../../src/assistants/chat/events.ts'
import type { Ask } from '../../../src/assistants/chat/request.ts'
import type { Turn } from '../../../src/assistants/chat/turn.ts'
import { type Models, openModels } from '../../../src/assistants/models/models.ts'
import { createFetch } from '../../../src/host/fetch.ts'
import { type MessageRow, messagesOf } from '../../../src/projections/read/messages.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../support/instance.ts'
import { type ModelServer, modelServer } from '../../support/model-server.ts'

/** Never seen outside the keyring: tests look for it everywhere. */
export const KEY = 'sk-test-4f1c9a7be20d55'

export type World = {
  readonly instance: TestInstance
  readonly server: ModelServer
  readonly models: Models
  readonly chat: Chat
  readonly person: TestAccount
  /** Everything that was logged, as text. */
  readonly logged: string[]
  /** A model of the person's on the server. */
  addModel(provider?: string, accountId?: string): Promise<string>
  /** A question with nothing special about it. */
  ask(text: string, more?: Partial<Ask>): Promise<Turn>
  messages(conversationId: string): Promise<MessageRow[]>
  /** The same instance started again: another process would see what this one sees. */
  chatAgain(checkpointMs?: number): Chat
  close(): Promise<void>
}

const PATHS: Readonly<Record<string, string>> = { google: '/v1beta' }

export async function world(): Promise<World> {
  const [instance, server] = await Promise.all([testInstance({ outboundAllow: ['127.0.0.1/32'] }), modelServer()])
  const logged: string[] = []
  const log = (...line: unknown[]): void => void logged.push(JSON.stringify(line))
  const fetch = createFetch({ allow: ['127.0.0.1/32'], userAgent: 'test' })
  const { cipher } = instance.deps.vault
  const deps = { ...instance.deps, cipher, fetch, log }
  const models = await openModels(deps)
  const person = await instance.createAccount('ada')
  const chatDeps = {
    ...deps,
    models,
    retrieval: instance.deps.vault.retrieval,
    context: instance.deps.vault.context,
  }
  const chat = createChat(chatDeps)
  const chats = [chat]

  async function addModel(provider = 'openai-compatible', accountId = person.id): Promise<string> {
    const baseUrl = `${server.url}${PATHS[provider] ?? '/v1'}`
    const way = { provider, name: 'Mine', model: 'test-model', baseUrl, embeddingModel: null }
    const added = await models.add(accountId, { ...way, apiKey: KEY })
    if (!added.ok) throw new Error(JSON.stringify(added))
    return added.id
  }

  let usual: string | null = null
  return {
    instance,
    server,
    models,
    chat,
    person,
    logged,
    addModel,
    async ask(text, more = {}) {
      usual ??= await addModel()
      const wishes = { modelId: usual, tools: [], context: null, maxOutputTokens: null, temperature: null }
      const started = await chat.ask({ ...wishes, accountId: person.id, conversationId: null, doNotRemember: false, text, ...more })
      if (!started.ok) throw new Error(started.refusal.message)
      return started.turn
    },
    messages: (conversationId) => messagesOf(instance.deps.pool, cipher, conversationId),
    chatAgain(checkpointMs = 5_000) {
      const another = createChat({ ...chatDeps, checkpointMs })
      chats.push(another)
      return another
    },
    async close() {
      await Promise.all(chats.map((one) => one.close()))
      await fetch.close()
      await instance.close()
      await server.close()
    },
  }
}

/** Everything told of an answer, once it is over. */
export async function over(turn: Turn): Promise<ChatEvent[]> {
  const events: ChatEvent[] = []
  await new Promise<void>((resolve) => {
    turn.follow((event) => {
      events.push(event)
      if (event.type === 'done' || event.type === 'error') resolve()
    })
  })
  return events
}

/** The words of its answer. */
export const textOf = (events: readonly ChatEvent[]): string => events.map((event) => (event.type === 'text' ? event.text : '')).join('')

/** Resolves when the model has said this. */
export function said(turn: Turn, words: string): Promise<void> {
  let all = ''
  return new Promise((resolve) => {
    turn.follow((event) => {
      all += event.type === 'text' ? event.text : ''
      if (all.includes(words)) resolve()
    })
  })
}

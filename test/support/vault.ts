/** Things said and learnt in the vault of somebody under test. */
import { perform } from '../../src/api/deps.ts'
import type { Conversation, Instant, Message } from '../../src/events/conversations.ts'
import type { Evidence, Memory } from '../../src/events/memories.ts'
import type { TestInstance } from './instance.ts'

export type Said = {
  readonly conversationId: string
  readonly messageIds: readonly string[]
  /** Evidence for the words of a message, by its place in the conversation. */
  evidence(index: number, quote: string): Evidence
}

const instant = (value: string | null): Instant => ({ value, original: value, confidence: value === null ? 'unknown' : 'exact' })

/** A conversation of one text per message, each an answer to the one before; every other one is the assistant's. */
export async function saidIn({ deps }: TestInstance, accountId: string, title: string, at: string, texts: readonly string[]): Promise<Said> {
  const id = deps.newId()
  const conversation: Conversation = {
    id,
    accountId,
    title,
    titleSource: 'provider',
    tags: [],
    starred: false,
    archived: false,
    activeLeafId: null,
    origin: 'api',
    provider: 'chatgpt',
    product: null,
    createdAt: instant(at),
    updatedAt: instant(at),
    model: null,
    project: null,
    temporary: false,
    doNotRemember: false,
    groupedBy: 'native',
    forkedFrom: null,
    source: null,
    extra: null,
    at: new Date(deps.now()).toISOString(),
  }
  const messageIds = texts.map(() => deps.newId())
  const messages = texts.map(
    (text, index): Message => ({
      id: messageIds[index] ?? '',
      conversationId: id,
      accountId,
      parentId: messageIds[index - 1] ?? null,
      role: index % 2 === 0 ? 'user' : 'assistant',
      author: null,
      recipient: null,
      channel: null,
      model: null,
      status: 'complete',
      hidden: false,
      injected: false,
      createdAt: instant(new Date(Date.parse(at) + index * 60_000).toISOString()),
      blocks: [{ t: 'text', format: 'markdown', text }],
      source: null,
      extra: null,
    }),
  )
  const { position } = await perform(deps, {
    by: { account: accountId },
    lane: 'private',
    commands: [{ do: 'CreateConversation', data: conversation }, ...messages.map((data) => ({ do: 'AddMessage', data }) as const)],
  })
  return {
    conversationId: id,
    messageIds,
    evidence(index, quote) {
      const start = texts[index]?.indexOf(quote) ?? -1
      if (start < 0 || position === null) throw new Error(`nobody said ${quote}`)
      const place = { conversationId: id, messageId: messageIds[index] ?? '', position, block: 0, start, end: start + quote.length }
      return { ...place, quote, role: index % 2 === 0 ? 'user' : 'assistant', stance: 'supports' }
    },
  }
}

/** A memory, as the rules would record it. @returns its id */
export async function learnt({ deps }: TestInstance, accountId: string, evidence: Evidence, fields: Partial<Memory>): Promise<string> {
  const data: Memory = {
    type: 'factual',
    category: 'fact_about_user',
    text: 'Something',
    subject: 'user',
    predicate: 'said',
    object: 'something',
    language: 'en',
    validFrom: null,
    validTo: null,
    tags: [],
    id: deps.newId(),
    accountId,
    status: 'active',
    confidence: 0.9,
    importance: 0.7,
    sensitive: false,
    observedAt: '2024-05-03T10:00:00.000Z',
    evidence: [evidence],
    derivation: { engine: 'rules', by: 'test@1', model: null, prompt: null, output: null },
    members: [],
    at: new Date(deps.now()).toISOString(),
    ...fields,
  }
  await perform(deps, { by: 'instance', lane: 'private', commands: [{ do: 'RecordMemory', data }] })
  return data.id
}

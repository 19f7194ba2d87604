/** What is true of every importer, tried on a sample of each format that was invented after its documented shape. */
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FoundConversation } from '../../../../src/conversations/found.ts'
import { readDeepseek } from '../../../../src/conversations/importers/deepseek.ts'
import { NOWHERE } from '../../../../src/conversations/importers/drafts.ts'
import { readGeneric } from '../../../../src/conversations/importers/generic.ts'
import { readKimi } from '../../../../src/conversations/importers/kimi.ts'
import { readLibrechat } from '../../../../src/conversations/importers/librechat.ts'
import { readMistral } from '../../../../src/conversations/importers/mistral.ts'
import { readTree } from '../../../../src/conversations/importers/open-webui-tree.ts'
import { readPerplexity } from '../../../../src/conversations/importers/perplexity.ts'
import { draftOf } from '../../../../src/conversations/record.ts'
import { conversationSchemas } from '../../../../src/events/conversation-schema.ts'
import type { Block, Json } from '../../../../src/events/conversations.ts'
import { conversationsIn, FIXTURES, fixture, jsonFixture, read, readFiles, readFixture, skippedIn, unknownIn, valuesOf } from './reading.ts'

type Fields = { readonly [name: string]: Json }
const isFields = (value: Json): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every object anywhere in JSON. */
function objectsIn(value: Json): readonly Fields[] {
  if (typeof value !== 'object' || value === null) return []
  const inner = Object.values(value as Fields).flatMap(objectsIn)
  return isFields(value) ? [value, ...inner] : inner
}
const counted = async (name: string, is: (object: Fields) => boolean) => objectsIn(await jsonFixture(name)).filter(is).length
const lines = async (name: string): Promise<readonly Fields[]> =>
  (await fixture(name))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Fields)
const CLAUDE = 'claude-code/5e550000-0000-4000-8000-000000000001.jsonl'
const CODEX = 'codex/rollout-2026-01-01T11-00-00-c0de0000-0000-4000-8000-000000000001.jsonl'

/** How many conversations and messages a sample has, counted without understanding it. */
const FORMATS: Readonly<Record<string, { readonly conversations: number; readonly messages: () => Promise<number> }>> = {
  deepseek: { conversations: 2, messages: () => counted('deepseek/conversations.json', (each) => 'files' in each) },
  kimi: { conversations: 2, messages: () => counted('kimi/chats.json', (each) => 'blocks' in each) },
  qwen: { conversations: 1, messages: () => counted('qwen/chat-export.json', (each) => 'parentId' in each) },
  zai: { conversations: 1, messages: () => counted('zai/chat-export.json', (each) => 'parentId' in each) },
  mistral: { conversations: 1, messages: () => counted('mistral/chat-9a000000-0000-4000-8000-00000000f001.json', (each) => 'chatId' in each) },
  perplexity: { conversations: 1, messages: async () => 2 * (await counted('perplexity/thread.json', (each) => 'query_str' in each)) },
  copilot: {
    conversations: 3,
    messages: async () => [...(await fixture('copilot/copilot-activity-history.csv')).matchAll(/,(AI|Human),/g)].length,
  },
  'open-webui': { conversations: 1, messages: () => counted('open-webui/chat-export.json', (each) => 'parentId' in each) },
  librechat: {
    conversations: 2,
    messages: async () =>
      (await counted('librechat/tea.json', (each) => 'messageId' in each)) + (await counted('librechat/tree.json', (each) => 'messageId' in each)),
  },
  'claude-code': {
    conversations: 2,
    // several lines of one answer are one message; a reminder in the person's words is one of its own
    messages: async () => {
      const said = [...(await lines(CLAUDE)), ...(await lines('claude-code/subagents/agent-a1.jsonl'))].filter(({ type }) =>
        ['user', 'assistant', 'system', 'attachment'].some((kind) => kind === type),
      )
      const answers = new Set(said.map(({ message, uuid }) => (isFields(message ?? null) ? ((message as Fields)['id'] ?? uuid) : uuid)))
      return answers.size + said.filter((line) => JSON.stringify(line).includes('<system-reminder>')).length
    },
  },
  codex: {
    conversations: 1,
    messages: async () => (await lines(CODEX)).filter(({ type }) => type === 'response_item' || type === 'compacted').length,
  },
  cursor: {
    conversations: 3,
    messages: async () => {
      const all = valuesOf(path.join(FIXTURES, 'cursor/state.vscdb')).flatMap(objectsIn)
      return all.filter((each) => 'type' in each && Object.keys(each).length > 2).length + all.filter((each) => 'result' in each).length
    },
  },
  generic: {
    conversations: 6,
    messages: async () => {
      const whole = [...objectsIn(await jsonFixture('generic/chats.json')), ...objectsIn(await jsonFixture('generic/chatbot-ui.json'))]
      const lined = [...(await lines('generic/sharegpt.jsonl')), ...(await lines('generic/messages.jsonl'))].flatMap(objectsIn)
      return [...whole, ...lined].filter((each) => 'role' in each || 'from' in each || 'speaker' in each).length
    },
  },
  text: { conversations: 1, messages: async () => [...(await fixture('text/pasted.txt')).matchAll(/said:$/gm)].length },
}

const textsOf = (blocks: readonly Block[]): readonly string[] =>
  blocks.flatMap((block) => (block.t === 'text' ? [block.text] : block.t === 'tool_result' ? textsOf(block.content) : []))
const opaqueIn = (blocks: readonly Block[]): number =>
  blocks.reduce((sum, block) => sum + (block.t === 'opaque' ? 1 : block.t === 'tool_result' ? opaqueIn(block.content) : 0), 0)

async function sourceOf(format: string): Promise<string> {
  if (format === 'cursor') return JSON.stringify(valuesOf(path.join(FIXTURES, 'cursor/state.vscdb')))
  const entries = await readdir(path.join(FIXTURES, format), { recursive: true, withFileTypes: true })
  const texts = await Promise.all(entries.filter((entry) => entry.isFile()).map((entry) => readFile(path.join(entry.parentPath, entry.name), 'utf8')))
  return texts.join('\n')
}

const recording = (importer: string) => ({
  accountId: '1',
  importId: null,
  imported: { importer, version: 1, provider: importer },
  archive: null,
  origin: 'import' as const,
  now: Date.parse('2026-11-01T00:00:00Z'),
  assets: () => null,
})

describe.each(Object.entries(FORMATS))('an import of %s', (format, expected) => {
  it('is read by its own importer, and finds as much as a naive count', async () => {
    const found = await readFixture(format)
    expect(found.importers).toEqual([format])
    const conversations = conversationsIn(found)
    expect(conversations.length).toBe(expected.conversations)
    expect(conversations.reduce((sum, { messages }) => sum + messages.length, 0)).toBe(await expected.messages())
  })

  it('has messages whose parents are there, or none, and ids that are told once', async () => {
    for (const { messages, joints } of conversationsIn(await readFixture(format))) {
      const ids = messages.map(({ nativeId }) => nativeId)
      expect(new Set(ids).size).toBe(ids.length)
      const known = new Set([...ids, ...joints.map(([id]) => id)])
      expect(messages.filter(({ parent }) => parent !== null && !known.has(parent))).toEqual([])
    }
  })

  it('finds the same again', async () => {
    expect(await readFixture(format)).toEqual(await readFixture(format))
  })

  it('invents no moment: each that it tells was written in the source', async () => {
    const source = await sourceOf(format)
    const moments = conversationsIn(await readFixture(format)).flatMap(({ messages, createdAt, updatedAt }) => [
      createdAt,
      updatedAt,
      ...messages.map((message) => message.createdAt),
    ])
    for (const { value, original, confidence } of moments) {
      if (value === null) expect(confidence).toBe('unknown')
      else expect(source).toContain(String(original))
    }
  })

  it('keeps what was said as it was said', async () => {
    const source = await sourceOf(format)
    const texts = conversationsIn(await readFixture(format)).flatMap(({ messages }) => messages.flatMap(({ blocks }) => textsOf(blocks)))
    const foreign = texts.filter(
      (text) => !source.includes(text) && !source.includes(JSON.stringify(text).slice(1, -1)) && !source.includes(text.replaceAll('"', '""')),
    )
    // Text inside JSON inside text has its quotes escaped twice; a text in pieces is told whole.
    expect(foreign.filter((text) => !source.includes(JSON.stringify(JSON.stringify(text)).slice(3, -3)))).toEqual(
      format === 'perplexity' ? ['One cup.'] : [],
    )
  })

  it('keeps every kind of content that nobody knows, and tells it', async () => {
    const found = await readFixture(format)
    const kept = conversationsIn(found).reduce((sum, { messages }) => sum + messages.reduce((all, { blocks }) => all + opaqueIn(blocks), 0), 0)
    expect(unknownIn(found).length).toBe(kept)
    if (!['copilot', 'text', 'cursor'].includes(format)) expect(kept).toBeGreaterThan(0)
  })

  it('can be recorded', async () => {
    for (const conversation of conversationsIn(await readFixture(format))) {
      const draft = draftOf(conversation, recording(format))
      expect(conversationSchemas['conversation:create'].safeParse(draft.conversation).error).toBeUndefined()
      for (const message of draft.messages) expect(conversationSchemas['message:add'].safeParse(message).error).toBeUndefined()
      expect(draft.messages.length).toBe(conversation.messages.length)
      expect(draft.problems.filter(({ reason }) => reason !== 'too-large')).toEqual([])
    }
  })

  it('that is cut off anywhere tells what is missing, and throws nothing', async () => {
    const folder = path.join(FIXTURES, format)
    const [file = ''] = (await readdir(folder)).filter((name) => /\.(json|jsonl|csv|txt|vscdb)$/.test(name))
    const bytes = await readFile(path.join(folder, file))
    const whole = conversationsIn(await read(path.join(folder, file))).reduce((sum, { messages }) => sum + messages.length, 0)
    for (const share of [0.02, 0.3, 0.55, 0.8, 0.97]) {
      const found = await readFiles({ [file]: bytes.subarray(0, Math.floor(bytes.length * share)) })
      const left = conversationsIn(found).reduce((sum, { messages }) => sum + messages.length, 0)
      expect(left).toBeLessThanOrEqual(whole)
      // Lines, rows and text end where they end; a record that breaks off is named.
      if (left < whole && found.importers.length > 0 && !['text', 'copilot', 'claude-code', 'codex', 'generic'].includes(format))
        expect(skippedIn(found).length).toBeGreaterThan(0)
    }
  })
})

/** The pure readers, each with a sample of what it reads. */
const READERS: readonly (readonly [name: string, file: string, read: (record: Json) => readonly unknown[]])[] = [
  ['deepseek', 'deepseek/conversations.json', (record) => readDeepseek(record, NOWHERE)],
  ['kimi', 'kimi/chats.json', (record) => readKimi(record, NOWHERE)],
  ['open-webui', 'open-webui/chat-export.json', (record) => readTree(record, NOWHERE, { provider: 'open-webui' })],
  ['zai', 'zai/chat-export.json', (record) => readTree(record, NOWHERE, { provider: 'zai' })],
  ['perplexity', 'perplexity/thread.json', (record) => readPerplexity(record, NOWHERE)],
  ['librechat', 'librechat/tea.json', (record) => readLibrechat(record, NOWHERE)],
  ['mistral', 'mistral/chat-9a000000-0000-4000-8000-00000000f001.json', (record) => readMistral([record], NOWHERE)],
  ['generic', 'generic/chats.json', (record) => readGeneric(record, NOWHERE)],
]

/** The record with one of its values, anywhere, replaced. */
function spoilt(record: Json, at: number, by: Json): Json {
  let left = at
  const walk = (value: Json): Json => {
    if (left-- === 0) return by
    if (typeof value !== 'object' || value === null) return value
    return Array.isArray(value)
      ? value.map(walk)
      : Object.fromEntries(Object.entries(value).map(([name, inner]: [string, Json]) => [name, walk(inner)]))
  }
  return walk(record)
}

describe.each(READERS)('a record of %s', (_name, file, reader) => {
  it('with anything in it replaced by anything else is read or refused, and what is read can be recorded', async () => {
    const sample = await jsonFixture(file)
    const record = Array.isArray(sample) ? (sample[0] as Json) : sample
    const values = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom<Json>(null, '', 0, -1, 1e300, [], {}, 'x'.repeat(5000), '\ud800', '\0', { constructor: 1 }, [[]]),
    )
    fc.assert(
      fc.property(fc.nat(400), values, (at, by) => {
        const founds = reader(spoilt(record, at, by as Json)) as readonly { readonly kind: string; readonly conversation: FoundConversation }[]
        expect(founds.length).toBeGreaterThan(0)
        for (const { kind, conversation } of founds) {
          if (kind !== 'conversation') continue
          const draft = draftOf(conversation, recording('fuzzed'))
          expect(conversationSchemas['conversation:create'].safeParse(draft.conversation).error).toBeUndefined()
          for (const message of draft.messages) expect(conversationSchemas['message:add'].safeParse(message).error).toBeUndefined()
        }
      }),
      { numRuns: 150 },
    )
  })
})

describe('a file that is no export', () => {
  it.each([
    ['nothing', { 'a.json': '', 'b.jsonl': '', 'c.csv': '', 'd.vscdb': '' }],
    ['binary', { 'a.json': Buffer.from([0, 1, 2, 255]), 'b.vscdb': Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(4000, 7)]) }],
    ['other JSON', { 'a.json': '{"name":"x","version":"1.0.0"}', 'b.json': '[1,2,3]', 'c.jsonl': '{"level":30}\n{"level":40}' }],
    ['deep', { 'a.json': `${'['.repeat(10_000)}${']'.repeat(10_000)}` }],
    ['prose', { 'a.txt': 'Note: call Ana.\nThe kettle is broken.', 'b.csv': 'a,b\n1,2' }],
  ])('gives no conversation and throws nothing: %s', async (_name, files) => {
    expect(conversationsIn(await readFiles(files as unknown as Record<string, string | Uint8Array>))).toEqual([])
  })

  it('that speaks about a format is not taken for it', async () => {
    const about = JSON.stringify([{ messages: [{ role: 'user', content: await fixture('deepseek/conversations.json') }] }])
    const found = await readFiles({ 'chats.json': about })
    expect(found.importers).toEqual(['generic'])
  })
})

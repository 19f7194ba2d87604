/** What is exported and brought in again is the same: text, order, branches, ids. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ExportedConversation, exportedConversation, fileOf } from '../../../../src/conversations/export/vivim-export.ts'
import type { FoundConversation } from '../../../../src/conversations/found.ts'
import { readExported } from '../../../../src/conversations/importers/vivim-export.ts'
import { draftOf, type Recording } from '../../../../src/conversations/record.ts'
import type { Block, Conversation, Json, Message } from '../../../../src/events/conversations.ts'
import { messageIdOf } from '../../../../src/events/identifiers.ts'
import { problemWith } from '../../../../src/events/schema.ts'
import { conversationSamples, blocks as sampleBlocks } from '../../events/conversation-samples.ts'

const asset = { assetId: '77', bytes: 1234, mime: 'image/png', name: 'kept.png' }
const recording = (accountId: string, here: string | null = null): Recording => ({
  accountId,
  importId: '5',
  imported: { importer: 'vivim-export', version: 1, provider: 'vivim' },
  archive: null,
  origin: 'import',
  now: Date.UTC(2026, 5, 1),
  assets: (pointer) => (pointer.startsWith('asset ') ? { ...asset, assetId: pointer.slice(6) } : null),
  here,
})

/** Text of every kind that can be recorded. */
const words = fc
  .oneof(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.constantFrom('```js\n1\n```', '  two  \n\n', '\u202eabc', '漢字 かな'))
  .map((text) => text.replaceAll('\0', ''))
const block: fc.Arbitrary<Block> = fc.oneof(
  words.map((text): Block => ({ t: 'text', format: 'markdown', text })),
  words.map((text): Block => ({ t: 'code', lang: 'ts', text })),
  fc.constantFrom(...sampleBlocks),
)

const message = (index: number): fc.Arbitrary<Message> =>
  fc
    .record({
      role: fc.constantFrom('user' as const, 'assistant' as const, 'system' as const, 'tool' as const),
      parent: index === 0 ? fc.constant(null) : fc.option(fc.nat(index - 1), { nil: null }),
      blocks: fc.array(block, { maxLength: 4 }),
      hidden: fc.boolean(),
      rating: fc.option(fc.constantFrom(-1, 1), { nil: undefined }),
      told: fc.boolean(),
    })
    .map(({ role, parent, blocks, hidden, rating, told }) => {
      const { usage: _, rating: _rating, latencyMs: _latency, ...sample } = conversationSamples['message:add']
      const source = told ? { importId: '1', pointer: null, raw: null, nativeId: `native-${index}` } : null
      const id = String(100 + index)
      const extra = rating === undefined ? {} : { rating }
      return { ...sample, id, conversationId: '9', role, parentId: parent === null ? null : String(100 + parent), blocks, hidden, source, ...extra }
    })

const exported = fc
  .tuple(
    fc.integer({ min: 1, max: 12 }).chain((size) => fc.tuple(...Array.from({ length: size }, (_, index) => message(index)))),
    words,
    fc.boolean(),
  )
  .map(([messages, title, told]): ExportedConversation => {
    const { source, ...sample } = conversationSamples['conversation:create']
    const conversation: Conversation = {
      ...sample,
      id: '9',
      title: title.trim() === '' ? 'Title' : title.trim(),
      forkedFrom: null,
      activeLeafId: messages.at(-1)?.id ?? null,
      updatedAt: sample.createdAt,
      source: told ? source : null,
    }
    return exportedConversation(conversation, messages)
  })

function found(record: ExportedConversation): FoundConversation {
  const [told] = readExported(JSON.parse(JSON.stringify(record)) as Json, { member: 'export.json', pointer: '/conversations/0', raw: null })
  if (told?.kind !== 'conversation') throw new Error(JSON.stringify(told))
  return told.conversation
}

/** What must be the same wherever it is brought in: everything but where it came from, and the ids of the instance, which follow from the account's. */
function lasting({ id: _id, source: _source, at: _at, origin: _origin, titleSource: _title, activeLeafId, messages, ...rest }: ExportedConversation) {
  const names = new Map(messages.map(({ id, nativeId }) => [id, nativeId]))
  const said = messages.map(({ id: _id, source: _source, parentId, ...message }) => ({ ...message, parent: names.get(parentId ?? '') ?? null }))
  return { ...rest, leaf: names.get(activeLeafId ?? '') ?? null, messages: said }
}

test('export(import(x)) = x, in another account: text, order, branches and native ids', () => {
  fc.assert(
    fc.property(exported, (record) => {
      const draft = draftOf(found(record), recording('2'))
      expect(draft.problems).toEqual([])
      expect(problemWith({ type: 'conversation:create', data: draft.conversation })).toBeNull()
      for (const data of draft.messages) expect(problemWith({ type: 'message:add', data })).toBeNull()
      expect(lasting(exportedConversation(draft.conversation, draft.messages))).toEqual(lasting(record))
    }),
    { numRuns: 150 },
  )
})

test('brought in again where it was exported, it has the ids that it had', () => {
  fc.assert(
    fc.property(exported, (record) => {
      const { conversation, messages } = draftOf(found(record), recording('1', record.id))
      expect(conversation.id).toBe(record.id)
      expect(messages.map(({ id, parentId }) => [id, parentId])).toEqual(record.messages.map(({ id, parentId }) => [id, parentId]))
      expect(conversation.activeLeafId).toBe(record.activeLeafId)
    }),
  )
})

test('ids that a file claims are believed only of a conversation that the account has', () => {
  fc.assert(
    fc.property(exported, (record) => {
      const { conversation, messages } = draftOf(found(record), recording('2'))
      expect(conversation.id).not.toBe(record.id)
      expect(messages.map(({ id }) => id)).toEqual(record.messages.map(({ nativeId }) => messageIdOf(conversation.id, nativeId)))
    }),
  )
})

describe('whatever a file says', () => {
  test('reading it never throws, and what it tells can be recorded', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 4 }), (record, messages) => {
        const object = record !== null && typeof record === 'object' && !Array.isArray(record) ? record : {}
        const whole = { nativeId: 'x', ...object, messages } as unknown as Json
        for (const told of readExported(whole, { member: 'm', pointer: '/conversations/0', raw: null })) {
          if (told.kind !== 'conversation' || told.conversation.messages.length === 0) continue
          const draft = draftOf(told.conversation, recording('2'))
          expect(problemWith({ type: 'conversation:create', data: draft.conversation })).toBeNull()
          for (const data of draft.messages) expect(problemWith({ type: 'message:add', data })).toBeNull()
        }
      }),
      { numRuns: 200 },
    )
  })
})

test('a file is JSON, each record on a line of its own, also when there are none', async () => {
  const pieces: string[] = []
  const head = { exportedAt: '2026-06-01T00:00:00.000Z', origin: 'https://here.example', account: 'ada' }
  for await (const piece of fileOf(head, { assets: [], conversations: [{ a: 1 }, { b: 2 }] })) pieces.push(piece)
  expect(JSON.parse(pieces.join(''))).toEqual({ format: 'vivim-export', version: 1, ...head, assets: [], conversations: [{ a: 1 }, { b: 2 }] })
  expect(pieces.join('').split('\n')).toEqual(expect.arrayContaining(['{"a":1},', '{"b":2}]}']))
})

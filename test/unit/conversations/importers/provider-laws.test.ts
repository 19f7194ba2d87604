/** Whatever a record of ChatGPT, Claude, Gemini or Grok holds, it is read or refused in words, and what is read can be recorded. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Found, FoundConversation } from '../../../../src/conversations/found.ts'
import * as chatgpt from '../../../../src/conversations/importers/chatgpt/conversation.ts'
import * as claude from '../../../../src/conversations/importers/claude/conversation.ts'
import { NOWHERE } from '../../../../src/conversations/importers/drafts.ts'
import { Grouping } from '../../../../src/conversations/importers/gemini/activity.ts'
import { readActivity } from '../../../../src/conversations/importers/gemini/activity-json.ts'
import { readSession } from '../../../../src/conversations/importers/gemini/cli.ts'
import { readStudio } from '../../../../src/conversations/importers/gemini/studio.ts'
import * as grok from '../../../../src/conversations/importers/grok/conversation.ts'
import { draftOf } from '../../../../src/conversations/record.ts'
import type { Json } from '../../../../src/events/conversations.ts'
import { problemWith } from '../../../../src/events/schema.ts'
import { jsonFixture } from './reading.ts'

type Reading = FoundConversation | readonly Found[] | { readonly conversation: FoundConversation } | null

const GROK = 'grok/ttl/30d/export_data/8a000000-0000-4000-8000-000000000001/prod-grok-backend.json'
const READERS: readonly (readonly [name: string, file: string, pick: (file: Json) => Json, read: (record: Json) => Reading])[] = [
  ['chatgpt 2024', 'chatgpt/2024/conversations.json', (file) => at(file, 0), (record) => chatgpt.readConversation(record, NOWHERE)],
  ['chatgpt 2026', 'chatgpt/2026/conversations-000.json', (file) => at(file, 0), (record) => chatgpt.readConversation(record, NOWHERE)],
  ['chatgpt aloud', 'chatgpt/2026/conversations-001.json', (file) => at(file, 0), (record) => chatgpt.readConversation(record, NOWHERE)],
  ['claude', 'claude/2025/conversations.json', (file) => at(file, 0), (record) => claude.readConversation(record, NOWHERE)],
  [
    'claude design',
    'claude/2025/design_chats/7c000000-0000-4000-8000-000000000001.json',
    (file) => file,
    (record) => claude.readDesignChat(record, NOWHERE),
  ],
  ['gemini activity', 'gemini/Takeout/My Activity/Gemini Apps/MyActivity.json', (file) => at(file, 1), activity],
  ['ai studio', 'gemini-studio/Google AI Studio/Tea tasting', (file) => file, (record) => readStudio(record, 'Tea tasting', NOWHERE)],
  ['gemini cli', 'gemini-cli/session-2026-03-02T10-00-5e55.json', (file) => file, (record) => readSession(record, NOWHERE)],
  [
    'grok',
    GROK,
    (file) => at((file as { readonly [name: string]: Json })['conversations'] ?? null, 0),
    (record) => grok.readConversation(record, NOWHERE),
  ],
]

const at = (list: Json, index: number): Json => (Array.isArray(list) ? ((list as readonly Json[])[index] ?? null) : null)

function activity(record: Json): Reading {
  const entry = readActivity(record, 'Prompted ', NOWHERE)
  const grouping = new Grouping()
  if (entry !== null) grouping.add(entry)
  return grouping.end()
}

/** The record with one of its values, anywhere, replaced. */
function spoilt(record: Json, place: number, by: Json): Json {
  let left = place
  const walk = (value: Json): Json => {
    if (left-- === 0) return by
    if (typeof value !== 'object' || value === null) return value
    return Array.isArray(value)
      ? value.map(walk)
      : Object.fromEntries(Object.entries(value).map(([name, inner]: [string, Json]) => [name, walk(inner)]))
  }
  return walk(record)
}

function values(value: Json): number {
  return typeof value !== 'object' || value === null ? 1 : 1 + Object.values(value).reduce((sum: number, inner: Json) => sum + values(inner), 0)
}

const conversationOf = (reading: Reading): FoundConversation | null => {
  if (reading === null || Array.isArray(reading)) return null
  return 'conversation' in reading ? reading.conversation : (reading as FoundConversation)
}

const recording = {
  accountId: '7',
  importId: '9',
  imported: { importer: 'x', version: 1, provider: 'x' },
  archive: null,
  origin: 'import',
  now: Date.UTC(2026, 10, 1),
  assets: () => null,
} as const

describe.each(READERS)('a record of %s', (_name, file, pick, read) => {
  it('with anything in it replaced by anything else is read or refused, and what is read can be recorded', async () => {
    const record = pick(await jsonFixture(file))
    const strange = fc.oneof(
      fc.jsonValue() as fc.Arbitrary<Json>,
      fc.constantFrom<Json>(-1, 1.5, 1e300, 'x'.repeat(3_000), '\0', '\ud800', [], {}, null, true, '__proto__'),
    )
    fc.assert(
      fc.property(fc.nat(values(record) - 1), strange, (place, by) => {
        const found = conversationOf(read(spoilt(record, place, by)))
        if (found === null) return
        const { conversation, messages } = draftOf(found, recording)
        expect(problemWith({ type: 'conversation:create', data: conversation })).toBeNull()
        for (const data of messages) expect(problemWith({ type: 'message:add', data })).toBeNull()
      }),
      { numRuns: 150 },
    )
  })
})

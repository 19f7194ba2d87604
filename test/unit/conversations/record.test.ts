import { hash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FoundConversation, FoundMessage } from '../../../src/conversations/found.ts'
import { attachment, conversation, markdown, message, opaque } from '../../../src/conversations/importers/drafts.ts'
import { fromIso, fromMillis, fromSeconds } from '../../../src/conversations/instants.ts'
import { merged } from '../../../src/conversations/merge.ts'
import { type Draft, draftOf, type Recording } from '../../../src/conversations/record.ts'
import type { Block, Json } from '../../../src/events/conversations.ts'
import { assetIdOf } from '../../../src/events/identifiers.ts'
import { problemWith } from '../../../src/events/schema.ts'

const NOW = Date.UTC(2026, 9, 1)
const recording: Recording = {
  accountId: '7',
  importId: '9',
  imported: { importer: 'sample', version: 1, provider: 'sample' },
  archive: '0'.repeat(64),
  origin: 'import',
  now: NOW,
  assets: () => null,
}

const said = (nativeId: string, ...blocks: readonly Block[]): FoundMessage => message({ nativeId, parent: null, role: 'user', blocks })
const found = (...messages: readonly FoundMessage[]): FoundConversation => conversation({ nativeId: 'c', messages })
const reasons = ({ problems }: Draft) => problems.map(({ reason }) => reason)
const problemsOf = ({ conversation: data, messages }: Draft) => [
  problemWith({ type: 'conversation:create', data }),
  ...messages.map((one) => problemWith({ type: 'message:add', data: one })),
]

describe('a draft', () => {
  it('is the same for the same conversation, whatever the import', () => {
    const [one, two] = [
      draftOf(found(said('a', markdown('hi'))), recording),
      draftOf(found(said('a', markdown('hi'))), { ...recording, importId: '10', now: NOW + 9 }),
    ]
    expect(one.conversation.id).toBe(two.conversation.id)
    expect(merged(two, one)).toEqual({ details: null, added: [], changed: [], unchanged: 1 })
  })

  it('may be recorded, whatever is in it', () => {
    const words = fc.string({ unit: 'binary', maxLength: 40 })
    const json: fc.Arbitrary<Json> = fc.jsonValue() as fc.Arbitrary<Json>
    const block: fc.Arbitrary<Block> = fc.oneof(
      words.map(markdown),
      fc.tuple(words, json).map(([type, raw]) => opaque(type, raw)),
      fc.tuple(words, json).map(([name, args]) => ({ t: 'tool_call', callId: name, name, args }) as const),
      words.map((pointer) => attachment('image', pointer, { name: pointer })),
      fc.tuple(words, words).map(([name, text]) => ({ t: 'tool_result', callId: null, ok: null, name, content: [markdown(text)] }) as const),
    )
    const blocks = fc.array(block, { maxLength: 4 })
    fc.assert(
      fc.property(blocks, words, json, (list, id, extra) => {
        const draft = draftOf({ ...found({ ...said(id, ...list), extra }), title: id, tags: [id], extra }, recording)
        expect(problemsOf(draft).filter((problem) => problem !== null)).toEqual([])
      }),
      { numRuns: 50 },
    )
  })

  it('replaces what is no text, and says so', () => {
    const draft = draftOf(found(said('a', markdown('nul \0 and half \ud800 a pair'))), recording)
    expect(draft.messages[0]?.blocks).toMatchObject([{ text: 'nul \ufffd and half \ufffd a pair' }])
    expect(reasons(draft)).toEqual(['encoding'])
  })

  it('moves what is too long to a file, whole, and leaves the rest of the message where it is', () => {
    const long = 'ä long tale '.repeat(400_000)
    const draft = draftOf(found(said('a', markdown('before'), markdown(long), markdown('after'))), recording)
    const sha256 = hash('sha256', long)
    expect(draft.messages[0]?.blocks).toMatchObject([
      { text: 'before' },
      { t: 'file', asset: { assetId: assetIdOf('7', sha256), state: 'stored' } },
      { text: 'after' },
    ])
    expect(draft.spills.map(({ bytes }) => Buffer.from(bytes).toString() === long)).toEqual([true])
    expect(reasons(draft)).toEqual(['too-large'])
    expect(problemsOf(draft)).toEqual([null, null])
  })

  it('moves what is too deep or too many to a file as well', () => {
    const deep = JSON.parse('['.repeat(200) + ']'.repeat(200)) as Json
    const many = Array.from({ length: 2_500 }, (_, n) => markdown(String(n)))
    const draft = draftOf(found(said('a', opaque('deep', deep)), said('b', ...many)), recording)
    expect(problemsOf(draft)).toEqual([null, null, null])
    expect(draft.spills).toHaveLength(2)
    expect(draft.messages[1]?.blocks).toHaveLength(2_000)
  })

  it('keeps a date that has not come yet as it was written, and does not believe it', () => {
    const draft = draftOf(found({ ...said('a', markdown('hi')), createdAt: fromIso('2099-01-01T00:00:00Z') }), recording)
    expect(draft.messages[0]?.createdAt).toEqual({ value: '2099-01-01T00:00:00.000Z', original: '2099-01-01T00:00:00Z', confidence: 'inferred' })
    expect(reasons(draft)).toContain('invalid')
  })

  it('has a title: the source’s, or what the person said first', () => {
    expect(draftOf({ ...found(said('a', markdown('x'))), title: 'Tea' }, recording).conversation).toMatchObject({
      title: 'Tea',
      titleSource: 'provider',
    })
    expect(draftOf(found(said('a', markdown(`How do I\nbrew ${'tea '.repeat(50)}`))), recording).conversation).toMatchObject({
      titleSource: 'derived',
    })
    expect(draftOf(found(said('a', opaque('x', 1))), recording).conversation.title).toBe('Untitled')
  })

  it('names files that are here, and counts those that are not', () => {
    const assets = (pointer: string) => (pointer === 'f1' ? { assetId: '5', bytes: 3, mime: 'image/png', name: 'a.png' } : null)
    const draft = draftOf(found(said('a', attachment('image', 'f1'), attachment('file', 'f2'))), { ...recording, assets })
    expect(draft.messages[0]?.blocks).toMatchObject([
      { asset: { assetId: '5', state: 'stored', name: 'a.png' } },
      { asset: { assetId: null, state: 'missing-in-export' } },
    ])
    expect(draft.missingAssets).toBe(1)
  })
})

describe('a conversation that comes again', () => {
  const first = draftOf({ ...found(said('a', markdown('hi'))), title: 'Old' }, recording)

  it('adds what is new, changes what has changed', () => {
    const grown = draftOf({ ...found(said('a', markdown('hello')), said('b', markdown('more'))), title: 'New' }, recording)
    const merge = merged(grown, first)
    expect([merge.added.length, merge.changed.length, merge.unchanged]).toEqual([1, 1, 0])
    expect(merge.details).toMatchObject({ title: 'New' })
    expect(merged(grown, first, true)).toMatchObject({ changed: [], unchanged: 1 })
  })

  it('does not touch what its owner said: title, tags, star, place', () => {
    const kept = { ...first.conversation, title: 'Mine', titleSource: 'person', tags: ['mine'], starred: true, archived: true } as const
    const again = draftOf({ ...found(said('a', markdown('hi'))), title: 'New', tags: ['theirs'] }, recording)
    expect(merged(again, { conversation: kept, messages: first.messages }).details).toBeNull()
  })

  it('keeps files that are here when it comes without them', () => {
    const assets = () => ({ assetId: '5', bytes: 3, mime: 'image/png', name: null })
    const withFile = draftOf(found(said('a', attachment('image', 'f1'))), { ...recording, assets })
    expect(merged(draftOf(found(said('a', attachment('image', 'f1'))), recording), withFile).changed).toEqual([])
  })
})

describe('moments', () => {
  it('are read where they can be, and kept as they were written', () => {
    expect(fromSeconds(1756000000.1).value).toBe('2025-08-24T01:46:40.100Z')
    expect(fromMillis('1783999510820').value).toBe('2026-07-14T03:25:10.820Z')
    expect(fromIso('2024-03-09T08:00:00.123456+02:00')).toEqual({
      value: '2024-03-09T06:00:00.123Z',
      original: '2024-03-09T08:00:00.123456+02:00',
      confidence: 'exact',
    })
    expect(fromIso('2026-02-06T22:37:20')).toMatchObject({ value: '2026-02-06T22:37:20.000Z', confidence: 'inferred' })
    expect(fromIso('2026-02-30T00:00:00Z')).toEqual({ value: null, original: '2026-02-30T00:00:00Z', confidence: 'unknown' })
    expect(fromIso('yesterday')).toEqual({ value: null, original: 'yesterday', confidence: 'unknown' })
    expect(fromSeconds(-5).value).toBeNull()
    expect(fromSeconds(1e20).value).toBeNull()
  })
})

/** The forms in which conversations leave, each as a file: changing one is a change that somebody reviews. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { partsOf } from '../../../../src/conversations/export/fences.ts'
import { conversationHtml } from '../../../../src/conversations/export/html.ts'
import { conversationMarkdown } from '../../../../src/conversations/export/markdown.ts'
import { type ExportedConversation, exportedConversation, fileOf } from '../../../../src/conversations/export/vivim-export.ts'
import type { Conversation, Message } from '../../../../src/events/conversations.ts'
import { branchOf } from '../../../../src/projections/read/branches.ts'
import { conversationSamples } from '../../events/conversation-samples.ts'
import { conversationsIn, read, skippedIn } from '../importers/reading.ts'

const FIXTURES = path.join(import.meta.dirname, '../../../../fixtures')
const VAULT = path.join(FIXTURES, 'conversations/vivim-export/vault.vivim.json')
const golden = (name: string) => readFile(path.join(FIXTURES, 'vivim-export', name), 'utf8')

type Vault = { readonly conversations: readonly ExportedConversation[] } & Readonly<
  Record<'assets' | 'collections' | 'notebooks' | 'memories', readonly unknown[]>
>
async function vault(): Promise<{
  readonly text: string
  readonly file: Vault
  readonly conversation: Conversation
  readonly messages: readonly Message[]
}> {
  const text = await readFile(VAULT, 'utf8')
  const file = JSON.parse(text) as Vault
  const [exported] = file.conversations
  if (exported === undefined) throw new Error('the sample has a conversation')
  const messages = exported.messages.map((message) => ({ ...message, conversationId: exported.id, accountId: '1' }))
  return { text, file, conversation: { ...exported, accountId: '1' }, messages }
}

describe('a vault', () => {
  test('leaves as JSON', async () => {
    const { text, file, conversation, messages } = await vault()
    const { assets, collections, notebooks, memories } = file
    const head = { exportedAt: '2026-03-02T08:00:00.000Z', origin: 'https://here.example', account: 'ada' }
    const pieces: string[] = []
    for await (const piece of fileOf(head, {
      assets,
      conversations: [exportedConversation(conversation, messages)],
      collections,
      notebooks,
      memories,
    }))
      pieces.push(piece)
    expect(pieces.join('')).toBe(text)
  })

  test('is read by its importer alone, with its files first and its memories', async () => {
    const { importers, founds } = await read(VAULT)
    expect(importers).toEqual(['vivim-export'])
    expect(founds.map(({ kind }) => kind)).toEqual(['asset', 'conversation', 'unknown', 'skipped', 'memory'])
    expect(skippedIn({ importers, founds })).toMatchObject([{ reason: 'unknown-format' }])
    expect(conversationsIn({ importers, founds })).toMatchObject([{ here: '501', nativeId: 'native-501', activeLeaf: 'native-604' }])
  })
})

describe('a conversation', () => {
  const shown = async () => {
    const { conversation, messages } = await vault()
    return [
      conversation,
      branchOf(
        messages.map((message, ordinal) => ({ ...message, ordinal })),
        conversation.activeLeafId,
      ),
      messages,
    ] as const
  }
  test('leaves as Markdown', async () => expect(conversationMarkdown(...(await shown()))).toBe(await golden('looms.md')))
  test('leaves as HTML', async () => expect(conversationHtml(...(await shown()))).toBe(await golden('looms.html')))
})

const dangerous = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '<',
        '>',
        '"',
        "'",
        '&',
        '`',
        '```',
        '~~~',
        '\n',
        '\\',
        ' ',
        '<script>',
        '</pre>',
        '<img src=x onerror=',
        'javascript:',
        '\ud800',
        '-->',
        ']]>',
      ),
      fc.string({ maxLength: 5 }),
    ),
  )
  .map((parts) => parts.join(''))

test('whatever strangers wrote, the page has our elements only', () => {
  const sample = conversationSamples['message:add']
  fc.assert(
    fc.property(dangerous, dangerous, dangerous, (title, text, url) => {
      const blocks: Message['blocks'] = [
        { t: 'text', format: 'markdown', text, citations: [{ kind: 'web', url, title }] },
        { t: 'code', text, filename: title },
        { t: 'tool_call', callId: null, name: title, args: { [text]: url } },
        { t: 'error', name: title, text },
        { t: 'image', asset: { assetId: null, pointer: url, state: 'external' }, alt: text },
      ]
      const page = conversationHtml({ ...conversationSamples['conversation:create'], title, tags: [text] }, [{ ...sample, author: title, blocks }])
      const [, body = ''] = page.split('<body>')
      for (const [tag = ''] of body.matchAll(/<[^>]*>?/g))
        expect(tag).toMatch(
          /^<\/?(header|h1|h2|dl|dt|dd|main|article|time|p|div|pre|code|details|summary|ul|li|a|body|html)( (class|id|datetime|rel)="[\w :.,-]*"| href="https?:\/\/[^"<>]*")*>$/,
        )
    }),
    { numRuns: 200 },
  )
})

test('cutting Markdown at its fences loses nothing', () => {
  const whole = (text: string): string =>
    partsOf(text)
      .map((part) => part.whole)
      .join('\n')
  fc.assert(
    fc.property(dangerous, (text) => {
      expect(whole(text)).toBe(text)
    }),
  )
})

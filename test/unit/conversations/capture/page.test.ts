/** What is read from what share links answer, and from pages that people save. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { PROVIDERS, type Provider, shareLink } from '../../../../src/conversations/capture/links.ts'
import { type PageRead, readGiven } from '../../../../src/conversations/capture/page.ts'
import { decodeTurboStream } from '../../../../src/conversations/capture/turbo-stream.ts'
import type { FoundConversation } from '../../../../src/conversations/found.ts'
import { FIXTURES } from '../importers/reading.ts'

const share = (name: string): Promise<string> => readFile(path.join(FIXTURES, 'shares', name), 'utf8')
const NOBODY = { link: null, provider: null }

function conversationIn({ founds }: PageRead): FoundConversation {
  const found = founds.find((one) => one.kind === 'conversation')
  if (found === undefined) throw new Error(JSON.stringify(founds))
  return found.conversation
}

const ANSWERS: readonly (readonly [Provider, file: string, title: string | null, messages: number, first: string])[] = [
  ['chatgpt', 'chatgpt.html', 'Tea for a hike', 3, 'I hike every Sunday. Which tea shall I take?'],
  ['chatgpt', 'chatgpt-next.html', 'Tea for a hike', 3, 'I hike every Sunday. Which tea shall I take?'],
  ['claude', 'claude.json', 'Teapots', 2, 'Which teapot pours well?'],
  ['gemini', 'gemini.txt', 'Iron teapots', 4, 'Is cast iron good for tea?'],
  ['grok', 'grok.json', 'Matcha', 2, 'How is matcha made?'],
  ['deepseek', 'deepseek.json', null, 2, 'How long does a kettle take for one litre?'],
  ['kimi', 'kimi.json', 'Kettle noise', 2, 'Why does it sing?'],
  ['qwen', 'qwen.json', 'Kettles', 2, 'Which kettle?'],
  ['zai', 'zai.json', 'Puerh', 2, 'How old is good puerh?'],
  ['mistral', 'mistral.html', null, 2, 'Thé ou café ?'],
]

describe.each(ANSWERS)('an answer of %s (%s)', (provider, file, title, messages, first) => {
  const link = { provider, id: 'the-share', url: 'https://example.org/the-share', isShort: false }

  it('is a conversation of its own, named by the share, with everything that was said', async () => {
    const read = readGiven(await share(file), { link, provider })
    const conversation = conversationIn(read)
    expect(read.provider).toBe(provider)
    expect(conversation).toMatchObject({ nativeId: 'share:the-share', product: 'share', url: link.url, title })
    expect(conversation.messages.length).toBe(messages)
    expect(conversation.messages[0]).toMatchObject({
      role: 'user',
      parent: conversation.joints[0]?.[0] ?? null,
      blocks: [{ t: 'text', text: first }],
    })
    expect(conversation.messages[0]?.createdAt.confidence).toBe('exact')
    expect(conversation.messages.at(-1)?.role).toBe('assistant')
    const known = new Set([...conversation.messages.map(({ nativeId }) => nativeId), ...conversation.joints.map(([id]) => id)])
    expect(conversation.messages.filter(({ parent }) => parent !== null && !known.has(parent))).toEqual([])
  })

  it('that is cut off throws nothing', async () => {
    const text = await share(file)
    for (let at = 0; at < text.length; at += Math.ceil(text.length / 40))
      expect(readGiven(text.slice(0, at), { link, provider }).founds.length).toBeGreaterThan(0)
  })
})

describe('a branch of a shared conversation', () => {
  it('stays a branch, and the one that was shown is the active one', async () => {
    const conversation = conversationIn(readGiven(await share('chatgpt.html'), NOBODY))
    expect(conversation.messages.filter(({ parent }) => parent === 'u1').map(({ nativeId }) => nativeId)).toEqual(['a1', 'a2'])
    expect(conversation.activeLeaf).toBe('a2')
    expect(conversation.nativeId).toBe('share:6923aaaa-0000-8000-8000-000000000001')
  })
})

const SAID = 'Rooibos, at **100 °C**:\n\n1. boil\n2. pour\n\n```python\nboil(1)\n```\n\nEnergy: $E=mc\\Delta T$.'

describe.each(PROVIDERS.map(({ provider }) => provider))('a saved page of %s', (provider) => {
  it('is recognised by where it was saved from, and says what it shows: code, lists and formulas, and nothing that runs', async () => {
    const read = readGiven(await share(`pages/${provider}.html`), NOBODY)
    const conversation = conversationIn(read)
    expect(read.provider).toBe(provider)
    expect(conversation).toMatchObject({ provider, product: 'share', title: 'Evening tea', extra: { readFrom: 'page' } })
    expect(shareLink(conversation.url ?? '')?.provider).toBe(provider)
    expect(conversation.messages.map(({ role }) => role)).toEqual(['user', 'assistant'])
    const [question, answer] = conversation.messages
    expect(question?.blocks).toEqual([{ t: 'text', format: 'markdown', text: 'Which tea, and how hot? I drink it at 6 p.m.' }])
    expect(answer?.blocks.at(-1)).toEqual({ t: 'text', format: 'markdown', text: SAID })
    if (['gemini', 'deepseek', 'zai', 'mistral'].includes(provider)) expect(answer?.blocks[0]).toEqual({ t: 'reasoning', text: 'Hm, caffeine.' })
    expect(JSON.stringify(conversation)).not.toMatch(/stolen|onerror|alert/)
    expect(conversation.messages.every(({ createdAt }) => createdAt.value === null)).toBe(true)
  })

  it('is recognised by its marks alone', async () => {
    const page = (await share(`pages/${provider}.html`)).replace(/<!-- saved[^>]*>/, '')
    const { founds } = readGiven(page, { link: null, provider })
    expect(founds.some(({ kind }) => kind === 'conversation')).toBe(true)
  })
})

describe('a page that says nothing', () => {
  it.each([
    [
      'a shell that is filled in later',
      '<!DOCTYPE html><html><head><title>ChatGPT</title></head><body><div id="root"></div><script>boot()</script></body></html>',
    ],
    ['a sign-in', '<html><body><main><h1>Welcome back</h1><form><input name="email"><button>Continue</button></form></main></body></html>'],
    ['an answer without a conversation', '{"code":0,"data":{"biz_code":1,"biz_msg":"share does not exist","biz_data":null}}'],
    ['words', 'Hello there.'],
    ['nothing', ''],
  ])('is told, and is no conversation: %s', (_name, page) => {
    const { founds } = readGiven(page, NOBODY)
    expect(founds.map(({ kind }) => kind)).toEqual(['skipped'])
  })
})

describe('text copied from a screen', () => {
  it('is a conversation when it says who speaks', () => {
    const conversation = conversationIn(readGiven('You said:\nTea?\n\nGrok said:\nYes.', { link: null, provider: 'grok' }))
    expect(conversation.messages.map(({ role }) => role)).toEqual(['user', 'assistant'])
    expect(conversation.provider).toBe('grok')
  })
})

describe('a turbo-stream', () => {
  it('is what its indices say: names, values, nothing, promises kept later', () => {
    expect(decodeTurboStream('[{"_1":2,"_3":-5,"_4":5},"a","b","c","d",["P",1]]\nP1:[{"_1":2}]\n')).toEqual({ a: 'b', c: null, d: { a: 'b' } })
  })

  it('that contains itself, or unfolds to more than a page can hold, ends', () => {
    expect(decodeTurboStream('[{"_1":0},"a"]')).toEqual({ a: null })
    const laughs = JSON.stringify([...Array.from({ length: 60 }, (_, index) => [index + 1, index + 1]), 'ha'])
    expect(decodeTurboStream(laughs)).toBeNull()
  })
})

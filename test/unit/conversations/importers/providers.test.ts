/** The exports of ChatGPT, Claude, Gemini and Grok, read from samples: every message, branch, block and file, and what is said of the rest. */
import { describe, expect, it } from 'vitest'
import type { FoundConversation } from '../../../../src/conversations/found.ts'
import type { Block } from '../../../../src/events/conversations.ts'
import { zipOf } from '../../../support/zip.ts'
import { conversationsIn, fixture, messageIn, type Read, readFiles, readFixture, skippedIn, unknownIn } from './reading.ts'

const parents = (conversation: FoundConversation | undefined) =>
  Object.fromEntries(conversation?.messages.map(({ nativeId, parent }) => [nativeId, parent]) ?? [])
const kinds = (conversation: FoundConversation | undefined, nativeId: string) => messageIn(conversation, nativeId).blocks.map(({ t }) => t)
const skips = (read: Read) => skippedIn(read).map(({ item, reason }) => [item, reason])
const memories = ({ founds }: Read) => founds.flatMap((found) => (found.kind === 'memory' ? [found.memory] : []))
const assets = ({ founds }: Read) => founds.flatMap((found) => (found.kind === 'asset' ? [found.asset] : []))
const pointersIn = (conversation: FoundConversation | undefined) =>
  conversation?.messages.flatMap(({ blocks }) => blocks.flatMap((one) => ('asset' in one ? [one.asset.pointer] : []))) ?? []
const block = <T extends Block['t']>(conversation: FoundConversation | undefined, nativeId: string, t: T): Extract<Block, { t: T }> => {
  const found = messageIn(conversation, nativeId).blocks.find((one): one is Extract<Block, { t: T }> => one.t === t)
  if (found === undefined) throw new Error(`no ${t} in ${nativeId}`)
  return found
}

describe('ChatGPT, 2023 to early 2026', async () => {
  const read = await readFixture('chatgpt/2024')
  const [garden, ferries] = conversationsIn(read)

  it('keeps the tree with its branches, and what was shown', () => {
    expect(parents(garden)).toEqual({ s0: 'r0', c0: 's0', u1: 'c0', a1: 'u1', a1b: 'u1', u2: 'a1', t2: 'u2', x2: 't2', a2: 'x2' })
    expect(garden).toMatchObject({ joints: [['r0', null]], activeLeaf: 'a2', starred: true, archived: false, model: 'gpt-4' })
    expect(ferries).toMatchObject({ archived: true, createdAt: { value: '2024-05-06T12:53:20.000Z', original: 1715000000, confidence: 'exact' } })
  })

  it('keeps standing instructions apart from what was said', () => {
    expect(messageIn(garden, 'c0')).toMatchObject({ role: 'context', injected: true, hidden: true })
    expect(messageIn(garden, 's0')).toMatchObject({ role: 'system', hidden: true, createdAt: { confidence: 'unknown' } })
  })

  it('keeps blocks in their order: pictures, words, files, calls and what they gave', () => {
    expect(kinds(garden, 'u1')).toEqual(['image', 'text', 'file'])
    expect(block(garden, 't2', 'tool_call')).toMatchObject({ name: 'python', args: 'print(5*14*0.7)' })
    expect(block(garden, 'x2', 'tool_result').content).toEqual([{ t: 'text', format: 'plain', text: '49.0' }])
    expect(block(garden, 'a2', 'text').citations).toMatchObject([{ url: 'https://garden.example/water', start: 9, end: 19 }])
    expect(['f2', 'f3', 'f4', 'f5', 'f6'].map((id) => kinds(ferries, id)[0])).toEqual([
      'tool_call',
      'tool_result',
      'tool_result',
      'tool_result',
      'text',
    ])
    expect(block(ferries, 'f5', 'tool_result')).toMatchObject({ ok: false, content: [{ t: 'error', name: 'tool_error' }] })
    expect(messageIn(ferries, 'f6').status).toBe('aborted')
  })

  it('takes thumbs, finds files, and opens nothing about the account', () => {
    expect(messageIn(garden, 'a1').rating).toBe(1)
    expect(assets(read)).toMatchObject([{ nativeId: 'file-Qb7Leaf0Spot', content: { member: 'file-Qb7Leaf0Spot-leaf.png' }, name: 'leaf.png' }])
    expect(skips(read)).toEqual([['user.json', 'never-opened']])
    expect(unknownIn(read)).toEqual([])
  })
})

describe('ChatGPT since 2026', async () => {
  const read = await readFixture('chatgpt/2026')
  const [tea, voice] = conversationsIn(read)

  it('reads every shard, walks by parent, and reports the shard and the conversation that are not there', () => {
    expect(parents(tea)).toEqual({ m0: 'client-created-root', u1: 'm0', t1: 'u1', t2: 't1', a2: 't2', p1: 'a2', a1: 'u1' })
    expect(skips(read)).toEqual([
      ['conversations-000.json /1', 'invalid'],
      ['user_settings.json', 'never-opened'],
      ['conversations-002.json', 'missing'],
    ])
  })

  it('keeps thoughts, citations in their marks, generated pictures and their prompts', () => {
    expect(block(tea, 't1', 'reasoning')).toMatchObject({ text: 'Prefer rooibos.', summary: 'Caffeine' })
    expect(block(tea, 't2', 'reasoning')).toMatchObject({ recap: true, durationMs: 7_000 })
    const { text, citations } = block(tea, 'a2', 'text')
    expect(citations?.map(({ start, end }) => text.slice(start, end))).toEqual(['\ue200cite\ue202turn0search0\ue201'])
    expect(block(tea, 'p1', 'tool_result').content).toMatchObject([
      { t: 'image', prompt: 'A cup of rooibos', asset: { pointer: 'file_00000000aa11' } },
    ])
  })

  it('takes what ChatGPT remembers as memories of ChatGPT, each once', () => {
    expect(memories(read).map(({ text, createdAt }) => [text, createdAt.original])).toEqual([
      ['Drinks no coffee after noon.', '2026-02-03'],
      ['Has a cat called Miso.', '2026-03-11'],
    ])
    expect(messageIn(tea, 'm0')).toMatchObject({ role: 'context', injected: true })
  })

  it('keeps what it does not know as it came, and counts it', () => {
    expect(voice).toMatchObject({ title: null, doNotRemember: true })
    expect(block(voice, 'v2', 'opaque').raw).toMatchObject({ content_type: 'super_widget', payload: { front: 'thank you' } })
    expect(unknownIn(read)).toEqual(['chatgpt/content/super_widget'])
    expect(kinds(voice, 'v1')).toEqual(['text', 'audio'])
    expect(messageIn(voice, 'v3').status).toBe('partial')
  })

  it('names files by their lists, also those that no message shows', () => {
    expect(assets(read).map(({ nativeId, name }) => [nativeId, name])).toEqual([
      ['file_00000000aa11', 'rooibos.png'],
      ['file_00000000cc33', 'recipe.txt'],
    ])
  })
})

describe('Claude', async () => {
  const read = await readFixture('claude/2025')
  const [tea, old, poster] = conversationsIn(read)

  it('keeps branches, and puts exports without parents in a row', () => {
    expect(parents(tea)).toEqual({ m1: null, m2: 'm1', m2b: 'm1', m3: 'm2' })
    expect(parents(old)).toEqual({ o1: null, o2: 'o1' })
    expect(tea).toMatchObject({ project: { name: 'Kitchen' }, starred: true })
  })

  it('keeps blocks in order; calls without ids find their results; artifacts and citations stay whole', () => {
    expect(kinds(tea, 'm2')).toEqual(['reasoning', 'tool_call', 'tool_result', 'text', 'artifact', 'tool_result', 'opaque'])
    expect(block(tea, 'm2', 'tool_call').callId).toBe(block(tea, 'm2', 'tool_result').callId)
    expect(block(tea, 'm2', 'artifact')).toMatchObject({ artifactId: 'tea-card', op: 'create', content: '# Rooibos\n', title: 'Tea card' })
    expect(block(tea, 'm2', 'text').citations).toMatchObject([{ url: 'https://tea.example/rooibos', start: 0, end: 7 }])
    expect(block(tea, 'm2', 'reasoning')).toMatchObject({ text: 'No caffeine.', durationMs: 2_000 })
  })

  it('says what was said, whichever of its two fields holds it', () => {
    expect(messageIn(tea, 'm2b').blocks).toEqual([{ t: 'text', format: 'markdown', text: 'Camomile.' }])
    expect(kinds(tea, 'm1')).toEqual(['text', 'file', 'image'])
    expect(block(tea, 'm1', 'file')).toMatchObject({ transcript: 'rooibos', asset: { name: 'list.txt' } })
  })

  it('reads design chats, projects and memories, and nothing about signing in', () => {
    expect(kinds(poster, 'g2')).toEqual(['text', 'tool_call', 'tool_result'])
    expect(assets(read).map(({ name }) => name)).toEqual(['Kitchen: instructions.md', 'pantry.md'])
    expect(memories(read).map(({ text, scope, extra }) => [text, scope, extra])).toEqual([
      ['Ana plans gardens for a living.', null, { section: 'Work context' }],
      ['Ana lives in Lisbon and has a cat.', null, { section: 'Personal context' }],
      ['The kitchen is vegetarian.', 'Kitchen', null],
    ])
    expect(skips(read)).toEqual([
      ['conversations.json /1', 'no-messages'],
      ['users.json', 'never-opened'],
    ])
    expect(unknownIn(read)).toEqual(['claude/sparkle'])
  })

  it('reads the zips of each category the same', async () => {
    const zipped = async (name: string) => zipOf([{ name, content: await fixture(`claude/2025/${name}`) }])
    const parts = await readFiles({
      'export.zip': zipOf([
        { name: 'manifest.json', content: '{"files":[{"url":"https://expired.example/1"}]}' },
        { name: 'conversations-001.zip', content: await zipped('conversations.json') },
        { name: 'projects-001.zip', content: await zipped('projects.json') },
        { name: 'memories-001.zip', content: await zipped('memories.json') },
        { name: 'light_metadata-001.zip', content: await zipped('users.json') },
      ]),
    })
    expect(parts.importers).toEqual(['claude'])
    expect(conversationsIn(parts).map(({ nativeId }) => nativeId)).toEqual([tea?.nativeId, old?.nativeId])
    expect(memories(parts)).toHaveLength(3)
    expect(skippedIn(parts)).toContainEqual(expect.objectContaining({ item: 'export.zip/light_metadata-001.zip', reason: 'never-opened' }))
  })
})

describe('Gemini', () => {
  it('is put together by time, called a guess, with the verb left off and answers as Markdown', async () => {
    const [tea, used, weather] = conversationsIn(await readFixture('gemini'))
    expect(tea).toMatchObject({ groupedBy: 'time-gap', title: null })
    expect(tea?.messages.map(({ role, blocks }) => [role, blocks[0]?.t === 'text' ? blocks[0].text : ''])).toEqual([
      ['user', 'Which tea?'],
      ['assistant', 'Rooibos. **No caffeine**:\n\n```python\ntea = "rooibos"\n```'],
      ['user', 'And for the morning?'],
      ['assistant', 'Black tea.'],
      ['assistant', 'Coffee, honestly.'],
    ])
    const [, first, , one, other] = tea?.messages ?? []
    expect([one?.parent, other?.parent]).toEqual([tea?.messages[2]?.nativeId, tea?.messages[2]?.nativeId])
    expect(first?.blocks[0]?.extra).toMatchObject({ html: expect.stringContaining('<script>alert(1)</script>') })
    expect(used?.messages).toMatchObject([{ role: 'context', injected: true }])
    expect(weather?.messages[1]?.blocks).toMatchObject([{ text: '| Day | Weather |\n| --- | --- |\n| Today | Rain |' }])
  })

  it('is the same conversation when it went on', async () => {
    const entry = (title: string, time: string) => ({
      header: 'Gemini Apps',
      title: `Prompted ${title}`,
      time,
      products: ['Gemini Apps'],
      safeHtmlItem: [{ html: '<p>Yes.</p>' }],
    })
    const before = [entry('b', '2026-01-01T10:05:00Z'), entry('a', '2026-01-01T10:00:00Z')]
    const after = [entry('c', '2026-01-01T10:20:00Z'), ...before]
    const ids = async (list: readonly object[]) =>
      conversationsIn(await readFiles({ 'MyActivity.json': JSON.stringify(list) })).map(
        (one) => [one.nativeId, one.messages.map(({ nativeId }) => nativeId)] as const,
      )
    const [[id, said] = ['', []], [grown, more] = ['', []]] = [(await ids(before))[0], (await ids(after))[0]]
    expect(grown).toBe(id)
    expect(more.slice(0, said.length)).toEqual(said)
    expect(more).toHaveLength(6)
  })

  it('is read in any language: what most titles begin with is no part of the prompt', async () => {
    const titles = ['Hast gefragt: Tee', 'Hast gefragt: Kaffee', 'Hast gefragt: Wasser', 'Hast gefragt: Saft', 'Hast gefragt: Wein']
    const list = titles.map((title, n) => ({
      header: 'Gemini-Apps',
      title,
      time: `2026-01-0${n + 1}T10:00:00Z`,
      products: ['Gemini-Apps'],
      safeHtmlItem: [{ html: 'Ja' }],
    }))
    const found = conversationsIn(await readFiles({ 'Meine Aktivitäten.json': JSON.stringify(list) }))
    expect(found.map(({ messages }) => messages[0]?.blocks[0])).toMatchObject(['Tee', 'Kaffee', 'Wasser', 'Saft', 'Wein'].map((text) => ({ text })))
  })

  it('is read from its page too; a moment in another language is kept, not guessed', async () => {
    const [english, french] = conversationsIn(await readFixture('gemini-html'))
    expect(english?.messages).toMatchObject([
      { role: 'user', createdAt: { value: '2026-02-02T07:24:02.000Z' }, blocks: [{ text: 'Name a tea & a cake' }] },
      { role: 'assistant', blocks: [{ text: 'Rooibos & *pastel de nata*.' }] },
    ])
    expect(french?.createdAt).toEqual({ value: null, original: '2 févr. 2026, 07:20:00 CET', confidence: 'unknown' })
  })

  it('is read from AI Studio, with thoughts, tokens, code and files in their places', async () => {
    const read = await readFixture('gemini-studio')
    const [prompt] = conversationsIn(read)
    expect(prompt).toMatchObject({ title: 'Tea tasting', model: 'models/gemini-2.5-pro' })
    expect(prompt?.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user', 'assistant'])
    expect(kinds(prompt, '1')).toEqual(['reasoning', 'text', 'search'])
    expect(messageIn(prompt, '1').usage).toEqual({ output: 8, reasoning: 5, counted: 'provider' })
    expect(kinds(prompt, '3')).toEqual(['code', 'tool_result'])
    expect(assets(read)).toMatchObject([{ nativeId: pointersIn(prompt)[1], content: { bytes: Buffer.from('2 spoons') } }])
  })

  it('is read from its command line', async () => {
    const [session] = conversationsIn(await readFixture('gemini-cli'))
    expect(session).toMatchObject({ product: 'cli', model: 'gemini-2.5-pro', project: { id: 'ab12' } })
    expect(kinds(session, 'c2')).toEqual(['reasoning', 'tool_call', 'tool_result', 'text'])
    expect(messageIn(session, 'c2').usage).toMatchObject({ input: 100, total: 113, cacheRead: 50 })
    expect(messageIn(session, 'c3')).toMatchObject({ role: 'context', injected: true })
  })
})

describe('Grok', async () => {
  const read = await readFixture('grok')
  const [tea] = conversationsIn(read)

  it('keeps the tree, whatever the case of the sender; an answer that was broken off stays in its place', () => {
    expect(parents(tea)).toEqual({ r1: null, r2: 'r1', r3: 'r1', r4: 'r3', r5: 'gone' })
    expect(tea?.messages.map(({ role, status }) => `${role} ${status}`)).toEqual([
      'user complete',
      'assistant complete',
      'assistant aborted',
      'user complete',
      'assistant partial',
    ])
    expect(messageIn(tea, 'r1').createdAt.value).toBe('2026-07-14T03:25:10.820Z')
  })

  it('finds calls and citations in the text', () => {
    expect(kinds(tea, 'r2')).toEqual(['reasoning', 'search', 'text', 'tool_call', 'text'])
    expect(block(tea, 'r2', 'tool_call')).toMatchObject({ name: 'web_search', args: { query: 'evening tea' } })
    const cited = messageIn(tea, 'r2').blocks.at(-1)
    expect(cited?.citations).toMatchObject([{ url: 'https://tea.example/rooibos', refId: '31' }])
  })

  it('keeps every file, opens neither sign-in nor billing, and says what it leaves', () => {
    expect(assets(read)).toHaveLength(2)
    expect(skippedIn(read).map(({ item, reason }) => [item.split('/').at(-1), reason])).toEqual([
      ['prod-grok-backend.json tasks', 'unknown-format'],
      ['prod-mc-auth-mgmt-api.json', 'never-opened'],
      ['prod-mc-billing.json', 'never-opened'],
    ])
  })
})

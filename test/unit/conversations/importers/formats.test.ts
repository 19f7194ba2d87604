/** What is particular to each format, on its sample: branches, tools, thoughts, sources, files, and what was not said by anybody. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { conversationsIn, fixture, messageIn, readFiles, readFixture, skippedIn, unknownIn } from './reading.ts'

const injectedIn = (format: string) =>
  readFixture(format).then((read) =>
    conversationsIn(read)
      .flatMap(({ messages }) => messages)
      .filter(({ injected }) => injected)
      .map(({ nativeId }) => nativeId),
  )

describe('DeepSeek', () => {
  it('keeps branches, tells thoughts, searches and sources apart, and reads older messages', async () => {
    const read = await readFixture('deepseek')
    const [tea, older] = conversationsIn(read)
    expect(tea?.messages.map(({ nativeId, parent }) => [nativeId, parent])).toEqual([
      ['1', 'root'],
      ['2', '1'],
      ['3', '1'],
      ['4', '3'],
    ])
    expect(tea?.joints).toEqual([['root', null]])
    expect(messageIn(tea, '3').blocks).toMatchObject([
      { t: 'reasoning', text: 'No camomile, no caffeine.', durationMs: 3500 },
      { t: 'search', queries: ['rooibos sleep'], results: [{ url: 'https://example.org/rooibos', title: 'Rooibos' }] },
      { t: 'text', citations: [{ start: 24, end: 36, url: 'https://example.org/rooibos', refId: '1' }] },
      { t: 'opaque', nativeType: 'TOOL_WEATHER' },
    ])
    expect(tea?.createdAt).toEqual({ value: '2026-01-01T02:00:00.120Z', original: '2026-01-01T10:00:00.120000+08:00', confidence: 'exact' })
    expect(messageIn(tea, '1').blocks[1]).toMatchObject({ t: 'file', asset: { pointer: 'file-77', name: 'teas.txt', state: 'missing-in-export' } })
    expect(messageIn(older, '2').blocks).toEqual([
      { t: 'reasoning', text: 'Herbal, so boiling.' },
      { t: 'text', format: 'markdown', text: 'Boiling.' },
    ])
    expect(skippedIn(read)).toMatchObject([{ reason: 'no-messages', item: 'conversations.json /2 "Nothing was said"' }])
  })
})

describe('Kimi', () => {
  it('pairs calls with what came of them, finds the words that a source supports, and turns lists that are newest first', async () => {
    const [steam, newest] = conversationsIn(await readFixture('kimi'))
    expect(messageIn(steam, '7f000000-0000-4000-8000-00000000a011').blocks).toMatchObject([
      { t: 'reasoning', text: 'Look for the thermostat.', summary: 'Thermostat' },
      { t: 'tool_call', callId: 'web_search:1', name: 'web_search', args: { queries: ['kettle thermostat'] } },
      { t: 'tool_result', callId: 'web_search:1', ok: true, content: [{ t: 'search', queries: ['kettle thermostat'] }] },
      { t: 'text', citations: [{ start: 0, end: 41, url: 'https://example.org/thermostat' }] },
      { t: 'opaque', nativeType: 'hologram' },
    ])
    expect(newest?.messages.map(({ role, status }) => [role, status])).toEqual([
      ['user', 'complete'],
      ['assistant', 'aborted'],
    ])
    expect(newest?.messages[0]?.parent).toBeNull()
  })
})

describe('Qwen', () => {
  it('reads the parts of an answer by their phase, and keeps what was asked again', async () => {
    const [oolong] = conversationsIn(await readFixture('qwen'))
    expect(oolong).toMatchObject({ starred: true, activeLeaf: 'q3', model: 'qwen3-max' })
    expect(messageIn(oolong, 'q2')).toMatchObject({
      usage: { input: 21, output: 9, total: 30, counted: 'provider' },
      blocks: [
        { t: 'reasoning', summary: 'Looking it up\nSeveral infusions.' },
        { t: 'search', results: [{ title: 'Oolong', published: '2025-11-01' }] },
        { t: 'text', text: 'Five to seven times [[1]].' },
        { t: 'opaque', nativeType: 'weather_card' },
      ],
    })
    expect(messageIn(oolong, 'q1').blocks[1]).toMatchObject({ t: 'image', asset: { pointer: 'https://example.org/leaves.png', state: 'external' } })
    expect(messageIn(oolong, 'q3').parent).toBe('q1')
  })
})

describe('Z.ai', () => {
  it('reads content blocks', async () => {
    const [white] = conversationsIn(await readFixture('zai'))
    expect(messageIn(white, 'z2')).toMatchObject({ model: 'glm-4.6', usage: { input: 9, output: 14 } })
    expect(messageIn(white, 'z2').blocks.map(({ t }) => t)).toEqual(['reasoning', 'text', 'opaque'])
  })
})

describe('Open WebUI', () => {
  it('finds thoughts and tools inside texts, prefers its list of items to them, and keeps ratings, tags and folders', async () => {
    const [tea] = conversationsIn(await readFixture('open-webui'))
    expect(tea).toMatchObject({ tags: ['tea'], starred: true, project: { id: 'folder-1' }, activeLeaf: 'm4' })
    expect(messageIn(tea, 'm2')).toMatchObject({
      rating: 1,
      blocks: [
        { t: 'reasoning', text: 'No "caffeine".\nSo rooibos.', durationMs: 3000 },
        { t: 'text', text: 'Rooibos.', citations: [{ kind: 'file', title: 'tea.pdf', snippet: 'Rooibos has no caffeine.' }] },
      ],
    })
    expect(messageIn(tea, 'm4').blocks).toEqual([
      { t: 'tool_call', callId: 'call_1', name: 'get_time', args: '{}' },
      { t: 'tool_result', callId: 'call_1', ok: null, content: [{ t: 'text', format: 'plain', text: '17:04' }] },
      { t: 'text', format: 'markdown', text: 'It is four past five.' },
    ])
    expect(messageIn(tea, 'm5')).toMatchObject({ status: 'partial', parent: 'm3' })
    expect(messageIn(tea, 'm5').blocks.map(({ t }) => t)).toEqual(['reasoning', 'tool_call', 'tool_result', 'text', 'opaque'])
  })
})

describe('Mistral', () => {
  it('tells the files beside a conversation, puts another version beside the first, and derives no title', async () => {
    const read = await readFixture('mistral')
    const [list] = conversationsIn(read)
    const file = 'chat-9a000000-0000-4000-8000-00000000f001-files/list.txt'
    expect(read.founds[0]).toMatchObject({ kind: 'asset', asset: { nativeId: file, content: { member: file } } })
    expect(list?.title).toBeNull()
    expect(messageIn(list, 'f-1').blocks[1]).toMatchObject({ t: 'file', asset: { pointer: file } })
    expect(list?.messages.map(({ nativeId, parent }) => [nativeId, parent])).toEqual([
      ['f-1', null],
      ['f-2', 'f-1'],
      ['f-2/1', 'f-1'],
      ['f-3', 'f-2/1'],
    ])
    expect(messageIn(list, 'f-2')).toMatchObject({ rating: 1 })
    expect(messageIn(list, 'f-2').blocks[3]).toMatchObject({ text: 'Only rooibos.', citations: [{ kind: 'web', refId: '0' }] })
  })
})

describe('Perplexity', () => {
  it('makes a question and an answer of each entry, tells a text once, and knows that its moments have no offset', async () => {
    const [thread] = conversationsIn(await readFixture('perplexity'))
    const answer = messageIn(thread, 'p-1/answer')
    expect(answer.blocks.filter(({ t }) => t === 'text')).toMatchObject([
      { text: 'Rooibos [1].', citations: [{ start: 8, end: 11, url: 'https://example.org/tea' }] },
    ])
    expect(answer.createdAt).toEqual({ value: '2026-02-06T22:37:20.123Z', original: '2026-02-06T22:37:20.123456', confidence: 'inferred' })
    expect(messageIn(thread, 'p-2/question').parent).toBe('p-1/answer')
  })
})

describe('Copilot', () => {
  it('makes conversations of runs with one title, the person first, with ids that a later export repeats', async () => {
    const csv = await fixture('copilot/copilot-activity-history.csv')
    const read = await readFixture('copilot')
    expect(conversationsIn(read).map(({ title }) => title)).toEqual(['Tea', 'Kettles', 'Tea'])
    expect(conversationsIn(read)[1]?.messages.map(({ role }) => role)).toEqual(['user', 'assistant'])
    expect(conversationsIn(read)[0]?.messages[1]?.blocks).toMatchObject([{ text: 'With milk, as "builder\'s tea".\nAnd sugar.' }])
    const later = csv.replace('\r\n', '\r\nNew,2026-01-03T09:00:00,Human,"Later"\r\n')
    const again = conversationsIn(await readFiles({ 'copilot-activity-history.csv': later }))
    expect(again.slice(1).map(({ nativeId, messages }) => [nativeId, ...messages.map((one) => one.nativeId)])).toEqual(
      conversationsIn(read).map(({ nativeId, messages }) => [nativeId, ...messages.map((one) => one.nativeId)]),
    )
  })

  it('tells where a row is broken, and keeps the rows before', async () => {
    const read = await readFiles({
      'a.csv': 'Conversation,Time,Author,Message\nTea,2026-01-01T10:00:00,Human,"Which tea?"\nTea,2026-01-01T10:00:03,AI,"Rooi',
    })
    expect(conversationsIn(read)[0]?.messages.length).toBe(1)
    expect(skippedIn(read)).toMatchObject([{ reason: 'unreadable' }])
  })
})

describe('LibreChat', () => {
  it('reads flat and nested exports, and pairs a call with its output', async () => {
    const [tea, tree] = conversationsIn(await readFixture('librechat'))
    expect(messageIn(tea, 'l-1')).toMatchObject({ role: 'user', parent: null, blocks: [{ t: 'text' }, { t: 'image', asset: { name: 'cup.png' } }] })
    expect(messageIn(tea, 'l-22')).toMatchObject({ rating: 1, model: 'gpt-5', usage: { output: 12, counted: 'local' } })
    expect(messageIn(tea, 'l-22').blocks).toMatchObject([
      { t: 'reasoning', text: 'Sum first.' },
      { t: 'tool_call', name: 'calculator', args: { e: '2+2' } },
      { t: 'tool_result', content: [{ text: '4' }] },
      { t: 'text', text: 'Four, and rooibos.' },
      { t: 'opaque', nativeType: 'agent_update' },
    ])
    expect(messageIn(tea, 'l-333')).toMatchObject({ parent: 'l-1', status: 'partial' })
    expect(tree?.messages.map(({ nativeId, parent }) => [nativeId, parent])).toEqual([
      ['t-1', null],
      ['t-22', 't-1'],
      ['t-4444', 't-22'],
      ['t-333', 't-1'],
    ])
  })
})

describe('Claude Code', () => {
  it('joins the lines of one answer, keeps branches, and counts tokens once', async () => {
    const [kettle, agent] = conversationsIn(await readFixture('claude-code'))
    expect(kettle).toMatchObject({
      title: 'Make the kettle stop',
      product: 'cli',
      project: { id: '/home/ana/kettle', name: 'kettle' },
      activeLeaf: 'c-9',
    })
    expect(messageIn(kettle, 'c-3')).toMatchObject({ usage: { input: 10, output: 42, cacheRead: 7, cacheWrite: 5 }, model: 'claude-opus-4-5' })
    expect(messageIn(kettle, 'c-3').blocks.map(({ t }) => t)).toEqual(['reasoning', 'text', 'tool_call'])
    expect(messageIn(kettle, 'c-6')).toMatchObject({
      role: 'tool',
      parent: 'c-5',
      blocks: [{ t: 'tool_result', callId: 'toolu_1', ok: true }],
    })
    expect(kettle?.joints).toContainEqual(['c-5', 'c-3'])
    expect(kettle?.messages.filter(({ parent }) => parent === 'c-6p').map(({ nativeId }) => nativeId)).toEqual(['c-7', 'c-8'])
    expect(agent).toMatchObject({ nativeId: '5e550000-0000-4000-8000-000000000001/a1' })
  })

  it('tells apart what the person did not say, and takes images out of the lines', async () => {
    expect(await injectedIn('claude-code')).toEqual(['c-0', 'c-1', 'c-2/context', 'c-2a', 'c-9'])
    const read = await readFixture('claude-code')
    const asked = messageIn(conversationsIn(read)[0], 'c-2')
    expect(asked).toMatchObject({
      role: 'user',
      injected: false,
      parent: 'c-2/context',
      blocks: [{ text: 'I always use tabs. Make the kettle stop.' }, { t: 'image' }],
    })
    const [image] = read.founds.flatMap((found) => (found.kind === 'asset' ? [found.asset] : []))
    expect(asked.blocks[1]).toMatchObject({ asset: { pointer: image?.nativeId, mime: 'image/png' } })
  })
})

describe('a session of Claude Code that goes on from another', () => {
  it('begins with its own first line, and says where it comes from', async () => {
    const line = (sessionId: string, uuid: string, parentUuid: string | null) =>
      JSON.stringify({ type: 'user', sessionId, uuid, parentUuid, timestamp: '2026-01-01T10:00:00Z', message: { role: 'user', content: uuid } })
    const read = await readFiles({ 'b.jsonl': [line('A', 'a1', null), line('B', 'b1', 'a1'), line('B', 'b2', 'b1')].join('\n') })
    const [, after] = conversationsIn(read)
    expect(after?.messages.map(({ nativeId, parent, extra }) => [nativeId, parent, extra])).toEqual([
      ['b1', null, { continues: 'a1' }],
      ['b2', 'b1', null],
    ])
  })
})

describe('Codex', () => {
  it('says once what was said twice, and leaves instructions and environment to whom they belong', async () => {
    const [teapot] = conversationsIn(await readFixture('codex'))
    expect(teapot).toMatchObject({ nativeId: 'c0de0000-0000-4000-8000-000000000001', model: 'gpt-5.2-codex', project: { name: 'teapot' } })
    expect(teapot?.messages.filter(({ role }) => role === 'user').map(({ blocks }) => blocks[0])).toMatchObject([
      { text: 'I prefer short answers. How much does the teapot hold?' },
    ])
    expect(await injectedIn('codex')).toEqual(['line 2', 'line 3', 'line 4', 'line 16'])
    expect(messageIn(teapot, 'line 11').blocks).toMatchObject([{ t: 'tool_result', callId: 'call_1', ok: true, content: [{ text: '1.2\n' }] }])
    expect(messageIn(teapot, 'line 9').blocks).toMatchObject([{ t: 'reasoning', summary: '**Looking**', encrypted: true }])
    expect(messageIn(teapot, 'line 13')).toMatchObject({ usage: { input: 100, output: 8, reasoning: 2, cacheRead: 20, total: 108 } })
  })

  it('reads early files, whose lines are the items themselves, and those that only tell what was shown', async () => {
    const early = [
      { id: 'early', timestamp: '2025-05-01T10:00:00Z', instructions: null },
      { record_type: 'state' },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
    ]
    const shown = [
      { timestamp: '2025-09-01T10:00:00Z', type: 'session_meta', payload: { id: 'shown', cwd: '/x' } },
      { timestamp: '2025-09-01T10:00:01Z', type: 'event_msg', payload: { type: 'user_message', message: 'Hello' } },
      { timestamp: '2025-09-01T10:00:02Z', type: 'event_msg', payload: { type: 'agent_message', message: 'Hello.' } },
    ]
    const lined = (values: readonly object[]) => values.map((value) => JSON.stringify(value)).join('\n')
    const read = conversationsIn(await readFiles({ 'rollout-a.jsonl': lined(early), 'rollout-b.jsonl': lined(shown) }))
    expect(read.map(({ nativeId, messages }) => [nativeId, messages.map(({ role }) => role)])).toEqual([
      ['early', ['user']],
      ['shown', ['user', 'assistant']],
    ])
  })
})

describe('Cursor', () => {
  it('reads composers, those that hold their messages, and chats of before, and misses what is missing', async () => {
    const read = await readFixture('cursor')
    const [lid, older, tab] = conversationsIn(read)
    expect(lid).toMatchObject({ title: 'Teapot lid', product: 'ide', project: { name: 'teapot' }, model: 'claude-4.5-sonnet' })
    expect(messageIn(lid, 'b-1').blocks).toMatchObject([{ text: 'Why does the lid rattle?' }])
    expect(messageIn(lid, 'b-2').blocks).toMatchObject([{ t: 'reasoning' }, { t: 'tool_call', callId: 'tc-1', args: { path: 'lid.c' } }])
    expect(messageIn(lid, 'b-3')).toMatchObject({ parent: 'b-2/result', blocks: [{ t: 'text' }, { t: 'code', lang: 'c' }] })
    expect(older?.messages.length).toBe(2)
    expect(tab?.messages.map(({ role }) => role)).toEqual(['user', 'assistant'])
    expect(skippedIn(read).map(({ reason }) => reason)).toEqual(['missing', 'no-messages'])
  })

  it('runs nothing that a database says: no view, no column that computes', async () => {
    const work = await mkdtemp(path.join(tmpdir(), 'vivim-cursor-'))
    try {
      for (const [name, schema] of [
        [
          'view',
          'CREATE VIEW cursorDiskKV AS WITH RECURSIVE x(key, value) AS (SELECT 1, 1 UNION ALL SELECT key + 1, 1 FROM x) SELECT key, value FROM x',
        ],
        ['computed', 'CREATE TABLE cursorDiskKV (key TEXT, value BLOB AS (zeroblob(1000000000)) VIRTUAL)'],
      ] as const) {
        const file = path.join(work, `${name}.vscdb`)
        const database = new DatabaseSync(file)
        database.exec(schema)
        database.close()
        const read = await readFiles({ 'state.vscdb': await readFile(file) })
        expect(conversationsIn(read)).toEqual([])
        expect(skippedIn(read)).toMatchObject([{ reason: 'unknown-format' }])
      }
    } finally {
      await rm(work, { recursive: true, force: true })
    }
  })

  it('sees what was written last, in the log beside the database', async () => {
    const work = await mkdtemp(path.join(tmpdir(), 'vivim-cursor-'))
    const file = path.join(work, 'state.vscdb')
    const database = new DatabaseSync(file)
    try {
      database.exec('PRAGMA journal_mode = WAL; CREATE TABLE cursorDiskKV (key TEXT UNIQUE ON CONFLICT REPLACE, value BLOB)')
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      const composer = { composerId: 'w-1', conversation: [{ type: 1, bubbleId: 'w-2', text: 'In the log.' }] }
      database.prepare('INSERT INTO cursorDiskKV VALUES (?, ?)').run('composerData:w-1', JSON.stringify(composer))
      const read = await readFiles({ 'state.vscdb': await readFile(file), 'state.vscdb-wal': await readFile(`${file}-wal`) })
      expect(conversationsIn(read)[0]?.messages[0]?.blocks).toMatchObject([{ text: 'In the log.' }])
    } finally {
      database.close()
      await rm(work, { recursive: true, force: true })
    }
  })
})

describe('plain JSON', () => {
  it('takes whoever has no role for a person, and keeps branches, tools and unknown parts', async () => {
    const read = await readFixture('generic')
    const named = conversationsIn(read).find(({ nativeId }) => nativeId === 'g-2')
    expect(named?.messages.map(({ role, author, parent }) => [role, author, parent])).toEqual([
      ['user', 'Caroline', null],
      ['user', 'Melanie', 'x1'],
      ['user', 'Melanie', 'x1'],
    ])
    const tools = conversationsIn(read).find(({ nativeId }) => nativeId === 'g-1')
    expect(tools?.messages[2]?.blocks).toEqual([{ t: 'tool_call', callId: 'k1', name: 'brew', args: { minutes: 5 } }])
    expect(tools?.messages[3]).toMatchObject({ role: 'tool', blocks: [{ t: 'tool_result', callId: 'k1' }] })
    expect(unknownIn(read)).toEqual(['generic/hologram'])
  })

  it('that goes on is still the same conversation', async () => {
    const chat = (...messages: readonly object[]) => ({ 'chat.json': JSON.stringify({ messages }) })
    const [first, second] = [
      { role: 'user', content: 'Which tea?' },
      { role: 'assistant', content: 'Rooibos.' },
    ]
    const [before] = conversationsIn(await readFiles(chat(first)))
    const [after] = conversationsIn(await readFiles(chat(first, second)))
    expect(after?.nativeId).toBe(before?.nativeId)
    expect(after?.messages[0]).toEqual(before?.messages[0])
  })
})

describe('pasted text', () => {
  it('tells who speaks by the lines that say so, not by those inside code', async () => {
    const [tea] = conversationsIn(await readFixture('text'))
    expect(tea).toMatchObject({ title: 'Tea for the evening', extra: { identity: 'heuristic' } })
    expect(tea?.messages.map(({ role, author }) => [role, author])).toEqual([
      ['user', null],
      ['assistant', 'chatgpt'],
      ['user', null],
    ])
    expect(tea?.messages[1]?.blocks).toMatchObject([{ text: expect.stringContaining('User: this is code') }])
  })
})

describe('saved pages', () => {
  it('among other files are read as captured ones', async () => {
    const read = await readFiles({
      'saved/Tea.html': await fixture('shares/pages/claude.html'),
      'saved/other.html': '<html><body>Nothing</body></html>',
    })
    expect(conversationsIn(read)).toMatchObject([{ provider: 'claude', title: 'Evening tea', member: 'saved/Tea.html' }])
    expect(skippedIn(read)).toMatchObject([{ item: 'saved/other.html', reason: 'no-messages' }])
  })
})

/** Imports end to end: real archives, real ledger, real read tables. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { perform } from '../../../src/api/deps.ts'
import { openFile } from '../../../src/conversations/assets.ts'
import { Imports } from '../../../src/conversations/imports.ts'
import type { ImportReport } from '../../../src/events/conversations.ts'
import { conversations } from '../../../src/projections/read/conversations.ts'
import { assetById, importById } from '../../../src/projections/read/imports.ts'
import { messagesOf } from '../../../src/projections/read/messages.ts'
import { type TestInstance, testInstance } from '../../support/instance.ts'
import { zipOf } from '../../support/zip.ts'

const FIXTURES = path.join(import.meta.dirname, '../../../fixtures/conversations')

let instance: TestInstance
let imports: Imports
let dir: string
let people = 0

beforeAll(async () => {
  instance = await testInstance()
  imports = instance.deps.vault.imports
  dir = await mkdtemp(path.join(tmpdir(), 'vivim-import-'))
})

afterAll(async () => {
  await instance.close()
  await rm(dir, { recursive: true, force: true })
})

/** Somebody with an empty vault. */
const somebody = async () => (await instance.createAccount(`person${++people}`)).id

type Said = { readonly id: string; readonly parent: string; readonly text: string; readonly role?: string; readonly at?: number }
const chat = (id: string, title: string, messages: readonly Said[]) => ({
  id,
  conversation_id: id,
  title,
  create_time: 1756000000.1,
  current_node: messages.at(-1)?.id,
  mapping: Object.fromEntries([
    ['root', { id: 'root', message: null, parent: null }],
    ...messages.map(({ id: node, parent, text, role = 'user', at = 1756000001 }) => {
      const content = { content_type: 'text', parts: [text] }
      return [node, { id: node, parent, message: { id: node, author: { role }, create_time: at, content, status: 'finished_successfully' } }] as const
    }),
  ]),
})
const tea = chat('c1', 'Tea', [
  { id: 'u1', parent: 'root', text: 'Which tea?' },
  { id: 'a1', parent: 'u1', text: 'Green.', role: 'assistant' },
  { id: 'a2', parent: 'u1', text: 'Rooibos.', role: 'assistant' },
])

async function saved(name: string, content: unknown): Promise<string> {
  const file = path.join(dir, name)
  await writeFile(file, content instanceof Uint8Array || typeof content === 'string' ? content : JSON.stringify(content))
  return file
}
const imported = async (accountId: string, file: string): Promise<ImportReport> =>
  imports.finished(await imports.start({ accountId, file, name: path.basename(file), via: 'command' }))
const vaultOf = async (accountId: string) => {
  const { pool, vault } = instance.deps
  const rows = await conversations(pool, vault.cipher, accountId, { limit: 100 })
  return Promise.all(rows.map(async (row) => ({ row, messages: await messagesOf(pool, vault.cipher, row.id) })))
}
const reasons = ({ skipped }: ImportReport) => skipped.map(({ reason }) => reason)

describe('an import', () => {
  it('brings every branch in, in its order, and reports it', async () => {
    const id = await somebody()
    const report = await imported(id, await saved('conversations.json', [tea]))
    expect(report).toMatchObject({
      state: 'complete',
      imported: { conversations: 1, messages: 3 },
      skipped: [],
      formats: [{ importer: 'chatgpt', conversations: 1 }],
    })
    const [{ row, messages } = { row: undefined, messages: [] }] = await vaultOf(id)
    expect(row).toMatchObject({ title: 'Tea', provider: 'chatgpt', origin: 'import', source: { nativeId: 'c1', pointer: '/0', importId: report.id } })
    const native = new Map(messages.map((message) => [message.id, message.source?.nativeId]))
    expect(messages.map(({ id: message, parentId }) => [native.get(message), native.get(parentId ?? '')])).toEqual([
      ['u1', undefined],
      ['a1', 'u1'],
      ['a2', 'u1'],
    ])
    expect(native.get(row?.activeLeafId ?? '')).toBe('a2')
    const { pool, vault } = instance.deps
    expect(await importById(pool, vault.cipher, id, report.id)).toMatchObject({ state: 'complete', name: 'conversations.json' })
  })

  it('of the same again adds nothing, not even an entry of a conversation', async () => {
    const id = await somebody()
    const file = await saved('same.json', [tea])
    await imported(id, file)
    const before = await vaultOf(id)
    const again = await imported(id, file)
    expect(again).toMatchObject({ state: 'complete', imported: { conversations: 0, messages: 0 }, unchanged: { conversations: 1, messages: 3 } })
    expect(await vaultOf(id)).toEqual(before)
  })

  it('of an export that has grown adds what is new, and changes what has changed', async () => {
    const id = await somebody()
    await imported(id, await saved('small.json', [tea]))
    const more = chat('c1', 'Tea', [
      { id: 'u1', parent: 'root', text: 'Which tea?' },
      { id: 'a1', parent: 'u1', text: 'Green.', role: 'assistant' },
      { id: 'a2', parent: 'u1', text: 'Rooibos, always.', role: 'assistant' },
      { id: 'u2', parent: 'a2', text: 'Thanks' },
    ])
    const report = await imported(id, await saved('grown.json', [more, chat('c2', 'New', [{ id: 'x', parent: 'root', text: 'Hi' }])]))
    expect(report).toMatchObject({
      imported: { conversations: 1, messages: 2 },
      updated: { conversations: 1, messages: 1 },
      unchanged: { conversations: 0, messages: 2 },
    })
    const grown = (await vaultOf(id)).find(({ row }) => row.source?.nativeId === 'c1')
    expect(grown?.messages.map(({ blocks }) => (blocks[0]?.t === 'text' ? blocks[0].text : ''))).toEqual([
      'Which tea?',
      'Green.',
      'Rooibos, always.',
      'Thanks',
    ])
    expect(grown?.row.activeLeafId).toBe(grown?.messages.at(-1)?.id)
  })

  it('does not bring back what its owner deleted', async () => {
    const id = await somebody()
    const file = await saved('deleted.json', [tea, chat('c2', 'Other', [{ id: 'x', parent: 'root', text: 'Hi' }])])
    await imported(id, file)
    const [gone] = (await vaultOf(id)).filter(({ row }) => row.title === 'Tea')
    const at = new Date().toISOString()
    const data = { id: gone?.row.id ?? '', accountId: id, at }
    await perform(instance.deps, { by: { account: id }, lane: 'private', commands: [{ do: 'DeleteConversation', data }] })
    const report = await imported(id, file)
    expect(report).toMatchObject({ state: 'partial', imported: { conversations: 0 }, unchanged: { conversations: 1 } })
    expect(report.skipped).toMatchObject([{ reason: 'deleted', item: expect.stringContaining('Tea') }])
    expect((await vaultOf(id)).map(({ row }) => row.title)).toEqual(['Other'])
  })

  it('with nothing in it has failed, and says why', async () => {
    const id = await somebody()
    const none = { state: 'failed', imported: { conversations: 0, messages: 0 } }
    for (const [name, content, reason] of [
      ['empty.json', '', 'unknown-format'],
      ['list.json', '[]', 'unknown-format'],
      ['silent.json', [chat('c', 'Silent', [])], 'no-messages'],
      ['picture.bin', Buffer.from([0, 1, 2, 3]), 'unknown-format'],
      ['cut.zip', zipOf([{ name: 'conversations.json', content: JSON.stringify([tea]) }]).subarray(0, 12), 'unreadable'],
    ] as const) {
      const report = await imported(id, await saved(name, content))
      expect(report, name).toMatchObject(none)
      expect(reasons(report), name).toContain(reason)
      expect(report.summary).toMatch(/^Nothing was imported: /)
    }
  })

  it('takes the sound part of what is damaged, and names the rest', async () => {
    const id = await somebody()
    const shard = (list: readonly object[]) => JSON.stringify(list)
    const latin = Buffer.concat([Buffer.from('[{"id":"l","create_time":1,"mapping":{},"title":"caf'), Buffer.from([0xe9]), Buffer.from('"}]')])
    const cyclic = chat('c3', 'Cycle', [
      { id: 'x', parent: 'y', text: 'one' },
      { id: 'y', parent: 'x', text: 'two' },
    ])
    const late = chat('c4', 'Late', [{ id: 'x', parent: 'root', text: 'from tomorrow', at: 7_000_000_000 }])
    const twice = [
      chat('c5', 'Twice', [{ id: 'x', parent: 'root', text: 'first' }]),
      chat('c5', 'Twice', [
        { id: 'x', parent: 'root', text: 'second' },
        { id: 'y', parent: 'x', text: 'more' },
      ]),
    ]
    const zip = zipOf([
      { name: 'conversations-000.json', content: shard([tea, cyclic, late, ...twice]) },
      { name: 'conversations-001.json', content: latin },
      { name: '../../../etc/passwd', content: 'root' },
      { name: 'locked.json', content: '[]', flags: 1 },
      { name: 'zeros.json', content: Buffer.alloc(80_000_000) },
    ])
    const report = await imported(id, await saved('damaged.zip', zip))
    expect(report).toMatchObject({ state: 'partial', imported: { conversations: 4, messages: 8 } })
    const lines = Object.fromEntries(report.skipped.map(({ item, reason }) => [item.split(' "')[0], reason]))
    expect(lines).toMatchObject({
      '../../../etc/passwd': 'unsafe-path',
      'locked.json': 'encrypted',
      'zeros.json': 'bomb',
      'conversations-000.json /1': 'cycle',
      'conversations-000.json /2': 'invalid',
    })
    expect(report.skipped.find(({ item }) => item.startsWith('conversations-001.json'))?.reason).toBe('encoding')
    const all = await vaultOf(id)
    expect(all.map(({ row }) => row.title).sort()).toEqual(['Cycle', 'Late', 'Tea', 'Twice'])
    expect(all.find(({ row }) => row.title === 'Twice')?.messages.map(({ blocks }) => blocks[0])).toMatchObject([{ text: 'first' }, { text: 'more' }])
  })

  it('keeps a message of 50 MB whole, as a file beside the conversation', async () => {
    const id = await somebody()
    const long = 'a very long tale. '.repeat(2_800_000)
    const report = await imported(
      id,
      await saved('long.json', [
        chat('c9', 'Long', [
          { id: 'x', parent: 'root', text: long },
          { id: 'y', parent: 'x', text: 'Short.' },
        ]),
        tea,
      ]),
    )
    expect(report).toMatchObject({ state: 'partial', imported: { conversations: 2, messages: 5, assets: 1 } })
    expect(reasons(report)).toEqual(['too-large'])
    const found = (await vaultOf(id)).find(({ row }) => row.title === 'Long')
    const [block] = found?.messages[0]?.blocks ?? []
    if (block?.t !== 'file') throw new Error('no file')
    const { pool, vault, config } = instance.deps
    const asset = await assetById(pool, vault.cipher, id, block.asset.assetId ?? '')
    if (asset === null) throw new Error('no asset')
    let length = 0
    for await (const part of openFile(config.dataDir, asset)) length += part.length
    expect(length).toBe(long.length)
  }, 30_000)

  it('of a stream is kept only until it is reported', async () => {
    const id = await somebody()
    const zip = zipOf([{ name: 'conversations.json', content: JSON.stringify([tea]) }])
    const stream = (async function* () {
      for (let at = 0; at < zip.length; at += 100) yield zip.subarray(at, at + 100)
    })()
    const report = await imports.finished(await imports.start({ accountId: id, stream, name: 'mine.zip', via: 'upload' }))
    expect(report).toMatchObject({ state: 'complete', imported: { messages: 3 } })
    expect(await readdir(path.join(instance.deps.config.dataDir, 'imports'))).toEqual(['work'])
  })

  it('of every sample leaves something to read, and takes it once', async () => {
    const id = await somebody()
    for (const sample of ['chatgpt/2024', 'chatgpt/2026', 'claude/2025', 'gemini', 'gemini-html', 'gemini-studio', 'gemini-cli', 'grok']) {
      const report = await imported(id, path.join(FIXTURES, sample))
      expect(report.imported.messages, sample).toBeGreaterThan(0)
      expect(report.imported.messages, sample).toBe(report.found.messages)
      expect(await imported(id, path.join(FIXTURES, sample)), sample).toMatchObject({ imported: { conversations: 0, messages: 0, assets: 0 } })
    }
  })
})

describe('a job', () => {
  const many = (n: number) =>
    Array.from({ length: n }, (_, c) =>
      chat(
        `many ${c}`,
        `Chat ${c}`,
        Array.from({ length: 20 }, (_unused, m) => ({ id: `m${m}`, parent: m === 0 ? 'root' : `m${m - 1}`, text: `message ${m} of ${c}` })),
      ),
    )

  it('tells how far it is, until it is over', async () => {
    const id = await somebody()
    const job = await imports.start({ accountId: id, file: await saved('progress.json', many(100)), name: 'p', via: 'command' })
    const seen: number[] = []
    imports.onProgress(job, ({ bytes, totalBytes }) => seen.push(totalBytes === 0 ? 0 : bytes / totalBytes))
    await imports.finished(job)
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    expect(seen.at(-1)).toBe(1)
    expect(imports.progress(job)).toMatchObject({ state: 'over', report: { state: 'complete' }, found: { messages: 2_000 } })
  })

  it('that is cancelled keeps what it has, and says so', async () => {
    const id = await somebody()
    const job = await imports.start({ accountId: id, file: await saved('cancelled.json', many(400)), name: 'c', via: 'command' })
    await new Promise<void>((resolve) => {
      imports.onProgress(job, ({ imported: { messages } }) => messages > 0 && resolve())
    })
    expect(imports.cancel(job)).toBe(true)
    const report = await imports.finished(job)
    expect(report.state).toBe('cancelled')
    expect(report.imported.messages).toBeGreaterThan(0)
    expect(report.imported.messages).toBeLessThan(8_000)
    expect(imports.cancel(job)).toBe(false)
  })

  it('that was stopped is taken up again, and ends as if it had not been', async () => {
    const id = await somebody()
    const { deps } = instance
    const config = { dataDir: path.join(dir, 'again') }
    await mkdir(config.dataDir)
    const own = { ...deps, config, cipher: deps.vault.cipher }
    const first = await Imports.open(own)
    const job = await first.start({ accountId: id, file: await saved('again.json', many(200)), name: 'a', via: 'command' })
    await new Promise<void>((resolve) => {
      first.onProgress(job, ({ imported: { messages } }) => messages > 0 && resolve())
    })
    const left = first.finished(job)
    await first.close()
    await expect(left).rejects.toThrow()
    expect(await importById(deps.pool, deps.vault.cipher, id, job)).toMatchObject({ state: 'running' })

    const second = await Imports.open(own)
    const report = await second.finished(job)
    expect(report).toMatchObject({ id: job, state: 'complete', found: { conversations: 200, messages: 4_000 } })
    expect(report.imported.messages + report.unchanged.messages).toBe(4_000)
    expect(report.unchanged.messages).toBeGreaterThan(0)
    await second.close()
  })

  it('whose file is gone is reported as failed when the instance starts', async () => {
    const id = await somebody()
    const { deps } = instance
    const lost = deps.newId()
    const data = { id: lost, accountId: id, at: new Date().toISOString(), name: 'lost.zip', bytes: 1, sha256: '0'.repeat(64), via: 'upload' } as const
    await perform(deps, { by: { account: id }, lane: 'private', commands: [{ do: 'StartImport', data }] })
    const config = { dataDir: path.join(dir, 'lost') }
    await mkdir(config.dataDir)
    await (await Imports.open({ ...deps, config, cipher: deps.vault.cipher })).close()
    expect(await importById(deps.pool, deps.vault.cipher, id, lost)).toMatchObject({
      state: 'failed',
      report: { skipped: [{ item: 'lost.zip', reason: 'missing' }] },
    })
  })
})

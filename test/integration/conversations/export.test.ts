/** A vault leaves as one file and comes back: here, where it adds nothing, and elsewhere, where it is the same. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { perform } from '../../../src/api/deps.ts'
import { sealFile } from '../../../src/conversations/assets.ts'
import { type Export, exportConversation, exportVault } from '../../../src/conversations/export/export.ts'
import type { ExportedConversation } from '../../../src/conversations/export/vivim-export.ts'
import type { Block } from '../../../src/events/conversations.ts'
import { assetIdOf } from '../../../src/events/identifiers.ts'
import { conversationById, conversations } from '../../../src/projections/read/conversations.ts'
import { imports } from '../../../src/projections/read/imports.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../support/instance.ts'
import * as said from './said.ts'

let here: TestInstance
let ada: TestAccount
let ben: TestAccount
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
const HEAD = { exportedAt: '2026-06-01T00:00:00.000Z', origin: 'https://here.example', account: 'ada' }
const SCRIPT = '<script>alert(1)</script><img src=x onerror=alert(2)>'

const deps = () => ({ config: here.deps.config, pool: here.deps.pool, cipher: here.deps.vault.cipher })
async function textOf({ content }: Export): Promise<string> {
  const pieces: string[] = []
  for await (const piece of content) pieces.push(piece)
  return pieces.join('')
}
const vaultOf = (account: TestAccount) => textOf(exportVault(deps(), account.id, HEAD))
async function bringIn(account: TestAccount, text: string) {
  const { imports } = here.deps.vault
  async function* stream() {
    yield Buffer.from(text)
  }
  return imports.finished(await imports.start({ accountId: account.id, name: 'vault.json', via: 'upload', stream: stream() }))
}

beforeAll(async () => {
  here = await testInstance()
  ada = await here.createAccount('ada')
  ben = await here.createAccount('ben')
  const { id } = ada
  const sealed = await sealFile(
    here.deps.config.dataDir,
    (async function* () {
      yield PNG
    })(),
  )
  const asset = {
    id: assetIdOf(id, sealed.sha256),
    sha256: sealed.sha256,
    bytes: PNG.length,
    mime: 'image/png',
    name: 'a.png',
    file: sealed.file,
    key: sealed.key,
  }
  const picture: Block = {
    t: 'image',
    asset: { assetId: asset.id, pointer: 'file-1', mime: 'image/png', bytes: PNG.length, name: 'a.png', state: 'stored' },
  }
  const talk = said.conversation(id, '501', { title: `Looms ${SCRIPT}`, provider: 'vivim', origin: 'chat', tags: ['loom'], activeLeafId: '604' })
  const messages = [
    said.message(id, '501', '601', { blocks: [said.text(`What is a loom? ${SCRIPT}`)] }),
    said.message(id, '501', '602', { parentId: '601', role: 'assistant', blocks: [said.text('A machine.\n\n```js\nconst a = "</code>"\n```')] }),
    said.message(id, '501', '603', { parentId: '601', role: 'assistant', blocks: [said.text('Another answer.')] }),
    said.message(id, '501', '604', { parentId: '602', blocks: [said.text('Thanks'), picture] }),
  ]
  await perform(here.deps, {
    by: { account: id },
    lane: 'private',
    commands: [
      { do: 'StoreAsset', data: { ...asset, accountId: id, at: talk.at } },
      { do: 'CreateConversation', data: talk },
      ...messages.map((data) => ({ do: 'AddMessage', data }) as const),
    ],
  })
})
afterAll(() => here?.close())

describe('a vault as one file', () => {
  test('brought in again where it came from, it adds nothing', async () => {
    const before = await vaultOf(ada)
    const report = await bringIn(ada, before)
    expect(report).toMatchObject({
      state: 'complete',
      imported: { conversations: 0, messages: 0, assets: 0 },
      updated: { conversations: 0, messages: 0 },
      unchanged: { conversations: 1, messages: 4, assets: 1 },
    })
    expect(await vaultOf(ada)).toBe(before)
  })

  test('brought in by somebody else it is the same, with its files, under ids of their own', async () => {
    const report = await bringIn(ben, await vaultOf(ada))
    expect(report).toMatchObject({ state: 'complete', imported: { conversations: 1, messages: 4, assets: 1 } })
    const [mine, theirs] = [exportOf(await vaultOf(ada)), exportOf(await vaultOf(ben))]
    expect(theirs.conversations.map(told)).toEqual(mine.conversations.map(told))
    expect(theirs.conversations[0]?.id).not.toBe(mine.conversations[0]?.id)
    expect(theirs.assets.map(({ base64 }) => createHash('sha256').update(Buffer.from(base64, 'base64')).digest('hex'))).toEqual([
      createHash('sha256').update(PNG).digest('hex'),
    ])
    const again = await bringIn(ben, await vaultOf(ada))
    expect(again).toMatchObject({ imported: { conversations: 0, messages: 0, assets: 0 }, updated: { messages: 0 }, unchanged: { messages: 4 } })
  })

  test('one that grew meanwhile adds what is new', async () => {
    await perform(here.deps, {
      by: { account: ada.id },
      lane: 'private',
      commands: [{ do: 'AddMessage', data: said.message(ada.id, '501', '605', { parentId: '604', role: 'assistant' }) }],
    })
    const report = await bringIn(ben, await vaultOf(ada))
    expect(report).toMatchObject({
      imported: { conversations: 0, messages: 1 },
      updated: { conversations: 1, messages: 0 },
      unchanged: { messages: 4 },
    })
  })

  test('a file of a version that nobody knows is left, and told', async () => {
    const report = await bringIn(ben, (await vaultOf(ada)).replace('"version":1', '"version":2'))
    expect(report).toMatchObject({ state: 'failed', skipped: [{ reason: 'unknown-format' }] })
    expect((await imports(here.deps.pool, here.deps.vault.cipher, ben.id)).length).toBe(4)
  })
})

describe('one conversation to read', () => {
  const shown = async (format: 'markdown' | 'html') => {
    const row = await conversationById(here.deps.pool, here.deps.vault.cipher, ada.id, '501')
    if (row === null) throw new Error('not there')
    return textOf(exportConversation(deps(), row, format, HEAD))
  }

  test('as Markdown: the line of talk, what stands beside it mentioned', async () => {
    const text = await shown('markdown')
    expect(text).toContain('# Looms \\<script\\>')
    expect(text).toContain('```js\nconst a = "</code>"\n```')
    expect(text).toContain('1 other version not shown')
    expect(text).not.toContain('Another answer.')
    expect(text).toContain('*image: a.png (kept in the vault)*')
  })

  test('as HTML nothing of it runs or is fetched, whatever was written', async () => {
    const page = await shown('html')
    expect(page).toContain("default-src 'none'")
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(page).toContain('<pre><code>const a = &quot;&lt;/code&gt;&quot;</code></pre>')
    expect(page).not.toMatch(/<(script|img|iframe|object|embed|link|form)\b/i)
    expect(page).not.toMatch(/<[^>]+\son\w+=/i)
  })

  test('as a file its name is printable and safe', async () => {
    const [row] = await conversations(here.deps.pool, here.deps.vault.cipher, ada.id, { limit: 1 })
    if (row === undefined) throw new Error('not there')
    expect(exportConversation(deps(), { ...row, title: '../../Über „Öl“ \r\n' }, 'json', HEAD).name).toBe('uber-ol-501.vivim.json')
    expect(exportConversation(deps(), { ...row, title: '漢字' }, 'html', HEAD).name).toBe('501.html')
  })
})

type File = { readonly conversations: readonly ExportedConversation[]; readonly assets: readonly { readonly base64: string }[] }
const exportOf = (text: string): File => JSON.parse(text) as File

/** What is the same wherever it is: not ids of the instance, nor where it came from. */
function told({ nativeId, title, provider, tags, createdAt, updatedAt, extra, messages }: ExportedConversation) {
  const names = new Map(messages.map((message) => [message.id, message.nativeId]))
  return {
    nativeId,
    title,
    provider,
    tags,
    createdAt,
    updatedAt,
    extra,
    messages: messages.map(({ nativeId, parentId, role, createdAt, blocks }) => ({
      nativeId,
      role,
      createdAt,
      parent: names.get(parentId ?? '') ?? null,
      blocks: JSON.parse(JSON.stringify(blocks).replaceAll(/"assetId":"\d+"/g, '"assetId":"-"')) as unknown,
    })),
  }
}

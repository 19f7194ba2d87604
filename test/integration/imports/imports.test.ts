/** Imports end to end: real archives, real ledger, real read tables. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Imports } from '../../../src/conversations/imports.ts'
import { conversations } from '../../../src/projections/read/conversations.ts'
import { importById } from '../../../src/projections/read/imports.ts'
import { messagesOf } from '../../../src/projections/read/messages.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../support/instance.ts'

let instance: TestInstance
let imports: Imports
let owner: TestAccount
let dir: string

beforeAll(async () => {
  instance = await testInstance()
  owner = await instance.createAccount('ana')
  const { deps } = instance
  imports = await Imports.open({ ...deps, cipher: deps.vault.cipher })
  dir = await mkdtemp(path.join(tmpdir(), 'vivim-import-'))
})

afterAll(async () => {
  await imports.close()
  await instance.close()
  await rm(dir, { recursive: true, force: true })
})

const tea = (id = 'c1', more: readonly object[] = []) => ({
  id,
  conversation_id: id,
  title: 'Tea',
  create_time: 1756000000.1,
  current_node: 'a2',
  default_model_slug: 'gpt-5-thinking',
  mapping: {
    'client-created-root': { id: 'client-created-root', message: null, parent: null },
    u1: {
      id: 'u1',
      parent: 'client-created-root',
      message: {
        id: 'u1',
        author: { role: 'user' },
        create_time: 1756000001,
        content: { content_type: 'text', parts: ['Which tea for the evening?'] },
      },
    },
    t1: {
      id: 't1',
      parent: 'u1',
      message: {
        id: 't1',
        author: { role: 'assistant' },
        content: { content_type: 'thoughts', thoughts: [{ summary: 'Caffeine', content: 'Prefer rooibos.' }] },
      },
    },
    a1: {
      id: 'a1',
      parent: 'u1',
      message: { id: 'a1', author: { role: 'assistant' }, content: { content_type: 'text', parts: ['Green tea.'] }, status: 'finished_successfully' },
    },
    a2: {
      id: 'a2',
      parent: 't1',
      message: {
        id: 'a2',
        author: { role: 'assistant' },
        content: { content_type: 'text', parts: ['Rooibos.'] },
        recipient: 'all',
        metadata: { model_slug: 'gpt-5-thinking' },
      },
    },
    ...Object.assign({}, ...more),
  },
})

const file = async (name: string, content: unknown): Promise<string> => {
  const target = path.join(dir, name)
  await writeFile(target, typeof content === 'string' ? content : JSON.stringify(content))
  return target
}

const imported = async (target: string) =>
  imports.finished(await imports.start({ accountId: owner.id, file: target, name: path.basename(target), via: 'command' }))

test('what a ChatGPT export says can be read here: every branch, in its order', async () => {
  const report = await imported(await file('conversations.json', [tea()]))
  expect(report).toMatchObject({ state: 'complete', imported: { conversations: 1, messages: 4 }, skipped: [] })
  const { pool, vault } = instance.deps
  const [row] = await conversations(pool, vault.cipher, owner.id, { limit: 10 })
  expect(row).toMatchObject({ title: 'Tea', provider: 'chatgpt', model: 'gpt-5-thinking', source: { nativeId: 'c1', pointer: '/0' } })
  const messages = await messagesOf(pool, vault.cipher, row?.id ?? '')
  expect(messages.map(({ source }) => source?.nativeId)).toEqual(['u1', 't1', 'a1', 'a2'])
  const byNative = new Map(messages.map((message) => [message.source?.nativeId, message]))
  expect(byNative.get('a2')?.parentId).toBe(byNative.get('t1')?.id)
  expect(row?.activeLeafId).toBe(byNative.get('a2')?.id)
  expect(await importById(pool, vault.cipher, owner.id, report.id)).toMatchObject({ state: 'complete' })
})

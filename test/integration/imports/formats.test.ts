/** Samples of all formats in one folder, imported as their owner would: each is read by its own importer, all is recorded, and again adds nothing. */
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestAccount, type TestInstance, testInstance } from '../../support/instance.ts'

const FIXTURES = path.join(import.meta.dirname, '../../../fixtures/conversations')
const FORMATS = [
  'deepseek',
  'kimi',
  'qwen',
  'zai',
  'mistral',
  'perplexity',
  'copilot',
  'open-webui',
  'librechat',
  'claude-code',
  'codex',
  'cursor',
  'generic',
]

let instance: TestInstance
let owner: TestAccount
let folder: string

beforeAll(async () => {
  instance = await testInstance()
  owner = await instance.createAccount('ana')
  folder = await mkdtemp(path.join(tmpdir(), 'vivim-formats-'))
  for (const format of FORMATS) await cp(path.join(FIXTURES, format), path.join(folder, format), { recursive: true })
})
afterAll(async () => {
  await instance.close()
  await rm(folder, { recursive: true, force: true })
})

const imported = async () => {
  const { imports } = instance.deps.vault
  return imports.finished(await imports.start({ accountId: owner.id, name: 'everything', via: 'command', file: folder }))
}

test('everything that anybody has is read by whoever knows it, and again adds nothing', async () => {
  const first = await imported()
  expect(first.formats.map(({ importer }) => importer).toSorted()).toEqual(FORMATS.toSorted())
  expect(first.formats.reduce((sum, { conversations }) => sum + conversations, 0)).toBe(first.found.conversations)
  expect(first.imported).toEqual(first.found)
  expect(first.found).toMatchObject({ conversations: 26, assets: 3 })
  expect(first.skipped.map(({ reason }) => reason).toSorted()).toEqual(['missing', 'no-messages', 'no-messages'])
  expect(first.state).toBe('partial')
  expect(first.unknown.length).toBeGreaterThan(10)
  const again = await imported()
  expect(again.imported).toMatchObject({ conversations: 0, messages: 0, assets: 0 })
  expect(again.updated).toMatchObject({ conversations: 0, messages: 0 })
  expect(again.unchanged).toMatchObject({ conversations: first.found.conversations, messages: first.found.messages })
})

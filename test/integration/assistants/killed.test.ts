/** A process that is killed while a model speaks: the question is there, so is what was recorded of the answer, and it can be asked for again. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { messagesOf } from '../../../src/projections/read/messages.ts'
import { modelServer } from '../../support/model-server.ts'
import { freshDatabase } from '../../support/postgres.ts'
import { openParts } from './parts.ts'
import { over, textOf } from './world.ts'

const CHAT = fileURLToPath(new URL('killed-chat.ts', import.meta.url))

type Printed = { readonly accountId: string; readonly modelId: string; readonly conversationId: string; readonly messageId: string }

test('kill -9 in the middle of an answer loses neither the question nor what was recorded of the answer', async () => {
  const [database, server, dataDir] = await Promise.all([freshDatabase(), modelServer(), mkdtemp(path.join(tmpdir(), 'vivim-killed-'))])
  server.say({ text: ['Once upon ', 'a time'], ending: 'hang' })
  const child = spawn(process.execPath, [CHAT, database.url, dataDir, server.url], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const [line] = (await Promise.race([once(child.stdout, 'data'), exited.then(() => ['{}'])])) as [Buffer]
  child.kill('SIGKILL')
  await exited
  const { accountId, modelId, conversationId, messageId } = JSON.parse(line.toString()) as Printed

  const { pool, vault, chat, close } = await openParts(database.url, dataDir)
  const before = await messagesOf(pool, vault.cipher, conversationId)
  expect(before).toMatchObject([
    { role: 'user', status: 'complete', blocks: [{ text: 'A long story, please.' }] },
    { role: 'assistant', id: messageId, status: 'partial', blocks: [{ text: expect.stringMatching(/^Once upon /) as string }] },
  ])
  server.say({ text: ['Once upon a time there was a heron.'] })
  const wishes = { modelId, tools: [], context: null, maxOutputTokens: null, temperature: null }
  const again = await chat.retry({ ...wishes, accountId, conversationId, messageId })
  if (!again.ok) throw new Error(again.refusal.message)
  expect(textOf(await over(again.turn))).toContain('heron')
  const after = await messagesOf(pool, vault.cipher, conversationId)
  expect(after.map(({ status }) => status)).toEqual(['complete', 'partial', 'complete'])
  expect(after[2]?.parentId).toBe(after[0]?.id)
  await close()
  await server.close()
  await database.drop()
  await rm(dataDir, { recursive: true, force: true })
})

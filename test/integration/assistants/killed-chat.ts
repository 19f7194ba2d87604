/** The process that killed.test.ts kills: in the middle of an answer, once something of it is recorded. */
import { setTimeout as sleep } from 'node:timers/promises'
import { messagesOf } from '../../../src/projections/read/messages.ts'
import { openParts } from './parts.ts'

const [, , databaseUrl = '', dataDir = '', modelUrl = ''] = process.argv
const { pool, vault, chat, found } = await openParts(databaseUrl, dataDir)
const accountId = await found()
const way = { provider: 'openai-compatible', name: 'Mine', model: 'test-model', baseUrl: `${modelUrl}/v1`, embeddingModel: null, apiKey: 'sk-killed' }
const added = await vault.models.add(accountId, way)
if (!added.ok) throw new Error('no model')
const wishes = { modelId: added.id, tools: [], context: null, maxOutputTokens: null, temperature: null, doNotRemember: false }
const started = await chat.ask({ ...wishes, accountId, conversationId: null, text: 'A long story, please.' })
if (!started.ok) throw new Error(started.refusal.message)
const { conversationId, id } = started.turn
while ((await messagesOf(pool, vault.cipher, conversationId)).length < 2) await sleep(10)
process.stdout.write(`${JSON.stringify({ accountId, modelId: added.id, conversationId, messageId: id })}\n`)

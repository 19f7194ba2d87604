/** `vivim mcp` as an assistant of this machine starts it: the official client over stdin and stdout, beside a running instance and without one. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { COMMANDS } from '../../../src/cli/commands.ts'
import { type Control, serveControl } from '../../../src/cli/control.ts'
import { readConfig } from '../../../src/config.ts'
import { type Instance, openInstance } from '../../../src/instance.ts'
import { accesses } from '../../../src/projections/read/accesses.ts'
import { localAccount } from '../../../src/projections/read/accounts.ts'
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts'

const SCRIPT = fileURLToPath(new URL('../../../src/cli/vivim.ts', import.meta.url))

let database: TestDatabase
let dataDir: string
let env: Record<string, string>
let running: { readonly instance: Instance; readonly control: Control }
beforeAll(async () => {
  database = await freshDatabase()
  dataDir = await mkdtemp(path.join(os.tmpdir(), 'vivim-mcp-'))
  env = { PATH: process.env['PATH'] ?? '', VIVIM_DATA: dataDir, DATABASE_URL: database.url, PORT: String(await freePort()), LOG_LEVEL: 'silent' }
  const instance = await openInstance(readConfig(env), { log: () => {} })
  running = { instance, control: await serveControl(instance) }
  await COMMANDS['account create'].run(instance, { username: 'ada', password: 'correct horse battery', email: null, title: null }, () => {})
})
afterAll(async () => {
  await database.drop()
  await rm(dataDir, { recursive: true, force: true })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Its errors go to the console of the test. */
async function assistant(account = 'ada'): Promise<Client> {
  const client = new Client({ name: 'desk-assistant', version: '2.0.0' })
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [SCRIPT, 'mcp', '--account', account], env, cwd: dataDir, stderr: 'ignore' }),
  )
  return client
}

async function proposes(client: Client, text: string): Promise<void> {
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain('get_context')
  const remembered = await client.callTool({ name: 'remember', arguments: { text } })
  expect(remembered.structuredContent).toMatchObject({ text, status: 'candidate' })
}

test('beside a running instance it talks through the control socket, and what it reads is noted by its name', async () => {
  const client = await assistant()
  await proposes(client, 'Drinks tea in the morning')
  const { pool, vault } = running.instance
  const ada = await localAccount(pool, 'ada')
  const newest = async () => (await accesses(pool, vault.cipher, ada?.id ?? '', { limit: 1 }))[0]
  await expect
    .poll(newest)
    .toMatchObject({ what: 'mcp:remember', reader: { kind: 'assistant', name: 'desk-assistant 2.0.0', appId: null, grantId: null } })
  await client.close()
})

test('for an account that is not there it ends', async () => {
  await expect(assistant('nobody')).rejects.toThrow()
})

test('without a running instance it opens the vault itself', async () => {
  await running.control.close()
  await running.instance.close()
  const client = await assistant()
  await proposes(client, 'Drinks coffee after lunch')
  expect((await client.callTool({ name: 'recall', arguments: { query: 'tea in the morning' } })).isError).not.toBe(true)
  await client.close()
}, 30_000)

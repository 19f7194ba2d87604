/** The MCP server over a pair of streams, for programs of the operator: whoever may open the control socket may read every vault anyway. */
import type { Readable, Writable } from 'node:stream'
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
import { mcpDeps } from '../api/mcp/deps.ts'
import { VERSION } from '../api/version.ts'
import { createMcpServer } from '../assistants/mcp/server.ts'
import type { Instance } from '../instance.ts'
import { localAccount } from '../projections/read/accounts.ts'
import { CommandError } from './command.ts'

/** Bytes of one message. */
const LONGEST_MESSAGE = 1 << 20

/**
 * Serves the vault of an account, one JSON-RPC message per line, until the input ends.
 *
 * @param ready  called when there is such an account, before anything is written
 * @throws {CommandError} when there is none
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#stdio
 */
export async function serveMcp(instance: Instance, username: string, input: Readable, output: Writable, ready: () => void = () => {}): Promise<void> {
  const account = await localAccount(instance.pool, username)
  if (account === null) throw new CommandError('REFUSED', `There is no account ${username} on this instance.`)
  ready()
  const caller = { accountId: account.id, app: null, grantId: null }
  const deps = mcpDeps(instance)
  const ended = new Promise<void>((resolve) => {
    for (const stream of [input, output]) stream.once('close', resolve)
    input.once('end', resolve)
  })
  const transport = new StdioServerTransport(input, output, { maxBufferSize: LONGEST_MESSAGE })
  const server = serveStdio(() => createMcpServer(deps, caller, VERSION), {
    transport,
    onerror: (error) => instance.log('debug', 'an MCP message failed', { error: error.message }),
  })
  await ended
  await server.close()
}

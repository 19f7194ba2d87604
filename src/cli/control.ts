/**
 * The control socket of a running instance: `<data directory>/control.sock`, for the command line, mode 0600. Whoever can open it is the
 * operator; it asks for nothing more.
 *
 *   POST /commands/<name>   JSON arguments → NDJSON: any number of {"progress"}, then one {"result"} or {"error"}
 *   GET  /export/<full|public>/<position>   → the export, as bytes: the entries from that position on, and perhaps some before
 *   GET  /archive/<username>     → the archive of an account, as bytes
 *   POST /mcp/<username>         MCP messages, one per line → the answers, as they come; until the request ends
 */
import { rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Instance } from '../instance.ts'
import type { Disclosure } from '../ledger/audit/export-format.ts'
import { accountArchive } from './accounts.ts'
import { CommandError, type Progress, toCommandError } from './command.ts'
import { COMMANDS, type CommandName, isCommandName } from './commands.ts'
import { canConnect, socketPath } from './control-path.ts'
import { exportInstance } from './export-instance.ts'
import { serveMcp } from './serve-mcp.ts'

export type Control = { close(): Promise<void> }

/** Messages of the reply to a command, one per line. */
export type Reply =
  | { readonly progress: Progress }
  | { readonly result: unknown }
  | { readonly error: { readonly code: CommandError['code']; readonly message: string } }

const MAX_ARGUMENTS = 64 * 1024

/**
 * Listens until closed. Without a socket the instance works all the same, so a path that cannot be one is only warned about.
 *
 * @throws {CommandError} when another instance answers on the socket of this data directory
 */
export async function serveControl(instance: Instance): Promise<Control> {
  const path = socketPath(instance.config.dataDir)
  if (path === null) {
    instance.log('warn', 'the path of the data directory is too long for a control socket: stop the instance to use the command line', {})
    return { close: async () => {} }
  }
  if (await canConnect(path)) throw new CommandError('FAILED', `Another instance is running on ${instance.config.dataDir}.`)
  await rm(path, { force: true })
  const server = createServer({ requestTimeout: 0 }, (request, response) => void answer(instance, request, response))
  await listenPrivately(server, path)
  return { close: () => close(server) }
}

/** The socket is made for its owner alone: there is no moment at which others could open it. */
async function listenPrivately(server: Server, path: string): Promise<void> {
  const usual = process.umask(0o177)
  const listening = new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve)) // makes the socket at once
  process.umask(usual)
  await listening
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

async function answer(instance: Instance, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const [, kind, name = '', from = '0'] = decodeURIComponent(request.url ?? '').split('/')
    if (request.method === 'POST' && kind === 'commands' && isCommandName(name)) await runCommand(instance, name, request, response)
    else if (request.method === 'GET' && kind === 'export' && isDisclosure(name) && /^\d{1,15}$/.test(from))
      await pipeline(Readable.from(exportInstance(instance, name, Number(from))), response)
    else if (request.method === 'GET' && kind === 'archive') await sendArchive(instance, name, response)
    else if (request.method === 'POST' && kind === 'mcp') await talk(instance, name, request, response)
    else response.writeHead(404).end()
  } catch (error) {
    if (!response.destroyed) instance.log('warn', 'a control request failed', { error: String(error) })
    response.destroy()
  }
}

/** 404 when the first step says that there is no such account. */
async function sendArchive(instance: Instance, username: string, response: ServerResponse): Promise<void> {
  const archive = accountArchive(instance, username)
  const first = await archive.next().catch((error: unknown) => {
    if (error instanceof CommandError) return null
    throw error
  })
  if (first === null) return void response.writeHead(404).end()
  if (first.done !== true) response.write(first.value)
  await pipeline(Readable.from(archive), response)
}

/** 404 when there is no such account. */
async function talk(instance: Instance, username: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const begin = (): void => response.writeHead(200, { 'content-type': 'application/x-ndjson' }).flushHeaders()
  try {
    await serveMcp(instance, username, request, response, begin)
    response.end()
  } catch (error) {
    if (!(error instanceof CommandError) || response.headersSent) throw error
    response.writeHead(404).end()
  }
}

async function runCommand(instance: Instance, name: CommandName, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  const say = (reply: Reply) => response.write(`${JSON.stringify(reply)}\n`)
  try {
    const args: unknown = JSON.parse(await body(request))
    say({ result: await COMMANDS[name].accept(instance, args, (progress) => say({ progress })) })
  } catch (error) {
    const { code, message } = toCommandError(error)
    say({ error: { code, message } })
  }
  response.end()
}

const isDisclosure = (name: string): name is Disclosure => name === 'full' || name === 'public'

async function body(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    length += chunk.length
    if (length > MAX_ARGUMENTS) throw new CommandError('REFUSED', 'The arguments are too long.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** Reaching the instance of this data directory: through its control socket when it runs, otherwise by opening it here, without HTTP. */
import { type IncomingMessage, request } from 'node:http'
import type { Readable, Writable } from 'node:stream'
import type { Config } from '../config.ts'
import type { Disclosure } from '../ledger/audit/export-format.ts'
import { CommandError, type OnProgress } from './command.ts'
import type { ArgsOf, CommandName, ResultOf } from './commands.ts'
import type { Reply } from './control.ts'
import { canConnect, socketPath } from './control-path.ts'

export type Reached = {
  /** @throws {CommandError} */
  call<N extends CommandName>(name: N, args: ArgsOf<N>, onProgress?: OnProgress): Promise<ResultOf<N>>
  /** The log as bytes; at least all that comes at or after position `from`. */
  export(disclosure: Disclosure, from?: number): AsyncIterable<Uint8Array>
  /** The archive of an account, by its name. @throws {CommandError} */
  archive(username: string): AsyncIterable<Uint8Array>
  /** Serves an account's vault as an MCP server over these streams, until the input ends. @throws {CommandError} */
  mcp(username: string, input: Readable, output: Writable): Promise<void>
  close(): Promise<void>
}

/** @throws {CommandError} when it neither runs nor can be opened */
export async function reach(config: Config): Promise<Reached> {
  const socket = socketPath(config.dataDir)
  if (socket === null) return opened(config)
  if (await canConnect(socket)) return running(socket)
  return opened(config).catch(async (error: unknown) => {
    if (await canConnect(socket)) return running(socket) // it was starting at the same moment, and was quicker
    throw error
  })
}

/** The instance that another process runs. */
function running(socketPath: string): Reached {
  const ask = (method: string, path: string, body = ''): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const failed = (error: Error) => reject(new CommandError('FAILED', `The running instance cannot be reached: ${error.message}`, error))
      request({ socketPath, method, path, agent: false }, resolve).once('error', failed).end(body)
    })
  /** A request whose body goes on as long as somebody talks. */
  const talk = (username: string, input: Readable): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const failed = (error: Error) => reject(new CommandError('FAILED', `The running instance cannot be reached: ${error.message}`, error))
      const talking = request({ socketPath, method: 'POST', path: `/mcp/${encodeURIComponent(username)}`, agent: false }, resolve)
      talking.once('error', failed).flushHeaders()
      input.pipe(talking)
    })
  return {
    async call(name, args, onProgress = () => {}) {
      const response = await ask('POST', `/commands/${encodeURIComponent(name)}`, JSON.stringify(args))
      if (response.statusCode !== 200)
        throw new CommandError('FAILED', `The running instance does not know the command "${name}": is it of another version?`)
      return (await resultOf(response, onProgress)) as never
    },
    async *export(disclosure, from = 0) {
      const response = await ask('GET', `/export/${disclosure}/${from}`)
      if (response.statusCode !== 200) throw new CommandError('FAILED', 'The running instance cannot export: is it of another version?')
      yield* response
    },
    async *archive(username) {
      const response = await ask('GET', `/archive/${encodeURIComponent(username)}`)
      if (response.statusCode === 404) throw new CommandError('REFUSED', `There is no account ${username} on this instance.`)
      yield* response
    },
    async mcp(username, input, output) {
      const response = await talk(username, input)
      if (response.statusCode === 404) throw new CommandError('REFUSED', `There is no account ${username} on this instance.`)
      if (response.statusCode !== 200) throw new CommandError('FAILED', 'The running instance serves no assistants: is it of another version?')
      try {
        for await (const chunk of response as AsyncIterable<Uint8Array>) output.write(chunk)
      } catch (error) {
        throw new CommandError('FAILED', 'The instance stopped.', error)
      }
    },
    close: async () => {},
  }
}

async function resultOf(response: IncomingMessage, onProgress: OnProgress): Promise<unknown> {
  for await (const line of lines(response)) {
    const reply = JSON.parse(line) as Reply
    if ('progress' in reply) onProgress(reply.progress)
    else if ('result' in reply) return reply.result
    else throw new CommandError(reply.error.code, reply.error.message)
  }
  throw new CommandError('FAILED', 'The instance stopped before the command was done.')
}

/** Whole lines of a response, until it ends or breaks off. */
async function* lines(response: IncomingMessage): AsyncGenerator<string> {
  let rest = ''
  try {
    for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
      const [first = '', ...more] = chunk.split('\n')
      const complete = [rest + first, ...more]
      rest = complete.pop() ?? ''
      yield* complete
    }
  } catch (error) {
    throw new CommandError('FAILED', 'The instance stopped before the command was done.', error)
  }
}

/** The instance opened in this process: needs the database to itself. */
async function opened(config: Config): Promise<Reached> {
  const [{ openInstance }, { COMMANDS }, { exportInstance }, { accountArchive }, { toCommandError }, { serveMcp }] = await Promise.all([
    import('../instance.ts'),
    import('./commands.ts'),
    import('./export-instance.ts'),
    import('./accounts.ts'),
    import('./command.ts'),
    import('./serve-mcp.ts'),
  ])
  const log = (level: string, message: string) => {
    if (level === 'error') process.stderr.write(`${message}\n`)
  }
  const interrupted = interruption()
  const instance = await openInstance(config, { listen: false, log, signal: interrupted }).catch((error: unknown) => {
    throw toCommandError(error)
  })
  interrupted.addEventListener('abort', () => void instance.close().finally(() => process.exit(INTERRUPTED)))
  return {
    call: async (name, args, onProgress = () => {}) => (await COMMANDS[name].accept(instance, args, onProgress)) as never,
    export: (disclosure, from) => exportInstance(instance, disclosure, from),
    archive: (username) => accountArchive(instance, username),
    mcp: (username, input, output) => serveMcp(instance, username, input, output),
    close: () => instance.close(),
  }
}

/** As a shell reports a command that Ctrl-C ended. */
const INTERRUPTED = 130

/** Aborted by a signal that asks us to end: what was opened here is closed first, above all the database server. Asked twice, we do not wait. */
function interruption(): AbortSignal {
  const asked = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (asked.signal.aborted) process.exit(INTERRUPTED)
      asked.abort(new Error(`${signal}: nothing was done`))
    })
  }
  return asked.signal
}

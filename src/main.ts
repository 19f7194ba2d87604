/** `npm start`: one instance, from the environment to a printed URL, until SIGINT or SIGTERM. */
import { enableCompileCache, flushCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import type { Instance, Log } from './instance.ts'

// What is compiled once is not compiled again: this halves the start and saves some 20 MB. And the garbage of starting shall not make the heap's
// young generation grow, which never shrinks again (30 MB); once ready, it may. So nothing heavy may be imported before these lines.
setFlagsFromString('--semi-space-growth-factor=1')
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/vivim', import.meta.url)))
const { ConfigError, configHelp, readConfig } = await import('./config.ts')

if (process.argv.includes('--help') || process.argv.includes('-h')) {
  console.log(`VIVIM: an instance for your social life and AI memory.\n\nUsage: npm start\n\nConfiguration by environment:`)
  for (const { name, text } of configHelp()) console.log(`  ${name.padEnd(22)} ${text}`)
  process.exit(0)
}

const stop = stopSignal()
const config = configured()
const [{ pino }, { openInstance }, { serveControl }, { startFailure }] = await Promise.all([
  import('pino'),
  import('./instance.ts'),
  import('./cli/control.ts'),
  import('./start-failure.ts'),
])
const logger = pino({ level: config.logLevel })
const log: Log = (level, message, fields) => logger[level](fields ?? {}, message)

process.on('uncaughtException', (err) => {
  logger.fatal({ err }, 'a bug: the instance stops')
  process.exitCode = 1
  process.emit('SIGTERM')
})

try {
  await run()
} catch (error) {
  if (!stop.aborted) {
    console.error(`VIVIM could not start: ${startFailure(error, config)}`)
    if (logger.isLevelEnabled('debug')) console.error(error)
    process.exitCode = 1
  }
}
process.exit()

async function run(): Promise<void> {
  const instance = await openInstance(config, { log, signal: stop })
  try {
    const control = await serveControl(instance)
    greet(instance)
    flushCompileCache()
    setFlagsFromString('--semi-space-growth-factor=2')
    await new Promise((resolve) => (stop.aborted ? resolve(null) : stop.addEventListener('abort', resolve)))
    await control.close()
  } finally {
    await instance.close()
  }
}

/** Aborted by the first signal that asks us to end, also while the instance is still starting. Asked twice, we do not wait. */
function stopSignal(): AbortSignal {
  const asked = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (asked.signal.aborted) process.exit(1)
      console.error(`\n${signal}: finishing what was begun…`)
      asked.abort()
    })
  }
  return asked.signal
}

function configured(): ReturnType<typeof readConfig> {
  try {
    return readConfig()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    console.error(error.problems.map((problem) => `Configuration: ${problem}`).join('\n'))
    return process.exit(2)
  }
}

function greet(instance: Instance): void {
  const seconds = (performance.now() / 1000).toFixed(1)
  const token = instance.setupToken()
  const lines = [`VIVIM is ready at ${config.origin} (after ${seconds} s; data in ${config.dataDir})`]
  if (instance.ledger.readOnly !== null) lines.push('', `It is READ-ONLY. ${instance.ledger.readOnly}`)
  if (token !== null) lines.push('', 'It is new. Open this page to set it up; the link works once:', `  ${config.origin}/setup?token=${token}`)
  console.log(`\n${lines.join('\n')}\n`)
}

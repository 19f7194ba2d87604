/** `npm start`: one instance, from the environment to a printed URL, until SIGINT or SIGTERM. */
import { pino } from 'pino'
import { serveControl } from './cli/control.ts'
import { ConfigError, configHelp, readConfig } from './config.ts'
import { type Instance, type Log, openInstance } from './instance.ts'

const started = performance.now()

if (process.argv.includes('--help') || process.argv.includes('-h')) {
  console.log(`VIVIM: an instance for your social life and AI memory.\n\nUsage: npm start\n\nConfiguration by environment:`)
  for (const { name, text } of configHelp()) console.log(`  ${name.padEnd(22)} ${text}`)
  process.exit(0)
}

try {
  await run()
} catch (error) {
  if (error instanceof ConfigError) {
    console.error(error.problems.map((problem) => `Configuration: ${problem}`).join('\n'))
    process.exit(2)
  }
  console.error(`VIVIM could not start: ${error instanceof Error ? error.message : String(error)}`)
  if (process.env['LOG_LEVEL'] === 'debug') console.error(error)
  process.exit(1)
}

async function run(): Promise<void> {
  const config = readConfig()
  const logger = pino({ level: config.logLevel })
  const log: Log = (level, message, fields) => logger[level](fields ?? {}, message)
  const instance = await openInstance(config, { log })
  const control = await serveControl(instance)
  greet(instance)

  let stopping = false
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1) // asked twice: do not wait
    stopping = true
    console.error(`\n${signal}: finishing what was begun…`)
    void control
      .close()
      .then(() => instance.close())
      .then(() => process.exit(0))
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

function greet(instance: Instance): void {
  const { config } = instance
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const token = instance.setupToken()
  const lines = [`VIVIM is ready at ${config.origin} (after ${seconds} s; data in ${config.dataDir})`]
  if (token !== null) lines.push('', 'It is new. Open this page to set it up; the link works once:', `  ${config.origin}/setup?token=${token}`)
  console.log(`\n${lines.join('\n')}\n`)
}

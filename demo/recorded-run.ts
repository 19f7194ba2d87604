/**
 * `npm run demo:audit`: the whole promise in one run. An instance is filled, backed up while it is written to, killed and wiped from the disk,
 * restored, and audited by another process that has nothing but its address and verifier key. Then one bit of a copy is changed, deep in the past.
 *
 *   npm run demo:audit                       a million events: a quarter of an hour, and some 12 GB of disk
 *   npm run demo:audit -- --events 5000
 *   npm run demo:audit -- --record FILE      keeps what is said
 */
import { execFileSync } from 'node:child_process'
import { appendFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { startPostgres } from '../src/host/postgres.ts'
import type { AuditReport } from '../src/ledger/audit/report.ts'
import { fill, OWNER } from './fill.ts'
import { freePort, type InstanceProcess, scratch, startInstance, vivim } from './instance-process.ts'

const { values } = parseArgs({ options: { events: { type: 'string', default: '1000000' }, record: { type: 'string' } } })
const events = Number(values.events)
if (!Number.isInteger(events) || events < 100) throw new Error('--events: a number from 100')

/** Reading a long log again takes a new instance its time. */
const PATIENCE_MS = 60_000 + events
/** Alarms that are worth reading: a changed entry changes every root behind it. */
const SHOWN = 6
const PASSPHRASE = 'what the keeper of the light alone knows'
const count = (n: number): string => n.toLocaleString('en')
const since = (began: number): string => `${((performance.now() - began) / 1000).toFixed(1)} s`

/** As short as it can be read: files by their names, ML-DSA keys by how they begin. */
async function say(text: string): Promise<void> {
  const short = text.replaceAll(`${place.dir}/`, '').replace(/^(.{150}).{50,}$/gm, '$1…')
  console.log(short)
  if (values.record !== undefined) await appendFile(values.record, `${short}\n`)
}

/** Runs a command as an operator types it, and says what it says. @throws {Error} when it ends with another code */
async function run(dataDir: string, port: number, args: readonly string[], expected = 0): Promise<string> {
  await say(`   $ vivim ${args.map((arg) => (arg.includes(' ') ? `'${arg}'` : arg)).join(' ')}`)
  const began = performance.now()
  const { code, stdout, stderr } = await vivim(dataDir, { PORT: String(port) }, ...args)
  if (code !== expected) throw new Error(`vivim ${args[0]} ended with ${code}:\n${stdout}${stderr}`)
  if (!args.includes('--json')) for (const line of stdout.trimEnd().split('\n')) await say(`   ${line}`)
  await say(`   exit ${code}, after ${since(began)}`)
  return stdout
}

/** Posts as an app does. @returns the status of the answer */
async function post(origin: string, token: string, status: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const answer = await fetch(`${origin}/api/v1/statuses`, { method: 'POST', headers, body: JSON.stringify({ status }) })
  await answer.arrayBuffer()
  return answer.status
}

/** One post after another, until stopped. */
function writing(origin: string, token: string): { stop(): Promise<number> } {
  let isStopped = false
  let written = 0
  const done = (async () => {
    while (!isStopped) {
      if ((await post(origin, token, `meanwhile ${written}`)) === 200) written++
      else await new Promise((resolve) => setTimeout(resolve, 100))
    }
  })()
  return {
    async stop() {
      isStopped = true
      await done
      return written
    },
  }
}

const place = await scratch('recorded-run')
const at = (name: string): string => path.join(place.dir, name)
const running = new Set<InstanceProcess>()

async function start(dataDir: string, port: number): Promise<InstanceProcess> {
  const instance = await startInstance({ dataDir, port, env: { VIVIM_RATE_LIMITS: 'false' }, readyWithinMs: PATIENCE_MS })
  running.add(instance)
  await say(`   answers at ${instance.origin} after ${(instance.readyMs / 1000).toFixed(1)} s`)
  return instance
}

async function end(instance: InstanceProcess, how: 'stop' | 'kill'): Promise<void> {
  await instance[how]()
  running.delete(instance)
}

async function main(): Promise<void> {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  if (values.record !== undefined) await writeFile(values.record, '')
  const cpu = os.cpus()[0]?.model.trim() ?? 'unknown'
  await say(`${new Date().toISOString()}  Node ${process.version}, ${os.availableParallelism()} × ${cpu}, ${count(events)} events`)

  await say(`\n1  An instance is filled`)
  const filled = await fill(at('first'), port, events, () => {})
  await say(
    `   ${count(filled.size)} entries, each signed and committed by itself, in ${filled.seconds.toFixed(0)} s (${count(Math.round(filled.size / filled.seconds))}/s)`,
  )
  await say(`   verifier key ${filled.verifierKey}`)

  await say('\n2  It runs, and is backed up while somebody writes')
  const first = await start(at('first'), port)
  const token = (
    JSON.parse(await run(at('first'), port, ['token', 'create', '--account', OWNER.username, '--scopes', 'read write', '--json'])) as {
      token: string
    }
  ).token
  const writer = writing(origin, token)
  await writeFile(at('passphrase'), PASSPHRASE, { mode: 0o600 })
  const backup = JSON.parse(await run(at('first'), port, ['backup', at('vivim.backup'), '--passphrase-file', at('passphrase'), '--json'])) as {
    size: number
    bytes: number
  }
  await say(`   ${count(backup.size)} entries in ${count(backup.bytes)} bytes; ${count(await writer.stop())} posts were written meanwhile`)

  await say('\n3  It is killed, its database server too, and its disk is gone')
  const postgres = await startPostgres(at('first'))
  await end(first, 'kill')
  await postgres.stop()
  await rm(at('first'), { recursive: true })

  await say('\n4  It is restored from the backup: nothing opens before every proof is verified')
  await run(at('second'), port, ['restore', at('vivim.backup'), '--passphrase-file', at('passphrase'), '--vkey', filled.verifierKey])
  const second = await start(at('second'), port)
  await say(
    `   a new post is answered with ${await expectStatus(503, post(origin, token, 'is anybody there?'))}: perhaps others have seen more of this log`,
  )

  await say('\n5  Another process, with the address and the verifier key alone, audits it')
  const audit = ['audit', origin, '--vkey', filled.verifierKey]
  const said = await run(at('nothing'), port, audit)
  if (!said.includes(`${count(backup.size)} entries`)) throw new Error('the restored log is not as long as the backup says')
  await end(second, 'stop')

  await say('\n6  Of a copy of it, one bit is changed, deep in the past')
  execFileSync('cp', ['-a', at('second'), at('tampered')]) // with its owners: PostgreSQL's user is not ours
  const position = await tamper(at('tampered'), Math.floor(filled.size / 3))
  await say(`   entry ${count(position)}: update ledger.commit set signature = set_byte(signature, 7, …)`)
  const third = await start(at('tampered'), port)
  const report = JSON.parse(await run(at('nothing'), port, [...audit, '--json'], 1)) as AuditReport
  for (const { position, what, detail } of report.alarms.slice(0, SHOWN))
    await say(`   ALARM  at position ${position ?? '–'}: ${what}: ${detail.split('\n')[0]}`)
  if (report.alarmCount > SHOWN) await say(`   … and ${count(report.alarmCount - SHOWN)} more, of what follows from these`)
  await end(third, 'stop')
  const forged = report.alarms.filter(({ what }) => what === 'signature').map((alarm) => alarm.position)
  if (forged.length !== 1 || forged[0] !== position) throw new Error(`the audit does not name position ${position}, and it alone`)
  await say(`   The copy is caught, at exactly position ${count(position)}: that entry, and no other, is not what its author signed.`)

  await say('\n7  What was written after the backup is lost for good. The restored instance says so, and goes on')
  await run(at('second'), port, ['log', 'break', '--reason', 'The disk was lost, and with it what was posted after the last backup.'])
  const last = await start(at('second'), port)
  await say(`   a new post is answered with ${await expectStatus(200, post(origin, token, 'The light is lit again.'))}`)
  await end(last, 'stop')
}

async function expectStatus(expected: number, status: Promise<number>): Promise<number> {
  if ((await status) !== expected) throw new Error(`answered with ${await status} instead of ${expected}`)
  return expected
}

/** Flips a bit of the first public entry from `from` on, as somebody can who owns the database. @returns its position */
async function tamper(dataDir: string, from: number): Promise<number> {
  const server = await startPostgres(dataDir)
  const client = new pg.Client({ connectionString: server.url })
  try {
    await client.connect()
    const { rows } = await client.query<{ position: string }>(
      'select position from ledger.commit where position >= $1 and blinding is null order by position limit 1',
      [from],
    )
    const position = Number(rows[0]?.position)
    await client.query('alter table ledger.commit disable trigger user')
    await client.query('update ledger.commit set signature = set_byte(signature, 7, get_byte(signature, 7) # 1) where position = $1', [position])
    await client.query('alter table ledger.commit enable trigger user')
    return position
  } finally {
    await client.end()
    await server.stop()
  }
}

try {
  await main()
} finally {
  for (const instance of running) await instance.stop()
  await place.remove()
}

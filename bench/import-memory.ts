/**
 * `node bench/import-memory.ts [gigabytes]`: what an instance holds in memory while it imports an archive far larger than that: 2 GB unless told.
 *
 * The instance is a process of its own with HTTP off; its resident memory is read from the kernel ten times a second. Threads are part of it, the database
 * server is not. Takes many minutes: a hundred thousand messages weigh about 60 MB.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, scratch, vivim } from '../demo/instance-process.ts'
import { writeZip } from '../test/support/zip.ts'
import { chatgptExport } from './import.ts'

/** Of JSON, for each message of the corpus: measured. */
const BYTES_PER_MESSAGE = 620
const MOST_MB = 300

const gigabytes = Number(process.argv[2] ?? 2)
const place = await scratch('bench-import-memory')
try {
  const file = path.join(place.dir, 'export.zip')
  const bytes = await writeZip(file, 'conversations.json', chatgptExport(Math.ceil((gigabytes * 1e9) / BYTES_PER_MESSAGE)))
  console.log(`${(bytes / 1e9).toFixed(2)} GB of JSON in a zip of ${Math.round((await stat(file)).size / 1e6)} MB`)
  const dataDir = path.join(place.dir, 'data')
  await mkdir(dataDir, { mode: 0o711 })
  const env = { PORT: String(await freePort()) }
  const made = await vivim(dataDir, env, 'account', 'create', 'bench', '--title', 'Bench')
  if (made.code !== 0) throw new Error(made.stderr)
  const { peak, seconds, report } = await watched(dataDir, env, file)
  console.log(
    `${report.imported.messages.toLocaleString('en')} messages in ${Math.round(seconds)} s: ${Math.round(report.imported.messages / seconds).toLocaleString('en')} messages/s`,
  )
  console.log(`At most ${Math.round(peak / 1e6)} MB resident (target: ${MOST_MB})`)
  process.exitCode = peak / 1e6 <= MOST_MB ? 0 : 1
} finally {
  await place.remove()
}

type Watched = { readonly peak: number; readonly seconds: number; readonly report: { readonly imported: { readonly messages: number } } }

async function watched(dataDir: string, env: Readonly<Record<string, string>>, file: string): Promise<Watched> {
  const command = path.join(import.meta.dirname, '../src/cli/vivim.ts')
  const began = performance.now()
  const child = spawn(process.execPath, [command, 'import', '--account', 'bench', '--json', file], {
    env: { ...process.env, ...env, VIVIM_DATA: dataDir },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  const over = once(child, 'exit')
  const peak = await peakOf(child.pid ?? 0, over)
  const [report] = JSON.parse(output) as [Watched['report']]
  return { peak, seconds: (performance.now() - began) / 1000, report }
}

/** Bytes, at most, until the process is over. The kernel remembers the highest it has seen. */
async function peakOf(pid: number, over: Promise<unknown>): Promise<number> {
  let [peak, isOver] = [0, false]
  void over.then(() => (isOver = true))
  while (!isOver) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
    peak = Math.max(peak, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024)
    await Promise.race([sleep(100), over])
  }
  return peak
}

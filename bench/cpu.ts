/** Processor time of this process and of a PostgreSQL server: what a number costs, also when the machine is shared. */
import { readdir, readFile } from 'node:fs/promises'

/** Milliseconds, user and system together. */
export type Cpu = { readonly node: number; readonly postgres: number }

const MS_PER_TICK = 10

/** @param dataDir  of the embedded server: `<dataDir>/postgres` is its cluster */
export async function cpuOf(dataDir: string): Promise<Cpu> {
  const { user, system } = process.cpuUsage()
  const pid = (await readFile(`${dataDir}/postgres/postmaster.pid`, 'utf8')).split('\n', 1)[0] ?? ''
  return { node: (user + system) / 1000, postgres: MS_PER_TICK * (await ticksOf(pid)) }
}

/** A server's processes are its children; those that ended are in its own account. */
async function ticksOf(postmaster: string): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')))
  let ticks = 0
  for (const [n, stat] of stats.entries()) {
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [ppid, utime, stime, cutime, cstime] = [fields[1], ...fields.slice(11, 15).map(Number)]
    if (pids[n] === postmaster) ticks += Number(utime) + Number(stime) + Number(cutime) + Number(cstime)
    else if (ppid === postmaster) ticks += Number(utime) + Number(stime)
  }
  return ticks
}

export const since = (before: Cpu, after: Cpu): Cpu => ({ node: after.node - before.node, postgres: after.postgres - before.postgres })

/** Processor time per event, in words. */
export const perEvent = ({ node, postgres }: Cpu, events: number): string =>
  `processor per event: Node ${((node * 1000) / events).toFixed(1)} µs, PostgreSQL ${((postgres * 1000) / events).toFixed(1)} µs`

/** How long a stranger's audit of 10,000 entries takes: the `vivim audit FILE` process from start to verdict. */
import path from 'node:path'
import { freePort, scratch, vivim } from '../demo/instance-process.ts'
import type { Bench } from './rows.ts'
import { populate } from './world.ts'

const ENTRIES = 10_000

export const auditBench: Bench = {
  metrics: ['audit.10k'],
  async run({ say }) {
    const place = await scratch('bench')
    const port = await freePort()
    const dataDir = path.join(place.dir, 'data')
    const file = path.join(place.dir, 'log.vivim')
    try {
      const size = await populate(dataDir, port, ENTRIES, say)
      const exported = await vivim(dataDir, { PORT: String(port) }, 'export', file)
      if (exported.code !== 0) throw new Error(exported.stdout + exported.stderr)
      const began = performance.now()
      const audit = await vivim(dataDir, { PORT: String(port) }, 'audit', file, '--json')
      const seconds = (performance.now() - began) / 1000
      if (audit.code !== 0) throw new Error(audit.stdout + audit.stderr)
      return [{ metric: 'audit.10k', value: (seconds * ENTRIES) / size, unit: 's', target: { atMost: 5 } }]
    } finally {
      await place.remove()
    }
  },
}

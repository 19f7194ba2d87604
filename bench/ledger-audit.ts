/** How fast a log of individually signed commits is audited: everything in it, payloads included, from an export on disk. */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import path from 'node:path'
import { auditExport } from '../src/ledger/audit/audit-export.ts'
import { exportLedger } from '../src/ledger/export.ts'
import type { Ledger } from '../src/ledger/ledger.ts'
import type { CommitDraft } from '../src/ledger/types.ts'
import type { Bench } from './rows.ts'
import { type Workplace, withWorkplace } from './workplace.ts'

const SIGNERS = 64
const CALLERS = 512
const CHUNK = 1024 * 1024

export const ledgerAuditBench: Bench = {
  metrics: ['ledger.audit'],
  run: ({ quick, say }) =>
    withWorkplace(async (place) => {
      const file = path.join(place.dir, 'log.vivim')
      const entries = quick ? 40_000 : 200_000
      say(`ledger.audit: writing a log of ${entries.toLocaleString('en')} commits, each signed by itself`)
      const verifierKey = await write(place, entries, file)
      say('ledger.audit: auditing it')
      const cpu = process.cpuUsage()
      const report = await auditExport(createReadStream(file, { highWaterMark: CHUNK }), { source: file, verifierKey })
      const { user, system } = process.cpuUsage(cpu)
      if (!report.ok) throw new Error(`the audit found ${report.alarmCount} alarms, first ${JSON.stringify(report.alarms[0])}`)
      const { size, seconds } = report
      say(
        `ledger.audit: processor per commit ${((user + system) / size).toFixed(1)} µs, ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB at the end`,
      )
      return [{ metric: 'ledger.audit', value: size / seconds, unit: 'commits/s', target: { atLeast: 20_000 } }]
    }),
}

/** Fills a ledger and exports it. @returns the verifier key */
async function write({ openLedger, pool }: Workplace, entries: number, file: string): Promise<string> {
  const ledger = await openLedger()
  try {
    for (let i = 0; i < SIGNERS; i++) {
      const signer = `account/${i}`
      await ledger.append({ signer, lane: 'public', events: [(await ledger.createIdentity(signer)).genesis] })
    }
    let next = SIGNERS
    const call = async () => {
      while (next < entries) await ledger.append(draft(next++))
    }
    await Promise.all(Array.from({ length: CALLERS }, call))
    await exportTo(file, ledger, pool)
    return ledger.verifierKey
  } finally {
    await ledger.close()
  }
}

/** A post as the API writes it: one payload of about 600 bytes. One in ten is private. */
function draft(n: number): CommitDraft {
  const stream = `status/${n}`
  const bytes = Buffer.from(
    JSON.stringify({ id: stream, accountId: String(n % SIGNERS), content: 'x'.repeat(520), createdAt: '2026-01-01T00:00:00Z' }),
  )
  return {
    signer: `account/${n % SIGNERS}`,
    lane: n % 10 === 0 ? 'private' : 'public',
    events: [{ type: 'status:create', schema: 1, stream, parts: [{ codec: 'json', bytes }] }],
    expected: [[stream, 'none']],
  }
}

async function exportTo(file: string, ledger: Ledger, pool: Workplace['pool']): Promise<void> {
  const { logOrigin: origin, verifierKey } = ledger
  const handle = await open(file, 'w')
  try {
    const unwrap = (stored: Uint8Array) => ledger.unwrapPartKey(stored)
    for await (const chunk of exportLedger(pool, { origin, verifierKey, unwrap, disclosure: 'full' })) await handle.write(chunk)
  } finally {
    await handle.close()
  }
}

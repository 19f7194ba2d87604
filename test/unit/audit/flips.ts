/** Exports with one bit changed, and what the audit says of them. */
import { auditExport } from '../../../src/ledger/audit/audit-export.ts'
import type { AuditReport } from '../../../src/ledger/audit/report.ts'

const AT_ONCE = 64

export const audit = (bytes: Uint8Array): Promise<AuditReport> => auditExport(once(bytes), { source: 'test' })

export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

export function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return copy
}

/** Those of the bits whose change the audit does not see: none, it is to be hoped. */
export async function missedFlips(bytes: Buffer, bits: readonly number[]): Promise<number[]> {
  const missed: number[] = []
  for (let from = 0; from < bits.length; from += AT_ONCE) {
    const some = bits.slice(from, from + AT_ONCE)
    const reports = await Promise.all(some.map(async (bit) => ({ bit, ok: (await audit(flipped(bytes, bit))).ok })))
    missed.push(...reports.flatMap(({ bit, ok }) => (ok ? [bit] : [])))
  }
  return missed
}

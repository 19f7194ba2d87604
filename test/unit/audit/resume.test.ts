/** An audit that is interrupted and goes on says what one that never stopped says. */
import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { auditExport } from '../../../src/ledger/audit/audit-export.ts'
import type { AuditState } from '../../../src/ledger/audit/audit-state.ts'
import { Auditor, type AuditorOptions } from '../../../src/ledger/audit/auditor.ts'
import type { ExportRecord } from '../../../src/ledger/audit/export-format.ts'
import { RecordReader } from '../../../src/ledger/audit/record-reader.ts'
import type { AuditReport } from '../../../src/ledger/audit/report.ts'
import { decodeState, encodeState, StateError } from '../../../src/ledger/audit/state-file.ts'
import { type Policy, parsePolicy } from '../../../src/ledger/tlog/policy.ts'
import { type BuiltLog, encodeAll, smallLog } from './build-log.ts'

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

const audit = (log: BuiltLog, options: Partial<AuditorOptions> = {}): Promise<AuditReport> =>
  auditExport(once(log.bytes()), { source: 'test', ...options })

/** The state after the first `size` entries of a log, by way of its bytes. */
async function stateAt(log: Pick<BuiltLog, 'records'>, size: number, policy?: Policy): Promise<Buffer> {
  const auditor = new Auditor({ source: 'test', policy })
  for (const record of log.records) {
    if (record.is === 'commit' && record.position === size) break
    give(auditor, record)
  }
  const state = await auditor.save()
  await auditor.close()
  if (state === null) throw new Error('the log is wrong')
  return Buffer.concat([...encodeState(state)])
}

function give(auditor: Auditor, record: ExportRecord): void {
  if (record.is === 'header') auditor.begin(record.origin, record.verifierKey.split('\n'), record.disclosure)
  else if (record.is === 'commit') auditor.commit(record)
  else if (record.is === 'part') auditor.part(record)
  else if (record.is === 'checkpoint') auditor.checkpoint(record.size, record.note)
  else if (record.is === 'tile') auditor.tile(record)
}

const told = (report: AuditReport) => ({ ...report, seconds: 0, notes: [], from: 0 })

describe('an audit that goes on from a state', () => {
  const log = smallLog(530)

  test('at any entry reports what an uninterrupted one does', async () => {
    const whole = told(await audit(log))
    for (const size of [1, 2, 3, 17, 255, 256, 257, 511, 512, 513, 529, 530]) {
      const resume = await decodeState(once(await stateAt(log, size)))
      const report = await audit(log, { resume })
      expect(told(report), `from ${size}`).toEqual(whole)
      expect(report.from).toBe(size)
    }
  }, 60_000)

  test('so it is with keys that changed, hybrid signatures, erasures, a break and witnesses', async () => {
    const fixture = (name: string) => readFile(new URL(`../../../fixtures/export/everything.${name}`, import.meta.url))
    const bytes = await fixture('vivim')
    const policy = parsePolicy(await fixture('policy'))
    const records = [...new RecordReader().push(bytes)].filter((record) => record.is !== 'malformed')
    const whole = told(await auditExport(once(bytes), { source: 'test', policy }))
    for (let size = 1; size < whole.size; size++) {
      const resume = await decodeState(once(await stateAt({ records }, size, policy)))
      const { counts, ...rest } = told(await auditExport(once(bytes), { source: 'test', policy, resume }))
      const { checkpoints, signatures, cosignatures, endedCheckpoints } = counts // that of this size is read again, for its witnesses
      const seen = { ...whole.counts, checkpoints, signatures, cosignatures, endedCheckpoints }
      expect({ ...rest, counts }, `from ${size}`).toEqual({ ...whole, counts: seen })
    }
  })

  test('still finds what is wrong behind it', async () => {
    const resume = await decodeState(once(await stateAt(log, 300)))
    const bytes = log.bytes()
    const commit = log.records.find((record) => record.is === 'commit' && record.position === 400)
    const at = bytes.indexOf(commit?.is === 'commit' ? commit.signature : '')
    bytes[at + 3] = (bytes[at + 3] ?? 0) ^ 1
    const report = await auditExport(once(bytes), { source: 'test', resume })
    expect(report.alarms).toContainEqual(expect.objectContaining({ position: 400, what: 'signature' }))
  })

  test('does not take another history for a longer one', async () => {
    const resume = await decodeState(once(await stateAt(smallLog(300), 300)))
    const report = await audit(log, { resume, verifierKey: log.verifierKey })
    expect(report.ok).toBe(false)
    expect(report.alarms).toContainEqual(expect.objectContaining({ what: 'root', position: 300 }))
  })

  test('a log with an alarm leaves no state', async () => {
    const records = log.records.map((record) =>
      record.is === 'commit' && record.position === 5 ? { ...record, signature: Buffer.alloc(64, 1) } : record,
    )
    const states: AuditState[] = []
    const onState = async (state: AuditState) => void states.push(state)
    expect((await auditExport(once(encodeAll(records)), { source: 'test', onState })).ok).toBe(false)
    expect(states).toEqual([])
    expect((await auditExport(once(log.bytes()), { source: 'test', onState })).ok).toBe(true)
    expect(states.map(({ size }) => size)).toEqual([log.size])
  })

  test('a damaged state is none, wherever it is damaged or cut', async () => {
    const bytes = await stateAt(smallLog(9), 9)
    for (let at = 0; at < bytes.length; at += 7) {
      const damaged = Buffer.from(bytes)
      damaged[at] = (damaged[at] ?? 0) ^ 0x20
      await expect(decodeState(once(damaged)), `byte ${at}`).rejects.toThrow(StateError)
      await expect(decodeState(once(bytes.subarray(0, at))), `cut at ${at}`).rejects.toThrow(StateError)
    }
  })
})

describe('an audit behind a trusted checkpoint', () => {
  const log = smallLog(530)
  const heads = log.records.filter((record) => record.is === 'checkpoint')
  const since = (size: number) => {
    const head = heads.find((checkpoint) => checkpoint.size === size)
    const root = Buffer.from(
      Buffer.from(head?.note ?? '')
        .toString()
        .split('\n')[2] ?? '',
      'base64',
    ).toString('hex')
    return { size, root, note: Buffer.from(head?.note ?? '').toString() }
  }
  const [middle = 0] = heads.map(({ size }) => size).filter((size) => size > 256)

  test('passes, and checks no signature twice', async () => {
    const report = await audit(log, { since: since(middle) })
    expect(report.alarms).toEqual([])
    expect(report).toMatchObject({ ok: true, from: middle, size: log.size })
    expect(report.counts.signatures).toBe(log.size - middle + heads.length)
  })

  test('demands that the log still contains it', async () => {
    const report = await audit(log, { since: { ...since(middle), root: '00'.repeat(32) } })
    expect(report.alarms.map(({ what }) => what)).toEqual(['fork'])
    const shorter = await audit(smallLog(100), { since: since(middle) })
    expect(shorter.alarms.map(({ what }) => what)).toEqual(['fork'])
  })
})

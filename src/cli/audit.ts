/** `vivim audit [FILE|URL]` and `vivim export FILE`: they judge and write bytes in this process, wherever those come from. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { auditExport, type ExportAuditOptions } from '../ledger/audit/audit-export.ts'
import { auditUrl } from '../ledger/audit/audit-url.ts'
import type { AuditorOptions } from '../ledger/audit/auditor.ts'
import type { Disclosure } from '../ledger/audit/export-format.ts'
import type { AuditReport } from '../ledger/audit/report.ts'
import { type Remembered, readCheckpoint, readPolicy, readState, writeState } from './audit-state.ts'
import { CommandError } from './command.ts'
import { OWN_INSTANCE } from './print-audit.ts'
import type { Reached } from './reach.ts'
import { ProgressBar } from './terminal.ts'
import { writeWhole } from './whole-file.ts'

export type AuditArgs = {
  /** A file, a URL, `-` for stdin; undefined: this instance's own database. */
  readonly source: string | undefined
  readonly vkey: string | undefined
  /** File that remembers what was verified. */
  readonly state: string | undefined
  /** Check again what `state` remembers. */
  readonly all: boolean
  /** File with a checkpoint that is trusted. */
  readonly since: string | undefined
  /** File with a tlog-policy. */
  readonly policy: string | undefined
}

type WithInstance = <T>(use: (instance: Reached) => Promise<T>) => Promise<T>

const CHUNK = 1024 * 1024

/** @param withInstance  gives the instance of this data directory, when it is needed */
export async function audit(args: AuditArgs, withInstance: WithInstance): Promise<AuditReport> {
  const { source, state } = args
  if (state !== undefined && args.since !== undefined) throw new CommandError('FAILED', 'Either --state or --since: both say where to begin.')
  const remembered = state === undefined ? null : await readState(state)
  const options = await optionsOf(args, remembered)
  const onState = state === undefined ? undefined : (now: Parameters<typeof writeState>[1]) => writeState(state, now)
  const bar = new ProgressBar()
  try {
    return await judge(source, { ...options, ...(onState === undefined ? {} : { onState }) }, bar, withInstance)
  } finally {
    bar.end()
  }
}

async function optionsOf({ source, vkey, all, since, policy: policyFile }: AuditArgs, remembered: Remembered | null): Promise<AuditorOptions> {
  if (vkey !== undefined && remembered !== null && remembered.verifierKey !== vkey)
    throw new CommandError('FAILED', 'That state is of a log with another verifier key.')
  const policy = policyFile === undefined ? undefined : await readPolicy(policyFile)
  const [log] = policy?.logs ?? []
  const verifierKey = vkey ?? remembered?.verifierKey ?? log?.vkey
  const goesOn = remembered !== null && remembered.resume !== null && !all
  return {
    source: source ?? OWN_INSTANCE,
    verifierKey,
    policy,
    since: since === undefined ? undefined : await readCheckpoint(since, verifierKey),
    earlier: goesOn ? undefined : remembered?.head,
    resume: goesOn ? (remembered.resume ?? undefined) : undefined,
  }
}

async function judge(source: string | undefined, options: ExportAuditOptions, bar: ProgressBar, withInstance: WithInstance): Promise<AuditReport> {
  const onEntries = (_bytes: number, entries: number) => bar.update({ label: 'Auditing', done: entries, total: 0 })
  if (source === undefined) return withInstance((instance) => auditOwn(instance, options, bar))
  if (/^https?:\/\//i.test(source)) {
    return auditUrl(source, { ...options, onProgress: (done, total) => bar.update({ label: 'Auditing', done, total }) })
  }
  if (source === '-') return auditExport(process.stdin, options, onEntries)
  const { size } = await stat(source)
  return auditExport(createReadStream(source, { highWaterMark: CHUNK }), options, (done) => bar.update({ label: 'Auditing', done, total: size }))
}

/** A database that was altered may refuse to say how long its log is; it is audited all the same. */
async function auditOwn(instance: Reached, options: ExportAuditOptions, bar: ProgressBar): Promise<AuditReport> {
  const { size } = await instance.call('projections status', {}).catch(() => ({ size: 0 }))
  const onProgress = (_bytes: number, done: number) => bar.update({ label: 'Auditing', done, total: size })
  return auditExport(instance.export('full', options.resume?.size ?? 0), options, onProgress)
}

/** Writes the export: to stdout for `-`, otherwise to a file that appears only when it is whole. @returns bytes written */
export async function exportTo(file: string, disclosure: Disclosure, instance: Reached): Promise<number> {
  const bar = new ProgressBar()
  let bytes = 0
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of instance.export(disclosure)) {
      bytes += chunk.length
      bar.update({ label: 'Exporting', done: bytes, total: 0 })
      yield chunk
    }
  }
  try {
    await writeWhole(file, counted(), 'An export')
  } finally {
    bar.end()
  }
  return bytes
}

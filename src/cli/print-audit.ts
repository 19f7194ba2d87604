/** An audit report as people read it: the verdict, what was verified in numbers, what is wrong and where. */
import type { Alarm, AuditReport } from '../ledger/audit/report.ts'
import { count, counted, printable, styled } from './terminal.ts'

/** How a report names the audit of the instance's own database: whose log that is, is no question. */
export const OWN_INSTANCE = 'this instance'

/** Alarms shown; the rest is counted. `--json` has up to a thousand. */
const SHOWN = 20

/** @param given  of a log that may be hostile: its name, its key and what is said of it are its own words */
export function auditText(given: AuditReport): string {
  const report = plain(given)
  const lines = [verdict(report), '', ...verified(report).map((line) => `  ${line}`)]
  if (report.alarms.length > 0) lines.push('', ...alarms(report))
  if (report.notes.length > 0) lines.push('', ...report.notes.map((note) => `  ${note}`))
  if (!report.pinned && report.verifierKey !== null && report.source !== OWN_INSTANCE) lines.push('', ...trust(report.verifierKey))
  return lines.join('\n')
}

function plain(report: AuditReport): AuditReport {
  return {
    ...report,
    source: printable(report.source),
    origin: report.origin === null ? null : printable(report.origin),
    verifierKey: report.verifierKey === null ? null : printable(report.verifierKey),
    alarms: report.alarms.map((alarm) => ({ ...alarm, detail: printable(alarm.detail) })),
    notes: report.notes.map(printable),
    witnessed: report.witnessed && { ...report.witnessed, by: report.witnessed.by.map(printable) },
  }
}

function verdict({ ok, origin, source, alarmCount }: AuditReport): string {
  const name = origin ?? source
  if (ok) return `${styled('green', '✔')} ${styled('bold', name)} is what its signatures say.`
  return `${styled('red', '✘')} ${styled('bold', name)} cannot be trusted: ${counted(alarmCount, 'alarm')}.`
}

function verified(report: AuditReport): string[] {
  const { counts, size, root, checkpoint, seconds } = report
  const lanes = [`${count(counts.public)} public`]
  if (counts.private > 0) lanes.push(`${count(counts.private)} private and opened`)
  if (counts.blinded > 0) lanes.push(`${count(counts.blinded)} private, seen as their leaves only`)
  const matches = checkpoint === size ? `root ${root} matches the signed checkpoint of` : `root ${root} over`
  const rate = seconds > 0.5 && size > report.from ? `, ${count(Math.round((size - report.from) / seconds))} entries/s` : ''
  return [
    `${counted(counts.commits, 'commit')} (${lanes.join(', ')}), ${counted(counts.events, 'event')} in ${counted(counts.streams, 'stream')}`,
    signatures(counts),
    `${counted(counts.chains, 'author chain')} followed, ${counted(counts.conditions, 'condition')} and ${counted(counts.tiles, 'tile')} checked`,
    payloads(counts),
    ...rare(counts),
    ...witnesses(report),
    `${matches} ${counted(size, 'entry', 'entries')}`,
    styled('dim', `in ${seconds.toFixed(1)} s${rate}`),
  ]
}

function signatures({ signatures, hybrid, keys, actors, checkpoints }: AuditReport['counts']): string {
  const kinds = hybrid > 0 ? ` (${count(hybrid)} of them hybrid, Ed25519 and ML-DSA-65)` : ''
  return `${counted(signatures, 'valid signature')}${kinds}: on commits by ${counted(keys, 'key')} of ${counted(actors, 'actor')}, and on ${counted(checkpoints, 'checkpoint')}`
}

function payloads({ parts, partsErased, partsWithheld }: AuditReport['counts']): string {
  const erased = partsErased > 0 ? `, ${count(partsErased)} erased, each by a warrant in the log` : ''
  const withheld = partsWithheld > 0 ? `${counted(partsWithheld, 'payload')} not shown to this audit` : ''
  if (parts === 0 && withheld !== '') return withheld
  return `${counted(parts, 'payload')} opened and as signed${erased}${withheld === '' ? '' : `, ${withheld}`}`
}

/** What most logs have none of. */
function rare({ keyChanges, actors, cosignatures, breaks }: AuditReport['counts']): string[] {
  const later = keyChanges - actors
  return [
    ...(later > 0 ? [`${counted(later, 'change')} of keys after the first registration`] : []),
    ...(cosignatures > 0 ? [`${counted(cosignatures, 'valid cosignature')} on checkpoints`] : []),
    ...(breaks > 0 ? [`${counted(breaks, 'break')} of the log, each signed by the instance`] : []),
  ]
}

function witnesses({ witnessed, size }: AuditReport): string[] {
  if (witnessed === undefined || witnessed === null) return []
  const by = witnessed.by.length === 0 ? 'nobody, as the policy allows' : witnessed.by.join(', ')
  return [`witnessed${witnessed.size === size ? '' : ` up to ${counted(witnessed.size, 'entry', 'entries')}`} by ${by}`]
}

function alarms({ alarms, alarmCount }: AuditReport): string[] {
  const shown = alarms.slice(0, SHOWN).map(alarmLine)
  return alarmCount > SHOWN ? [...shown, `  … and ${counted(alarmCount - SHOWN, 'more alarm')}`] : shown
}

function alarmLine({ position, what, detail }: Alarm): string {
  const where = position === null ? 'the log' : `entry ${position}`
  return `  ${where.padEnd(14)} ${styled('red', what.padEnd(12))} ${detail.replaceAll('\n', `\n  ${' '.repeat(28)}`)}`
}

const trust = (verifierKey: string): string[] => [
  styled('yellow', '  The log named its own key. To be sure whose log this is, compare the key, and pin it:'),
  `    --vkey ${quoted(verifierKey)}`,
]

/** One word to a POSIX shell, whatever is in it. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** What `vivim backup` and `vivim restore` tell the person at the terminal. Pure. */
import type { BackupMade } from './backup.ts'
import type { Restored } from './restore.ts'
import { count, counted, printable, styled } from './terminal.ts'

export function backupText({ file, bytes, origin, size, media, passphrase }: BackupMade & { readonly passphrase?: string }): string {
  const holds = `${counted(size, 'entry', 'entries')} of ${printable(origin)}, ${counted(media, 'file')}`
  const where = file === '-' ? '' : ` to ${file}`
  const made = `Wrote ${count(bytes)} bytes${where}: ${holds}.`
  if (passphrase === undefined) return made
  return `${made}\nPassphrase: ${passphrase}\nWithout it nobody can open the backup. Keep it somewhere else. It is not shown again.`
}

export function restoredText({ origin, size, known, made, media, report }: Restored): string {
  const { signatures, parts, checkpoints } = report.counts
  const verified = `${counted(signatures, 'signature')}, ${counted(parts, 'payload')}, ${counted(checkpoints, 'checkpoint')}`
  return [
    `${styled('green', '✓')} Restored ${counted(size, 'entry', 'entries')} of ${printable(origin)} as of ${made}, ${counted(media, 'file')}.`,
    `  Verified from bytes: ${verified}; the root is ${report.root}.`,
    ...(size < known ? [`  The backup knew ${count(known)} entries: without the others this log must not go on as if they had never been.`] : []),
    '',
    'Start it with: npm start. It answers, and appends nothing until it is sure that nobody has seen a longer log of this name:',
    'its witnesses say so, or you do, if nothing was published after this backup: vivim log confirm. If something was, bring it back with',
    'vivim log recover, or go on without it: vivim log break.',
  ].join('\n')
}

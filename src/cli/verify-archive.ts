/** `vivim verify` of an account's archive: read line by line, whatever its length. No instance, no network. */
import { createReadStream } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { ARCHIVE_FORMAT } from '../ledger/account-archive.ts'
import { type ArchiveVerdict, verifyArchive } from '../ledger/account-archive-verdict.ts'
import { policyFor } from '../ledger/receipt-verdict.ts'
import { type Policy, PolicyError, parsePolicy } from '../ledger/tlog/policy.ts'
import { CommandError } from './command.ts'
import { count, printable, styled } from './terminal.ts'
import type { VerifyArgs } from './verify.ts'

const BEGINNING = `{"format":"${ARCHIVE_FORMAT}"`

export type ArchiveReport = ArchiveVerdict & {
  /** False: the archive named the key of its log itself. */
  readonly pinned: boolean
  readonly verifierKey: string
}

/** True for a file that begins as an archive does. What comes by stdin is taken for a receipt. */
export async function isArchive(file: string): Promise<boolean> {
  if (file === '-') return false
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(BEGINNING.length), 0, BEGINNING.length, 0)
    return buffer.toString('utf8', 0, bytesRead) === BEGINNING
  } finally {
    await handle.close()
  }
}

/** @throws {CommandError} when the policy or the key cannot be used */
export async function verifyArchiveFile({ file, vkey, policy }: VerifyArgs): Promise<ArchiveReport> {
  const given = policy === undefined ? null : trusted(await readFile(policy, 'utf8'), parsePolicy)
  let verifierKey = vkey ?? ''
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity })
  const verdict = await verifyArchive(lines, (named) => {
    verifierKey = vkey ?? named
    return given ?? trusted(verifierKey, policyFor)
  })
  return { ...verdict, pinned: vkey !== undefined || policy !== undefined, verifierKey }
}

function trusted(text: string, parse: (text: string) => Policy): Policy {
  try {
    return parse(text)
  } catch (error) {
    throw error instanceof PolicyError ? new CommandError('REFUSED', `The log’s key or the policy cannot be used: ${error.message}.`, error) : error
  }
}

/** What it proves, as people read it. */
export function archiveText(report: ArchiveReport): string {
  if (!report.ok) {
    const where = report.position === null ? '' : `Entry ${count(report.position)}: `
    return `${styled('red', '✘')} ${styled('bold', 'Not proven.')} ${where}${printable(report.reason)}`
  }
  const { entries, events, payloads, erased, first, last, origin, size, actor, by } = report
  const vouch = by.length === 0 ? 'signed by the log alone' : `cosigned by ${by.map(printable).join(', ')}`
  return [
    `${styled('green', '✔')} ${styled('bold', `${count(entries)} entries of one account`)} in ${printable(origin)}, none missing between the first and the last.`,
    `  ${count(events)} events, ${count(payloads)} payloads shown and proven, ${count(erased)} erased or not shown.`,
    `  account ${actor}`,
    `  from ${first ?? '–'} to ${last ?? '–'}, as the account says`,
    `  among ${count(size)} entries of the log, ${vouch}`,
    ...(report.pinned
      ? []
      : [
          '',
          styled('yellow', '  The archive named the key of its log itself. To be sure whose log this is, compare the key, and pin it:'),
          `    --vkey '${printable(report.verifierKey)}'`,
        ]),
  ].join('\n')
}

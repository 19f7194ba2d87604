/** What an audit remembers for the next one (`--state FILE`): the key of the log and the newest head that was right. It can only grow. */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import type { EarlierHead } from '../ledger/audit/auditor.ts'
import type { AuditReport } from '../ledger/audit/report.ts'
import { CommandError } from './command.ts'

const shape = z.object({ verifierKey: z.string(), size: z.number().int().min(0), root: z.string().regex(/^[0-9a-f]{64}$/), note: z.string() })

export type AuditState = EarlierHead & { readonly verifierKey: string }

/** Null when the file is not there yet. @throws {CommandError} when it is something else */
export async function readState(file: string): Promise<AuditState | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return null
  const parsed = shape.safeParse(parseJson(text))
  if (!parsed.success) throw new CommandError('FAILED', `${file} is not the state of an audit.`)
  return parsed.data
}

/** Keeps what was found right; a failed audit leaves the file as it is. */
export async function writeState(file: string, { ok, verifierKey, size, root, note }: AuditReport): Promise<void> {
  if (!ok || verifierKey === null) return
  const state: AuditState = { verifierKey, size, root, note }
  await writeFile(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`)
  await rename(`${file}.new`, file)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

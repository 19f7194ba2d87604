/** What audits leave and are given as files: the state of an audit (`--state`), a checkpoint that is trusted (`--since`), a policy (`--policy`). */
import { createReadStream, createWriteStream } from 'node:fs'
import { readFile, rename } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import type { AuditState } from '../ledger/audit/audit-state.ts'
import type { EarlierHead } from '../ledger/audit/auditor.ts'
import { decodeState, encodeState, StateError } from '../ledger/audit/state-file.ts'
import { type Checkpoint, openCheckpoint, parseCheckpoint } from '../ledger/tlog/checkpoint.ts'
import { parseLogVerifierKey } from '../ledger/tlog/cosignature.ts'
import { NoteError, parseNote } from '../ledger/tlog/note.ts'
import { type Policy, PolicyError, parsePolicy } from '../ledger/tlog/policy.ts'
import { CommandError } from './command.ts'

const CHUNK = 1024 * 1024

/** What the first versions kept: the head alone. */
const headOnly = z.object({ verifierKey: z.string(), size: z.int().min(0), root: z.string().regex(/^[0-9a-f]{64}$/), note: z.string() })

/** `resume` is null when the file holds no more than a head, which the log must still contain. */
export type Remembered = { readonly verifierKey: string; readonly head: EarlierHead; readonly resume: AuditState | null }

/** Null when the file is not there yet. @throws {CommandError} when it is something else */
export async function readState(file: string): Promise<Remembered | null> {
  try {
    const first = await firstByte(file)
    if (first === '{') return readHead(file)
    const resume = await decodeState(createReadStream(file, { highWaterMark: CHUNK }))
    return { verifierKey: resume.verifierKey, head: resume, resume }
  } catch (error) {
    if (error instanceof StateError)
      throw new CommandError('FAILED', `${file} is not the state of an audit, or not all of it: ${error.message}.`, error)
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

async function firstByte(file: string): Promise<string> {
  for await (const chunk of createReadStream(file, { start: 0, end: 0, encoding: 'utf8' })) return String(chunk)
  return ''
}

async function readHead(file: string): Promise<Remembered> {
  const parsed = headOnly.safeParse(parseJson(await readFile(file, 'utf8')))
  if (!parsed.success) throw new CommandError('FAILED', `${file} is not the state of an audit.`)
  return { verifierKey: parsed.data.verifierKey, head: parsed.data, resume: null }
}

/** Replaces the file by this state, or leaves it as it was. */
export async function writeState(file: string, state: AuditState): Promise<void> {
  await pipeline(Readable.from(encodeState(state)), createWriteStream(`${file}.new`, { mode: 0o600, flush: true }))
  await rename(`${file}.new`, file)
}

/** The head that a file with a signed checkpoint names. @param vkey  the key it must be signed by; without it the file is believed. @throws {CommandError} */
export async function readCheckpoint(file: string, vkey: string | undefined): Promise<EarlierHead> {
  const note = await readFile(file, 'utf8')
  try {
    const { size, root } = opened(note, vkey)
    return { size, root: Buffer.from(root).toString('hex'), note }
  } catch (error) {
    if (error instanceof NoteError) throw new CommandError('FAILED', `${file} is not a checkpoint of this log: ${error.message}.`, error)
    throw error
  }
}

function opened(note: string, vkey: string | undefined): Checkpoint {
  return vkey === undefined ? parseCheckpoint(parseNote(note).text) : openCheckpoint(note, parseLogVerifierKey(vkey))
}

/** @throws {CommandError} when the file is no policy */
export async function readPolicy(file: string): Promise<Policy> {
  try {
    return parsePolicy(await readFile(file))
  } catch (error) {
    if (error instanceof PolicyError) throw new CommandError('FAILED', `${file} is no policy: ${error.message}.`, error)
    throw error
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

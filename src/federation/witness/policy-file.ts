/**
 * The trust policy of this instance, from a file beside its database and not from within: a database that was put back from a backup must not
 * choose whom to ask whether it is the newest.
 *
 * @see https://c2sp.org/tlog-policy
 */
import { readFile } from 'node:fs/promises'
import { type Policy, PolicyError, parsePolicy } from '../../ledger/tlog/policy.ts'

/** A policy that is there and cannot be used. The message is for the operator. */
export class PolicyFileError extends Error {
  constructor(file: string, problem: string, cause: unknown) {
    super(`The trust policy ${file} cannot be used: ${problem}.`, { cause })
    this.name = 'PolicyFileError'
  }
}

/** @param file  null, or not there, means that this instance has no policy. @throws {PolicyFileError} when it is there and cannot be used */
export async function loadPolicy(file: string): Promise<Policy | null> {
  try {
    return parsePolicy(await readFile(file))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new PolicyFileError(file, error instanceof PolicyError ? error.message : String(error), error)
  }
}

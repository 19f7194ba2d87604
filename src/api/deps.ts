/** What the API needs from the process around it, and `perform`: the way every route that changes something changes it. */
import type pg from 'pg'
import type { Execute, Outcome, Request } from '../handlers/commands.ts'
import type { PasswordCost } from '../host/password.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { WitnessingView } from '../ledger/witnessing.ts'
import type { Change } from '../projections/changes.ts'
import type { AccountRow, StatusRow } from '../projections/rows.ts'
import type { Vault } from '../vault.ts'
import { refused } from './errors.ts'
import { noteWritten } from './written.ts'

/** The part of the configuration that the API reads; `Config` satisfies it. */
export type ApiConfig = {
  /** Scheme, host and port; no trailing slash. Names every account, post and redirect, whatever socket the request came by. */
  readonly origin: string
  readonly dataDir: string
  readonly trustedProxies: readonly string[]
  readonly rateLimits: boolean
  readonly logLevel: string
}

export type ApiDeps = {
  readonly config: ApiConfig
  readonly pool: pg.Pool
  readonly ledger: Ledger
  readonly projections: {
    /** True once the read tables hold everything up to `position`; false when `timeoutMs` passed first. */
    waitFor(position: number, timeoutMs?: number): Promise<boolean>
    /** @returns stop listening */
    onChanges(listener: (changes: readonly Change[]) => void): () => void
  }
  readonly execute: Execute
  /** Snowflake for now, or for `at` (ms). */
  readonly newId: (at?: number) => string
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Finds remote people and posts, fetching what is not known yet. Null: nothing there, or not reachable. */
  readonly resolve: {
    account(acctOrUri: string): Promise<AccountRow | null>
    status(uri: string): Promise<StatusRow | null>
  }
  /** The one-time token of the set-up page; null once the instance is set up. */
  readonly setupToken: () => string | null
  /** Conversations and memories, and all that works on them. */
  readonly vault: Vault
  /** What witnesses say of our log, and we of others'. Absent where nobody witnesses: in tests of other things. */
  readonly witnessing?: WitnessingView | undefined
  /** What hashing a password costs; as much as RFC 9106 asks for unless given. Tests give less. */
  readonly passwordCost?: PasswordCost | undefined
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: Readonly<Record<string, unknown>>) => void
}

export type Done = Extract<Outcome, { ok: true }>

/**
 * Executes, then waits until the read tables show it: what the route reads next includes what it wrote.
 * The wait is bounded; a slow projection delays an answer but never loses the write.
 *
 * @throws {ApiError} when the domain refuses
 */
export async function perform(deps: Pick<ApiDeps, 'execute' | 'projections'>, request: Request): Promise<Done> {
  const outcome = await deps.execute(request)
  if (!outcome.ok) throw refused(outcome.refusal)
  if (outcome.position !== null) {
    noteWritten(outcome.position)
    await deps.projections.waitFor(outcome.position)
  }
  return outcome
}

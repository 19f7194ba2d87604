/** What federation needs from the process around it, as small as each part can have it. */
import type pg from 'pg'
import type { Execute } from '../handlers/commands.ts'
import type { KeySafe } from '../host/actor-keys.ts'
import type { Fetch } from '../host/fetch.ts'
import type { LedgerBatch, LedgerCommit, LedgerEvent, TreeHead } from '../ledger/types.ts'

export type Log = (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: Readonly<Record<string, unknown>>) => void

export type FederationConfig = {
  /** Scheme, host and port; no trailing slash. */
  readonly origin: string
}

/** Sealed private keys: `rsa/<accountId>`, `ed25519/<accountId>`, `rsa/instance`, `ed25519/instance`, PKCS#8 PEM. */
export type FederationKeyring = KeySafe & { open(name: string): Promise<Uint8Array | null> }

export type FederationLedger = {
  readonly keyring: FederationKeyring
  head(): TreeHead
  read(from: number, limit: number): Promise<readonly LedgerCommit[]>
  readStream(stream: string): Promise<readonly LedgerEvent[]>
  streamName(kind: string, key: string): string
  follow(listener: (batch: LedgerBatch) => void): () => void
}

export type FederationProjections = { waitFor(position: number, timeoutMs?: number): Promise<boolean> }

export type ResolverDeps = {
  readonly config: FederationConfig
  readonly pool: pg.Pool
  readonly ledger: Pick<FederationLedger, 'keyring' | 'head' | 'read' | 'readStream' | 'streamName'>
  readonly projections: FederationProjections
  readonly execute: Execute
  readonly newId: (at?: number) => string
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly fetch: Fetch
  readonly log: Log
}

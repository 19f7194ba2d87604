/**
 * The logs this instance witnesses: those that the operator named (events in the ledger, `vivim witness add`) and the peers in the policy file.
 * Nobody else: a witness that signs for every stranger can be flooded, and who would ask for its word?
 */
import { hash } from 'node:crypto'
import { parseLogVerifierKey } from '../../ledger/tlog/cosignature.ts'
import type { NoteVerifier } from '../../ledger/tlog/note.ts'
import type { Policy } from '../../ledger/tlog/policy.ts'

export type KnownLog = {
  readonly origin: string
  readonly vkeys: readonly string[]
  readonly verifiers: readonly NoteVerifier[]
  /** Where people find the log; null when nobody said. */
  readonly url: string | null
  readonly from: 'operator' | 'policy'
}

/** A log as the operator names it. */
export type NamedLog = { readonly vkey: string; readonly url: string | null }

export class KnownLogs {
  readonly #own: string
  readonly #peers: Policy['logs']
  #byOrigin: ReadonlyMap<string, KnownLog> = new Map()
  #byHash: ReadonlyMap<string, KnownLog> = new Map()

  /** @param own  origin of our own log, which we are no witness of */
  constructor(own: string, policy: Policy | null) {
    this.#own = own
    this.#peers = policy?.logs ?? []
    this.name([])
  }

  /** Replaces what the operator named. */
  name(logs: readonly NamedLog[]): void {
    const found = new Map<string, KnownLog>()
    const add = (vkey: string, url: string | null, from: KnownLog['from']): void => {
      const verifier = parseLogVerifierKey(vkey)
      const origin = verifier.name
      if (origin === this.#own) return
      const before = found.get(origin) ?? { origin, vkeys: [], verifiers: [], url, from }
      found.set(origin, { ...before, vkeys: [...before.vkeys, vkey], verifiers: [...before.verifiers, verifier], url: before.url ?? url })
    }
    for (const { vkey, url } of logs) add(vkey, url, 'operator')
    for (const { vkey, url } of this.#peers) if (!logs.some((log) => log.vkey === vkey)) add(vkey, url, 'policy')
    this.#byOrigin = found
    this.#byHash = new Map([...found.values()].map((log) => [hash('sha256', log.origin), log]))
  }

  find(origin: string): KnownLog | null {
    return this.#byOrigin.get(origin) ?? null
  }

  /** @param originHash  hex SHA-256 of the origin */
  findByHash(originHash: string): KnownLog | null {
    return this.#byHash.get(originHash) ?? null
  }

  all(): readonly KnownLog[] {
    return [...this.#byOrigin.values()]
  }
}

/** Authorization codes between consent and exchange: five minutes, once, in this process's memory. After a restart people simply consent again. */
import { LRUCache } from 'lru-cache'
import type { AppRow } from '../../projections/rows.ts'
import { secretHash } from './secrets.ts'

export const CODE_SECONDS = 300

export type PendingCode = {
  readonly app: AppRow
  readonly accountId: string
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly expiresAt: Date
  /** PKCE, S256. */
  readonly challenge: string | null
  /** What the token is for, as it was named at consent. */
  readonly resource: string | null
}

type Entry = { readonly code: PendingCode; used: boolean; replayed: boolean; grantId: string | null }

/** Remembers used codes until they would have expired, so that a code coming back betrays that somebody stole it. */
export class AuthorizationCodes {
  readonly #entries = new LRUCache<string, Entry>({ max: 10_000, ttl: 2 * CODE_SECONDS * 1000 })

  add(secret: string, code: PendingCode): void {
    this.#entries.set(secretHash(secret), { code, used: false, replayed: false, grantId: null })
  }

  /** `replayed`: the code was used before; `grantId` is what it gave, to be revoked. @see RFC 6749 section 4.1.2 */
  find(secret: string): PendingCode | { readonly replayed: true; readonly grantId: string | null } | null {
    const entry = this.#entries.get(secretHash(secret))
    if (entry === undefined) return null
    if (!entry.used) return entry.code
    entry.replayed = true
    return { replayed: true, grantId: entry.grantId }
  }

  /** False when somebody was faster. */
  use(secret: string): boolean {
    const entry = this.#entries.get(secretHash(secret))
    if (entry === undefined || entry.used) return false
    entry.used = true
    return true
  }

  /** Notes what a used code was exchanged for. False when the code came back meanwhile: then nothing may be given for it. */
  gave(secret: string, grantId: string): boolean {
    const entry = this.#entries.get(secretHash(secret))
    if (entry === undefined) return true
    entry.grantId = grantId
    return !entry.replayed
  }
}

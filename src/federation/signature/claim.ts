/** What an HTTP signature claims, whichever of the two schemes wrote it: which key, over which bytes. Pure; everything here is attacker-controlled. */

export type SignedRequest = {
  /** Upper case. */
  readonly method: string
  /** Path and query as received. */
  readonly target: string
  /** Our public origin: what the sender must have addressed, whatever the socket says. */
  readonly origin: string
  /** Lower-case names; repeated headers joined with `, `. */
  readonly headers: Readonly<Record<string, string | undefined>>
}

export type SignatureClaim = {
  readonly scheme: 'cavage' | 'rfc9421'
  readonly keyId: string
  /** As named by the sender; null when left to the key. */
  readonly algorithm: string | null
  /** Bytes that may have been signed: with the query, then without (some servers sign only the path). */
  readonly messages: readonly Uint8Array[]
  readonly signature: Uint8Array
}

export type Verdict<T> = ({ readonly ok: true } & T) | { readonly ok: false; readonly reason: string }

/** How old or how far ahead of our clock a signature may be; replays are stopped by activity ids, not by this window. */
export const MAX_AGE_MS = 12 * 3_600_000
export const MAX_AHEAD_MS = 3_600_000

/** How old a proof may be: what somebody forwards has been under way for longer, but whoever ever got it can send it again. */
export const MAX_PROOF_AGE_MS = 7 * 24 * 3_600_000

/** The request's own time (ms) must be near ours. */
export function timely(at: number, now: number): boolean {
  return at >= now - MAX_AGE_MS && at <= now + MAX_AHEAD_MS
}

export const refuse = (reason: string): { readonly ok: false; readonly reason: string } => ({ ok: false, reason })

/** Strict base64 with padding. Null for anything else. */
export function base64(value: string): Uint8Array | null {
  return value.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(value) ? Buffer.from(value, 'base64') : null
}

/** A header as it came, or undefined: names are the sender's, so what every object inherits is no header. */
export const headerOf = ({ headers }: Pick<SignedRequest, 'headers'>, name: string): string | undefined =>
  Object.hasOwn(headers, name) ? headers[name] : undefined

/** Which keys are worth reading a signature for: others are left aside unread, whatever they sign. @param keyId attacker-controlled */
export type Wanted = (keyId: string) => boolean

export const NOT_WANTED = 'the key belongs to somebody else than the actor'

/** What the sender means by `host`: our public name. A proxy may have rewritten the header; a signature for another host must not count here. */
export function hostOf({ origin, headers }: SignedRequest): string {
  const { host } = new URL(origin)
  const given = headers['host']
  return given?.toLowerCase() === host ? given : host
}

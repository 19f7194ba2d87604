/** Where an authorization code may be sent: addresses an application registered, compared exactly. Pure. */

/** Not an address: the code is shown to the person, who copies it into the application. */
export const OUT_OF_BAND = 'urn:ietf:wg:oauth:2.0:oob'

const LONGEST = 2_000
/** Schemes that run or read something where the browser is, or start a program of the system with arguments. */
const FORBIDDEN =
  /^(?:javascript|data|vbscript|file|blob|about|filesystem|view-source|jar|mhtml|ms-(?!app:)[\w-]+|search-ms|intent|content|chrome|chrome-extension|moz-extension|resource|mailto|tel|sms|ws|wss|ftp):$/

/** Several addresses in one text, one per line or separated by spaces. */
export const splitRedirectUris = (text: string): string[] => text.split(/\s+/).filter((uri) => uri !== '')

/**
 * Whether an application may register this address: absolute, ASCII, without a fragment, of a harmless scheme. On the web its host has nothing but
 * what hosts have: it goes into a security policy, where `;` would begin another rule.
 */
export function isRedirectUri(uri: string): boolean {
  if (uri === OUT_OF_BAND) return true
  if (uri.length > LONGEST || !/^[\x21-\x7e]+$/.test(uri) || /[#\\]/.test(uri) || !URL.canParse(uri)) return false
  const { protocol, hostname, username, password } = new URL(uri)
  if (FORBIDDEN.test(protocol) || username !== '' || password !== '') return false
  return !/^https?:$/.test(protocol) || (/^https?:\/\//i.test(uri) && /^(?:[\w.-]+|\[[\da-f:]+\])$/.test(hostname))
}

/**
 * Whether an application registered this address. Programs on the person's own machine listen on whatever port is free, so of a loopback address
 * the port does not count. @see RFC 8252 section 7.3
 */
export const isRegistered = (uri: string, registered: readonly string[]): boolean =>
  registered.includes(uri) || (withoutPort(uri) !== null && registered.some((other) => withoutPort(other) === withoutPort(uri)))

const LOOPBACK = /^(http:\/\/(?:localhost|127\.0\.0\.1|\[::1\]))(?::\d{1,5})?(\/.*)?$/

/** Of a loopback address; null for any other. */
function withoutPort(uri: string): string | null {
  const match = LOOPBACK.exec(uri)
  return match === null ? null : `${match[1] ?? ''}${match[2] ?? '/'}`
}

/** The registered address with the answer in its query. `iss` in it tells a client of many servers which one speaks: RFC 9207. */
export function redirectTo(uri: string, answer: Readonly<Record<string, string | null>>): string {
  const query = new URLSearchParams(Object.entries(answer).filter((entry): entry is [string, string] => entry[1] !== null))
  return `${uri}${uri.includes('?') ? '&' : '?'}${query.toString()}`
}

/**
 * CSP sources that a form leading to this address needs. Browsers hold every redirect after a form against `form-action`, and web clients redirect
 * on from their callback, so a web address allows its whole scheme.
 */
export function formActionFor(uri: string): readonly string[] {
  if (uri === OUT_OF_BAND) return []
  const { protocol, origin } = new URL(uri)
  return protocol === 'http:' ? [origin, 'https:'] : [protocol]
}

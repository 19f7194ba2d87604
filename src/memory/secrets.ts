/**
 * Keys, tokens, card numbers and passwords in text: found, so that nothing is learnt from them and nobody is given them. Pure, in linear time.
 *
 * @see https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns
 */

export type Span = readonly [start: number, end: number]

/** Prefixes by which providers mark their keys, and forms that are hardly anything else. Every repetition is bounded or of one class. */
const FORMS: readonly RegExp[] = [
  /\b(?:sk|pk|rk)[-_](?:live|test|proj|ant|or|admin)?[-_]?[A-Za-z0-9_-]{16,200}/g,
  /\b(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{20,100}|\bgithub_pat_[A-Za-z0-9_]{20,100}|\bglpat-[A-Za-z0-9_-]{16,100}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[A-Za-z0-9_-]{30,60}|\bya29\.[A-Za-z0-9_-]{20,300}/g,
  /\bxox[abeoprs]-[A-Za-z0-9-]{10,200}|\bhf_[A-Za-z0-9]{20,60}|\bnpm_[A-Za-z0-9]{30,60}|\bxai-[A-Za-z0-9]{20,120}|\bgsk_[A-Za-z0-9]{20,80}/g,
  /\beyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{8,4000}(?:\.[A-Za-z0-9_-]{0,2000})?/g,
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/g,
  /\bAGE-SECRET-KEY-1[A-Z0-9]{20,100}/g,
  /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,4})?\b/g,
]
const KEY_END = '-----END'
const DIGITS = /\b\d(?:[ -]?\d){12,18}\b/g
const LONG_RANDOM = /[A-Za-z0-9+/_-]{32,500}={0,2}/g
/** Said right before a secret. */
const CALLED_SECRET =
  /\b(?:password|passwd|passphrase|pass ?code|pin(?: code)?|api[ _-]?key|secret(?: key)?|access[ _-]?token|auth(?:orization)? token|bearer|cvv|cvc|kennwort|passwort|geheimzahl|contraseña|clave(?: secreta)?|mot de passe|code pin|senha|palavra-passe)\b/iu

/** True when the text talks of a password, key or the like. */
export const speaksOfSecrets = (text: string): boolean => CALLED_SECRET.test(text)

/** Where secrets stand, in order, not overlapping. */
export function secretsIn(text: string): Span[] {
  if (text.length < 12) return []
  const found: Span[] = []
  for (const form of FORMS) for (const match of text.matchAll(form)) found.push([match.index, endOf(text, match)])
  for (const match of text.matchAll(DIGITS)) if (isCardNumber(match[0])) found.push([match.index, match.index + match[0].length])
  for (const match of text.matchAll(LONG_RANDOM)) if (looksRandom(match[0])) found.push([match.index, match.index + match[0].length])
  return merged(found)
}

/** The text with every secret replaced by `•` of the same length: places stay where they are. */
export function maskSecrets(text: string): string {
  let masked = ''
  let at = 0
  for (const [start, end] of secretsIn(text)) {
    masked += text.slice(at, start) + '•'.repeat(end - start)
    at = end
  }
  return masked + text.slice(at)
}

/** A private key goes to its end mark. */
function endOf(text: string, match: RegExpExecArray): number {
  const end = match.index + match[0].length
  if (!match[0].startsWith('-----BEGIN')) return end
  const mark = text.indexOf(KEY_END, end)
  return mark === -1 ? text.length : Math.min(text.length, mark + match[0].length)
}

/** Luhn, see ISO/IEC 7812-1 annex B. */
function isCardNumber(text: string): boolean {
  const digits = text.replace(/\D/g, '')
  let sum = 0
  for (let n = 0; n < digits.length; n++) {
    const digit = Number(digits[digits.length - 1 - n])
    const counted = n % 2 === 1 ? digit * 2 : digit
    sum += counted > 9 ? counted - 9 : counted
  }
  return sum % 10 === 0 && /[1-9]/.test(digits)
}

/** Letters of both cases and digits, well mixed, and no word in it. */
function looksRandom(text: string): boolean {
  if (!/\d/.test(text) || !/[a-z]/.test(text) || !/[A-Z]/.test(text)) return false
  const changes = [...text.matchAll(/[a-z](?=[A-Z\d])|[A-Z](?=[a-z\d])|\d(?=[A-Za-z])/g)].length
  return changes >= text.length / 4
}

function merged(spans: readonly Span[]): Span[] {
  const result: [number, number][] = []
  for (const [start, end] of [...spans].sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const last = result.at(-1)
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end)
    else result.push([start, end])
  }
  return result
}

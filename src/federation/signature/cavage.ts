/** Signatures in the form of draft-cavage-http-signatures-12, as nearly all of the Fediverse sends them. @see draft-cavage-http-signatures-12 section 2 */
import { base64, headerOf, hostOf, NOT_WANTED, refuse, type SignatureClaim, type SignedRequest, timely, type Verdict, type Wanted } from './claim.ts'

const PARAMETER = /([A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|(\d+))\s*(?:,|$)\s*/gy

export function readCavage(request: SignedRequest, now: number, wanted: Wanted): Verdict<{ readonly claim: SignatureClaim }> {
  const header = request.headers['signature']
  if (header === undefined) return refuse('no signature')
  const parameters = parse(header)
  const keyId = parameters?.get('keyId')
  const signature = base64(parameters?.get('signature') ?? '')
  if (parameters === undefined || keyId === undefined || signature === null) return refuse('the Signature header cannot be read')
  if (!wanted(keyId)) return refuse(NOT_WANTED)

  const covered = (parameters.get('headers') ?? 'date')
    .toLowerCase()
    .split(' ')
    .filter((name) => name !== '')
  const missing = required(request.method, covered)
  if (missing !== null) return refuse(`the signature does not cover ${missing}`)
  const late = untimely(request, parameters, covered, now)
  if (late !== null) return refuse(late)

  const [path = '', query] = request.target.split('?', 2)
  const messages = (query === undefined ? [request.target] : [request.target, path]).map((target) => message(request, parameters, covered, target))
  const complete = messages.filter((one) => one !== null)
  if (complete.length === 0) return refuse('a signed header is missing')
  return { ok: true, claim: { scheme: 'cavage', keyId, algorithm: parameters.get('algorithm') ?? null, messages: complete, signature } }
}

/** Parameters by name, or undefined when the header is not a list of them. A name given twice is malformed. */
function parse(header: string): Map<string, string> | undefined {
  const found = new Map<string, string>()
  let end = 0
  for (const match of header.matchAll(PARAMETER)) {
    const [whole, name = '', quoted, number] = match
    if (found.has(name)) return undefined
    found.set(name, quoted?.replaceAll(/\\(.)/g, '$1') ?? number ?? '')
    end = match.index + whole.length
  }
  return end === header.length && found.size > 0 ? found : undefined
}

/** Without these a signature could be moved to another request, host, body or time. */
function required(method: string, covered: readonly string[]): string | null {
  const needed = ['(request-target)', 'host', ...(method === 'POST' ? ['digest'] : [])]
  return needed.find((name) => !covered.includes(name)) ?? (covered.includes('date') || covered.includes('(created)') ? null : 'a time')
}

function untimely({ headers }: SignedRequest, parameters: Map<string, string>, covered: readonly string[], now: number): string | null {
  const created = Number(parameters.get('created')) * 1_000
  const expires = Number(parameters.get('expires')) * 1_000
  const at = covered.includes('(created)') ? created : Date.parse(headers['date'] ?? '')
  if (!timely(at, now)) return 'the signature is not of this time'
  if (parameters.has('expires') && !(expires > now)) return 'the signature has expired'
  return null
}

/** The signing string, or null when a covered header is absent. @see section 2.3 */
function message(request: SignedRequest, parameters: Map<string, string>, covered: readonly string[], target: string): Uint8Array | null {
  const lines: string[] = []
  for (const name of covered) {
    const value = component(request, parameters, name, target)
    if (value === undefined) return null
    lines.push(`${name}: ${value}`)
  }
  return Buffer.from(lines.join('\n'), 'latin1')
}

function component(request: SignedRequest, parameters: Map<string, string>, name: string, target: string): string | undefined {
  if (name === '(request-target)') return `${request.method.toLowerCase()} ${target}`
  if (name === '(created)' || name === '(expires)') return parameters.get(name.slice(1, -1))
  return name === 'host' ? hostOf(request) : headerOf(request, name)?.trim()
}

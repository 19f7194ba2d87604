/** HTTP Message Signatures, as newer servers send them. @see RFC 9421 sections 2 and 3.2 */
import { headerOf, hostOf, NOT_WANTED, refuse, type SignatureClaim, type SignedRequest, timely, type Verdict, type Wanted } from './claim.ts'
import { type InnerList, type Member, parseDictionary } from './structured-fields.ts'

/** The first signature that covers what it must, of a key that is wanted: others may have been added on the way. */
export function readRfc9421(request: SignedRequest, now: number, wanted: Wanted): Verdict<{ readonly claim: SignatureClaim }> {
  const inputs = parseDictionary(request.headers['signature-input'] ?? '')
  const signatures = parseDictionary(request.headers['signature'] ?? '')
  if (inputs === null || signatures === null) return refuse('the signature headers cannot be read')
  let reason = 'no signature'
  for (const [label, input] of inputs) {
    const verdict = readOne(request, input, signatures.get(label), now, wanted)
    if (verdict.ok) return verdict
    reason = verdict.reason
  }
  return refuse(reason)
}

function readOne(
  request: SignedRequest,
  input: Member,
  signature: Member | undefined,
  now: number,
  wanted: Wanted,
): Verdict<{ readonly claim: SignatureClaim }> {
  if (input.kind !== 'list' || signature?.kind !== 'bytes') return refuse('the signature headers cannot be read')
  const { keyid, alg, created, expires } = Object.fromEntries(input.parameters)
  if (typeof keyid !== 'string' || (alg !== undefined && typeof alg !== 'string')) return refuse('the signature names no key')
  if (!wanted(keyid)) return refuse(NOT_WANTED)
  const missing = required(request, input)
  if (missing !== null) return refuse(`the signature does not cover ${missing}`)

  const covered = input.items.map(({ name }) => name)
  const at = typeof created === 'number' ? created * 1_000 : covered.includes('date') ? Date.parse(request.headers['date'] ?? '') : Number.NaN
  if (!timely(at, now)) return refuse('the signature is not of this time')
  if (expires !== undefined && !(typeof expires === 'number' && expires * 1_000 > now)) return refuse('the signature has expired')

  const bare = { ...request, target: request.target.split('?', 1)[0] ?? '' }
  const bases = (bare.target === request.target ? [request] : [request, bare]).map((one) => signatureBase(one, input)).filter((base) => base !== null)
  if (bases.length === 0) return refuse('a signed component is missing')
  return { ok: true, claim: { scheme: 'rfc9421', keyId: keyid, algorithm: alg ?? null, messages: bases, signature: signature.value } }
}

/** Without these a signature could be moved to another request, host or body. */
function required({ method }: SignedRequest, { items }: InnerList): string | null {
  const has = (...names: string[]) => items.some(({ name }) => names.includes(name))
  if (!has('@method')) return '@method'
  if (!has('@target-uri', '@request-target', '@path')) return 'the target'
  if (!has('@target-uri', '@authority', 'host')) return 'the host'
  return method === 'POST' && !has('content-digest') ? 'content-digest' : null
}

/**
 * The bytes that were signed, or null when a component is missing, repeated or of a kind we do not know.
 *
 * @see RFC 9421 section 2.5
 */
export function signatureBase(request: SignedRequest, input: InnerList): Uint8Array | null {
  const lines: string[] = []
  const seen = new Set<string>()
  for (const item of input.items) {
    const value = component(request, item)
    if (value === null || seen.has(item.source)) return null
    seen.add(item.source)
    lines.push(`${item.source}: ${value}`)
  }
  lines.push(`"@signature-params": ${input.source}`)
  return Buffer.from(lines.join('\n'), 'latin1')
}

function component(request: SignedRequest, { name, parameters }: InnerList['items'][number]): string | null {
  const [path = '', ...rest] = request.target.split('?')
  const query = rest.join('?')
  if (name === '@query-param') return queryParameter(query, parameters)
  if (parameters.size > 0) return null
  switch (name) {
    case '@method':
      return request.method
    case '@target-uri':
      return `${request.origin}${request.target}`
    case '@authority':
      return new URL(request.origin).host
    case '@scheme':
      return new URL(request.origin).protocol.slice(0, -1)
    case '@request-target':
      return request.target
    case '@path':
      return path === '' ? '/' : path
    case '@query':
      return `?${query}`
    case 'host':
      return hostOf(request)
    default:
      return name.startsWith('@')
        ? null
        : (headerOf(request, name)
            ?.trim()
            .replaceAll(/\s*\r?\n\s+/g, ' ') ?? null)
  }
}

/** @see RFC 9421 section 2.2.8 */
function queryParameter(query: string, parameters: ReadonlyMap<string, unknown>): string | null {
  const name = parameters.get('name')
  if (typeof name !== 'string' || parameters.size !== 1) return null
  const values = new URLSearchParams(query).getAll(decodeURIComponentOr(name))
  return values.length === 1 ? encodeURIComponent(values[0] ?? '') : null
}

function decodeURIComponentOr(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

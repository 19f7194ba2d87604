/**
 * Clients that nobody knew register themselves: assistants, before their person consents to anything. Registering gives nothing by itself.
 *
 * @see RFC 7591
 */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { type ApiDeps, perform } from '../deps.ts'
import { ApiError } from '../errors.ts'
import { isRedirectUri, OUT_OF_BAND } from './redirect-uris.ts'
import { MCP_SCOPES } from './resource.ts'
import { parseScopes, SCOPES } from './scopes.ts'
import { newSecret, secretHash } from './secrets.ts'

type Deps = Pick<ApiDeps, 'execute' | 'projections' | 'newId' | 'now'>

const LONGEST_NAME = 100
const LONGEST_TEXT = 2_000
const MOST_REDIRECT_URIS = 20
const METHODS = ['none', 'client_secret_basic', 'client_secret_post'] as const

/** What we read of the client's metadata; the rest is ignored, as the specification says. */
const metadata = z.object({
  redirect_uris: z.array(z.string().max(LONGEST_TEXT)).min(1).max(MOST_REDIRECT_URIS),
  client_name: z.string().optional(),
  client_uri: z.string().max(LONGEST_TEXT).optional(),
  scope: z.string().max(LONGEST_TEXT).optional(),
  token_endpoint_auth_method: z.enum(METHODS).default('client_secret_basic'),
  grant_types: z.array(z.string().max(100)).max(20).default(['authorization_code']),
  response_types: z.array(z.string().max(100)).max(20).default(['code']),
})

type Metadata = z.infer<typeof metadata>

export function registerRegistration(app: FastifyInstance, deps: Deps): void {
  app.post('/oauth/register', { config: { limit: 'apps' } }, async (request, reply) => {
    const asked = parseMetadata(request.body)
    const { redirect_uris: redirectUris, token_endpoint_auth_method: method } = asked
    const [clientId, secret, now] = [newSecret(), newSecret(), deps.now()]
    const [name, website, scopes] = [nameOf(asked), websiteOf(asked), scopesOf(asked)]
    const data = { id: deps.newId(), clientId, secretHash: secretHash(secret), name, website, redirectUris, scopes, at: new Date(now).toISOString() }
    await perform(deps, { by: 'instance', lane: 'private', commands: [{ do: 'RegisterApp', data }] })
    return reply
      .code(201)
      .header('cache-control', 'no-store')
      .send({
        client_id: clientId,
        client_id_issued_at: Math.floor(now / 1000),
        // A public client proves itself at each exchange by its PKCE verifier; nobody knows the secret whose hash is kept for it.
        ...(method === 'none' ? {} : { client_secret: secret, client_secret_expires_at: 0 }),
        client_name: name,
        ...(website === null ? {} : { client_uri: website }),
        redirect_uris: redirectUris,
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: method,
        scope: scopes.join(' '),
      })
  })
}

/** @throws {ApiError} 400 with an error code of RFC 7591 section 3.2.2 */
function parseMetadata(body: unknown): Metadata {
  const parsed = metadata.safeParse(body)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const at = issue?.path.join('.') ?? ''
    throw refused(at.startsWith('redirect_uris') ? 'invalid_redirect_uri' : 'invalid_client_metadata', `${at}: ${issue?.message ?? 'is not valid'}`)
  }
  const { redirect_uris: uris, grant_types: grants, response_types: responses } = parsed.data
  if (!uris.every(isSafeRedirect))
    throw refused('invalid_redirect_uri', 'redirect_uris: each must be https, loopback or of a private scheme, absolute and without a fragment')
  if (!grants.includes('authorization_code')) throw refused('invalid_client_metadata', 'grant_types: authorization_code is what is supported')
  if (!responses.includes('code')) throw refused('invalid_client_metadata', 'response_types: code is what is supported')
  return { ...parsed.data, redirect_uris: [...new Set(uris)] }
}

const refused = (code: string, description: string): ApiError => new ApiError(400, code, { error_description: description.slice(0, 500) })

/** Codes travel to it: over http only within the person's own machine. @see OAuth 2.1 draft section 1.5, RFC 8252 section 7.3 */
function isSafeRedirect(uri: string): boolean {
  if (uri === OUT_OF_BAND || !isRedirectUri(uri)) return false
  const { protocol, hostname } = new URL(uri)
  return protocol !== 'http:' || /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(hostname)
}

/** What people are asked about; without a name it is where they will be sent. */
function nameOf({ client_name: given = '', redirect_uris: [first = ''] }: Metadata): string {
  const name = given
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_NAME)
    .toWellFormed()
  return name === '' ? new URL(first).host || new URL(first).protocol : name
}

const websiteOf = ({ client_uri: uri }: Metadata): string | null => (uri !== undefined && /^https?:\/\//i.test(uri) && URL.canParse(uri) ? uri : null)

/** Of the scopes it names those that exist here; those of the vault when there are none. */
function scopesOf({ scope = '' }: Metadata): readonly string[] {
  const known = parseScopes(scope).filter((name) => SCOPES.includes(name) && name !== 'keys')
  return known.length === 0 ? MCP_SCOPES : known
}

/** What applications call without a person present: token, revocation, user info, and the metadata that says where these are. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { grantByTokenHash } from '../../projections/read/access.ts'
import { requireScope, signedIn } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { ApiError } from '../errors.ts'
import { type Params, paramsOf, text } from '../forms.ts'
import { MISSING_AVATAR, mediaUrl } from '../media/urls.ts'
import { MCP_METADATA_PATH, resourceMetadata } from './resource.ts'
import { MASTODON_SCOPES } from './scopes.ts'
import { secretHash } from './secrets.ts'
import { type AuthorizationServer, issuerOf, revoke } from './server.ts'

type Deps = Pick<ApiDeps, 'config' | 'pool' | 'execute' | 'projections' | 'now'> & { readonly authorizationServer: AuthorizationServer }

export function registerTokens(app: FastifyInstance, deps: Deps): void {
  app.post('/oauth/token', async (request, reply) => {
    noStore(reply)
    return deps.authorizationServer.token(fieldsOf(request), request.headers.authorization)
  })

  /** 200 also for a token that is not there: it is certainly not valid. @see RFC 7009 section 2.2 */
  app.post('/oauth/revoke', async (request, reply) => {
    noStore(reply)
    const fields = fieldsOf(request)
    const client = await deps.authorizationServer.client(fields, request.headers.authorization)
    if (client === null) throw new ApiError(403, 'unauthorized_client', { error_description: 'You are not authorized to revoke this token' })
    const grant = await grantByTokenHash(deps.pool, secretHash(fields['token'] ?? ''))
    if (grant !== null && grant.app_id !== client.id) {
      throw new ApiError(403, 'unauthorized_client', { error_description: 'You are not authorized to revoke this token' })
    }
    if (grant !== null) await revoke(deps, grant.id)
    return {}
  })

  /** OpenID Connect claims. @see https://docs.joinmastodon.org/methods/oauth/#userinfo */
  app.route({
    method: ['GET', 'POST'],
    url: '/oauth/userinfo',
    preHandler: requireScope('profile'),
    handler: async (request) => {
      const { account } = signedIn(request)
      return {
        iss: issuerOf(origin),
        sub: account.uri,
        name: account.display_name || account.username,
        preferred_username: account.username,
        profile: account.url,
        picture: mediaUrl(origin, account.avatar ?? MISSING_AVATAR),
      }
    },
  })

  const { origin } = deps.config
  const metadata = metadataFor(origin)
  app.get('/.well-known/oauth-authorization-server', async () => metadata)
  app.get('/.well-known/oauth-protected-resource', async () => resourceMetadata(origin, 'server', issuerOf(origin)))
  app.get(MCP_METADATA_PATH, async () => resourceMetadata(origin, 'mcp', issuerOf(origin)))
}

/** @see RFC 8414 section 2 */
const metadataFor = (origin: string) => ({
  issuer: issuerOf(origin),
  authorization_endpoint: `${origin}/oauth/authorize`,
  token_endpoint: `${origin}/oauth/token`,
  revocation_endpoint: `${origin}/oauth/revoke`,
  userinfo_endpoint: `${origin}/oauth/userinfo`,
  registration_endpoint: `${origin}/oauth/register`, // RFC 7591
  app_registration_endpoint: `${origin}/api/v1/apps`,
  service_documentation: `${origin}/api/docs`,
  scopes_supported: MASTODON_SCOPES,
  response_types_supported: ['code'],
  response_modes_supported: ['query'],
  grant_types_supported: ['authorization_code', 'client_credentials'],
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'], // none: by the PKCE verifier
  code_challenge_methods_supported: ['S256'],
  authorization_response_iss_parameter_supported: true,
})

const FIELDS = ['grant_type', 'client_id', 'client_secret', 'code', 'redirect_uri', 'code_verifier', 'scope', 'token', 'resource']

/** The fields OAuth knows, as texts. An empty one counts as absent. */
function fieldsOf(request: FastifyRequest): Record<string, string> {
  const params: Params = paramsOf(request)
  return Object.fromEntries(FIELDS.map((name) => [name, text(params, name) ?? '']).filter(([, value]) => value !== ''))
}

const noStore = (reply: FastifyReply): FastifyReply => reply.header('cache-control', 'no-store').header('pragma', 'no-cache')

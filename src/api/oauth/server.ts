/**
 * The OAuth 2.0 authorization server: @node-oauth/oauth2-server judges, this gives it the facts. Two grants: authorization_code (PKCE S256) and
 * client_credentials. Access tokens do not expire; people revoke them.
 *
 * @see RFC 6749, RFC 7636
 */
import OAuth2Server from '@node-oauth/oauth2-server'
import { appByClientId } from '../../projections/read/access.ts'
import type { AccountRow, AppRow } from '../../projections/rows.ts'
import { type ApiDeps, perform } from '../deps.ts'
import { ApiError } from '../errors.ts'
import { AuthorizationCodes, CODE_SECONDS } from './codes.ts'
import type { AuthorizeRequest } from './request.ts'
import { resourceNamed } from './resource.ts'
import { grantable } from './scopes.ts'
import { newSecret, secretHash, secretMatches } from './secrets.ts'

type Deps = Pick<ApiDeps, 'config' | 'pool' | 'execute' | 'projections' | 'newId' | 'now'>

/** Names this server to clients: in the metadata, in user info, and in every answer to an authorization request. @see RFC 8414, RFC 9207 */
export const issuerOf = (origin: string): string => `${origin}/`

/** Token entity. `created_at` is in seconds. @see https://docs.joinmastodon.org/entities/Token/ */
export type TokenEntity = { readonly access_token: string; readonly token_type: 'Bearer'; readonly scope: string; readonly created_at: number }

export type AuthorizationServer = {
  /** An authorization code for what a person consented to. */
  authorize(request: AuthorizeRequest, account: AccountRow): Promise<string>
  /** @param fields of the form, flat @throws {ApiError} with an OAuth error code */
  token(fields: Readonly<Record<string, string>>, authorization: string | undefined): Promise<TokenEntity>
  /** The application with these credentials, from the form or HTTP Basic; null when they do not fit. */
  client(fields: Readonly<Record<string, string>>, authorization: string | undefined): Promise<AppRow | null>
}

type Client = OAuth2Server.Client & { readonly id: string; readonly app: AppRow }
type User = { readonly accountId: string | null }

const GRANTS: readonly [string, ...string[]] = ['authorization_code', 'client_credentials']

export function createAuthorizationServer(deps: Deps): AuthorizationServer {
  const codes = new AuthorizationCodes()
  const model = createModel(deps, codes)
  const oauth = new OAuth2Server({ model })

  return {
    /** The request was judged in request.ts; the library's own authorize step would rebuild redirects that are not URLs. */
    async authorize(request, account) {
      const authorizationCode = newSecret()
      codes.add(authorizationCode, { ...request, accountId: account.id, expiresAt: new Date(deps.now() + CODE_SECONDS * 1000) })
      return authorizationCode
    },

    async token(fields, authorization) {
      if (!GRANTS.includes(fields['grant_type'] ?? GRANTS[0])) {
        throw new ApiError(400, 'unsupported_grant_type', { error_description: `The grant type is one of ${GRANTS.join(', ')}` })
      }
      assertResource(fields['resource'], codes.find(fields['code'] ?? ''), deps.config.origin)
      const token = await asApiError(oauth.token(formRequest(fields, authorization), new OAuth2Server.Response()))
      return {
        access_token: token.accessToken,
        token_type: 'Bearer',
        scope: (token.scope ?? []).join(' '),
        created_at: Math.floor(deps.now() / 1000),
      }
    },

    async client(fields, authorization) {
      const [id, secret] = basicCredentials(authorization) ?? [fields['client_id'], fields['client_secret']]
      return id === undefined || secret === undefined ? null : ((await clientOf(deps, id, secret))?.app ?? null)
    },
  }
}

function createModel(deps: Deps, codes: AuthorizationCodes): OAuth2Server.AuthorizationCodeModel & OAuth2Server.ClientCredentialsModel {
  return {
    getClient: (id, secret) => clientOf(deps, id, secret),
    validateScope: async (_user, client, scopes) => grantable((client as Client).app.scopes, scopes),
    generateAccessToken: async () => newSecret(),

    /** Codes are given by `authorize` above, never by the library. */
    saveAuthorizationCode: async () => null,

    async getAuthorizationCode(secret) {
      const found = codes.find(secret)
      if (found === null) return null
      if ('replayed' in found) {
        if (found.grantId !== null) await revoke(deps, found.grantId)
        return null
      }
      const { app, accountId, redirectUri, scopes, expiresAt, challenge } = found
      const pkce = challenge === null ? {} : { codeChallenge: challenge, codeChallengeMethod: 'S256' }
      return {
        authorizationCode: secret,
        expiresAt,
        redirectUri,
        scope: [...scopes],
        ...pkce,
        client: clientFor(app),
        user: userFor(accountId),
      }
    },

    revokeAuthorizationCode: async ({ authorizationCode }) => codes.use(authorizationCode),
    getUserFromClient: async () => userFor(null),

    async saveToken(token, client, user) {
      const { app } = client as Client
      const { accountId } = user as User
      const id = deps.newId()
      const at = new Date(deps.now()).toISOString()
      const data = { id, tokenHash: secretHash(token.accessToken), appId: app.id, accountId, scopes: token.scope ?? [], at, expiresAt: null }
      await perform(deps, { by: 'instance', lane: 'private', commands: [{ do: 'Grant', data }] })
      if (typeof token['authorizationCode'] === 'string' && !codes.gave(token['authorizationCode'], id)) {
        await revoke(deps, id)
        throw new OAuth2Server.InvalidGrantError('Invalid grant: authorization code is invalid')
      }
      return { ...token, client, user }
    },

    /** Tokens of requests are judged in `auth.ts`, never here. */
    getAccessToken: async () => null,
  }
}

/** A token request may name what the token is for: that must be here, and what was consented to. @throws {ApiError} 400 @see RFC 8707 section 2.2 */
function assertResource(named: string | undefined, code: ReturnType<AuthorizationCodes['find']>, origin: string): void {
  if (named === undefined) return
  const resource = resourceNamed(named, origin)
  const agreed = code === null || 'replayed' in code || code.resource === null ? resource : resourceNamed(code.resource, origin)
  if (resource === null || resource !== agreed)
    throw new ApiError(400, 'invalid_target', { error_description: 'The resource is not the one that was consented to' })
}

/** Without a secret only when the caller proves itself otherwise: at consent by the person, at the exchange by its PKCE verifier. */
async function clientOf(deps: Pick<ApiDeps, 'pool'>, id: string, secret: string | null | undefined): Promise<Client | null> {
  const app = await appByClientId(deps.pool, id)
  if (app === null) return null
  return secret === null || secret === undefined || secretMatches(secret, app.secret_hash) ? clientFor(app) : null
}

const clientFor = (app: AppRow): Client => ({ id: app.client_id, redirectUris: [...app.redirect_uris], grants: [...GRANTS], app })
const userFor = (accountId: string | null): User => ({ accountId })

export const revoke = (deps: Pick<ApiDeps, 'execute' | 'projections' | 'now'>, grantId: string): Promise<unknown> =>
  perform(deps, { by: 'instance', lane: 'private', commands: [{ do: 'RevokeGrant', id: grantId, at: new Date(deps.now()).toISOString() }] })

/** As the library wants it, whatever encoding it came in. */
function formRequest(fields: Readonly<Record<string, string>>, authorization: string | undefined): OAuth2Server.Request {
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': '1',
    ...(authorization === undefined ? {} : { authorization }),
  }
  return new OAuth2Server.Request({ headers, method: 'POST', query: {}, body: fields })
}

/** @see RFC 6749 section 2.3.1: both halves are form-encoded */
function basicCredentials(authorization: string | undefined): readonly [id: string, secret: string] | null {
  const encoded = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(authorization ?? '')?.[1]
  if (encoded === undefined) return null
  const [id = '', ...secret] = Buffer.from(encoded, 'base64').toString('utf8').split(':')
  return [id, secret.join(':')]
}

/** The library's errors in ours: `{"error": "invalid_grant", "error_description": …}`. A fault behind `server_error` comes out as it was. */
async function asApiError<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof OAuth2Server.OAuthError)) throw error
    if (error.name === 'server_error') throw (error as { inner?: unknown }).inner ?? error
    const status = error.name === 'invalid_client' ? 401 : error.code
    throw new ApiError(status, error.name, { error_description: error.message }, status === 401 ? { 'www-authenticate': 'Basic realm="vivim"' } : {})
  }
}

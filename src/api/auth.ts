/**
 * Who is asking: bearer tokens become `request.viewer`, and routes state what they need by a preHandler.
 *
 *   app.get('/api/v1/bookmarks', { preHandler: requireScope('read:bookmarks') }, (request) => … signedIn(request).account …)
 */
import type { FastifyInstance, FastifyRequest, preHandlerAsyncHookHandler } from 'fastify'
import { LRUCache } from 'lru-cache'
import { appById, grantByTokenHash } from '../projections/read/access.ts'
import { accountById } from '../projections/read/accounts.ts'
import type { AccountRow, AppRow, GrantRow } from '../projections/rows.ts'
import type { ApiDeps } from './deps.ts'
import { ApiError, unauthorized, unprocessable } from './errors.ts'
import { allows } from './oauth/scopes.ts'
import { secretHash } from './oauth/secrets.ts'

/** The holder of a token. `account` is null for a token of an application itself (client credentials). */
export type Viewer = { readonly account: AccountRow | null; readonly grant: GrantRow; readonly app: AppRow | null }
export type SignedIn = Viewer & { readonly account: AccountRow }

declare module 'fastify' {
  interface FastifyRequest {
    /** Null: nobody, no token was sent. */
    viewer: Viewer | null
  }
}

type Access = Pick<Viewer, 'grant' | 'app'>
const CACHED_MS = 10_000

/**
 * Resolves the token of a request into `request.viewer`. No token: `viewer` stays null. A token that is unknown, revoked or expired: 401, always.
 * Grants are remembered for ten seconds at most and forgotten at once when this process sees them revoked; accounts are read each time.
 *
 * @returns a function that throws {ApiError} 401
 */
export function createIdentify(
  app: FastifyInstance,
  deps: Pick<ApiDeps, 'pool' | 'now' | 'projections'>,
): (request: FastifyRequest) => Promise<void> {
  const known = new LRUCache<string, Access>({ max: 2_000, ttl: CACHED_MS })
  let revocations = 0
  const stop = deps.projections.onChanges((changes) => {
    if (!changes.some((change) => change.kind === 'grant.revoked')) return
    revocations += 1
    known.clear()
  })
  app.addHook('onClose', async () => stop())

  return async (request) => {
    const token = tokenOf(request)
    if (token === null) return
    const access = await accessOf(secretHash(token))
    if (access === null) throw unauthorized()
    const { account_id } = access.grant
    const account = account_id === null ? null : await accountById(deps.pool, account_id)
    if (account_id !== null && (account === null || account.deleted_at !== null)) throw unauthorized()
    request.viewer = { account, ...access }
  }

  async function accessOf(hash: string): Promise<Access | null> {
    const access = known.get(hash) ?? (await load(hash))
    if (access === null || (access.grant.expires_at !== null && access.grant.expires_at.getTime() <= deps.now())) return null
    return access
  }

  async function load(hash: string): Promise<Access | null> {
    const before = revocations
    const grant = await grantByTokenHash(deps.pool, hash)
    if (grant === null) return null
    const access = { grant, app: grant.app_id === null ? null : await appById(deps.pool, grant.app_id) }
    if (before === revocations) known.set(hash, access) // otherwise this may have been read just before it was revoked
    return access
  }
}

/** A person's token is needed, whatever its scopes. */
export const authenticated: preHandlerAsyncHookHandler = async (request) => {
  signedIn(request)
}

/** A person's token is needed that has ANY of these scopes (`read` includes `read:statuses`; `follow` its own six). */
export const requireScope =
  (...scopes: readonly string[]): preHandlerAsyncHookHandler =>
  async (request) => {
    checkScope(signedIn(request), scopes)
  }

/** As `requireScope`, for routes that an application may also call for itself, or that anyone may call: no token is fine, a token must fit. */
export const allowScope =
  (...scopes: readonly string[]): preHandlerAsyncHookHandler =>
  async (request) => {
    if (request.viewer !== null) checkScope(request.viewer, scopes)
  }

/** Any valid token is needed: a person's or an application's. */
export const requireToken: preHandlerAsyncHookHandler = async (request) => {
  tokenHolder(request)
}

/** @throws {ApiError} 401 without a token */
export function tokenHolder(request: FastifyRequest): Viewer {
  if (request.viewer === null) throw unauthorized()
  return request.viewer
}

/** The person asking. @throws {ApiError} 401 without a token, 422 when the token is an application's own */
export function signedIn(request: FastifyRequest): SignedIn {
  const viewer = tokenHolder(request)
  if (viewer.account === null) throw unprocessable('This method requires an authenticated user')
  return { ...viewer, account: viewer.account }
}

function checkScope(viewer: Viewer, scopes: readonly string[]): void {
  if (!scopes.some((scope) => allows(viewer.grant.scopes, scope))) throw new ApiError(403, 'This action is outside the authorized scopes')
}

/** `Authorization: Bearer`; for streaming, where browsers cannot set headers, also `?access_token=` and the WebSocket sub-protocol. */
function tokenOf(request: FastifyRequest): string | null {
  const bearer = /^Bearer +([\w.~+/-]+=*) *$/i.exec(request.headers.authorization ?? '')?.[1]
  if (bearer !== undefined) return bearer
  if (request.headers.authorization !== undefined && /^Bearer\b/i.test(request.headers.authorization)) throw unauthorized()
  if (!request.url.startsWith('/api/v1/streaming')) return null
  const { access_token: inQuery } = request.query as Record<string, unknown>
  if (typeof inQuery === 'string' && inQuery !== '') return inQuery
  const protocol = request.headers['sec-websocket-protocol']
  return protocol === undefined || protocol === '' ? null : protocol
}

/** What an application asks of a person at /oauth/authorize, judged before anything is shown. */
import type { AppRow } from '../../projections/rows.ts'
import { type Params, text } from '../forms.ts'
import { isRedirectUri, isRegistered, OUT_OF_BAND, redirectTo } from './redirect-uris.ts'
import { isMcpScope, resourceNamed } from './resource.ts'
import { grantable, parseScopes } from './scopes.ts'

export type AuthorizeRequest = {
  readonly app: AppRow
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly state: string | null
  /** PKCE, S256; null when the client uses none. */
  readonly challenge: string | null
  /** What the token is for, as the client named it. @see RFC 8707 */
  readonly resource: string | null
}

export type Judged =
  | { readonly ok: true; readonly request: AuthorizeRequest }
  /** Nowhere safe to send the answer: it is shown to the person. */
  | { readonly ok: false; readonly tell: 'person'; readonly message: string }
  /**
   * The application is told at its registered address, when the person follows that link: anybody may register an application, so a redirect without
   * a press of a button would lead from here to anywhere. @see RFC 6749 section 4.1.2.1, RFC 9700 section 4.11.2
   */
  | { readonly ok: false; readonly tell: 'application'; readonly app: AppRow; readonly message: string; readonly location: string }

/** @param params attacker-controlled @param issuer as in the server's metadata */
export async function judgeAuthorize(params: Params, findApp: (clientId: string) => Promise<AppRow | null>, issuer: string): Promise<Judged> {
  const app = await findApp(text(params, 'client_id') ?? '')
  if (app === null) return tellPerson('The application that sent you here is not known to this instance. Go back to it and sign in again.')
  const redirectUri = text(params, 'redirect_uri') ?? (app.redirect_uris.length === 1 ? app.redirect_uris[0] : undefined)
  if (redirectUri === undefined || !isRegistered(redirectUri, app.redirect_uris) || !isRedirectUri(redirectUri)) {
    return tellPerson(`${app.name} wants to be answered at an address it has not registered here. For your safety this stops now.`)
  }
  const state = text(params, 'state') ?? null
  const [error, message] = problemWith(params, app, state, issuer)
  if (error !== null) {
    if (redirectUri === OUT_OF_BAND) return tellPerson(message)
    const location = redirectTo(redirectUri, { error, error_description: message, state, iss: issuer })
    return { ok: false, tell: 'application', app, message, location }
  }
  const scopes = grantable(app.scopes, requestedScopes(params)) || []
  return {
    ok: true,
    request: { app, redirectUri, scopes, state, challenge: text(params, 'code_challenge') || null, resource: text(params, 'resource') || null },
  }
}

const tellPerson = (message: string): Judged => ({ ok: false, tell: 'person', message })

function requestedScopes(params: Params): string[] | undefined {
  const scopes = parseScopes(text(params, 'scope') ?? '')
  return scopes.length === 0 ? undefined : scopes
}

type Problem = readonly [error: string, message: string] | readonly [null]

function problemWith(params: Params, app: AppRow, state: string | null, issuer: string): Problem {
  if (text(params, 'response_type') !== 'code') return ['unsupported_response_type', 'Only response_type=code is supported']
  if ((text(params, 'response_mode') || 'query') !== 'query') return ['invalid_request', 'Only response_mode=query is supported']
  if (state !== null && !/^[\x20-\x7e]*$/.test(state)) return ['invalid_request', 'The state must be printable ASCII']
  const challenge = text(params, 'code_challenge') || null
  if (challenge !== null && (text(params, 'code_challenge_method') || 'S256') !== 'S256')
    return ['invalid_request', 'The code_challenge_method must be S256']
  if (challenge !== null && !/^[\w.~-]{43,128}$/.test(challenge)) return ['invalid_request', 'The code_challenge is malformed']
  if (grantable(app.scopes, requestedScopes(params)) === false) return ['invalid_scope', 'The application asks for more than it registered']
  return resourceProblem(params, app, issuer)
}

/** Whoever names what the token is for speaks OAuth 2.1, so they use PKCE; and the vault's own endpoint takes the vault's scopes alone. */
function resourceProblem(params: Params, app: AppRow, issuer: string): Problem {
  const named = text(params, 'resource') || null
  if (named === null) return [null]
  const resource = resourceNamed(named, issuer.replace(/\/$/, ''))
  if (resource === null) return ['invalid_target', 'The resource is not one of this server']
  if ((text(params, 'code_challenge') || null) === null) return ['invalid_request', 'A code_challenge is required (PKCE, S256)']
  const scopes = grantable(app.scopes, requestedScopes(params)) || []
  if (resource === 'mcp' && !scopes.every(isMcpScope)) return ['invalid_scope', 'This resource takes the scopes memory:read and memory:write']
  return [null]
}

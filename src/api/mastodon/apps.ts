/** Client applications register themselves here before they ask anybody for anything. @see https://docs.joinmastodon.org/methods/apps/ */
import type { FastifyInstance } from 'fastify'
import type { AppRow } from '../../projections/rows.ts'
import { requireToken, tokenHolder } from '../auth.ts'
import { type ApiDeps, perform } from '../deps.ts'
import { unauthorized } from '../errors.ts'
import { invalid, list, type Params, paramsOf, requiredText, text } from '../forms.ts'
import { isRedirectUri, splitRedirectUris } from '../oauth/redirect-uris.ts'
import { DEFAULT_SCOPES, parseScopes, unknownScope } from '../oauth/scopes.ts'
import { newSecret, secretHash } from '../oauth/secrets.ts'
import { vapidKey } from '../vapid.ts'

type Deps = Pick<ApiDeps, 'ledger' | 'execute' | 'projections' | 'newId' | 'now'>

const LONGEST_NAME = 60
const LONGEST_WEBSITE = 2_000
const MOST_REDIRECT_URIS = 20

export function registerApps(app: FastifyInstance, deps: Deps): void {
  app.post('/api/v1/apps', { config: { limit: 'apps' } }, async (request) => {
    const asked = parseRegistration(paramsOf(request))
    const [clientId, secret] = [newSecret(), newSecret()]
    const data = { id: deps.newId(), clientId, secretHash: secretHash(secret), ...asked, at: new Date(deps.now()).toISOString() }
    await perform(deps, { by: 'instance', lane: 'private', commands: [{ do: 'RegisterApp', data }] })
    const { id, name, website, redirectUris, scopes } = data
    const entity = applicationEntity({ id, name, website, redirect_uris: redirectUris, scopes }, await vapidKey(deps.ledger.keyring))
    return { ...entity, client_id: clientId, client_secret: secret, client_secret_expires_at: 0 }
  })

  app.get('/api/v1/apps/verify_credentials', { preHandler: requireToken }, async (request) => {
    const client = tokenHolder(request).app
    if (client === null) throw unauthorized('This token belongs to no application')
    return applicationEntity(client, await vapidKey(deps.ledger.keyring))
  })
}

type Registration = {
  readonly name: string
  readonly website: string | null
  readonly redirectUris: readonly string[]
  readonly scopes: readonly string[]
}

/** @throws {ApiError} 422 naming what is wrong */
function parseRegistration(params: Params): Registration {
  const name = requiredText(params, 'client_name').trim()
  if (name.length > LONGEST_NAME) throw invalid('client_name', `is too long (maximum is ${LONGEST_NAME} characters)`)
  const redirectUris = [...new Set(list(params, 'redirect_uris').flatMap(splitRedirectUris))]
  if (redirectUris.length === 0) throw invalid('redirect_uris', "can't be blank")
  if (redirectUris.length > MOST_REDIRECT_URIS || !redirectUris.every(isRedirectUri))
    throw invalid('redirect_uris', 'must be absolute URIs without a fragment')
  const scopes = parseScopes(list(params, 'scopes').join(' '))
  const unknown = unknownScope(scopes)
  if (unknown !== null) throw invalid('scopes', `doesn't match configured on the server: ${unknown}`)
  return { name, website: parseWebsite(text(params, 'website')), redirectUris, scopes: scopes.length === 0 ? DEFAULT_SCOPES : scopes }
}

/** Shown as a link beside posts, so it must be a web address. */
function parseWebsite(website: string | undefined): string | null {
  if (website === undefined || website.trim() === '') return null
  if (website.length > LONGEST_WEBSITE || !/^https?:\/\//i.test(website) || !URL.canParse(website)) throw invalid('website', 'must be a valid URL')
  return website
}

/** @see https://docs.joinmastodon.org/entities/Application/ */
const applicationEntity = (app: Pick<AppRow, 'id' | 'name' | 'website' | 'redirect_uris' | 'scopes'>, vapid: string) => ({
  id: app.id,
  name: app.name,
  website: app.website,
  scopes: app.scopes,
  redirect_uris: app.redirect_uris,
  redirect_uri: app.redirect_uris.join('\n'),
  vapid_key: vapid,
})

/** Discovery: WebFinger, host-meta and NodeInfo. @see RFC 7033, RFC 6415, FEP-f1d5, FEP-d556 */
import type { FastifyInstance, FastifyReply } from 'fastify'
import type pg from 'pg'
import { VERSION } from '../host/version.ts'
import { instance } from '../projections/read/access.ts'
import { localAccount } from '../projections/read/accounts.ts'
import { instanceStats } from '../projections/read/stats.ts'
import type { AccountRow } from '../projections/rows.ts'
import type { Uris } from './uris.ts'
import { parseHandle } from './webfinger-client.ts'
import type { Json } from './wire/json.ts'

const ACTIVITY_JSON = 'application/activity+json'
const LD_JSON = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'

export function registerWellKnown(app: FastifyInstance, { pool, uris }: { readonly pool: pg.Pool; readonly uris: Uris }): void {
  app.get<{ Querystring: { resource?: unknown } }>('/.well-known/webfinger', async (request, reply) => {
    open(reply)
    const { resource } = request.query
    if (typeof resource !== 'string' || resource === '') return await reply.code(400).send({ error: 'resource is missing' })
    const jrd = isInstance(resource, uris) ? instanceJrd(uris) : await accountJrd(resource)
    if (jrd === null) return await reply.code(404).send({ error: 'Nobody here has that name' })
    return await reply.header('cache-control', 'public, max-age=300').type('application/jrd+json; charset=utf-8').send(jrd)
  })

  async function accountJrd(resource: string): Promise<Json> {
    const username = usernameIn(resource, uris)
    const account = username === null ? null : await localAccount(pool, username)
    return account === null ? null : jrdOf(account, uris)
  }

  app.get('/.well-known/host-meta', async (_request, reply) => {
    const template = `${uris.origin}/.well-known/webfinger?resource={uri}`
    const xrd = `<?xml version="1.0" encoding="UTF-8"?>\n<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n  <Link rel="lrdd" template="${template}"/>\n</XRD>\n`
    return await open(reply).type('application/xrd+xml; charset=utf-8').send(xrd)
  })

  app.get('/.well-known/host-meta.json', async (_request, reply) =>
    open(reply).send({ links: [{ rel: 'lrdd', template: `${uris.origin}/.well-known/webfinger?resource={uri}` }] }),
  )

  app.get('/.well-known/nodeinfo', async (_request, reply) => {
    const links = ['2.1', '2.0'].map((version) => ({
      rel: `http://nodeinfo.diaspora.software/ns/schema/${version}`,
      href: `${uris.origin}/nodeinfo/${version}`,
    }))
    const application = { rel: 'https://www.w3.org/ns/activitystreams#Application', href: uris.instanceActor }
    return await open(reply).send({ links: [...links, application] })
  })

  app.get<{ Params: { version: string } }>('/nodeinfo/:version', async (request, reply) => {
    const { version } = request.params
    if (version !== '2.0' && version !== '2.1') return await open(reply).code(404).send({ error: 'There is no such version' })
    const type = `application/json; profile="http://nodeinfo.diaspora.software/ns/schema/${version}#"; charset=utf-8`
    return await open(reply)
      .header('cache-control', 'public, max-age=300')
      .type(type)
      .send(await nodeInfo(pool, version))
  })
}

/** Readable by browsers of any site: clients ask this before they know us. */
const open = (reply: FastifyReply): FastifyReply => reply.header('access-control-allow-origin', '*')

const isInstance = (resource: string, uris: Uris): boolean =>
  [uris.origin, `${uris.origin}/`, uris.instanceActor, `acct:${uris.host}@${uris.host}`].includes(resource)

/** The name in `acct:name@host` or in one of our URLs (`/users/name`, `/@name`); null when it is not of this host. */
function usernameIn(resource: string, uris: Uris): string | null {
  if (/^https?:/i.test(resource))
    return (
      uris.usernameOf(resource) ?? (uris.isLocal(resource) ? (/^\/@([A-Za-z0-9_]+)\/?$/.exec(resource.slice(uris.origin.length))?.[1] ?? null) : null)
    )
  const handle = parseHandle(resource)
  return handle?.domain === uris.host ? handle.username : null
}

const jrdOf = ({ username, uri, url }: AccountRow, uris: Uris): Json => ({
  subject: `acct:${username}@${uris.host}`,
  aliases: [url, uri],
  links: [
    { rel: 'self', type: ACTIVITY_JSON, href: uri },
    { rel: 'self', type: LD_JSON, href: uri },
    { rel: 'http://webfinger.net/rel/profile-page', type: 'text/html', href: url },
  ],
})

const instanceJrd = (uris: Uris): Json => ({
  subject: `acct:${uris.host}@${uris.host}`,
  aliases: [uris.instanceActor],
  links: [{ rel: 'self', type: ACTIVITY_JSON, href: uris.instanceActor }],
})

async function nodeInfo(pool: pg.Pool, version: '2.0' | '2.1'): Promise<Json> {
  const [row, stats] = await Promise.all([instance(pool), instanceStats(pool)])
  return {
    version,
    software: { name: 'vivim', version: VERSION },
    protocols: ['activitypub'],
    services: { inbound: [], outbound: [] },
    openRegistrations: row?.registrations === 'open',
    usage: { users: { total: stats.users, activeMonth: stats.activeMonth }, localPosts: stats.statuses },
    metadata: { nodeName: row?.title ?? '', nodeDescription: row?.description ?? '' },
  }
}

/** Timelines: home, public, by hashtag. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { home, type PublicPage, publicTimeline, tagTimeline } from '../../projections/read/timelines.ts'
import { allowScope, requireScope, signedIn } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { list, type Params } from '../forms.ts'
import { viewerId } from './facts.ts'
import { flag, pathText } from './input.ts'
import { linkPages, pageOf, STATUSES } from './paging.ts'
import { tagName } from './text/tokens.ts'
import { statusesJson } from './views.ts'

/** More are not looked at, as in Mastodon. */
const MOST_TAGS = 4

export function registerTimelines(app: FastifyInstance, deps: ApiDeps): void {
  const { pool, config } = deps
  const readable = { preHandler: allowScope('read:statuses') }

  app.get('/api/v1/timelines/home', { preHandler: requireScope('read:statuses') }, async (request, reply) => {
    const { account } = signedIn(request)
    const page = pageOf(request, STATUSES)
    const found = await home(pool, account.id, page)
    linkPages(request, reply, config.origin, page, found)
    return statusesJson(deps, found, account.id)
  })

  app.get('/api/v1/timelines/public', readable, async (request, reply) => {
    const page = publicPage(request)
    const found = await publicTimeline(pool, page, viewerId(request))
    linkPages(request, reply, config.origin, page, found)
    return statusesJson(deps, found, viewerId(request))
  })

  app.get('/api/v1/timelines/tag/:hashtag', readable, async (request, reply) => {
    const page = { ...publicPage(request), ...tagsOf(request) }
    const found = await tagTimeline(pool, tagName(pathText(request, 'hashtag')), page, viewerId(request))
    linkPages(request, reply, config.origin, page, found)
    return statusesJson(deps, found, viewerId(request))
  })
}

function publicPage(request: FastifyRequest): PublicPage {
  const params = request.query as Params
  return {
    ...pageOf(request, STATUSES),
    local: flag(params, 'local') ?? false,
    remote: flag(params, 'remote') ?? false,
    onlyMedia: flag(params, 'only_media') ?? false,
  }
}

function tagsOf(request: FastifyRequest) {
  const tags = (name: 'any' | 'all' | 'none') => {
    return list(request.query as Params, name)
      .slice(0, MOST_TAGS)
      .map(tagName)
  }
  const [any, all, none] = [tags('any'), tags('all'), tags('none')]
  return { ...(any.length > 0 && { any }), ...(all.length > 0 && { all }), ...(none.length > 0 && { none }) }
}

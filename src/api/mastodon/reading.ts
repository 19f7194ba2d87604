/** A reader's own state and settings: markers, preferences; and the instance's custom emoji. */
import type { FastifyInstance } from 'fastify'
import type { Command } from '../../handlers/commands.ts'
import { markers } from '../../projections/read/markers.ts'
import { requireScope, signedIn } from '../auth.ts'
import { type ApiDeps, perform } from '../deps.ts'
import { list, type Params, paramsOf } from '../forms.ts'
import { markersEntity } from './entities/marker.ts'
import { id, record } from './input.ts'

const TIMELINES = ['home', 'notifications'] as const

export function registerReading(app: FastifyInstance, deps: ApiDeps): void {
  app.get('/api/v1/markers', { preHandler: requireScope('read:statuses') }, async (request) => {
    const wanted = list(request.query as Params, 'timeline')
    const found = await markers(deps.pool, signedIn(request).account.id)
    return markersEntity(found.filter(({ timeline }) => wanted.includes(timeline)))
  })

  app.post('/api/v1/markers', { preHandler: requireScope('write:statuses') }, async (request) => {
    const { account } = signedIn(request)
    const params = paramsOf(request)
    const at = new Date(deps.now()).toISOString()
    const commands = TIMELINES.flatMap((timeline): Command[] => {
      const lastReadId = id(record(params, timeline), 'last_read_id')
      return lastReadId === undefined ? [] : [{ do: 'SetMarker', data: { accountId: account.id, timeline, lastReadId, at } }]
    })
    if (commands.length > 0) await perform(deps, { by: { account: account.id }, commands, lane: 'private' })
    const found = await markers(deps.pool, account.id)
    return markersEntity(found.filter(({ timeline }) => commands.some((command) => command.do === 'SetMarker' && command.data.timeline === timeline)))
  })

  app.get('/api/v1/preferences', { preHandler: requireScope('read:accounts') }, async (request) => {
    const { account } = signedIn(request)
    return {
      'posting:default:visibility': account.default_visibility,
      'posting:default:sensitive': account.default_sensitive,
      'posting:default:language': account.default_language,
      'reading:expand:media': 'default',
      'reading:expand:spoilers': false,
      'reading:autoplay:gifs': false,
    }
  })

  /** Empty because there are none: no event of this instance adds an emoji of its own. */
  app.get('/api/v1/custom_emojis', async () => [])
}

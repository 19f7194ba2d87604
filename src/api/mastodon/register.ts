/** The Mastodon client API, but for applications and the instance itself (apps.ts, instance.ts). What is not here is a 404. */
import path from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { ApiDeps } from '../deps.ts'
import { MediaFiles } from '../media/files.ts'
import { registerMedia } from '../media/register.ts'
import { registerAccounts } from './accounts.ts'
import { registerNotifications } from './notifications.ts'
import { registerProfile } from './profile.ts'
import { registerReactions } from './reactions.ts'
import { registerReading } from './reading.ts'
import { registerRelationships } from './relationships.ts'
import { registerSearch } from './search.ts'
import { registerStatusWriting } from './status-writing.ts'
import { registerStatuses } from './statuses.ts'
import { registerStreaming } from './streaming/register.ts'
import { registerTimelines } from './timelines.ts'

/** Expects the scope to parse bodies (bodies.ts) and to know who is asking (auth.ts). */
export async function registerMastodon(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  const files = new MediaFiles(path.join(deps.config.dataDir, 'media'))
  await registerStreaming(app, deps)
  registerAccounts(app, deps)
  registerProfile(app, deps, files)
  registerRelationships(app, deps)
  registerStatuses(app, deps)
  registerStatusWriting(app, deps, files)
  registerReactions(app, deps)
  registerTimelines(app, deps)
  registerNotifications(app, deps)
  registerSearch(app, deps)
  registerReading(app, deps)
  registerMedia(app, deps, files)
}

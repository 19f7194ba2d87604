/** `GET /api/vivim/v1/export`: everything the account signed, opened and proven, for whoever it is. `vivim verify` checks it anywhere. */
import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { exportAccount } from '../../ledger/account-export.ts'
import { requireScope, signedIn } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { type NoteDeps, noteAccess, readerOf } from './access.ts'
import type { ActorOf } from './identities.ts'

type Deps = Pick<ApiDeps, 'pool' | 'ledger'> & NoteDeps & { readonly actorOf: ActorOf }

/** Private posts and conversations are in it: a token for reading them all is needed. */
export function registerExport(app: FastifyInstance, path: string, deps: Deps): void {
  const preHandler = [requireScope('read'), requireScope('memory:read')]
  app.get(path, { preHandler, config: { limit: 'media' } }, async (request, reply) => {
    const viewer = signedIn(request)
    const { account } = viewer
    const actor = await deps.actorOf(account.id)
    await noteAccess(deps, account.id, readerOf(viewer), { what: 'GET:/export' })
    return reply
      .type('application/x-ndjson; charset=utf-8')
      .header('content-disposition', `attachment; filename="${account.username}.vivim-account"`)
      .header('cache-control', 'private, no-store')
      .send(Readable.from(exportAccount(deps, actor)))
  })
}

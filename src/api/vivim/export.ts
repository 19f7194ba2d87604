/** `GET /api/vivim/v1/export`: everything the account signed, opened and proven, for whoever it is. `vivim verify` checks it anywhere. */
import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { exportAccount } from '../../ledger/account-export.ts'
import { requireScope, signedIn } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import type { ActorOf } from './identities.ts'

/** Private posts are in it: a token for reading them all is needed. */
export function registerExport(app: FastifyInstance, path: string, deps: Pick<ApiDeps, 'pool' | 'ledger'> & { readonly actorOf: ActorOf }): void {
  app.get(path, { preHandler: requireScope('read'), config: { limit: 'media' } }, async (request, reply) => {
    const { account } = signedIn(request)
    const actor = await deps.actorOf(account.id)
    return reply
      .type('application/x-ndjson; charset=utf-8')
      .header('content-disposition', `attachment; filename="${account.username}.vivim-account"`)
      .header('cache-control', 'private, no-store')
      .send(Readable.from(exportAccount(deps, actor)))
  })
}

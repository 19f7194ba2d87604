/** Our own API, /api/vivim/v1: what Mastodon's cannot say. Errors are RFC 9457 problems. Described in docs.ts. */
import type { FastifyInstance } from 'fastify'
import type { z } from 'zod'
import { instance } from '../../projections/read/access.ts'
import { statusById, visibleTo } from '../../projections/read/statuses.ts'
import { allowScope } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { notFound } from '../errors.ts'
import { setUpState } from '../set-up-gate.ts'
import { VERSION } from '../version.ts'
import { registerChains } from './chains.ts'
import { entryAt } from './entry.ts'
import { registerEvents } from './events.ts'
import { registerExport } from './export.ts'
import { createActorOf } from './identities.ts'
import { registerKeys } from './keys.ts'
import { registerLogState } from './log.ts'
import { registerReceipts } from './receipts.ts'
import type { Entry, Instance, Receipt } from './schema.ts'
import { registerSigning } from './signing.ts'
import { registerVault } from './vault.ts'

export const ROOT = '/api/vivim/v1'

export function registerVivim(app: FastifyInstance, apiDeps: ApiDeps): void {
  const deps = { ...apiDeps, actorOf: createActorOf(apiDeps.ledger) }
  const isDone = setUpState(deps)
  registerEvents(app, `${ROOT}/events`, deps)
  registerSigning(app, ROOT, deps)
  registerReceipts(app, deps)
  registerKeys(app, `${ROOT}/keys`, deps)
  registerChains(app, ROOT, deps)
  registerLogState(app, ROOT, deps)
  registerExport(app, `${ROOT}/export`, deps)
  registerVault(app, ROOT, deps)

  app.get(`${ROOT}/instance`, async (): Promise<z.infer<typeof Instance>> => {
    const { ledger } = deps
    const row = await instance(deps.pool)
    const { size, note } = ledger.checkpoint()
    const root = Buffer.from(await ledger.rootAt(size)).toString('base64')
    return {
      origin: deps.config.origin,
      title: row?.title ?? 'VIVIM',
      setUp: await isDone(),
      software: { name: 'vivim', version: VERSION },
      log: { origin: ledger.logOrigin, verifierKey: ledger.verifierKey, size, root, checkpoint: note },
    }
  })

  app.get(`${ROOT}/events/:position`, async (request): Promise<z.infer<typeof Entry>> => {
    const { position } = request.params as { position: string }
    if (!/^\d{1,15}$/.test(position)) throw notFound()
    return entryAt(deps.ledger, Number(position))
  })

  app.get(`${ROOT}/receipts/:id`, { preHandler: allowScope('read:statuses') }, async (request): Promise<z.infer<typeof Receipt>> => {
    const { id } = request.params as { id: string }
    const status = await statusById(deps.pool, id)
    if (status === null || !(await visibleTo(deps.pool, status, request.viewer?.account?.id ?? null))) throw notFound()
    return { status: { id: status.id, uri: status.uri, url: status.url }, entry: await entryAt(deps.ledger, Number(status.position)) }
  })
}

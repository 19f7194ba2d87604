/** The eraser of an instance, tied to what has to have happened before it and to what lies outside the ledger: deliveries, keys, files. */
import path from 'node:path'
import type pg from 'pg'
import { MediaFiles } from './api/media/files.ts'
import { removeFile } from './conversations/assets.ts'
import type { Delivery } from './federation/delivery/delivery.ts'
import { type Eraser, type EraserDeps, startEraser } from './handlers/erasure/eraser.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { Projections } from './projections/projections.ts'
import { mediaById } from './projections/read/media.ts'

export type ErasingDeps = Pick<EraserDeps, 'now' | 'log'> & {
  readonly config: { readonly dataDir: string }
  readonly pool: pg.Pool
  readonly ledger: Ledger
  readonly projections: Pick<Projections, 'waitFor'>
  readonly delivery: Pick<Delivery, 'passed' | 'owes' | 'forget'>
}

export function startErasing({ config, pool, ledger, projections, delivery, now, log }: ErasingDeps): Promise<Eraser> {
  const files = new MediaFiles(path.join(config.dataDir, 'media'))
  return startEraser({
    ledger,
    pool,
    now,
    log,
    settled: async (position) => (await projections.waitFor(position)) && delivery.passed(position),
    isShown: async (mediaId) => (await mediaById(pool, mediaId)) !== null,
    owes: (accountId) => delivery.owes(accountId),
    async destroyKeys(accountId) {
      await ledger.forgetSigner(`account/${accountId}`)
      for (const kind of ['rsa', 'ed25519']) await ledger.keyring.destroy(`${kind}/${accountId}`)
      for (const name of await ledger.keyring.names(`byok/${accountId}/`)) await ledger.keyring.destroy(name)
      await delivery.forget(accountId)
    },
    removeFiles: (names) => files.remove(names),
    async removeAssets(assets) {
      for (const file of assets) await removeFile(config.dataDir, file)
    },
  })
}

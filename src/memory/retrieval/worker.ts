/** The thread that holds the indexes and answers from them, with connections of its own: neither a rebuild nor a heavy question holds up the process. */
import { parentPort, workerData } from 'node:worker_threads'
import pg from 'pg'
import { RowCipher } from '../../projections/row-cipher.ts'
import type { Answers, Ask, FromWorker, ToWorker, WorkerData } from './protocol.ts'
import { Vaults } from './vaults.ts'

const { databaseUrl, rowKey } = workerData as WorkerData
const say = (message: FromWorker): void => parentPort?.postMessage(message, [])

const pool = new pg.Pool({ connectionString: databaseUrl, max: 3 })
pool.on('error', (error) => say({ level: 'debug', message: 'an idle connection of the indexes failed', fields: { error: error.message } }))
const vaults = new Vaults({ db: pool, cipher: new RowCipher(rowKey), log: (level, message, fields) => say({ level, message, fields }) })

async function answer(ask: Ask): Promise<Answers[keyof Answers]> {
  if (ask.do === 'search') return await vaults.search(ask.accountId, ask.query, ask)
  if (ask.do === 'related') return await vaults.related(ask.accountId, ask.to, ask.limit, ask.now)
  if (ask.do === 'unmade') return await vaults.unmade(ask.accountId, ask.model, ask.limit)
  if (ask.do === 'keep') await vaults.keep(ask.accountId, ask.model, ask.made)
  if (ask.do === 'status') return vaults.status(ask.accountId)
  if (ask.do === 'rebuild') await vaults.rebuild(ask.accountId)
  if (ask.do === 'settle') await vaults.settled()
  if (ask.do === 'close') {
    await vaults.close()
    await pool.end()
  }
  return null
}

parentPort?.on('message', (message: ToWorker) => {
  if ('changes' in message) {
    vaults.changed(message.changes)
    return
  }
  const { id, ask } = message
  answer(ask).then(
    (result) => say({ id, answer: result }),
    (error: unknown) => say({ id, error: error instanceof Error ? error.message : String(error) }),
  )
})

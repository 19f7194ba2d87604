import { expect, test } from 'vitest'
import { createExecute } from '../../../src/handlers/execute.ts'
import { Ledger } from '../../../src/ledger/ledger.ts'
import { writePath } from '../../contracts/write-path.ts'
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts'
import { newAccount, setUp } from '../../unit/handlers/world.ts'

const secret = new Uint8Array(32).fill(7)
const openLedger = ({ pool, url }: TestDatabase): Promise<Ledger> => Ledger.open({ pool, databaseUrl: url, origin: 'https://here.example', secret })

writePath('on PostgreSQL', async () => {
  const database = await freshDatabase()
  const ledger = await openLedger(database)
  const close = async () => {
    await ledger.close()
    await database.drop()
  }
  return { ledger, close }
})

test('a key made just before the process died signs the account when it is asked for again', async () => {
  const database = await freshDatabase()
  try {
    const before = await openLedger(database)
    await createExecute({ ledger: before })(setUp)
    const { genesis } = await before.createIdentity('account/1')
    await before.close()

    const after = await openLedger(database)
    expect(await createExecute({ ledger: after })(newAccount('1', 'ada', 'owner'))).toMatchObject({ ok: true })
    const identity = (await after.read(0, 10)).find(({ events }) => events.some(({ type }) => type === 'identity:create'))
    expect(identity?.events[0]?.stream).toBe(genesis.stream)
    await after.close()
  } finally {
    await database.drop()
  }
})

/** The process that kill.test.ts kills: appends without pause, and prints each receipt only once it has it. */
import pg from 'pg'
import { Ledger } from '../../../src/ledger/ledger.ts'
import { draft, introduce, ORIGIN, SECRET } from './world.ts'

const [, , databaseUrl = '', round = ''] = process.argv
const pool = new pg.Pool({ connectionString: databaseUrl })
const ledger = await Ledger.open({ pool, databaseUrl, origin: ORIGIN, secret: SECRET })
if (!(await ledger.hasSigner('instance'))) await introduce(ledger, 'instance')
process.stdout.write('ready\n')

async function append(writer: number): Promise<never> {
  for (let i = 0; ; i++) {
    const stream = `kill/${round}/${writer}/${i}`
    const { position, id } = await ledger.append(draft(stream, { lane: i % 2 === 0 ? 'public' : 'private', expected: [[stream, 'none']] }))
    process.stdout.write(`${stream} ${position} ${Buffer.from(id).toString('hex')}\n`)
  }
}

await Promise.all(Array.from({ length: 16 }, (_, writer) => append(writer)))

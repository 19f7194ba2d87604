/**
 * The process that kill-cycles.ts kills: several lanes append without pause, each under numbers of its own, and each receipt is printed only
 * once it is there. A lane begins with the first number that was never acknowledged, under the same key: perhaps it is in the log already.
 *
 *   node lane-writer.ts <database url> <next number of each lane, as JSON>
 */
import pg from 'pg'
import { Ledger } from '../../src/ledger/ledger.ts'
import { type CommitDraft, LedgerFault } from '../../src/ledger/types.ts'
import { draft, event, introduce, ORIGIN, SECRET } from '../integration/ledger/world.ts'

/** One line of output. */
export type Acknowledged = { readonly lane: number; readonly n: number; readonly position: number; readonly id: string; readonly repeated: boolean }

export const laneStream = (lane: number, n: number): string => `lane/${lane}/${n}`

/** Everything that a commit can be: public or private, of one event or several, small or large. */
function draftOf(lane: number, n: number): CommitDraft {
  const stream = laneStream(lane, n)
  const more = n % 5 === 0 ? [event(`${stream}/also`, { filler: 'x'.repeat((n * 997) % 20_000) })] : []
  return {
    ...draft(stream, { lane: (lane + n) % 2 === 0 ? 'public' : 'private', idempotencyKey: stream, expected: [[stream, 'none']] }),
    events: [event(stream), ...more],
  }
}

async function run(databaseUrl: string, next: readonly number[]): Promise<void> {
  const pool = new pg.Pool({ connectionString: databaseUrl })
  pool.on('error', () => {}) // the server is killed as well
  const ledger = await Ledger.open({ pool, databaseUrl, origin: ORIGIN, secret: SECRET, leaseWaitMs: 20_000 })
  if (!(await ledger.hasSigner('instance'))) await introduce(ledger, 'instance')
  process.stdout.write('ready\n')
  await Promise.all(next.map((from, lane) => write(ledger, lane, from)))
}

async function write(ledger: Ledger, lane: number, from: number): Promise<never> {
  for (let n = from; ; n++) {
    const { position, id, repeated } = await acknowledged(ledger, draftOf(lane, n))
    const line: Acknowledged = { lane, n, position, id: Buffer.from(id).toString('hex'), repeated }
    process.stdout.write(`${JSON.stringify(line)}\n`)
  }
}

/** Again, under the same key, for as long as nobody says what became of it. */
async function acknowledged(ledger: Ledger, one: CommitDraft): ReturnType<Ledger['append']> {
  for (;;) {
    try {
      return await ledger.append(one)
    } catch (error) {
      if (!(error instanceof LedgerFault) || (error.code !== 'RETRY_LATER' && error.code !== 'STOP_AND_RELOAD')) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

const [, script, databaseUrl, next] = process.argv
if (script === import.meta.filename && databaseUrl !== undefined && next !== undefined) await run(databaseUrl, JSON.parse(next) as number[])

/** How fast all read models are made again from the log, each proving that it has folded every leaf of it. */
import type { DomainEvent } from '../src/events/catalogue.ts'
import { toDraft } from '../src/events/codec.ts'
import type { Ledger } from '../src/ledger/ledger.ts'
import { Projections } from '../src/projections/projections.ts'
import { cpuOf, perEvent, since } from './cpu.ts'
import { history } from './history.ts'
import type { Bench } from './rows.ts'
import { withWorkplace } from './workplace.ts'

const SIGNERS = 20
const IN_FLIGHT = 512

export const replayBench: Bench = {
  metrics: ['projections.replay'],
  run: ({ quick, say }) =>
    withWorkplace(async ({ dir, pool, openLedger }) => {
      const ledger = await openLedger()
      const events = history(quick ? 10_000 : 100_000)
      await record(ledger, events)
      const { size } = ledger.head()
      say(`replay: ${size.toLocaleString('en')} entries written`)
      const [before, began] = [await cpuOf(dir), performance.now()]
      const projections = await Projections.open({ pool, ledger })
      const seconds = (performance.now() - began) / 1000
      say(`replay: ${perEvent(since(before, await cpuOf(dir)), size)}`)
      for (const { name, position, proven, parked } of await projections.status())
        if (position !== size || !proven || parked > 0)
          throw new Error(`${name} stands at ${position} of ${size}, proven: ${proven}, parked: ${parked}`)
      await projections.close()
      await ledger.close()
      return [{ metric: 'projections.replay', value: size / seconds, unit: 'events/s', target: { atLeast: 20_000 } }]
    }),
}

/** Every event as a commit of its own, in order, as the handlers write them. */
async function record(ledger: Ledger, events: readonly DomainEvent[]): Promise<void> {
  const signers = Array.from({ length: SIGNERS }, (_, n) => `account/${n}`)
  for (const signer of signers) await ledger.append({ signer, lane: 'public', events: [(await ledger.createIdentity(signer)).genesis] })
  for (let from = 0; from < events.length; from += IN_FLIGHT) {
    const drafts = events.slice(from, from + IN_FLIGHT).map((event, n) => ({
      signer: signers[(from + n) % SIGNERS] ?? '',
      lane: 'public' as const,
      events: [toDraft({ stream: ledger.streamName('bench', String(from + n)), event })],
    }))
    await Promise.all(drafts.map((draft) => ledger.append(draft)))
  }
}

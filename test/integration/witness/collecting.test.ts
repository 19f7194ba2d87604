/** Instances that witness each other over HTTP. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { openByPolicy, parsePolicy } from '../../../src/ledger/tlog/policy.ts'
import { begin, grow, logLine, openParty, type Party, policyOf } from './party.ts'

const parties: Party[] = []
const party = async (host: string, policy?: string): Promise<Party> => {
  const opened = await openParty(host, policy)
  parties.push(opened)
  return opened
}
afterEach(async () => {
  for (const opened of parties.splice(0)) await opened.close()
})

/** A log with `k` of these witnesses as its quorum, known to each of them. */
async function witnessedBy(k: number, ...witnesses: readonly Party[]): Promise<Party> {
  const log = await party('log.example', policyOf(k, ...witnesses))
  for (const witness of witnesses) {
    await witness.trust(`${logLine(log)}\nquorum none\n`)
    await witness.restart()
  }
  return log
}

const witnessedSize = ({ ledger }: Party): number => ledger.cosigned.witnessed?.size ?? 0
const served = async ({ url }: Party, path = '/log/checkpoint'): Promise<string> => (await fetch(`${url}${path}`)).text()

describe('a log with a quorum of witnesses', () => {
  test('is witnessed soon after it grew, and whoever is served a checkpoint can tell', async () => {
    const witnesses = [await party('w0.example'), await party('w1.example')]
    const log = await witnessedBy(2, ...witnesses)
    await begin(log, 9)
    await vi.waitFor(() => expect(witnessedSize(log)).toBe(10), 5_000)
    const policy = parsePolicy(`${logLine(log)}\n${policyOf(2, ...witnesses)}`)
    for (const path of ['/log/checkpoint', '/log/witnessed'])
      expect(openByPolicy(await served(log, path), policy)).toMatchObject({ checkpoint: { size: 10 }, witnessed: true })
    await grow(log, 5)
    await vi.waitFor(() => expect(witnessedSize(log)).toBe(15), 5_000)
    expect(await log.witnessing.status()).toMatchObject({
      readOnly: null,
      quorum: 'all-of-them',
      witnessed: { size: 15 },
      witnesses: [
        { name: 'w0', size: 15, problem: null },
        { name: 'w1', size: 15, problem: null },
      ],
    })
    const [w0] = witnesses
    expect((await w0?.witnessing.status())?.logs).toMatchObject([{ origin: 'log.example/log/1', size: 15, from: 'policy' }])
  })

  test('goes on without a quorum, unwitnessed, and is witnessed again when enough of them are back', async () => {
    const [here, away] = [await party('w0.example'), await party('w1.example')]
    const log = await witnessedBy(2, here, away)
    await begin(log, 1)
    await vi.waitFor(() => expect(witnessedSize(log)).toBe(2), 5_000)
    await away.stop()
    await grow(log, 3)
    await vi.waitFor(async () => expect((await log.witnessing.status()).witnesses[1]?.problem).toMatch('does not answer'), 5_000)
    expect(log.ledger.head().size).toBe(5)
    expect(witnessedSize(log)).toBe(2)
    await vi.waitFor(() => expect(log.ledger.cosigned.newest).toMatchObject({ size: 5, witnessed: false }), 5_000)
    await away.restart()
    await grow(log, 1)
    await vi.waitFor(() => expect(witnessedSize(log)).toBe(6), 20_000)
  })

  test('knows after a restart what was witnessed, for the newest and for older entries', async () => {
    const witness = await party('w0.example')
    const log = await witnessedBy(1, witness)
    await begin(log, 4)
    await vi.waitFor(() => expect(witnessedSize(log)).toBe(5), 5_000)
    await log.restart()
    expect(log.ledger.cosigned.witnessed).toMatchObject({ size: 5, witnessed: true })
    expect(await log.ledger.cosigned.covering(4)).toMatchObject({ size: 5 })
    expect(await log.ledger.cosigned.covering(5)).toBeNull()
    expect(log.ledger.servedCheckpoint().note).toContain('w0.example/witness/1')
    expect(await served(log, '/log/witnessed?covering=4')).toBe(log.ledger.cosigned.witnessed?.note)
    expect((await fetch(`${log.url}/log/witnessed?covering=5`)).status).toBe(404)
    expect((await fetch(`${log.url}/log/witnessed?covering=x`)).status).toBe(400)
  })

  test('does not take the word of a stranger in the place of its witness', async () => {
    const [witness, stranger] = [await party('w0.example'), await party('w0.example')]
    const log = await witnessedBy(1, witness)
    await log.trust(policyOf(1, witness).replace(witness.url, stranger.url))
    await stranger.trust(`${logLine(log)}\nquorum none\n`)
    await stranger.restart()
    await log.restart()
    await begin(log, 1)
    await vi.waitFor(async () => expect((await log.witnessing.status()).witnesses[0]?.problem).toMatch('no cosignature'), 5_000)
    expect(log.ledger.cosigned.newest).toBeNull()
  })

  test('without a policy asks nobody', async () => {
    const log = await party('log.example')
    await begin(log, 1)
    expect(await log.witnessing.status()).toMatchObject({ quorum: null, witnesses: [], witnessed: null })
    expect((await fetch(`${log.url}/log/witnessed`)).status).toBe(404)
  })
})

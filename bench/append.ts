/** How fast the ledger appends what devices signed: each signature checked, payloads sealed, tree and checkpoint made, durable when answered. */
import { randomUUID } from 'node:crypto'
import type { Ledger } from '../src/ledger/ledger.ts'
import type { CommitDraft, SignedCommit } from '../src/ledger/types.ts'
import { cpuOf, perEvent, since } from './cpu.ts'
import { type Device, devices, posts } from './device.ts'
import { withEmmett } from './emmett.ts'
import { atRate } from './load.ts'
import { type Bench, percentile, type Row } from './rows.ts'
import { type Workplace, withWorkplace } from './workplace.ts'

const MOST_WRITERS = 512
/** For the peer and for drafts: how long to warm up and to measure. */
const WARM_UP_MS = 1_000
/** How often product and peer take turns. */
const TURNS = 3

type Load = {
  readonly metric: string
  readonly writers: number
  readonly commits: number
  readonly perCall: number
  readonly perCommit: number
  readonly atLeast: number
}

const loads = (scale: number): readonly Load[] => [
  { metric: 'ledger.append.1', writers: 1, commits: 1_500 * scale, perCall: 1, perCommit: 1, atLeast: 1_800 },
  { metric: 'ledger.append.64', writers: 64, commits: 8_000 * scale, perCall: 1, perCommit: 1, atLeast: 12_000 },
  { metric: 'ledger.append.512', writers: 512, commits: 8_000 * scale, perCall: 1, perCommit: 1, atLeast: 15_000 },
  { metric: 'ledger.append.batch100', writers: 8, commits: 12_000 * scale, perCall: 100, perCommit: 1, atLeast: 20_000 },
  { metric: 'ledger.append.commit16', writers: 64, commits: 1_600 * scale, perCall: 1, perCommit: 16, atLeast: 40_000 },
]

export const appendBench: Bench = {
  metrics: ['ledger.append'],
  run: ({ quick, say, wanted }) =>
    withWorkplace(async (place) => {
      const ledger = await place.openLedger()
      const signers = await devices(ledger, MOST_WRITERS)
      const rows: Row[] = []
      const versus = wanted('ledger.append.64.vs-emmett')
      for (const load of loads(quick ? 1 : 5)) {
        if (wanted(load.metric)) rows.push(...(await measured(place, ledger, signers, load, say)))
      }
      const [rate] = rows.filter(({ metric }) => metric === 'ledger.append.64').map(({ value }) => value)
      if (rate !== undefined) rows.push(...(await halfLoad(ledger, signers, rate, quick)))
      if (wanted('ledger.append.64.custodial')) rows.push(await custodial(ledger, quick))
      if (versus) rows.push(await versusEmmett(place, ledger, signers, quick, say))
      await ledger.close()
      return rows
    }),
}

/** Every writer awaits the answer to its call before it makes the next. */
async function measured(place: Workplace, ledger: Ledger, signers: readonly Device[], load: Load, say: (text: string) => void): Promise<Row[]> {
  const { metric, writers, commits, perCall, perCommit, atLeast } = load
  say(`${metric}: ${writers} writers, ${perCall} commits a call, ${perCommit} events a commit`)
  const chains = signers.slice(0, writers)
  const calls = Math.ceil(commits / writers / perCall)
  const signed = chains.map((device) => Array.from({ length: calls }, () => Array.from({ length: perCall }, () => device.sign(posts(perCommit)))))
  const warm = Math.ceil(calls / 5)
  await inParallel(ledger, signed, 0, warm)
  const [before, began] = [await cpuOf(place.dir), performance.now()]
  const waits = await inParallel(ledger, signed, warm, calls)
  const seconds = (performance.now() - began) / 1000
  const events = waits.length * perCall * perCommit
  say(`${metric}: ${perEvent(since(before, await cpuOf(place.dir)), events)}`)
  return [
    { metric, value: events / seconds, unit: 'events/s', target: { atLeast } },
    { metric: `${metric}.p50`, value: percentile(waits, 0.5), unit: 'ms' },
    { metric: `${metric}.p99`, value: percentile(waits, 0.99), unit: 'ms' },
  ]
}

/** Milliseconds that each call waited. */
async function inParallel(ledger: Ledger, signed: readonly (readonly (readonly SignedCommit[])[])[], from: number, to: number): Promise<number[]> {
  const waits: number[] = []
  const writer = async (calls: readonly (readonly SignedCommit[])[]) => {
    for (const call of calls.slice(from, to)) {
      const began = performance.now()
      await submitted(ledger, call)
      waits.push(performance.now() - began)
    }
  }
  await Promise.all(signed.map(writer))
  return waits
}

export async function submitted(ledger: Ledger, commits: readonly SignedCommit[]): Promise<void> {
  for (const result of await ledger.submit(commits)) if (!result.ok) throw new Error(`${result.code}: ${result.reason}`)
}

/** Half of what 64 writers reach, coming in evenly, whatever the answers take. */
async function halfLoad(ledger: Ledger, signers: readonly Device[], rate: number, quick: boolean): Promise<Row[]> {
  const perSecond = Math.max(1, Math.round(rate / 2))
  const signed = Array.from({ length: perSecond * (quick ? 2 : 8) }, (_, n) => signers[n % signers.length]?.sign(posts(1)))
  const send = async (n: number) => {
    const commit = signed[n]
    if (commit !== undefined) await submitted(ledger, [commit])
  }
  const samples = await atRate(perSecond, signed.length, send)
  return [{ metric: 'ledger.append.half-load.p99', value: percentile(samples.slice(perSecond / 2), 0.99), unit: 'ms', target: { atMost: 15 } }]
}

/** What the instance signs itself, for people without a device: 64 callers. */
async function custodial(ledger: Ledger, quick: boolean): Promise<Row> {
  const draft = (caller: number): CommitDraft => {
    const [said] = posts(1)
    const stream = `status/${randomUUID()}`
    const parts = [{ codec: 'json' as const, bytes: said?.bytes ?? new Uint8Array() }]
    return {
      signer: `account/${caller}`,
      lane: 'public',
      events: [{ type: 'status:create', schema: 1, stream, parts }],
      expected: [[stream, 'none']],
    }
  }
  const rate = await ratePerSecond(quick ? 1_500 : 5_000, async (caller) => void (await ledger.append(draft(caller))))
  return { metric: 'ledger.append.64.custodial', value: rate, unit: 'events/s' }
}

/** In turns, so that both meet the same machine: the median of what each reaches. */
async function versusEmmett(place: Workplace, ledger: Ledger, signers: readonly Device[], quick: boolean, say: (text: string) => void): Promise<Row> {
  say('ledger.append.64.vs-emmett: 64 writers, single events, in turns with emmett-postgresql, which checks no signatures')
  const calls = quick ? 60 : 300
  const ours: number[] = []
  const theirs: number[] = []
  await withEmmett(place.url, async ({ append }) => {
    for (let turn = 0; turn < TURNS; turn++) {
      const signed = signers.slice(0, 64).map((device) => Array.from({ length: calls }, () => [device.sign(posts(1))]))
      const began = performance.now()
      await inParallel(ledger, signed, 0, calls)
      ours.push((64 * calls * 1000) / (performance.now() - began))
      theirs.push(await ratePerSecond(quick ? 1_000 : 3_000, () => append(posts(1))))
    }
  })
  const [mine, peers] = [percentile(ours, 0.5), percentile(theirs, 0.5)]
  const said = (value: number) => Math.round(value).toLocaleString('en')
  say(`ledger.append.64.vs-emmett: ${said(mine)} events/s to ${said(peers)}`)
  return {
    metric: 'ledger.append.64.vs-emmett',
    value: mine / peers,
    unit: '×',
    peer: `emmett-postgresql's ${said(peers)}/s`,
    ratio: mine / peers,
    target: { atLeast: 4 },
  }
}

/** 64 callers for so many milliseconds, after a warm-up. */
async function ratePerSecond(forMs: number, work: (caller: number) => Promise<void>): Promise<number> {
  const until = async (end: number): Promise<number> => {
    let done = 0
    const call = async (caller: number) => {
      for (; performance.now() < end; done++) await work(caller)
    }
    await Promise.all(Array.from({ length: 64 }, (_, caller) => call(caller)))
    return done
  }
  await until(performance.now() + WARM_UP_MS)
  const began = performance.now()
  return ((await until(began + forMs)) * 1000) / (performance.now() - began)
}

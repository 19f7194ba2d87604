/** What a large log costs: reading, proving, starting, appending and storing, when there are five million entries and when there are few. */
import pg from 'pg'
import type { Ledger } from '../src/ledger/ledger.ts'
import { submitted } from './append.ts'
import { cpuOf, perEvent, since } from './cpu.ts'
import { type Device, devices, like, post, posts, type Said } from './device.ts'
import { type Bench, type BenchOptions, percentile, type Row } from './rows.ts'
import { type Workplace, withWorkplace } from './workplace.ts'

const PAGE = 1_000
const DEVICES = 16
/** Commits in one call while the log is filled. */
const CALL = 500
/** The log is young up to here. */
const YOUNG = 50_000
const PROOFS = 2_000

export const deepBench: Bench = {
  metrics: ['ledger.read', 'ledger.proof', 'ledger.startup', 'ledger.bytes-per-event', 'ledger.growth'],
  run: (options) =>
    withWorkplace(async (place) => {
      const { deep, wanted } = options
      const isDeep = ['ledger.read.deep', 'ledger.proof', 'ledger.startup', 'ledger.growth'].some(wanted)
      const first = await place.openLedger()
      const signers = await devices(first, DEVICES)
      await fill(first, signers, Math.min(YOUNG, deep / 2), post, options)
      const rows: Row[] = []
      if (wanted('ledger.bytes-per-event')) rows.push(await bytesPerEvent(place, first))
      if (wanted('ledger.read')) rows.push(...(await reading('ledger.read', place, first, 0, options)))
      const young = wanted('ledger.growth') ? await appendRate(first, signers, options) : 0
      if (isDeep) await fill(first, signers, deep, like, options)
      if (wanted('ledger.growth')) rows.push(growth(young, await appendRate(first, signers, options)))
      await first.close()
      if (!isDeep) return rows
      const began = performance.now()
      const ledger = await place.openLedger()
      rows.push({ metric: 'ledger.startup', value: (performance.now() - began) / 1000, unit: 's', target: { atMost: 2 } })
      if (wanted('ledger.read.deep')) rows.push(...(await reading('ledger.read.deep', place, ledger, deep - Math.min(deep, 200_000), options)))
      if (wanted('ledger.proof')) rows.push(...(await proving(ledger)))
      await ledger.close()
      return rows
    }),
}

/** Appends events of one kind, each signed by itself, until the log has `size` entries. */
async function fill(ledger: Ledger, signers: readonly Device[], size: number, make: () => Said, { say }: BenchOptions): Promise<void> {
  const began = performance.now()
  const from = ledger.head().size
  let left = size - from
  const work = async (device: Device) => {
    while (left > 0) {
      const count = Math.min(CALL, left)
      left -= count
      await submitted(
        ledger,
        Array.from({ length: count }, () => device.sign([make()])),
      )
    }
  }
  await Promise.all(signers.map(work))
  const seconds = (performance.now() - began) / 1000
  say(
    `a log of ${ledger.head().size.toLocaleString('en')} entries: signed and appended ${Math.round((size - from) / seconds).toLocaleString('en')} a second`,
  )
}

/** Entries as stored, by range, in pages; and the same opened. */
async function reading(metric: string, { dir }: Workplace, ledger: Ledger, from: number, { say }: BenchOptions): Promise<Row[]> {
  const { size } = ledger.head()
  const rows: Row[] = []
  for (const [name, read, most] of [
    [metric, (at: number) => ledger.entries(at, PAGE), 200_000],
    [`${metric}.opened`, (at: number) => ledger.read(at, PAGE), 20_000],
  ] as const) {
    const end = Math.min(size, from + most)
    for (let at = from; at < Math.min(end, from + 5 * PAGE); at += PAGE) await read(at)
    const [before, began] = [await cpuOf(dir), performance.now()]
    for (let at = from; at < end; ) at += (await read(at)).length
    const seconds = (performance.now() - began) / 1000
    say(`${name}: ${perEvent(since(before, await cpuOf(dir)), end - from)}`)
    rows.push({ metric: name, value: (end - from) / seconds, unit: 'entries/s', ...(name === metric ? { target: { atLeast: 200_000 } } : {}) })
  }
  return rows
}

/** Inclusion proofs of entries from everywhere in the log, one after the other, tiles from memory or disk as they come. */
async function proving(ledger: Ledger): Promise<Row[]> {
  const { size } = ledger.head()
  const samples: number[] = []
  for (let n = 0; n < 2 * PROOFS; n++) {
    const position = Math.floor((((n * 0.618_033_988_75) % 1) + n / (2 * PROOFS)) * size) % size
    const began = performance.now()
    await ledger.inclusionProof(position)
    if (n >= PROOFS) samples.push((performance.now() - began) * 1000)
  }
  return [
    { metric: 'ledger.proof.p95', value: percentile(samples, 0.95), unit: 'µs', target: { atMost: 100 } },
    { metric: 'ledger.proof.p50', value: percentile(samples, 0.5), unit: 'µs' },
  ]
}

/** Commits per second, signed beforehand, in calls of a hundred by 8 devices. */
async function appendRate(ledger: Ledger, signers: readonly Device[], { quick }: BenchOptions): Promise<number> {
  const calls = quick ? 15 : 60
  const signed = signers.slice(0, 8).map((device) => Array.from({ length: calls }, () => Array.from({ length: 100 }, () => device.sign(posts(1)))))
  const began = performance.now()
  await Promise.all(
    signed.map(async (chain) => {
      for (const call of chain) await submitted(ledger, call)
    }),
  )
  return (signed.length * calls * 100 * 1000) / (performance.now() - began)
}

function growth(young: number, old: number): Row {
  return { metric: 'ledger.growth', value: (100 * old) / young, unit: '%', target: { atLeast: 90 } }
}

/** Everything that the database holds of the log, indexes included, by entries of one event of about 600 bytes. */
async function bytesPerEvent({ url }: Workplace, ledger: Ledger): Promise<Row> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ bytes: string }>(
      `select sum(pg_total_relation_size(c.oid)) as bytes from pg_class c where c.relnamespace = 'ledger'::regnamespace and c.relkind = 'r'`,
    )
    return { metric: 'ledger.bytes-per-event', value: Number(rows[0]?.bytes) / ledger.head().size, unit: 'bytes' }
  } finally {
    await client.end()
  }
}

/**
 * Emptying the hosts' queues. The rows in the database say what waits and when it is due; a background job drains one host at a time, so that
 * a slow or dead server delays nobody else. Nothing is claimed or locked: this process is the only writer, and after a crash what was in
 * flight is simply sent again under the same activity id.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type pg from 'pg'
import type { JobQueue, Jobs } from '../../host/jobs.ts'
import type { Log } from '../deps.ts'
import { afterAnswer, afterFailure, type Breaker, CLOSED, retryDelay, standing } from './breaker.ts'
import type { Send } from './send.ts'
import { dueFor, dueHosts, loadTroubled, prune, recordSent, type Sent, saveHost, type Waiting } from './store.ts'
import type { SendVerdict } from './verdict.ts'

export type QueueDeps = {
  readonly pool: pg.Pool
  readonly jobs: Jobs
  readonly send: Send
  readonly now: () => number
  readonly random?: () => number
  readonly log: Log
}

export type DeliveryQueue = {
  /** Something waits for these hosts. */
  wake(hosts: readonly string[]): void
  /** The host is up: it has just spoken to us. */
  heardFrom(host: string): void
  /** Resolves when nothing is being sent. */
  close(): Promise<void>
}

/** Hosts served at once; requests to one host at once; messages taken at once. */
const HOSTS = 128
const PER_HOST = 4
const BATCH = 32
/** Of these places, how many there are for hosts that have not shown to be quick: however many of them take their time, the others do not wait. */
const UNPROVEN = 64
/** Batches, and milliseconds, before a host goes to the end of the line. */
const TURNS = 16
const TURN_MS = 10_000
/** A host that serves a request within so many milliseconds on average is quick. */
const QUICK_MS = 2_000
const REMEMBERED = 10_000
/** How often a host that does not answer is tried because it speaks. */
const HEARD_MS = 60_000
/** Pause after something of ours failed. */
const PAUSE_MS = 1_000

const DAY_MS = 86_400_000
const GIVE_UP_AFTER_MS = 7 * DAY_MS
const FORGET_AFTER_MS = 3 * DAY_MS
const PRUNE_EVERY_MS = 3_600_000
const LONGEST_SLEEP_MS = 60_000

export async function createQueue({ pool, jobs, send, now, random = Math.random, log }: QueueDeps): Promise<DeliveryQueue> {
  const breakers = new Map<string, Breaker>((await loadTroubled(pool)).map(({ host, breaker }) => [host, breaker]))
  const queued = new Set<string>()
  const draining = new Map<string, Promise<void>>()
  const again = new Set<string>()
  const quick = new LRUCache<string, true>({ max: REMEMBERED })
  /** Hosts that were tried lately because they spoke to us. */
  const heard = new LRUCache<string, true>({ max: REMEMBERED, ttl: HEARD_MS, perf: { now } })
  /** Hosts whose turn has come but for whom there is no place. */
  const inLine: string[] = []
  let unproven = 0
  const closing = new AbortController()
  let timer: NodeJS.Timeout | undefined

  const queue: JobQueue<{ host: string }> = await jobs.define({
    name: 'delivery',
    concurrency: HOSTS,
    run: ({ host }: { host: string }) => run(host),
  })

  function wake(hosts: readonly string[]): void {
    for (const host of hosts) {
      if (draining.has(host)) again.add(host)
      else if (!queued.has(host) && !closing.signal.aborted) {
        queued.add(host)
        void queue.add({ host }).catch((error: unknown) => {
          queued.delete(host)
          log('warn', 'could not schedule deliveries', { host, error: String(error) })
        })
      }
    }
  }

  /** A job of an earlier process may ask for a host that is being served: then there is nothing to do. */
  async function run(host: string): Promise<void> {
    if (closing.signal.aborted || draining.has(host)) return void queued.delete(host)
    const isProven = quick.has(host)
    if (!isProven && unproven >= UNPROVEN) {
      if (!inLine.includes(host)) inLine.push(host)
      queued.add(host)
      return
    }
    queued.delete(host)
    if (!isProven) unproven++
    const work = drain(host).catch(async (error: unknown) => {
      log('error', 'deliveries to a host stopped', { host, error: String(error) })
      await sleep(PAUSE_MS, null, { signal: closing.signal }).catch(() => {})
    })
    draining.set(host, work)
    await work
    draining.delete(host)
    if (!isProven) unproven--
    const next = isProven ? undefined : inLine.shift()
    if (next !== undefined && queued.delete(next)) wake([next])
    if (again.delete(host)) wake([host])
    schedule()
  }

  async function drain(host: string): Promise<void> {
    const end = performance.now() + TURN_MS
    for (let turn = 0; turn < TURNS && !closing.signal.aborted; turn++) {
      again.delete(host)
      const state = standing(breakers.get(host) ?? CLOSED, now())
      if (state === 'open') break
      const waiting = await dueFor(pool, host, now(), state === 'probe' ? 1 : BATCH)
      if (waiting.length === 0) break
      const sent = await sendAll(host, waiting, end)
      await recordSent(pool, sent, now())
      if (turn < TURNS - 1 && performance.now() < end) continue
      again.add(host)
      break
    }
    await saveHost(pool, host, breakers.get(host) ?? CLOSED)
  }

  /** Subjects side by side, the messages of one subject in their order; stops early when the breaker opens, or when the host had its time. */
  async function sendAll(host: string, waiting: readonly Waiting[], end: number): Promise<Sent[]> {
    const start = performance.now()
    const subjects = [...Map.groupBy(waiting, ({ subject }) => subject).values()].map((group) => group.toSorted(byId))
    const sent: Sent[] = []
    const lane = async () => {
      while (performance.now() < end) {
        const group = subjects.shift()
        if (group === undefined) return
        await sendInOrder(host, group, sent, end)
      }
    }
    await Promise.all(Array.from({ length: PER_HOST }, lane))
    if ((performance.now() - start) / Math.ceil(sent.length / PER_HOST) < QUICK_MS) quick.set(host, true)
    else quick.delete(host)
    return sent
  }

  async function sendInOrder(host: string, group: readonly Waiting[], sent: Sent[], end: number): Promise<void> {
    for (const message of group) {
      if (performance.now() >= end) return
      if (closing.signal.aborted || standing(breakers.get(host) ?? CLOSED, now()) === 'open') return
      const verdict = await send(message, closing.signal)
      if (closing.signal.aborted && verdict.outcome === 'retry') return
      judge(host, verdict)
      const due = verdict.outcome === 'retry' ? now() + Math.max(verdict.waitMs ?? 0, retryDelay(message.attempts + 1, random())) : null
      sent.push({ id: message.id, verdict, due })
      if (due !== null) return
    }
  }

  function judge(host: string, { hostIsUp, waitMs }: SendVerdict): void {
    const before = breakers.get(host) ?? CLOSED
    const after = hostIsUp ? afterAnswer() : afterFailure(before, now(), random())
    if (after.opens > before.opens) log('info', 'a server does not answer; deliveries to it wait', { host, opens: after.opens })
    if (waitMs !== null && hostIsUp) breakers.set(host, { ...after, openUntil: now() + waitMs })
    else if (after === CLOSED) breakers.delete(host)
    else breakers.set(host, after)
  }

  /** Tried at once, with one message: who speaks may still not listen, and must not make us ask for ever. */
  function heardFrom(host: string): void {
    const breaker = breakers.get(host)
    if (breaker === undefined || breaker.opens === 0 || heard.has(host)) return
    heard.set(host, true)
    const probing = { ...breaker, openUntil: now() }
    breakers.set(host, probing)
    void saveHost(pool, host, probing).then(
      () => wake([host]),
      (error: unknown) => log('warn', 'could not reopen a host', { host, error: String(error) }),
    )
  }

  /** Sleeps until the next host is due. */
  function schedule(): void {
    clearTimeout(timer)
    if (closing.signal.aborted) return
    const look = async () => {
      const { hosts, next } = await dueHosts(pool, now())
      wake(hosts)
      return next === null ? LONGEST_SLEEP_MS : Math.min(Math.max(next - now(), 20), LONGEST_SLEEP_MS)
    }
    void look()
      .catch((error: unknown) => {
        log('warn', 'could not look for due deliveries', { error: String(error) })
        return 5_000
      })
      .then((ms) => {
        clearTimeout(timer)
        if (!closing.signal.aborted) timer = setTimeout(schedule, ms)
      })
  }

  const tidy = () =>
    void prune(pool, new Date(now() - GIVE_UP_AFTER_MS), new Date(now() - FORGET_AFTER_MS)).catch((error: unknown) =>
      log('warn', 'could not tidy deliveries', { error: String(error) }),
    )
  const pruning = setInterval(tidy, PRUNE_EVERY_MS)
  schedule()

  return {
    wake,
    heardFrom,
    async close() {
      closing.abort()
      clearTimeout(timer)
      clearInterval(pruning)
      await Promise.all(draining.values())
    },
  }
}

const byId = (a: Waiting, b: Waiting): number => (BigInt(a.id) < BigInt(b.id) ? -1 : 1)

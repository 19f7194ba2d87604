/**
 * Witnessing, put together: the guard that speaks before the first append, the mark it leaves for the next start, the witness for others, the
 * collector for ourselves, and the alarm of both.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type pg from 'pg'
import { recorded } from '../../events/codec.ts'
import type { FactOf } from '../../handlers/decider.ts'
import { witnessing as decider, type WitnessedLogs as NamedLogs, witnessedLogsStream } from '../../handlers/witness.ts'
import type { Evidence, RecordedEvidence } from '../../ledger/evidence.ts'
import type { GuardFacts } from '../../ledger/guard.ts'
import { keyName } from '../../ledger/key-state.ts'
import type { Equivocation, Ledger } from '../../ledger/ledger.ts'
import { Marker } from '../../ledger/mark.ts'
import { parseVerifierKey } from '../../ledger/tlog/note.ts'
import type { Policy } from '../../ledger/tlog/policy.ts'
import type { LedgerBatch } from '../../ledger/types.ts'
import type { WitnessedLogState, WitnessingStatus, WitnessingView, WitnessState } from '../../ledger/witnessing.ts'
import type { Log } from '../deps.ts'
import { Alarm } from './alarm.ts'
import type { Ask, ReachableWitness } from './ask.ts'
import { Collector } from './collector.ts'
import { confirmNewest, isRestored, judgeDoubt, judgeStart, type Verdict } from './guard.ts'
import { loadWitnessKeys, type WitnessKeys } from './keys.ts'
import { type KnownLog, KnownLogs } from './known-logs.ts'
import { loadPolicy } from './policy-file.ts'
import { registerWitness, WITNESS_LIMITS } from './routes.ts'
import { WitnessedLogs } from './store.ts'
import { Witness } from './witness.ts'

export type WitnessingDeps = {
  readonly config: { readonly dataDir: string; readonly policyFile: string; readonly rateLimits: boolean }
  readonly pool: pg.Pool
  readonly ledger: Ledger
  readonly fetch: Ask['fetch']
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly log: Log
  /** How long witnesses have to answer at the start, ms. */
  readonly patienceMs?: number
  /** Between two rounds of collecting, ms. */
  readonly pauseMs?: number
  /** Between two looks for somebody who vouches for a restored log, ms. */
  readonly retryMs?: number
}

const RETRY_MS = 60_000

export class Witnessing implements WitnessingView {
  readonly keys: WitnessKeys
  readonly policy: Policy | null
  readonly #deps: WitnessingDeps
  readonly #logs: KnownLogs
  readonly #store: WitnessedLogs
  readonly #witness: Witness
  readonly #alarm: Alarm
  readonly #marker: Marker
  readonly #stop: (() => void)[] = []
  readonly #closing = new AbortController()
  #verdict: Verdict
  #collector: Collector | null = null
  /** True once this process must not cosign any more: its keys are destroyed, the next start has others. */
  #retired = false
  #judging: Promise<void> | null = null

  private constructor(deps: WitnessingDeps, keys: WitnessKeys, policy: Policy | null, verdict: Verdict) {
    const { config, pool, ledger, now, log } = deps
    this.#deps = deps
    this.keys = keys
    this.policy = policy
    this.#verdict = verdict
    this.#logs = new KnownLogs(ledger.logOrigin, policy)
    this.#store = new WitnessedLogs(pool)
    this.#alarm = new Alarm(ledger, log)
    this.#witness = new Witness({
      keys,
      logs: this.#logs,
      store: this.#store,
      paused: () => ledger.readOnly ?? (this.#retired ? 'restart' : null),
      onEvidence: this.#alarm.raise,
      now,
    })
    this.#marker = new Marker({ dataDir: config.dataDir, newest: () => ledger.checkpoint().note, log })
  }

  /**
   * Judges the ledger before anything is appended, and makes it read-only when it is not the newest. Nothing is collected yet.
   *
   * @throws {PolicyFileError} when the policy cannot be used
   */
  static async open(deps: WitnessingDeps): Promise<Witnessing> {
    const { config, pool, ledger, fetch, log, patienceMs } = deps
    const policy = await loadPolicy(config.policyFile)
    if (policy === null) log('info', 'there is no trust policy: nothing of this log counts as witnessed', { file: config.policyFile })
    const patience = patienceMs === undefined ? {} : { patienceMs }
    const verdict = await judgeStart(factsOf(ledger), { dataDir: config.dataDir, pool, policy, fetch, log, ...patience })
    if (verdict.restored === true) await confirmNewest({ pool, keyring: ledger.keyring, origin: ledger.logOrigin })
    const opened = new Witnessing(deps, await loadWitnessKeys(ledger.keyring, ledger.logOrigin), policy, verdict)
    if (verdict.reason !== null) opened.#halt(verdict)
    await opened.#readNamed()
    opened.#follow()
    return opened
  }

  /** What the guard said last. */
  get verdict(): Verdict {
    return this.#verdict
  }

  /** Begins to collect cosignatures, when there is a policy; for a restored log as soon as its witnesses vouch for it. */
  start(): void {
    const { ledger, fetch, now, log, pauseMs } = this.#deps
    if (this.policy === null || this.#collector !== null) return
    if (this.#verdict.reason !== null) return void (this.#judging ??= this.#judgeAgain())
    const collector = new Collector({
      policy: this.policy,
      cosigned: ledger.cosigned,
      size: () => ledger.head().size,
      checkpoint: () => ledger.servedCheckpoint(),
      consistencyProof: (from, to) => ledger.consistencyProof(from, to),
      fetch,
      onDoubt: (witness, size) => this.#doubt(witness, size),
      now,
      log,
      ...(pauseMs === undefined ? {} : { pauseMs }),
    })
    this.#collector = collector
    this.#stop.push(ledger.follow(collector.grew))
  }

  async register(app: FastifyInstance): Promise<void> {
    const { config, ledger, now } = this.#deps
    const limits = config.rateLimits ? WITNESS_LIMITS : null
    await registerWitness(app, { witness: this.#witness, keys: this.keys, cosigned: ledger.cosigned, now, limits })
  }

  async status(): Promise<WitnessingStatus> {
    const { ledger } = this.#deps
    const { witnessed } = ledger.cosigned
    const counts = this.#collector?.counts ?? { rounds: 0, cosigned: 0, failed: 0 }
    return {
      origin: ledger.logOrigin,
      size: ledger.head().size,
      readOnly: ledger.readOnly,
      quorum: this.policy?.quorum ?? null,
      witnessed: witnessed === null ? null : { size: witnessed.size, at: witnessed.at },
      witnesses: this.#collector?.witnesses() ?? this.policy?.witnesses.map(unasked) ?? [],
      self: { name: this.keys.name, verifierKeys: this.keys.verifierKeys },
      logs: await Promise.all(this.#logs.all().map((log) => this.#statusOf(log))),
      counts: { ...counts, alarms: this.#alarm.raised },
    }
  }

  /** All evidence of equivocation in the log, oldest first. */
  evidence(): Promise<readonly RecordedEvidence[]> {
    return this.#alarm.recorded()
  }

  /**
   * The operator states that nothing was published after the backup this database came from.
   *
   * @returns what is against it; null when the log goes on
   */
  async confirm(): Promise<string | null> {
    const { ledger, pool, log } = this.#deps
    const { reason, setback } = this.#verdict
    if (reason === null) return null
    if (setback !== null || !(await isRestored(pool))) return reason
    await this.#goOn()
    if (this.#judging !== null) this.start()
    log('warn', 'the operator states that this database is the newest', { size: ledger.head().size })
    return null
  }

  /** Evidence that was found elsewhere. Never throws. */
  raise(evidence: Evidence): void {
    this.#alarm.raise(evidence)
  }

  /** Leaves the mark for the next start. */
  async close(): Promise<void> {
    this.#closing.abort()
    for (const stop of this.#stop) stop()
    await this.#judging
    await this.#collector?.close()
    await this.#alarm.settled()
    if (this.#verdict.reason === null) await this.#marker.close()
  }

  #follow(): void {
    const { ledger } = this.#deps
    const named = ledger.streamName(...witnessedLogsStream())
    this.#stop.push(
      ledger.follow(({ commits }: LedgerBatch) => {
        if (this.#verdict.reason === null) this.#marker.grew()
        if (commits.some(({ events }) => events.some(({ stream }) => stream === named))) void this.#readNamed()
      }),
      ledger.onEquivocation((caught) => void this.#caught(caught)),
    )
    if (this.#verdict.reason === null) this.#marker.grew()
  }

  /** The logs that the operator named. */
  async #readNamed(): Promise<void> {
    const { ledger, log } = this.#deps
    try {
      const events = await ledger.readStream(ledger.streamName(...witnessedLogsStream()))
      const facts = events.map((event) => recorded(event, 0) as unknown as FactOf<'witness:add' | 'witness:remove'>)
      const named: NamedLogs = facts.reduce(decider.evolve, decider.initial)
      this.#logs.name(named)
    } catch (error) {
      log('error', 'the logs to witness could not be read', { error: String(error) })
    }
  }

  async #statusOf({ origin, url, from, vkeys }: KnownLog): Promise<WitnessedLogState> {
    const { size, at } = await this.#store.largest(origin)
    return { origin, verifierKeys: vkeys, url, from, size, at }
  }

  async #doubt(witness: ReachableWitness, size: number | null): Promise<void> {
    const { ledger, fetch, log } = this.#deps
    if (ledger.readOnly !== null) return
    const verdict = await judgeDoubt(factsOf(ledger), witness, size, { fetch })
    if (verdict.reason !== null) this.#halt(verdict)
    else log('warn', 'a witness doubts this log and cannot show why', { witness: witness.name, size })
  }

  /** A restored log that nobody could vouch for when it started: witnesses come back. */
  async #judgeAgain(): Promise<void> {
    const { config, pool, ledger, fetch, log, retryMs = RETRY_MS } = this.#deps
    const { signal } = this.#closing
    while (this.#verdict.reason !== null && this.#verdict.setback === null) {
      await sleep(retryMs, undefined, { signal, ref: false }).catch(() => {})
      if (signal.aborted) return
      try {
        const verdict = await judgeStart(factsOf(ledger), { dataDir: config.dataDir, pool, policy: this.policy, fetch, log })
        if (verdict.reason !== null) this.#verdict = verdict
        else await this.#goOn()
      } catch (error) {
        log('warn', 'the guard could not judge again', { error: String(error) })
      }
    }
    if (this.#verdict.reason === null) this.start()
  }

  /** A restored database is the newest after all. */
  async #goOn(): Promise<void> {
    const { ledger, pool } = this.#deps
    this.#retired = true
    await confirmNewest({ pool, keyring: ledger.keyring, origin: ledger.logOrigin })
    this.#verdict = { reason: null, setback: null }
    ledger.makeReadOnly(null)
    this.#marker.grew()
  }

  #halt(verdict: Verdict): void {
    const { ledger, log } = this.#deps
    this.#verdict = verdict
    ledger.makeReadOnly(verdict.reason)
    log('error', 'the log is read-only', { reason: verdict.reason })
  }

  async #caught({ actor, key, first, second }: Equivocation): Promise<void> {
    const { ledger, log } = this.#deps
    try {
      const publicKey = (await ledger.keysOf(Buffer.from(actor).toString('hex')))?.keys.get(keyName(key))?.publicKey
      if (publicKey !== undefined) this.#alarm.raise({ of: 'key', publicKey, first, second })
    } catch (error) {
      log('error', 'the key that signed twice could not be read', { error: String(error) })
    }
  }
}

const factsOf = (ledger: Ledger): GuardFacts => ({
  origin: ledger.logOrigin,
  verifier: parseVerifierKey(ledger.verifierKey),
  head: ledger.head(),
  rootAt: (size) => ledger.rootAt(size),
})

const unasked = ({ name, url, vkey }: Policy['witnesses'][number]): WitnessState => ({
  name,
  url,
  verifierKey: vkey,
  size: 0,
  at: null,
  problem: null,
})

/**
 * Witnessing, put together: the guardian that speaks before the first append, the witness for others, the collector for ourselves, and the alarm
 * of both.
 */
import type { FastifyInstance } from 'fastify'
import type pg from 'pg'
import { recorded } from '../../events/codec.ts'
import type { FactOf } from '../../handlers/decider.ts'
import { witnessing as decider, type WitnessedLogs as NamedLogs, witnessedLogsStream } from '../../handlers/witness.ts'
import type { RecordedEvidence } from '../../ledger/evidence.ts'
import { keyName } from '../../ledger/key-state.ts'
import type { Equivocation, Ledger } from '../../ledger/ledger.ts'
import type { Policy } from '../../ledger/tlog/policy.ts'
import type { LedgerBatch } from '../../ledger/types.ts'
import type { WitnessedLogState, WitnessingStatus, WitnessingView, WitnessState } from '../../ledger/witnessing.ts'
import type { Log } from '../deps.ts'
import { Alarm } from './alarm.ts'
import type { Ask } from './ask.ts'
import { Collector } from './collector.ts'
import type { Verdict } from './guard.ts'
import { Guardian } from './guardian.ts'
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

export class Witnessing implements WitnessingView {
  readonly keys: WitnessKeys
  readonly policy: Policy | null
  readonly #deps: WitnessingDeps
  readonly #guardian: Guardian
  readonly #logs: KnownLogs
  readonly #store: WitnessedLogs
  readonly #witness: Witness
  readonly #alarm: Alarm
  readonly #stop: (() => void)[] = []
  #collector: Collector | null = null

  private constructor(deps: WitnessingDeps, guardian: Guardian, keys: WitnessKeys, policy: Policy | null) {
    const { pool, ledger, now, log } = deps
    this.#deps = deps
    this.#guardian = guardian
    this.keys = keys
    this.policy = policy
    this.#logs = new KnownLogs(ledger.logOrigin, policy)
    this.#store = new WitnessedLogs(pool)
    this.#alarm = new Alarm(ledger, log)
    const paused = () => guardian.silence
    this.#witness = new Witness({ keys, logs: this.#logs, store: this.#store, paused, onEvidence: this.#alarm.raise, now })
  }

  /**
   * Judges the ledger before anything is appended, and makes it read-only when it is not the newest. Nothing is collected yet.
   *
   * @throws {PolicyFileError} when the policy cannot be used
   */
  static async open(deps: WitnessingDeps): Promise<Witnessing> {
    const { config, ledger, log } = deps
    const policy = await loadPolicy(config.policyFile)
    if (policy === null) log('debug', 'there is no trust policy: nothing of this log counts as witnessed', { file: config.policyFile })
    const guardian = await Guardian.open({ ...deps, dataDir: config.dataDir, policy })
    const opened = new Witnessing(deps, guardian, await loadWitnessKeys(ledger.keyring, ledger.logOrigin), policy)
    await opened.#readNamed()
    opened.#follow()
    return opened
  }

  /** What the guardian said last. */
  get verdict(): Verdict {
    return this.#guardian.verdict
  }

  /** Begins to collect cosignatures, when there is a policy; for a restored log as soon as its witnesses vouch for it. */
  start(): void {
    if (this.policy === null) return
    if (this.verdict.reason === null) this.#collect(this.policy)
    else if (this.verdict.setback === null) void this.#guardian.vouchedFor().then(() => this.verdict.reason === null && this.start())
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

  /** The operator states that nothing is missing of a restored log. @returns what is against it; null when the log goes on */
  async confirm(): Promise<string | null> {
    return this.#guardian.confirm()
  }

  /** Ends what is under way, and leaves the mark for the next start. */
  async close(): Promise<void> {
    for (const stop of this.#stop) stop()
    await this.#guardian.close()
    await this.#collector?.close()
    await this.#alarm.settled()
  }

  #collect(policy: Policy): void {
    const { ledger, fetch, now, log, pauseMs } = this.#deps
    const collector = new Collector({
      policy,
      cosigned: ledger.cosigned,
      size: () => ledger.head().size,
      checkpoint: () => ledger.servedCheckpoint(),
      consistencyProof: (from, to) => ledger.consistencyProof(from, to),
      fetch,
      onDoubt: (witness, size) => this.#guardian.doubt(witness, size),
      now,
      log,
      ...(pauseMs === undefined ? {} : { pauseMs }),
    })
    this.#collector = collector
    this.#stop.push(ledger.follow(collector.grew))
  }

  #follow(): void {
    const { ledger } = this.#deps
    const named = ledger.streamName(...witnessedLogsStream())
    this.#stop.push(
      ledger.follow(({ commits }: LedgerBatch) => {
        this.#guardian.grew()
        if (commits.some(({ events }) => events.some(({ stream }) => stream === named))) void this.#readNamedAgain()
      }),
      ledger.onEquivocation((caught) => void this.#caught(caught)),
    )
  }

  /** The logs that the operator named. */
  async #readNamed(): Promise<void> {
    const { ledger } = this.#deps
    const events = await ledger.readStream(ledger.streamName(...witnessedLogsStream()))
    const facts = events.map((event) => recorded(event, 0) as unknown as FactOf<'witness:add' | 'witness:remove'>)
    const named: NamedLogs = facts.reduce(decider.evolve, decider.initial)
    this.#logs.name(named)
  }

  /** They changed. */
  async #readNamedAgain(): Promise<void> {
    try {
      await this.#readNamed()
    } catch (error) {
      this.#deps.log('error', 'the logs to witness could not be read', { error: String(error) })
    }
  }

  async #statusOf({ origin, url, from, vkeys }: KnownLog): Promise<WitnessedLogState> {
    const { size, at } = await this.#store.largest(origin)
    return { origin, verifierKeys: vkeys, url, from, size, at }
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

const unasked = ({ name, url, vkey }: Policy['witnesses'][number]): WitnessState => ({
  name,
  url,
  verifierKey: vkey,
  size: 0,
  at: null,
  problem: null,
})

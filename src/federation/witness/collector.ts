/**
 * Collects cosignatures for our own checkpoints: follows the log, asks the witnesses of the policy in rounds, keeps what they say.
 *
 * The log never waits for it. In a round all are asked about one checkpoint, for only then can they make a quorum; what is appended meanwhile is
 * covered by the next. A round waits a little for the slow; whoever fails is left alone for longer and longer, and holds up nobody.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { CosignedCheckpoints } from '../../ledger/cosigned.ts'
import type { Checkpoint } from '../../ledger/store.ts'
import { isSameKey, type NoteSignature, parseNote } from '../../ledger/tlog/note.ts'
import { isQuorum, type Policy } from '../../ledger/tlog/policy.ts'
import { addSignatures } from '../../ledger/tlog/witness.ts'
import type { WitnessState } from '../../ledger/witnessing.ts'
import type { Log } from '../deps.ts'
import { type Ask, askToCosign, type Cosigning, type ReachableWitness } from './ask.ts'

export type CollectorDeps = {
  readonly policy: Policy
  readonly cosigned: CosignedCheckpoints
  /** Entries of the log. */
  readonly size: () => number
  /** The newest checkpoint that is served, signed by the log: as large as the log, or almost. */
  readonly checkpoint: () => Checkpoint
  readonly consistencyProof: Ask['consistencyProof']
  readonly fetch: Ask['fetch']
  /**
   * A witness says that it has cosigned another tree of this log than ours: a larger one, of `size`; or, when that is null, one that ours does not
   * go on from. Must not throw.
   */
  readonly onDoubt: (witness: ReachableWitness, size: number | null) => Promise<void>
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly log: Log
  /** Between a round and the next, ms. */
  readonly pauseMs?: number
  /** How long a round waits for the slow, ms. */
  readonly patienceMs?: number
}

type Standing = { size: number; at: number | null; problem: string | null; failures: number; notBefore: number; busy: boolean }

/** A checkpoint and what came for it so far. `over`: nobody waits for the rest any more. */
type Round = { readonly checkpoint: Checkpoint; readonly signatures: NoteSignature[]; stored: number; witnessed: boolean; over: boolean }

const PAUSE_MS = 1_000
const PATIENCE_MS = 3_000
const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 300_000

export class Collector {
  readonly #deps: CollectorDeps
  readonly #witnesses: readonly ReachableWitness[]
  readonly #standings: ReadonlyMap<string, Standing>
  readonly #closing = new AbortController()
  readonly #running: Promise<void>
  readonly #asking = new Set<Promise<void>>()
  #wake: () => void = () => {}
  /** Since the start, for metrics: rounds, cosignatures, failed requests. */
  readonly counts = { rounds: 0, cosigned: 0, failed: 0 }

  constructor(deps: CollectorDeps) {
    this.#deps = deps
    this.#witnesses = deps.policy.witnesses.flatMap((witness) => (witness.url === null ? [] : [{ ...witness, url: witness.url }]))
    this.#standings = new Map(deps.policy.witnesses.map(({ name }) => [name, newcomer()]))
    this.#running = this.#run()
  }

  /** The log grew. Cheap. */
  readonly grew = (): void => this.#wake()

  /** Those of the policy, in its order. */
  witnesses(): readonly WitnessState[] {
    return this.#deps.policy.witnesses.map(({ name, url, vkey }) => {
      const { size, at, problem } = this.#standing(name)
      return { name, url, verifierKey: vkey, size, at, problem }
    })
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#wake()
    await this.#running
    await Promise.all(this.#asking)
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      const due = this.#due()
      if (due.length === 0) await this.#idle()
      else {
        await this.#hold(due).catch((error: unknown) => this.#deps.log('error', 'a round of witnessing failed', { error: String(error) }))
        await sleep(this.#deps.pauseMs ?? PAUSE_MS, undefined, { signal, ref: false }).catch(() => {})
      }
    }
  }

  async #hold(due: readonly ReachableWitness[]): Promise<void> {
    this.counts.rounds++
    const checkpoint = this.#deps.cosigned.dress(this.#deps.checkpoint())
    const round: Round = { checkpoint, signatures: [], stored: 0, witnessed: this.#isWitnessed(checkpoint.note), over: false }
    const asked = Promise.all(due.map((witness) => this.#askIn(round, witness)))
    const { signal } = this.#closing
    await Promise.race([asked, sleep(this.#deps.patienceMs ?? PATIENCE_MS, undefined, { signal, ref: false }).catch(() => {})])
    round.over = true
    await this.#keep(round)
  }

  /** Never rejects. */
  #askIn(round: Round, witness: ReachableWitness): Promise<void> {
    const standing = this.#standing(witness.name)
    standing.busy = true
    const asking = this.#ask(round, witness, standing)
      .catch((error: unknown) => this.#failed(witness, standing, String(error)))
      .finally(() => {
        standing.busy = false
        this.#asking.delete(asking)
        this.#wake()
      })
    this.#asking.add(asking)
    return asking
  }

  async #ask(round: Round, witness: ReachableWitness, standing: Standing): Promise<void> {
    const { fetch, consistencyProof, onDoubt } = this.#deps
    const answer = await askToCosign(witness, round.checkpoint, standing.size, { fetch, consistencyProof, signal: this.#closing.signal })
    if (answer.is === 'cosigned') return this.#cosigned(round, witness, standing, answer)
    if (this.#closing.signal.aborted) return
    this.#failed(witness, standing, problemOf(answer))
    if (answer.is === 'ahead') await onDoubt(witness, answer.size)
    if (answer.is === 'contradicted') await onDoubt(witness, null)
  }

  async #cosigned(round: Round, { name }: ReachableWitness, standing: Standing, { signatures }: Extract<Cosigning, { is: 'cosigned' }>) {
    const { now, log } = this.#deps
    this.counts.cosigned++
    if (standing.problem !== null) log('info', 'a witness cosigns again', { witness: name })
    Object.assign(standing, { size: round.checkpoint.size, at: now(), problem: null, failures: 0, notBefore: 0 })
    round.signatures.push(...signatures)
    const enough = !round.witnessed && this.#isWitnessed(addSignatures(round.checkpoint.note, round.signatures))
    if (enough || round.over) await this.#keep(round) // as soon as it counts; the others at the end of the round
  }

  #failed({ name }: ReachableWitness, standing: Standing, problem: string): void {
    const { now, log } = this.#deps
    this.counts.failed++
    if (standing.problem !== problem) log('warn', 'a witness does not cosign', { witness: name, problem })
    standing.problem = problem
    standing.notBefore = now() + Math.min(FIRST_WAIT_MS * 2 ** standing.failures++, LONGEST_WAIT_MS)
  }

  /** What was collected so far, in place of what was known of this checkpoint. */
  async #keep(round: Round): Promise<void> {
    const { cosigned, now, log } = this.#deps
    const { checkpoint, signatures } = round
    if (signatures.length === round.stored) return
    round.stored = signatures.length
    const note = addSignatures(checkpoint.note, signatures)
    round.witnessed = this.#isWitnessed(note)
    await cosigned.put({ size: checkpoint.size, note, witnessed: round.witnessed, at: now() }).catch((error: unknown) => {
      log('warn', 'cosignatures could not be stored', { error: String(error) })
    })
  }

  /** @param note  one of our own checkpoints, whose cosignatures were verified as they came */
  #isWitnessed(note: string): boolean {
    const { policy } = this.#deps
    const lines = parseNote(note).signatures
    const named = policy.witnesses.filter(({ verifier }) => lines.some((line) => isSameKey(line, verifier)))
    return isQuorum(policy, new Set(named.map(({ name }) => name)))
  }

  /** Witnesses that have not cosigned what we have, and may be asked. */
  #due(): readonly ReachableWitness[] {
    const now = this.#deps.now()
    return this.#lagging().filter(({ name }) => !this.#standing(name).busy && this.#standing(name).notBefore <= now)
  }

  #lagging(): readonly ReachableWitness[] {
    const size = this.#deps.size()
    return this.#witnesses.filter(({ name }) => this.#standing(name).size < size)
  }

  /** Until the log grew, a slow witness answered, or one that failed may be asked again. */
  #idle(): Promise<void> {
    const now = this.#deps.now()
    const waits = this.#lagging().flatMap(({ name }) => (this.#standing(name).busy ? [] : [this.#standing(name).notBefore - now]))
    return new Promise((resolve) => {
      const timer = waits.length === 0 ? undefined : setTimeout(resolve, Math.max(10, Math.min(...waits))).unref()
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #standing(name: string): Standing {
    const standing = this.#standings.get(name)
    if (standing === undefined) throw new TypeError(`${name} is no witness of the policy`)
    return standing
  }
}

const newcomer = (): Standing => ({ size: 0, at: null, problem: null, failures: 0, notBefore: 0, busy: false })

function problemOf(answer: Exclude<Cosigning, { is: 'cosigned' }>): string {
  if (answer.is === 'failed') return answer.reason
  return answer.is === 'ahead' ? `it has cosigned ${answer.size} entries, which are more than ours` : 'it has cosigned entries that are not ours'
}

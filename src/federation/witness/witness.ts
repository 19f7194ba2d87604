/**
 * This instance as a witness: cosigns checkpoints of the logs it knows, each only if it provably goes on from the one before.
 *
 *   parse → known log? → judge against the largest cosigned → sign → replace the largest (durable, compare-and-swap) → answer
 *
 * @see https://c2sp.org/tlog-witness
 */
import { type Evidence, evidenceAgainstLog } from '../../ledger/evidence.ts'
import { NoteError, signatureLine } from '../../ledger/tlog/note.ts'
import {
  type AddCheckpoint,
  addSignatures,
  formatSize,
  judgeAddCheckpoint,
  parseAddCheckpoint,
  SIZE_MEDIA_TYPE,
  type WitnessAnswer,
} from '../../ledger/tlog/witness.ts'
import type { WitnessKeys } from './keys.ts'
import type { KnownLog, KnownLogs } from './known-logs.ts'
import type { Largest, WitnessedLogs } from './store.ts'

export type Answer = { readonly status: number; readonly type: string; readonly body: string }

export type WitnessDeps = {
  readonly keys: WitnessKeys
  readonly logs: KnownLogs
  readonly store: WitnessedLogs
  /** Why this instance must not vouch for anybody now; null when it may. */
  readonly paused: () => string | null
  /** Called with every proof that a log signed two histories. Must not throw. */
  readonly onEvidence: (evidence: Evidence) => void
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

const TEXT = 'text/plain; charset=utf-8'
/** Requests about one log that overtake each other are judged again; who is overtaken more often hears 409. */
const TRIES = 3

export class Witness {
  readonly #deps: WitnessDeps

  constructor(deps: WitnessDeps) {
    this.#deps = deps
  }

  /** What `add-checkpoint` answers. @param body attacker-controlled */
  async addCheckpoint(body: string): Promise<Answer> {
    const paused = this.#deps.paused()
    if (paused !== null) return says(503, 'this witness rests: it may not have its newest state')
    const request = parsed(body)
    if (request === null) return says(400, 'not a request to a witness')
    const known = this.#deps.logs.find(request.origin)
    for (let tries = 1; ; tries++) {
      const largest = await this.#deps.store.largest(request.origin)
      const answer = judgeAddCheckpoint(known === null ? null : { verifiers: known.verifiers, ...largest }, request)
      if (answer.status !== 200 || known === null) return this.#refused(answer, request, known, largest)
      const cosigned = await this.#cosign(request, answer, largest)
      if (cosigned !== null) return cosigned
      if (tries === TRIES) return outOfStep((await this.#deps.store.largest(request.origin)).size)
    }
  }

  /** The newest checkpoint cosigned of a log, for monitors; null when there is none. @param originHash hex SHA-256 of the origin */
  async newest(originHash: string): Promise<string | null> {
    const known = this.#deps.logs.findByHash(originHash)
    return known === null ? null : (await this.#deps.store.largest(known.origin)).note
  }

  /** Null when another request was quicker. */
  async #cosign(request: AddCheckpoint, answer: Extract<WitnessAnswer, { status: 200 }>, largest: Largest): Promise<Answer | null> {
    const { keys, store, now } = this.#deps
    const { checkpoint, text, signatures } = answer
    const at = now()
    const cosignatures = keys.cosigners.filter(({ signs }) => signs(text)).map(({ cosign }) => cosign(text, Math.floor(at / 1000)))
    const note = addSignatures(`${text}\n${signatures.map(signatureLine).join('')}`, cosignatures)
    const replaced = await store.replace(request.origin, largest, { size: checkpoint.size, root: checkpoint.root, note, at })
    return replaced ? { status: 200, type: TEXT, body: cosignatures.map(signatureLine).join('') } : null
  }

  #refused(answer: WitnessAnswer, request: AddCheckpoint, known: KnownLog | null, largest: Largest): Answer {
    if (answer.status === 200) throw new TypeError('an accepted request was refused')
    if (known !== null && (answer.status === 409 || answer.status === 422)) this.#suspect(known, request.note, largest)
    return answer.status === 409 ? outOfStep(answer.size) : says(answer.status, REASONS[answer.code])
  }

  /** What a log sent does not follow from what it had signed: perhaps it was late or proved it wrongly, perhaps it has two histories. */
  #suspect({ vkeys }: KnownLog, note: string, { note: before }: Largest): void {
    if (before === null) return
    for (const vkey of vkeys) {
      const evidence = evidenceAgainstLog(vkey, before, note)
      if (evidence !== null) return this.#deps.onEvidence(evidence)
    }
  }
}

const REASONS = {
  OLD_SIZE: 'the old size is larger than the new',
  CHECKPOINT: 'not a checkpoint',
  SIGNATURE: 'not signed by a key this witness knows for the log',
  UNKNOWN_LOG: 'this witness does not know the log',
  PROOF: 'the proof does not show that the log only grew',
  ROOT: 'another tree of this size was cosigned',
} as const

const outOfStep = (size: number): Answer => ({ status: 409, type: SIZE_MEDIA_TYPE, body: formatSize(size) })
const says = (status: number, text: string): Answer => ({ status, type: TEXT, body: `${text}\n` })

function parsed(body: string): AddCheckpoint | null {
  try {
    return parseAddCheckpoint(body)
  } catch (error) {
    if (error instanceof NoteError) return null
    throw error
  }
}

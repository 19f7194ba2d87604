/**
 * Intake of signed commits: everything that can be judged before a commit has a place in the log. What is cheap is judged here, what is
 * expensive on the threads of the pool; what depends on the place (chain, conditions, whether the key may still sign) is left to admission.
 */
import { CommitError, type CommitHeader, type CommitPart, decodeCommit, type SealedPartRef } from '../commit.ts'
import { keyId } from '../ed25519.ts'
import { CLIENT_DRIFT_MS, isAhead } from '../hlc.ts'
import { isKeyEvent, readKeyEvent } from '../key-operation.ts'
import { type KeyState, keyName } from '../key-state.ts'
import { sizeClass } from '../part.ts'
import { type Hash, LedgerFault, type PartOpening, type SignedCommit, type TreeHead } from '../types.ts'
import { type SignedCandidate, SubmitFault } from './candidate.ts'
import type { Job, JobResult } from './jobs.ts'
import type { CheckPool } from './pool.ts'

export type IntakeOptions = {
  readonly pool: Pick<CheckPool, 'check'>
  /** SHA-256 of the log's origin. */
  readonly log: () => Hash
  readonly now: () => number
  /** The published tree. */
  readonly tree: { readonly head: TreeHead; rootAt(size: number): Promise<Hash> }
  /** Keys of an actor, 64 hex digits, at the published head; null when there is none. At once where they are remembered. */
  readonly keysOf: (actor: string) => KeyState | null | Promise<KeyState | null>
}

/** A commit whose expensive checks are a job for the pool. */
type Prepared = {
  readonly signed: SignedCommit
  readonly header: CommitHeader
  readonly refs: readonly SealedRef[]
  readonly openings: readonly PartOpening[]
  readonly job: Job
}

type SealedRef = SealedPartRef & { readonly event: number; readonly index: number }

export class Intake {
  readonly #options: IntakeOptions

  constructor(options: IntakeOptions) {
    this.#options = options
  }

  /**
   * Each commit as a candidate, or why it cannot be one; in order.
   *
   * @param commits  attacker-controlled
   * @throws {LedgerFault} GIVE_UP when the ledger is closed
   */
  async check(commits: readonly SignedCommit[]): Promise<(SignedCandidate | SubmitFault)[]> {
    const prepared: (Prepared | SubmitFault)[] = []
    for (const signed of commits) {
      const one = this.#prepare(signed)
      prepared.push(one instanceof Promise ? await one.catch(asFault) : one)
    }
    const jobs = prepared.flatMap((one) => (one instanceof SubmitFault ? [] : [one.job]))
    const results = await this.#options.pool.check(jobs).catch(asFault)
    let next = 0
    return prepared.map((one) => (one instanceof SubmitFault ? one : results instanceof SubmitFault ? results : concluded(one, results[next++])))
  }

  /** At once when its author is remembered, which is most of the time. */
  #prepare(signed: SignedCommit): Prepared | SubmitFault | Promise<Prepared> {
    try {
      const { commit, signature } = signed
      const header = decoded(commit)
      const refs = sealedParts(header)
      const openings = inOrder(signed.parts, refs)
      if (!same(header.log, this.#options.log())) throw new SubmitFault('LOG', 'It was made for another log.')
      if (isAhead(header, this.#options.now(), CLIENT_DRIFT_MS)) throw new SubmitFault('CLOCK', 'Its time is more than five minutes in the future.')
      const parts = refs.map(({ codec, commitment }, i) => ({ codec, commitment, r: openings[i]?.r ?? NONE, bytes: openings[i]?.bytes ?? NONE }))
      const prepared = (publicKey: Uint8Array): Prepared => ({
        signed,
        header,
        refs,
        openings,
        job: { lane: header.lane, publicKey, commit, signature, parts },
      })
      const keys = this.#options.keysOf(hex(header.actor))
      if (header.seen === null && !(keys instanceof Promise)) return prepared(publicKeyOf(header, keys))
      return this.#look(header, keys, prepared)
    } catch (error) {
      return asFault(error)
    }
  }

  async #look(
    header: CommitHeader,
    keys: KeyState | null | Promise<KeyState | null>,
    prepared: (publicKey: Uint8Array) => Prepared,
  ): Promise<Prepared> {
    const seen = header.seen === null ? null : this.#assertSeen(header.seen)
    const [state] = await Promise.all([keys, seen]).catch(asBusy) // at once: neither may fail unheard
    return prepared(publicKeyOf(header, state))
  }

  async #assertSeen({ size, root }: TreeHead): Promise<void> {
    const { tree } = this.#options
    if (size > tree.head.size || !same(await tree.rootAt(size), root))
      throw new SubmitFault('SEEN', `It vouches for a tree of ${size} entries that this log never was.`)
  }
}

/** The key it names, which may have been revoked since: admission judges that. An actor's first commit brings its keys along. */
function publicKeyOf(header: CommitHeader, state: KeyState | null): Uint8Array {
  const key = state === null ? foundingKey(header) : (state.keys.get(keyName(header.key))?.publicKey ?? null)
  if (key === null) throw new SubmitFault('KEY', `No key ${hex(header.key)} of the actor ${hex(header.actor)} is in the log.`)
  return key
}

function concluded({ signed, header, refs, openings }: Prepared, result: JobResult | undefined): SignedCandidate | SubmitFault {
  if (result === undefined) return new SubmitFault('BUSY', 'It was not checked.')
  if (result.is === 'signature') return new SubmitFault('SIGNATURE', `It is not signed by the key ${hex(header.key)}.`)
  if (result.is === 'commitment') return new SubmitFault('COMMITMENT', `${named(refs[result.part])} is not what was signed.`)
  const { id, blinding, leafHash } = result
  const parts = refs.map(({ event, index }, i) => ({ event, index, ...(result.parts[i] ?? NOTHING) }))
  const { commit, signature, expected = [] } = signed
  return { header, commit, signature, id, blinding, leafHash, parts, openings, expected, digest: null }
}

const NONE = new Uint8Array(0)
const NOTHING = { wrapped: NONE, ciphertext: NONE }

function decoded(commit: Uint8Array): CommitHeader {
  try {
    return decodeCommit(commit)
  } catch (error) {
    throw error instanceof CommitError ? new SubmitFault('MALFORMED', `Not a commit: ${error.message}.`) : error
  }
}

/** The key that an actor's first commit names, among those that it registers. */
function foundingKey({ key, events }: CommitHeader): Uint8Array | null {
  try {
    const operations = events.filter(isKeyEvent).map((event) => readKeyEvent(event).operation)
    const devices = operations.flatMap((operation) => (operation.kind === 'genesis' ? operation.devices : []))
    return devices.find((publicKey) => same(keyId(publicKey), key)) ?? null
  } catch (error) {
    throw error instanceof CommitError ? new SubmitFault('MALFORMED', `Not a key operation: ${error.message}.`) : error
  }
}

function sealedParts({ events }: CommitHeader): SealedRef[] {
  const refs: SealedRef[] = []
  for (const [event, { parts }] of events.entries())
    for (const [index, part] of parts.entries()) if (isSealed(part)) refs.push({ ...part, event, index })
  return refs
}

/** One opening for each sealed part, in the order of the commit. */
function inOrder(openings: readonly PartOpening[], refs: readonly SealedRef[]): PartOpening[] {
  if (openings.length !== refs.length) throw new SubmitFault('MALFORMED', `It has ${refs.length} sealed parts, and ${openings.length} came with it.`)
  const byPlace = openings.length === 1 ? null : new Map(openings.map((opening) => [`${opening.event}/${opening.index}`, opening]))
  return refs.map((ref) => {
    const opening = byPlace === null ? openings[0] : byPlace.get(`${ref.event}/${ref.index}`)
    if (opening === undefined || opening.event !== ref.event || opening.index !== ref.index)
      throw new SubmitFault('MALFORMED', `${named(ref)} did not come with it.`)
    if (opening.r.length !== 32 || sizeClass(opening.bytes.length) !== ref.sizeClass)
      throw new SubmitFault('COMMITMENT', `${named(ref)} has another size than was signed.`)
    return opening
  })
}

/** Looking something up failed, and nothing was appended: the same commit may come again. */
function asBusy(error: unknown): never {
  if (error instanceof SubmitFault || error instanceof LedgerFault) throw error
  throw new SubmitFault('BUSY', 'The database does not answer. Nothing was appended: try again.')
}

function asFault(error: unknown): SubmitFault {
  if (error instanceof SubmitFault) return error
  if (error instanceof LedgerFault && error.code === 'RETRY_LATER') return new SubmitFault('BUSY', error.message)
  throw error
}

const isSealed = (part: CommitPart): part is SealedPartRef => 'commitment' in part
const named = (ref: { event: number; index: number } | undefined): string => `Part ${ref?.index} of event ${ref?.event}`
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0
const hex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')

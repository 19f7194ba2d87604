/** What the writer keeps in memory about the end of the log, loaded from the database at start and after every doubt. */
import { LRUCache } from 'lru-cache'
import { type Candidate, type Knowledge, placeName } from './admission.ts'
import { type CommitHeader, decodeCommit } from './commit.ts'
import { type Hlc, ORIGIN } from './hlc.ts'
import { isDraft } from './in-flight.ts'
import { isKeyEvent } from './key-operation.ts'
import { type KeyState, keyName, replayKeys } from './key-state.ts'
import type { Signer, Signers } from './signers.ts'
import {
  chainHeads,
  commitRange,
  commitsAt,
  commitsInChains,
  commitsOfStreams,
  type Db,
  donePositions,
  type Head,
  hex,
  type KeyChains,
  NO_CHAINS,
  NO_STREAM,
  readHead,
  streamHeads,
} from './store.ts'
import type { TileData } from './tlog/tile.ts'
import type { TileEdge } from './tlog/tile-edge.ts'
import { loadEdge } from './tree.ts'
import { LedgerFault, type TreeHead } from './types.ts'
import { ERASE_EVENT, WarrantError, warrantsIn } from './warrant.ts'

const REMEMBERED_STREAMS = 20_000
const REMEMBERED_KEYS = 20_000
const REMEMBERED_ACTORS = 10_000
const INSTANCE = 'instance'

/** What a candidate touches, whichever kind it is. */
type Touched = {
  readonly actor: string | null
  /** The keys it may be signed with. */
  readonly keys: readonly Uint8Array[]
  readonly streams: readonly string[]
  /** Streams that it is to begin. */
  readonly expectedNew: ReadonlySet<string>
}

export class Tip {
  #edge: TileEdge
  #head: TreeHead
  /** Largest HLC time of all entries, ms. */
  #latest: number
  #clock: Hlc
  readonly #streams = new LRUCache<string, number>({ max: REMEMBERED_STREAMS })
  readonly #chains = new LRUCache<string, KeyChains>({ max: REMEMBERED_KEYS })
  readonly #keys = new LRUCache<string, KeyState>({ max: REMEMBERED_ACTORS })

  private constructor({ latest, ...head }: Head, clock: Hlc, edge: TileEdge) {
    this.#head = head
    this.#edge = edge
    this.#latest = latest
    this.#clock = clock
    this.#edge = edge
  }

  /**
   * The tip of the stored log with its partial tiles.
   *
   * @throws {LedgerFault} GIVE_UP when commits, tiles and head do not fit together
   */
  static async load(db: Db): Promise<{ readonly tip: Tip; readonly tiles: readonly TileData[] }> {
    const head = await readHead(db)
    const { edge, tiles } = await loadEdge(db, head.size)
    const beyond = await commitRange(db, head.size, head.size + 1)
    if (beyond.length > 0 || Buffer.compare(edge.root(), head.root) !== 0) {
      throw new LedgerFault(
        'GIVE_UP',
        `The stored commits and tiles do not give the stored root of size ${head.size}: the database was altered or damaged.`,
      )
    }
    const [last] = await commitRange(db, head.size - 1, head.size)
    return { tip: new Tip(head, last === undefined ? ORIGIN : decodeCommit(last.bytes), edge), tiles }
  }

  /** The tree as stored. */
  get head(): TreeHead {
    return this.#head
  }

  /** The edge of the stored tree, to be gone on from. */
  nextEdge(): TileEdge {
    return this.#edge.clone()
  }

  /** Keys of an actor, 64 hex digits, where they are remembered. */
  rememberedKeys(actor: string): KeyState | undefined {
    return this.#keys.get(actor)
  }

  /**
   * Everything that admitting these candidates may need; at most one query for each kind of thing not remembered.
   *
   * @param guess  take for new, without asking, streams that everybody here expects to be new. The database refuses the whole batch when one is
   *   not: see {@link isWrongGuess}. Most appends begin a stream, and asking for each costs as much as writing it.
   */
  async learn(db: Db, signersOf: Signers, candidates: readonly Candidate[], guess: boolean): Promise<Knowledge> {
    const named = candidates.flatMap((candidate) => (isDraft(candidate) ? [candidate.draft.signer] : []))
    const erasing = candidates.some((candidate) => eventsOf(candidate).some(({ type }) => type === ERASE_EVENT))
    const signers = await signersOf.load(new Set(erasing ? [...named, INSTANCE] : named))
    const touched = candidates.map((candidate) => touchedBy(candidate, signers))
    const chains = await this.#learnChains(db, touched)
    const digests = candidates.flatMap(({ digest }) => (digest === null ? [] : [digest]))
    return {
      signers,
      chains,
      streams: await this.#learnStreams(db, touched, guess),
      keys: await this.#learnKeys(db, candidates, touched),
      taken: await this.#learnTaken(db, candidates, chains),
      done: digests.length === 0 ? new Map() : await donePositions(db, digests),
      erasable: erasing ? await learnErasable(db, candidates) : new Map(),
      instance: signers.get(INSTANCE)?.actor ?? null,
      clock: { time: this.#clock.time, counter: this.#clock.counter },
      latest: this.#latest,
      size: this.#head.size,
    }
  }

  /** Takes over what is true now that a batch is stored. */
  moveTo(head: TreeHead, edge: TileEdge, { streams, chains, keys, clock, latest }: Knowledge): void {
    this.#head = head
    this.#edge = edge
    this.#latest = latest
    this.#clock = clock
    for (const [stream, revision] of streams) this.#streams.set(stream, revision)
    for (const [key, ends] of chains) this.#chains.set(key, ends)
    for (const [actor, state] of keys) if (state !== null) this.#keys.set(actor, state)
  }

  async #learnStreams(db: Db, touched: readonly Touched[], guess: boolean): Promise<Map<string, number>> {
    const known = new Map<string, number>()
    const unknown = new Map<string, boolean>()
    for (const { streams, expectedNew } of touched) {
      for (const stream of streams) {
        const revision = known.get(stream) ?? this.#streams.get(stream)
        if (revision !== undefined) known.set(stream, revision)
        else unknown.set(stream, expectedNew.has(stream) && (unknown.get(stream) ?? true))
      }
    }
    const asked: string[] = []
    for (const [stream, isExpectedNew] of unknown) {
      if (guess && isExpectedNew) known.set(stream, NO_STREAM)
      else asked.push(stream)
    }
    if (asked.length > 0) for (const [stream, revision] of await streamHeads(db, asked)) known.set(stream, revision)
    return known
  }

  async #learnChains(db: Db, touched: readonly Touched[]): Promise<Map<string, KeyChains>> {
    const known = new Map<string, KeyChains>()
    const unknown = new Map<string, Uint8Array>()
    for (const key of touched.flatMap(({ keys }) => keys)) {
      const name = keyName(key)
      const ends = this.#chains.get(name)
      if (ends === undefined) unknown.set(name, key)
      else known.set(name, ends)
    }
    if (unknown.size === 0) return known
    const found = await chainHeads(db, [...unknown.values()])
    for (const name of unknown.keys()) known.set(name, found.get(name) ?? NO_CHAINS)
    return known
  }

  /** Keys of the authors, and of the actors whose key streams are written to. */
  async #learnKeys(db: Db, candidates: readonly Candidate[], touched: readonly Touched[]): Promise<Map<string, KeyState | null>> {
    const actors = new Set(touched.flatMap(({ actor }) => (actor === null ? [] : [actor])))
    for (const candidate of candidates)
      for (const event of eventsOf(candidate))
        if (isKeyEvent(event) && event.stream.startsWith(KEY_STREAM)) actors.add(event.stream.slice(KEY_STREAM.length))
    const known = new Map<string, KeyState | null>()
    const unknown: string[] = []
    for (const actor of actors) {
      const state = this.#keys.get(actor)
      if (state === undefined) unknown.push(actor)
      else known.set(actor, state)
    }
    if (unknown.length > 0) for (const [actor, state] of await loadKeys(db, unknown)) known.set(actor, state)
    return known
  }

  /** What stands where signed candidates want to stand: they were sent before, or their key equivocates. */
  async #learnTaken(db: Db, candidates: readonly Candidate[], chains: ReadonlyMap<string, KeyChains>): Promise<Knowledge['taken']> {
    const places = candidates.flatMap((candidate) => {
      if (isDraft(candidate)) return []
      const { key, lane: name, seq } = candidate.header
      const lane = name === 'public' ? 0 : 1
      return seq <= (chains.get(keyName(key))?.[lane]?.seq ?? -1) ? [{ key, lane, seq }] : []
    })
    if (places.length === 0) return new Map()
    const found = await commitsInChains(db, places)
    return new Map(
      found.map(({ key, lane, seq, position, id }) => [placeName({ key, lane: lane === 0 ? 'public' : 'private', seq }), { position, id }]),
    )
  }
}

const KEY_STREAM = 'key/'

/** Keys of these actors as their key streams tell; null for those without one. */
export async function loadKeys(db: Db, actors: readonly string[]): Promise<Map<string, KeyState | null>> {
  const streams = await commitsOfStreams(
    db,
    actors.map((actor) => `${KEY_STREAM}${actor}`),
  )
  return new Map(
    actors.map((actor) => {
      let state: KeyState | null = null
      for (const { position, bytes } of streams.get(`${KEY_STREAM}${actor}`) ?? []) state = replayKeys(actor, state, decodeCommit(bytes), position)
      return [actor, state]
    }),
  )
}

async function learnErasable(db: Db, candidates: readonly Candidate[]): Promise<Map<number, CommitHeader>> {
  const positions = new Set(candidates.flatMap(placesNamed))
  const commits = await commitsAt(db, [...positions])
  return new Map(commits.map(({ position, bytes }) => [position, decodeCommit(bytes)]))
}

/** Warrants that cannot be read name nothing; admission refuses them. */
function placesNamed(candidate: Candidate): number[] {
  try {
    return warrantsIn(eventsOf(candidate)).flatMap(({ places }) => places.map(({ position }) => position))
  } catch (error) {
    if (error instanceof WarrantError) return []
    throw error
  }
}

const eventsOf = (candidate: Candidate): CommitHeader['events'] => (isDraft(candidate) ? candidate.sealed.events : candidate.header.events)

function touchedBy(candidate: Candidate, signers: ReadonlyMap<string, Signer>): Touched {
  if (!isDraft(candidate)) {
    const { header, expected } = candidate
    return { actor: hex(header.actor), keys: [header.key], ...streamsTouched(header.events, [...header.pre, ...expected]) }
  }
  const { draft } = candidate
  const signer = signers.get(draft.signer)
  return {
    actor: signer === undefined ? null : hex(signer.actor),
    keys: signer === undefined ? [] : signer.next === null ? [signer.key] : [signer.key, signer.next.key],
    ...streamsTouched(draft.events, draft.expected ?? []),
  }
}

function streamsTouched(events: readonly { readonly stream: string }[], conditions: CommitHeader['pre']): Pick<Touched, 'streams' | 'expectedNew'> {
  const begun = conditions.filter(([, expected]) => expected === 'none').map(([stream]) => stream)
  return { streams: [...events.map(({ stream }) => stream), ...conditions.map(([stream]) => stream)], expectedNew: new Set(begun) }
}

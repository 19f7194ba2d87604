/** What the writer keeps in memory about the end of the log, loaded from the database at start and after every doubt. */
import { LRUCache } from 'lru-cache'
import type { Candidate, Knowledge } from './admission.ts'
import { decodeCommit } from './commit.ts'
import { type Hlc, ORIGIN } from './hlc.ts'
import type { Signer, Signers } from './signers.ts'
import { type Chain, chainHeads, chainName, commitRange, type Db, donePositions, readHead, streamHeads } from './store.ts'
import type { TileData } from './tlog/tile.ts'
import type { TileEdge } from './tlog/tile-edge.ts'
import { loadEdge } from './tree.ts'
import { LedgerFault, type TreeHead } from './types.ts'

/** Most appends begin a stream or touch the key stream of their signer; these are for the latter. */
const REMEMBERED_STREAMS = 20_000
const REMEMBERED_CHAINS = 20_000

export class Tip {
  readonly edge: TileEdge
  #head: TreeHead
  #clock: Hlc
  readonly #streams = new LRUCache<string, number>({ max: REMEMBERED_STREAMS })
  readonly #chains = new LRUCache<string, Chain>({ max: REMEMBERED_CHAINS })

  private constructor(head: TreeHead, clock: Hlc, edge: TileEdge) {
    this.#head = head
    this.#clock = clock
    this.edge = edge
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

  /** Everything that admitting these candidates may need; at most one query for each kind of thing not remembered. */
  async learn(db: Db, signersOf: Signers, candidates: readonly Candidate[]): Promise<Knowledge> {
    const signers = await signersOf.load(new Set(candidates.map(({ draft }) => draft.signer)))
    const digests = candidates.flatMap(({ digest }) => (digest === null ? [] : [digest]))
    return {
      signers,
      streams: await this.#learnStreams(db, touchedStreams(candidates, signers)),
      chains: await this.#learnChains(db, candidates, signers),
      done: digests.length === 0 ? new Map() : await donePositions(db, digests),
      clock: { time: this.#clock.time, counter: this.#clock.counter },
      size: this.#head.size,
    }
  }

  /** Takes over what is true now that a batch is stored. */
  moveTo(head: TreeHead, { streams, chains, clock }: Knowledge): void {
    this.#head = head
    this.#clock = clock
    for (const [stream, revision] of streams) this.#streams.set(stream, revision)
    for (const [chain, newest] of chains) this.#chains.set(chain, newest)
  }

  async #learnStreams(db: Db, touched: ReadonlySet<string>): Promise<Map<string, number>> {
    const known = new Map<string, number>()
    const unknown: string[] = []
    for (const stream of touched) {
      const revision = this.#streams.get(stream)
      if (revision === undefined) unknown.push(stream)
      else known.set(stream, revision)
    }
    if (unknown.length > 0) for (const [stream, revision] of await streamHeads(db, unknown)) known.set(stream, revision)
    return known
  }

  async #learnChains(db: Db, candidates: readonly Candidate[], signers: ReadonlyMap<string, Signer>): Promise<Map<string, Chain>> {
    const known = new Map<string, Chain>()
    const unknown = new Map<string, { readonly key: Uint8Array; readonly lane: number }>()
    for (const { draft } of candidates) {
      const key = signers.get(draft.signer)?.key
      if (key === undefined) continue
      const lane = draft.lane === 'public' ? 0 : 1
      const name = chainName(key, lane)
      const newest = this.#chains.get(name)
      if (newest === undefined) unknown.set(name, { key, lane })
      else known.set(name, newest)
    }
    if (unknown.size === 0) return known
    const wanted = [...unknown.values()]
    const found = await chainHeads(
      db,
      wanted.map(({ key }) => key),
      wanted.map(({ lane }) => lane),
    )
    for (const [name, newest] of found) known.set(name, newest)
    return known
  }
}

function touchedStreams(candidates: readonly Candidate[], signers: ReadonlyMap<string, Signer>): Set<string> {
  const streams = new Set<string>()
  for (const { draft } of candidates) {
    for (const { stream } of draft.events) streams.add(stream)
    for (const [stream] of draft.expected ?? []) streams.add(stream)
    const signer = signers.get(draft.signer)
    if (signer !== undefined) streams.add(signer.keyStream)
  }
  return streams
}

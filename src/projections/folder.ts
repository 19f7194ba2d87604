/**
 * One projection at work: its connection, its schema, and the proof it keeps. Rows and cursor change in one transaction; the cursor moves only
 * when the root over all folded leaves is the log's root at that size.
 *
 * What can go wrong: the database is away (reconnect, reload, go on), the data of an event cannot be stored (that event is parked, visibly),
 * or the log and the cursor disagree (halt, loudly, until a rebuild).
 */
import pg from 'pg'
import type { RecordedEvent } from '../events/catalogue.ts'
import { CompactRange } from '../ledger/tlog/merkle.ts'
import type { Hash } from '../ledger/types.ts'
import { type Batch, batches, type Log } from './batch.ts'
import type { Change } from './changes.ts'
import { codeHash, createSchema, loadCursor, moveCursor, type Place } from './cursor.ts'
import type { Audience } from './fold.ts'
import { Moments } from './moments.ts'
import type { Projection } from './projection.ts'
import { UnreadableEvent } from './runs.ts'

/** The log and the rows do not belong together, or somebody else writes them. Only a rebuild helps. */
export class ProjectionFault extends Error {
  readonly code = 'STOP_AND_REBUILD'
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'ProjectionFault'
  }
}

/**
 * A fold looks up rows by key, in tables that grow while it runs: plans are made once, for indexes. Rows can be made again from the log, so
 * a transaction does not wait for the disk.
 */
const session =
  'set timezone = utc; set jit = off; set enable_seqscan = off; set enable_bitmapscan = off; set plan_cache_mode = force_generic_plan; set synchronous_commit = off'

export class Folder {
  readonly projection: Projection
  /** Why it stopped; null while it works. */
  halted: ProjectionFault | null = null
  readonly #config: pg.ClientConfig
  readonly #log: Log
  #schema: string
  #client: pg.Client | null = null
  #range = CompactRange.empty()
  /** See moments.ts. */
  #moment = 0n
  #codeHash: Buffer
  #parked = 0
  /** False after the schema was made, until all of its indexes are. */
  #indexed = false

  private constructor(projection: Projection, schema: string, config: pg.ClientConfig, log: Log) {
    this.projection = projection
    this.#schema = schema
    this.#config = config
    this.#log = log
    this.#codeHash = codeHash(projection)
  }

  /** Opens the projection's schema as it stands, made anew when it is missing or of another version; a `shadow` always begins anew, beside it. */
  static async open(projection: Projection, log: Log, config: pg.ClientConfig, shadow?: 'shadow'): Promise<Folder> {
    const folder = new Folder(projection, shadow === undefined ? projection.name : `${projection.name}_rebuild`, config, log)
    try {
      folder.#client = await folder.#connect(shadow !== undefined)
      if (shadow === undefined) await folder.#tidy()
      return folder
    } catch (error) {
      await folder.#disconnect()
      throw error
    }
  }

  /** Commits folded: the position of the next one. */
  get size(): number {
    return this.#range.size
  }

  get root(): Hash {
    return this.#range.root()
  }

  /** What it has folded, as a tree to go on with. */
  get range(): CompactRange {
    return this.#range.clone()
  }

  /** Of the code that made the rows; differs from that of the running code when a fold was changed without a new version. */
  get codeHash(): Buffer {
    return this.#codeHash
  }

  get parked(): number {
    return this.#parked
  }

  /** Folds what is new in the batch, after reading what lies between. A halted projection does nothing. @returns what changed */
  async advance(batch: Batch): Promise<Change[]> {
    const first = batch.commits[0]
    if (first === undefined || this.halted !== null) return []
    const changes: Change[] = []
    await this.#connected() // loads a cursor that a crash of the database may have set back: rows are not waited for, the log has them
    if (first.position > this.size) {
      for await (const missed of batches(this.#log, this.size, first.position)) changes.push(...(await this.#fold(missed, 'listeners')))
    }
    changes.push(...(await this.#fold(batch, 'listeners')))
    if (!this.#indexed) await this.index()
    return changes
  }

  /** Folds what is new in the batch, and tells nobody. A halted projection does nothing. */
  async replay(batch: Batch): Promise<void> {
    await this.#fold(batch, 'nobody')
  }

  /** Makes what readers look things up by, unless it is there. */
  async index(): Promise<void> {
    const client = await this.#connected()
    try {
      await client.query(`begin; set local maintenance_work_mem = '128MB'; ${this.projection.indexes ?? ''}; commit`)
    } catch (error) {
      await client.query('rollback').catch(() => {})
      throw error
    }
    this.#indexed = true
  }

  /** Fresh statistics after many new rows, so that readers plan well. */
  async analyze(): Promise<void> {
    const client = this.#client
    if (client !== null) await client.query(`analyze ${this.projection.tables.join(', ')}`)
  }

  /** Makes a shadow's rows the ones that are read, without a moment in between. */
  async publish(): Promise<void> {
    const client = await this.#connected()
    const { name } = this.projection
    await client.query(`begin; drop schema if exists ${name}_replaced cascade; create schema if not exists ${name};
      alter schema ${name} rename to ${name}_replaced; alter schema ${this.#schema} rename to ${name}; set search_path = ${name}; commit`)
    this.#schema = name
    await this.#tidy().catch(() => {}) // somebody still reads the old rows: the next start or rebuild removes them
  }

  async close(): Promise<void> {
    await this.#disconnect()
  }

  /** Gives a shadow up. The rows that are read are never dropped here. */
  async discard(): Promise<void> {
    await this.#disconnect()
    if (this.#schema === this.projection.name) return
    const client = new pg.Client(this.#config)
    client.on('error', () => {})
    await client
      .connect()
      .then(() => client.query(`drop schema if exists ${this.#schema} cascade`))
      .catch(() => {}) // the next start or rebuild removes it
    await client.end().catch(() => {})
  }

  /** Removes what a rebuild left behind. */
  async #tidy(): Promise<void> {
    const { name } = this.projection
    await this.#client?.query(`drop schema if exists ${name}_replaced cascade; drop schema if exists ${name}_rebuild cascade`)
  }

  async #fold(batch: Batch, audience: Audience): Promise<Change[]> {
    const { commits, events } = batch
    const client = await this.#connected() // may load a cursor that a lost answer to COMMIT left further on
    if (this.halted !== null) return []
    const fresh = commits.filter((commit) => commit.position >= this.size)
    const [first] = fresh
    if (first === undefined) return []
    if (commits[0]?.position === first.position && first.position > this.size) throw new Error(`the rows went back to ${this.size}: tried again`)
    const misplaced = fresh.findIndex(({ position }, n) => position !== this.size + n)
    if (misplaced !== -1) return this.#halt(`commit ${fresh[misplaced]?.position} came where ${this.size + misplaced} was expected`)
    const range = batch.extend(this.#range)
    if (!same(range.root(), await batch.rootAt(range.size, this.#log))) {
      return this.#halt(`the root over what was read differs from the log's at ${range.size}`)
    }
    const next = { range, moments: Moments.after(this.#moment, fresh) }
    const unfolded = fresh.length === commits.length ? events : events.filter((event) => event.position >= this.size)
    return await this.#write(client, unfolded, next, audience)
  }

  /** One transaction when all goes well; otherwise event by event, parking those whose data cannot be stored. */
  async #write(client: pg.Client, events: readonly RecordedEvent[], next: Place, audience: Audience): Promise<Change[]> {
    try {
      return await this.#transaction(client, next, () => this.projection.project(events, client, next.moments, audience))
    } catch (error) {
      if (isOfTheEvent(error)) return await this.#transaction(client, next, () => this.#oneByOne(client, events, next.moments))
      if (error instanceof ProjectionFault || isOfTheCode(error)) return this.#halt(error.message)
      await this.#disconnect()
      throw error
    }
  }

  /** Two round trips: the cursor moves first, which also keeps any other writer out, and is checked before the commit. */
  async #transaction(client: pg.Client, next: Place, work: () => Promise<Change[]>): Promise<Change[]> {
    try {
      const [, moved, changes] = await Promise.all([client.query('begin'), moveCursor(client, this.size, next), work()])
      if (!moved) throw new ProjectionFault('the cursor is not where this process left it: another one folds into the same rows')
      await client.query('commit')
      this.#range = next.range
      this.#moment = next.moments.next
      return changes
    } catch (error) {
      await client.query('rollback').catch(() => {})
      throw error
    }
  }

  async #oneByOne(client: pg.Client, events: readonly RecordedEvent[], moments: Moments): Promise<Change[]> {
    const changes: Change[] = []
    for (const event of events) {
      await client.query('savepoint event')
      try {
        changes.push(...(await this.projection.project([event], client, moments)))
        await client.query('release event')
      } catch (error) {
        if (!isOfTheEvent(error)) throw error
        await client.query('rollback to event')
        await client.query('insert into parked (position, index, type, reason) values ($1, $2, $3, $4)', [
          event.position,
          event.index,
          event.type,
          error.message,
        ])
        this.#parked += 1
      }
    }
    return changes
  }

  #halt(message: string): Change[] {
    this.halted = new ProjectionFault(`projection ${this.projection.name}: ${message}`)
    return []
  }

  async #connected(): Promise<pg.Client> {
    this.#client ??= await this.#connect(false)
    return this.#client
  }

  /**
   * Start and recovery are the same: connect, load the cursor, check it against the log. A client that did not come as far as that is let go:
   * half a session must never fold, and the next attempt begins with a new one.
   */
  async #connect(fresh: boolean): Promise<pg.Client> {
    const client = new pg.Client({ ...this.#config, pipeline: true } as pg.ClientConfig)
    client.on('error', () => void this.#letGo(client))
    try {
      await client.connect()
      await this.#load(client, fresh)
      return client
    } catch (error) {
      await this.#letGo(client)
      throw error
    }
  }

  async #load(client: pg.Client, fresh: boolean): Promise<void> {
    await client.query(session)
    const { version } = this.projection
    let cursor = fresh ? null : await loadCursor(client, this.#schema, version)
    if (cursor === null) {
      await client.query('begin')
      await createSchema(client, this.#schema, this.projection)
      this.#indexed = false
      await client.query('commit')
      cursor = await loadCursor(client, this.#schema, version)
    }
    await client.query(`set search_path = ${this.#schema}`)
    if (cursor === null) throw new ProjectionFault(`the schema ${this.#schema} could not be made`)
    const { rows } = await client.query<{ count: number }>('select count(*)::int as count from parked')
    this.#range = cursor.range
    this.#moment = cursor.moment
    this.#codeHash = cursor.codeHash
    this.#parked = rows[0]?.count ?? 0
    await this.#verify(cursor.root)
  }

  async #verify(stored: Uint8Array): Promise<void> {
    const { size } = this
    if (!same(this.root, stored)) this.#halt('its cursor was damaged')
    else if (size > this.#log.head().size) this.#halt(`it has folded ${size} commits, the log has ${this.#log.head().size}`)
    else if (!same(stored, await this.#log.rootAt(size))) this.#halt(`its root differs from the log's at ${size}`)
  }

  async #disconnect(): Promise<void> {
    if (this.#client !== null) await this.#letGo(this.#client)
  }

  async #letGo(client: pg.Client): Promise<void> {
    if (this.#client === client) this.#client = null
    await client.end().catch(() => {})
  }
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

/** Bad values (class 22), broken constraints (23), more than an index or a field can hold (54), an unreadable payload: so at every attempt. */
const isOfTheEvent = (error: unknown): error is Error =>
  error instanceof UnreadableEvent || (error instanceof pg.DatabaseError && /^(?:22|23|54)/.test(error.code ?? ''))

/** What the database refuses for a reason that waiting does not cure. Cured by waiting: connections, resources, conflicts, an operator's doing. */
const isOfTheCode = (error: unknown): error is Error => error instanceof pg.DatabaseError && !/^(?:08|40|53|55|57|58)/.test(error.code ?? '08')

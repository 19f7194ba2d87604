/**
 * Imports: begun, followed, cancelled and reported, one after the other. Each begins with an event and ends with one, whatever happens between:
 * one that a killed instance left behind is taken up again when it starts, and since what is here already is not recorded again, as often as need be.
 */
import type pg from 'pg'
import type { ConversationEvents, ImportReport } from '../events/conversations.ts'
import type { Command, Execute } from '../handlers/commands.ts'
import { unreportedImports } from '../projections/read/imports.ts'
import type { RowCipher } from '../projections/row-cipher.ts'
import { ArchiveError } from './archive/archive-error.ts'
import { openArchive } from './archive/open-archive.ts'
import type { Found } from './found.ts'
import { type ImportProgress, Job } from './job.ts'
import { type FromParser, Parser } from './parser.ts'
import { type OnMemories, type ReadBy, Recorder, type RecorderTask } from './recorder.ts'
import { Spool, type Spooled } from './spool.ts'
import { Tally } from './tally.ts'
import { textHash } from './text-hash.ts'
import { thrift } from './thrift.ts'

export type ImportsDeps = {
  readonly config: { readonly dataDir: string }
  readonly pool: pg.Pool
  readonly ledger: { signsFor(signer: string): Promise<boolean> }
  readonly projections: { waitFor(position: number, timeoutMs?: number): Promise<boolean> }
  readonly execute: Execute
  readonly cipher: RowCipher
  readonly newId: () => string
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: Readonly<Record<string, unknown>>) => void
  readonly onMemories?: OnMemories
}

type Via = ConversationEvents['import:start']['via']

export type ImportRequest = {
  readonly accountId: string
  /** As its owner calls it. */
  readonly name: string
  readonly via: Via
  /** Only the importers of this provider, or the importer of this name. */
  readonly provider?: string
  /** A file or folder of this machine, absolute; or its bytes as they come. */
} & ({ readonly file: string } | { readonly stream: AsyncIterable<Uint8Array> })

/** What was captured: already found, from a link or a page. */
export type RecordRequest = {
  readonly via: Via
  readonly name: string
  readonly by: ReadBy
  readonly bytes?: number
  /** Hex, of what it was found in; of its name where there is nothing. */
  readonly sha256?: string
}

export type Recorded = { readonly report: ImportReport; readonly conversationIds: readonly string[] }

/** Finished imports that can still be asked for here; later they are in the read tables. */
const REMEMBERED = 100

export class Imports {
  readonly #deps: ImportsDeps
  readonly #spool: Spool
  readonly #parser = new Parser()
  readonly #jobs = new Map<string, Job>()
  /** One at a time: each has a thread, and the ledger has one writer. */
  #queue: Promise<unknown> = Promise.resolve()
  readonly #closing = new AbortController()

  private constructor(deps: ImportsDeps) {
    this.#deps = deps
    this.#spool = new Spool(deps.config.dataDir)
  }

  /** Takes up what was begun and not reported. */
  static async open(deps: ImportsDeps): Promise<Imports> {
    const imports = new Imports(deps)
    await imports.#spool.open()
    await imports.#resume()
    return imports
  }

  /**
   * The id of an import that has begun: it is in the ledger, and what was given is kept until it is reported.
   *
   * @throws {ArchiveError} for an upload that is too large; whatever its stream or the disk throws
   */
  async start(request: ImportRequest): Promise<string> {
    const { accountId, name, via, provider = null } = request
    const id = this.#deps.newId()
    const about = { id, accountId, name: shown(name), provider }
    const spooled = await ('file' in request ? this.#spool.refer({ ...about, file: request.file }) : this.#spool.keep(about, request.stream))
    try {
      await this.#begin({ ...spooled, via })
    } catch (error) {
      await this.#spool.remove(spooled)
      throw error
    }
    this.#enqueue(spooled)
    return id
  }

  /** Null for an id that is not known here: ask the read tables for imports of earlier days. */
  progress(id: string): ImportProgress | null {
    return this.#jobs.get(id)?.progress ?? null
  }

  /** Told at most ten times a second, and at the end. @returns stop listening */
  onProgress(id: string, listener: (progress: ImportProgress) => void): () => void {
    return this.#jobs.get(id)?.listen(listener) ?? (() => {})
  }

  /** What is recorded stays; the rest is left. False when it is over, or unknown. */
  cancel(id: string): boolean {
    return this.#jobs.get(id)?.cancel() ?? false
  }

  /** @throws {Error} for an id that is not known here */
  async finished(id: string): Promise<ImportReport> {
    const job = this.#jobs.get(id)
    if (job === undefined) throw new Error(`no import ${id} is under way`)
    return job.finished
  }

  /** Records what was found elsewhere (capture), with a beginning and a report like any import. Returns when it is durable and can be read. */
  async record(
    accountId: string,
    founds: AsyncIterable<Found> | Iterable<Found>,
    { via, name, by, bytes = 0, sha256 }: RecordRequest,
  ): Promise<Recorded> {
    const id = this.#deps.newId()
    const archive = sha256 ?? textHash(name)
    await this.#begin({ id, accountId, name: shown(name), bytes, sha256: archive, via })
    const tally = new Tally()
    const recorder = await this.#recorder({ accountId, importId: id, archive: sha256 ?? null, origin: 'capture', tally, open: nothing })
    try {
      for await (const found of founds) await recorder.take(found, by)
    } finally {
      await recorder.flush()
    }
    const report = await this.#report({ id, accountId }, tally, false)
    return { report, conversationIds: [...recorder.conversations] }
  }

  /** Stops what is under way, to be taken up again by the next start. */
  async close(): Promise<void> {
    this.#closing.abort(new Closing())
    await this.#queue.catch(() => {})
    await this.#parser.close()
  }

  async #resume(): Promise<void> {
    const { pool, cipher } = this.#deps
    const unreported = new Map((await unreportedImports(pool, cipher)).map((row) => [row.id, row]))
    for (const spooled of await this.#spool.all()) {
      if (unreported.delete(spooled.id)) this.#enqueue(spooled)
      else await this.#spool.remove(spooled)
    }
    for (const { id, accountId, name } of unreported.values()) {
      const tally = new Tally()
      tally.skip(name, 'missing', 'what was given to be imported is gone: give it again')
      await this.#report({ id, accountId }, tally, false)
    }
  }

  #enqueue(spooled: Spooled): void {
    const job = new Job(spooled, this.#deps.now)
    this.#jobs.set(spooled.id, job)
    this.#queue = this.#queue.then(() => this.#run(job, spooled))
    for (const id of this.#jobs.keys()) {
      if (this.#jobs.size <= REMEMBERED) break
      if (this.#jobs.get(id)?.isOver === true) this.#jobs.delete(id)
    }
  }

  async #run(job: Job, spooled: Spooled): Promise<void> {
    const { log } = this.#deps
    const { id, accountId } = spooled
    if (this.#closing.signal.aborted) return job.leave(this.#closing.signal.reason)
    try {
      await this.#import(job, spooled)
      const report = await this.#report({ id, accountId }, job.tally, job.isCancelled)
      await this.#spool.remove(spooled)
      job.finish(report)
    } catch (error) {
      if (!(error instanceof Closing))
        log('error', 'an import stopped, and is taken up again at the next start', { importId: id, error: String(error) })
      job.leave(error)
    }
  }

  /** @throws faults; what is wrong with the archive goes into the tally */
  async #import(job: Job, spooled: Spooled): Promise<void> {
    const { file, name, sha256, provider, accountId, id } = spooled
    const signal = AbortSignal.any([this.#closing.signal, job.signal])
    const workDir = this.#spool.workDir
    const archive = await openArchive(file, { name, sha256, workDir }).catch((error: unknown) => unreadable(error, name, job))
    if (archive === null) return
    const { tally } = job
    const tidyUp = thrift()
    const recorder = await this.#recorder({
      accountId,
      importId: id,
      archive: sha256,
      origin: 'import',
      tally,
      open: (member) => archive.open(member),
    })
    try {
      for await (const message of this.#parser.parse({ file, name, sha256, workDir, only: provider === null ? null : [provider] }, signal))
        await taken(message)
    } catch (error) {
      if (this.#closing.signal.aborted) throw this.#closing.signal.reason
      if (!job.isCancelled) unreadable(error, name, job)
    } finally {
      await archive.close()
      await recorder.flush()
    }

    async function taken(message: Extract<FromParser, { readonly is: 'plan' | 'found' }>): Promise<void> {
      if (message.is === 'plan') return job.plan(message.bytes)
      for (const found of message.founds) {
        signal.throwIfAborted()
        await recorder.take(found, message.by)
      }
      tidyUp()
      return job.advance(message.bytesRead)
    }
  }

  async #recorder(task: Omit<RecorderTask, 'by'>): Promise<Recorder> {
    return new Recorder(this.#deps, { ...task, by: await this.#signer(task.accountId) })
  }

  /** Who keeps keys on devices of their own cannot be signed for: the instance says then what it did. */
  async #signer(accountId: string): Promise<RecorderTask['by']> {
    return (await this.#deps.ledger.signsFor(`account/${accountId}`)) ? { account: accountId } : 'instance'
  }

  #begin({
    id,
    accountId,
    name,
    bytes,
    sha256,
    via,
  }: Pick<Spooled, 'id' | 'accountId' | 'name' | 'bytes' | 'sha256'> & { readonly via: Via }): Promise<void> {
    return this.#ask(accountId, { do: 'StartImport', data: { id, accountId, at: this.#at(), name, bytes, sha256, via } })
  }

  async #report({ id, accountId }: Pick<Spooled, 'id' | 'accountId'>, tally: Tally, cancelled: boolean): Promise<ImportReport> {
    const report = { id, accountId, at: this.#at(), ...tally.report(cancelled) }
    await this.#ask(accountId, { do: 'ReportImport', data: report })
    return report
  }

  /** Durable and shown when it returns. */
  async #ask(accountId: string, command: Command): Promise<void> {
    const { execute, projections } = this.#deps
    const outcome = await execute({ by: await this.#signer(accountId), lane: 'private', commands: [command] })
    if (!outcome.ok) throw new ImportRefused(outcome.refusal.code, outcome.refusal.message)
    if (outcome.position !== null) await projections.waitFor(outcome.position)
  }

  #at(): string {
    return new Date(this.#deps.now()).toISOString()
  }
}

/** The domain says no to an import: no such account, no instance yet. */
export class ImportRefused extends Error {
  override readonly name = 'ImportRefused'
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** The instance stops. */
class Closing extends Error {
  override readonly name = 'Closing'
}

/** There is nothing to read: told in the report. @throws what is no fault of the archive's */
function unreadable(error: unknown, name: string, { tally }: Job): null {
  if (!(error instanceof ArchiveError) && !isMissing(error)) throw error
  if (error instanceof ArchiveError) tally.skip(name, error.reason, error.message)
  else tally.skip(name, 'missing', 'the file is not there any more')
  return null
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

const shown = (name: string): string => name.slice(0, 2048).toWellFormed().replaceAll('\0', '') || 'import'

/** Of what was captured: files come with their bytes. */
function nothing(member: string): AsyncIterable<Uint8Array> {
  throw new ArchiveError('missing', `${member}: there is no archive`)
}

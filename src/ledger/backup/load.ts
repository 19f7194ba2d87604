/**
 * Tables out of a backup into an empty database. What was loaded cannot be written to before it is proven: until then its head bears an origin
 * that no instance has, and the proof and the right origin are one transaction.
 *
 *   schema as it was → COPY of every table → newest schema → audit of every entry from its bytes → the head gets its name
 */
import type pg from 'pg'
import { auditExport } from '../audit/audit-export.ts'
import type { AuditReport } from '../audit/report.ts'
import { decodeCommit } from '../commit.ts'
import { exportSnapshot } from '../export.ts'
import { Keyring } from '../keyring.ts'
import { UNFINISHED_RESTORE } from '../lease.ts'
import { breakIn } from '../log-break.ts'
import { LogKey } from '../log-key.ts'
import { knownMigrations, migrate } from '../migrate.ts'
import { unwrapKey } from '../part.ts'
import { deriveKey } from '../secret.ts'
import { emptyRoot } from '../tlog/merkle.ts'
import { loadEdge } from '../tree.ts'
import { warrantsIn } from '../warrant.ts'
import type { ArchiveReader, Manifest } from './archive.ts'
import { copyIn } from './copy-stream.ts'
import { cut, type Row } from './cut.ts'
import { advanceSequences, clear, copyStatement, MADE_AGAIN, quoted, SCHEMAS, type Table } from './tables.ts'

/**
 * `NOT_EMPTY`: the database holds a log already. `TOO_NEW`: made by a newer version. `BEYOND`: the log was never so long. `ERASED_SINCE`: at
 * that point in time payloads were there that are gone now. `UNPROVEN`: the audit found something; `report` says what.
 */
export class RestoreError extends Error {
  override readonly name = 'RestoreError'
  readonly code: 'NOT_EMPTY' | 'TOO_NEW' | 'BEYOND' | 'ERASED_SINCE' | 'UNPROVEN'
  readonly report: AuditReport | null
  constructor(code: RestoreError['code'], message: string, report: AuditReport | null = null) {
    super(message)
    this.code = code
    this.report = report
  }
}

/** `done` of `total` of whatever `label` says. */
export type OnProgress = (label: string, done: number, total: number) => void

/**
 * Makes the database ready to take the tables of this backup, and closed to every instance. What an earlier restore left half done is thrown away.
 *
 * @throws {RestoreError} NOT_EMPTY, TOO_NEW, BEYOND
 */
export async function prepare(client: pg.ClientBase, manifest: Manifest, at: number): Promise<void> {
  if (at > manifest.size) throw new RestoreError('BEYOND', `The backup holds ${manifest.size} entries: there is no point in time of ${at}.`)
  const known = await knownMigrations()
  if (manifest.migrations.some((name, i) => known[i] !== name)) {
    throw new RestoreError('TOO_NEW', `The backup was made by VIVIM ${manifest.software}, whose tables this version does not know.`)
  }
  await throwAwayUnfinished(client)
  await migrate(client, manifest.migrations.length)
  await client.query(`insert into ledger.head (origin, size, root, epoch) values ($1, 0, $2, 0)`, [
    UNFINISHED_RESTORE + manifest.origin,
    Buffer.from(emptyRoot()),
  ])
}

async function throwAwayUnfinished(client: pg.ClientBase): Promise<void> {
  const { rows: found } = await client.query<{ exists: boolean }>(`select to_regclass('ledger.head') is not null as exists`)
  if (found[0]?.exists !== true) return
  const { rows } = await client.query<{ origin: string }>('select origin from ledger.head')
  const [head] = rows
  if (head !== undefined && !head.origin.startsWith(UNFINISHED_RESTORE)) {
    throw new RestoreError('NOT_EMPTY', `The database holds the log ${head.origin} already: a backup is restored into an empty one.`)
  }
  for (const schema of [...SCHEMAS, ...MADE_AGAIN]) await client.query(`drop schema if exists ${quoted(schema)} cascade`)
  await client.query('drop table public.migration')
}

/**
 * Loads every table from `reader`, of the log's first `at` entries, in one transaction, and brings the schema up to date.
 *
 * @returns origin of the log at that size
 * @throws {RestoreError} ERASED_SINCE
 */
export async function loadTables(client: pg.ClientBase, reader: ArchiveReader, manifest: Manifest, at: number): Promise<string> {
  const later = new Later(at)
  await client.query('begin')
  try {
    for (const table of manifest.tables) {
      const pieces = reader.under(`tables/${table.name}/`)
      const onDropped = table.name === 'ledger.commit' ? (row: Row) => later.take(row) : undefined
      await clear(client, table)
      await copyIn(client, copyStatement(table, 'from stdin'), at < manifest.size ? cut(table, at, pieces, onDropped) : pieces)
    }
    later.assertNothingErased()
    await advanceSequences(client, manifest.tables)
    await client.query(`update ledger.head set origin = $1 || origin`, [UNFINISHED_RESTORE])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
  await migrate(client)
  for (const { name } of manifest.tables) await analyze(client, name)
  return later.endedOrigin ?? manifest.origin
}

/** Tables have just been filled: whoever plans a query should know. One that a migration took away needs nothing. */
async function analyze(client: pg.ClientBase, name: Table['name']): Promise<void> {
  const { rows } = await client.query<{ exists: boolean }>('select to_regclass($1) is not null as exists', [quoted(name)])
  if (rows[0]?.exists === true) await client.query(`analyze ${quoted(name)}`)
}

export type Proof = {
  readonly client: pg.ClientBase
  readonly manifest: Manifest
  /** What was loaded: how many entries, of which log. */
  readonly at: number
  readonly origin: string
  readonly secret: Uint8Array
  /** Verifier key of the log that the operator trusts. */
  readonly verifierKey: string | undefined
  /** Called when everything is proven, before the log gets its name: puts in place what belongs to it, or throws what speaks against it. */
  readonly beforeCommit: (report: AuditReport) => Promise<void>
  readonly onProgress: OnProgress
}

/**
 * Audits what was loaded, from bytes, and then lets it be what it says it is; marked as restored, so that it goes on only when it is known not
 * to be behind.
 *
 * @throws {RestoreError} UNPROVEN: the database is left as an unfinished restore, which nothing opens
 */
export async function prove({ client, manifest, at, origin, secret, verifierKey, beforeCommit, onProgress }: Proof): Promise<AuditReport> {
  await client.query('begin')
  try {
    await client.query('update ledger.head set origin = $1', [origin])
    if (at < manifest.size) await cutHead(client, at)
    await client.query(
      `insert into ledger.restoration (made_at, size, known_size, known_note) values ($1, $2, $3, $4)
       on conflict (single) do update set (made_at, size, known_size, known_note) = (excluded.made_at, excluded.size, excluded.known_size, excluded.known_note)`,
      [manifest.made, at, manifest.size, manifest.checkpoint],
    )
    const logKey = await LogKey.load(await Keyring.open(client, secret), origin)
    await coverHead(client, logKey, at)
    const report = await audit(client, logKey, { at, secret, verifierKey, onProgress })
    if (!report.ok || report.size !== at) throw new RestoreError('UNPROVEN', 'The backup does not prove what it says: nothing was restored.', report)
    await beforeCommit(report)
    await client.query('commit')
    return report
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
}

async function cutHead(client: pg.ClientBase, size: number): Promise<void> {
  const { edge } = await loadEdge(client, size)
  await client.query('update ledger.head set size = $1, root = $2', [size, Buffer.from(edge.root())])
}

/** A point in time may lie between two checkpoints: there the log signs what it signed already as part of more. */
async function coverHead(client: pg.ClientBase, logKey: LogKey, size: number): Promise<void> {
  const { rows } = await client.query<{ root: Buffer }>('select root from ledger.head')
  const root = rows[0]?.root ?? Buffer.alloc(0)
  await client.query(`insert into ledger.checkpoint (size, note) values ($1, $2) on conflict do nothing`, [size, logKey.sign({ size, root })])
}

function audit(
  client: pg.ClientBase,
  logKey: LogKey,
  { at, secret, verifierKey, onProgress }: Pick<Proof, 'at' | 'secret' | 'verifierKey' | 'onProgress'>,
): Promise<AuditReport> {
  const kek = deriveKey(secret, 'part')
  const unwrap = (wrapped: Uint8Array) => unwrapKey(wrapped, kek)
  const bytes = exportSnapshot(client, { origin: logKey.origin, verifierKey: logKey.verifierKeys.join('\n'), unwrap, disclosure: 'full' })
  return auditExport(bytes, { source: 'the backup', verifierKey }, (_, entries) => onProgress('Verifying', entries, at))
}

/** What the entries behind the cut did to those before it. */
class Later {
  readonly #cut: number
  #needed = 0
  #firstBreak: { readonly position: number; readonly origin: string } | null = null

  constructor(at: number) {
    this.#cut = at
  }

  /** Origin of the log that a break behind the cut ended; null when there was none. */
  get endedOrigin(): string | null {
    return this.#firstBreak?.origin ?? null
  }

  /** @param row  of the commit table, behind the cut */
  take({ position, value }: Row): void {
    const commit = decodeCommit(value('bytes') ?? new Uint8Array())
    const places = warrantsIn(commit.events).flatMap((warrant) => warrant.places)
    if (places.some((place) => place.position < this.#cut)) this.#needed = Math.max(this.#needed, position + 1)
    const origin = breakIn(commit)?.origin
    if (origin !== undefined && position < (this.#firstBreak?.position ?? Infinity)) this.#firstBreak = { position, origin }
  }

  /** Payloads that warrants behind the cut have erased: of the shorter log they would be missing without a reason. */
  assertNothingErased(): void {
    if (this.#needed === 0) return
    throw new RestoreError(
      'ERASED_SINCE',
      `Payloads of the first ${this.#cut} entries were erased later, up to entry ${this.#needed - 1}, and are gone. Restore ${this.#needed} entries or more, so that the log says why.`,
    )
  }
}

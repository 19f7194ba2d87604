/**
 * `vivim restore FILE`: an instance out of a backup, into an empty data directory and an empty database. Everything is proven from its bytes
 * before anything can be appended to it; broken off at any step, it leaves nothing that an instance would open, and can be done again.
 */
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Config } from '../config.ts'
import { AgeError, decrypt } from '../host/age.ts'
import { TarError, unpack } from '../host/tar.ts'
import type { AuditReport } from '../ledger/audit/report.ts'
import { ArchiveReader, MANIFEST, type Manifest, parseManifest, SECRET } from '../ledger/backup/archive.ts'
import { loadTables, prepare, prove, RestoreError } from '../ledger/backup/load.ts'
import { UNFINISHED_MARK } from '../ledger/lease.ts'
import { writeMark } from '../ledger/mark.ts'
import { CommandError, type OnProgress } from './command.ts'
import { removeMedia, writeMedia } from './media-directory.ts'
import { withDatabase } from './own-database.ts'
import { printable } from './terminal.ts'

export type RestoreArgs = {
  readonly config: Config
  /** `-` for stdin. */
  readonly file: string
  readonly passphrase: string
  /** The log's first so many entries only; all of them when null. */
  readonly at: PointInTime | null
  /** Verifier key of the log that the operator trusts. */
  readonly verifierKey: string | undefined
  readonly onProgress: OnProgress
}

/** `root`, base64: what the tree of that size must be; null when any will do. */
export type PointInTime = { readonly size: number; readonly root: string | null }

export type Restored = {
  readonly origin: string
  readonly size: number
  /** Entries in the backup. */
  readonly known: number
  /** When the backup was made, ISO 8601. */
  readonly made: string
  readonly media: number
  readonly report: AuditReport
}

const CHUNK = 1024 * 1024

/** `--at`: a number of entries, or a file with a checkpoint. @throws {CommandError} */
export async function pointInTime(text: string): Promise<PointInTime> {
  if (/^(0|[1-9]\d{0,14})$/.test(text)) return { size: Number(text), root: null }
  const [, size = '', root = ''] = (await readFile(text, 'utf8')).split('\n')
  if (!/^[1-9]\d{0,14}$/.test(size) || !/^[A-Za-z0-9+/]{43}=$/.test(root)) throw new CommandError('FAILED', `${text} is not a checkpoint.`)
  return { size: Number(size), root }
}

/** @throws {CommandError} REFUSED when the backup does not prove what it says; FAILED when it cannot be restored here */
export async function restore(args: RestoreArgs): Promise<Restored> {
  const { config } = args
  await assertFresh(config)
  try {
    const { reader, manifest, secret } = await beginReading(args)
    try {
      await assertFits(config, manifest, secret)
      await clearPlace(config)
      return await restoreInto(args, reader, manifest, secret)
    } finally {
      await reader.close()
    }
  } catch (error) {
    throw explained(error, args.file)
  }
}

async function beginReading({
  file,
  passphrase,
  onProgress,
}: RestoreArgs): Promise<{ reader: ArchiveReader; manifest: Manifest; secret: Uint8Array }> {
  const reader = new ArchiveReader(unpack(decrypt(await source(file, onProgress), passphrase)))
  const [first, second] = [await reader.take(), await reader.take()]
  const manifest = first?.name === MANIFEST ? parseManifest(first.bytes) : null
  if (manifest === null || second?.name !== SECRET) throw new CommandError('FAILED', `${file} is not a backup that this version of VIVIM can read.`)
  return { reader, manifest, secret: second.bytes }
}

/** The bytes of the file, counted as they pass. */
async function source(file: string, onProgress: OnProgress): Promise<AsyncIterable<Uint8Array>> {
  if (file === '-') return process.stdin
  const { size: total } = await stat(file)
  const chunks = createReadStream(file, { highWaterMark: CHUNK }) as AsyncIterable<Uint8Array>
  return (async function* () {
    let done = 0
    for await (const chunk of chunks) {
      done += chunk.length
      onProgress({ label: 'Restoring', done, total })
      yield chunk
    }
  })()
}

function restoreInto(args: RestoreArgs, reader: ArchiveReader, manifest: Manifest, secret: Uint8Array): Promise<Restored> {
  const { config, at, verifierKey, onProgress } = args
  const size = at?.size ?? manifest.size
  return withDatabase(config, async (client) => {
    await prepare(client, manifest, size)
    const origin = await loadTables(client, reader, manifest, size)
    let media = 0
    for (let file = await reader.take(); file !== null; file = await reader.take(), media++) await writeMedia(config.dataDir, file)
    const beforeCommit = async (report: AuditReport) => {
      assertRoot(report, at)
      await writeSecret(config.secretFile, secret)
      if (manifest.checkpoint !== null) await writeMark(config.dataDir, manifest.checkpoint) // what the guard holds the log against
    }
    const progress = (label: string, done: number, total: number) => onProgress({ label, done, total })
    const report = await prove({ client, manifest, at: size, origin, secret, verifierKey, beforeCommit, onProgress: progress })
    await rm(path.join(config.dataDir, UNFINISHED_MARK))
    return { origin, size, known: manifest.size, made: manifest.made, media, report }
  })
}

/** A directory with an instance in it is not overwritten. */
async function assertFresh({ dataDir, secretFile }: Config): Promise<void> {
  const found = await readdir(dataDir).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const ownSecret = path.relative(dataDir, secretFile)
  if (found.includes(UNFINISHED_MARK) || found.every((name) => name === ownSecret)) return
  throw new CommandError('FAILED', `${dataDir} is not empty: a backup is restored into a data directory (VIVIM_DATA) of its own.`)
}

async function assertFits({ origin, secretFile }: Config, manifest: Manifest, secret: Uint8Array): Promise<void> {
  const { host } = new URL(origin)
  if (!manifest.origin.startsWith(`${host}/`)) {
    const named = manifest.origin.slice(0, manifest.origin.indexOf('/'))
    throw new CommandError('FAILED', `This is a backup of ${named}, and this instance is ${host}: set VIVIM_ORIGIN to the address it had.`)
  }
  const present = await readFile(secretFile).catch(() => null)
  if (present !== null && Buffer.compare(present, secret) !== 0) {
    throw new CommandError('FAILED', `${secretFile} (VIVIM_SECRET_FILE) holds the secret of another instance: move it away first.`)
  }
}

/** Throws away what an earlier attempt left, and says that this one is not over. */
async function clearPlace({ dataDir }: Config): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o711 })
  await writeFile(path.join(dataDir, UNFINISHED_MARK), 'A restore was begun here and did not end. Run it again.\n', { flush: true })
  await removeMedia(dataDir)
}

async function writeSecret(file: string, secret: Uint8Array): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, secret, { mode: 0o600, flush: true })
  const directory = await open(path.dirname(file))
  await directory.sync().finally(() => directory.close())
}

function assertRoot({ root }: AuditReport, at: PointInTime | null): void {
  if (at === null || at.root === null || Buffer.from(root, 'hex').toString('base64') === at.root) return
  throw new CommandError(
    'REFUSED',
    `The log in this backup never had that checkpoint: at ${at.size} entries its root is another. Nothing was restored.`,
  )
}

/** What stands in the way, in words for the operator. */
function explained(error: unknown, file: string): unknown {
  if (error instanceof AgeError) return new CommandError('FAILED', `${file}: ${error.message}`, error)
  if (error instanceof TarError) return new CommandError('FAILED', `${file} is not a backup: ${error.message}.`, error)
  if (!(error instanceof RestoreError)) return error
  const [first] = error.report?.alarms ?? []
  const where = first === undefined ? '' : ` First alarm, at position ${first.position ?? '–'}: ${first.what}, ${printable(first.detail)}`
  return new CommandError(error.code === 'UNPROVEN' ? 'REFUSED' : 'FAILED', `${error.message}${where}`, error)
}

/**
 * `vivim backup FILE`: the whole instance in one encrypted file, as of one moment, while it runs or while it does not. Beside a running instance
 * it only reads the database; nothing stops for it.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type pg from 'pg'
import type { Config } from '../config.ts'
import { encrypt } from '../host/age.ts'
import { pack } from '../host/tar.ts'
import { VERSION } from '../host/version.ts'
import { type ArchiveFile, SECRET } from '../ledger/backup/archive.ts'
import { type Snapshot, takeSnapshot } from '../ledger/backup/snapshot.ts'
import { CommandError, type OnProgress } from './command.ts'
import { mediaBytes, mediaNames, readMedia } from './media-directory.ts'
import { withDatabase } from './own-database.ts'
import { writeWhole } from './whole-file.ts'

export type BackupArgs = {
  readonly config: Config
  /** `-` for stdout. */
  readonly file: string
  readonly passphrase: string
  /** Log2 of scrypt's N; see age.ts. */
  readonly work?: number | undefined
  readonly onProgress: OnProgress
}

export type BackupMade = { readonly file: string; readonly bytes: number; readonly origin: string; readonly size: number; readonly media: number }

/** @throws {CommandError} when there is nothing to back up */
export async function backup(args: BackupArgs): Promise<BackupMade> {
  const { config } = args
  if (config.databaseUrl === null && !existsSync(path.join(config.dataDir, 'postgres'))) {
    throw new CommandError('FAILED', `There is no instance in ${config.dataDir} (VIVIM_DATA).`)
  }
  const secret = await readFile(config.secretFile)
  return withDatabase(config, (client) => write(args, client, secret))
}

async function write({ config, file, passphrase, work, onProgress }: BackupArgs, client: pg.Client, secret: Uint8Array): Promise<BackupMade> {
  const now = Date.now()
  const snapshot = await takeSnapshot(client, VERSION, now)
  const media = await mediaNames(config.dataDir) // of the snapshot, or later: never earlier
  const total = snapshot.bytes + (await mediaBytes(config.dataDir, media))
  let bytes = 0
  const counted = (done: number) => onProgress({ label: 'Backing up', done: Math.min(done, total), total })
  async function* encrypted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of encrypt(pack(archive(snapshot, secret, config.dataDir, media), now / 1000), passphrase, work)) {
      bytes += chunk.length
      counted(bytes)
      yield chunk
    }
  }
  await writeWhole(file, encrypted(), 'A backup')
  return { file, bytes, origin: snapshot.manifest.origin, size: snapshot.manifest.size, media: media.length }
}

/** Manifest and secret come first: whoever restores knows what it is before the first row. */
async function* archive(snapshot: Snapshot, secret: Uint8Array, dataDir: string, media: readonly string[]): AsyncGenerator<ArchiveFile> {
  let isFirst = true
  for await (const file of snapshot.files()) {
    yield file
    if (isFirst) yield { name: SECRET, bytes: secret }
    isFirst = false
  }
  yield* readMedia(dataDir, media)
}

/** The instance secret: 32 bytes in a file outside the database. Whoever has the database without it can open no key and no sealed part. */
import { hkdfSync, randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises'
import path from 'node:path'
import { LedgerFault } from './types.ts'

const LENGTH = 32

/**
 * The secret in `file`; 32 random bytes are written there (mode 0600, synced to disk) on the first run.
 *
 * @throws {LedgerFault} GIVE_UP when the file is not 32 bytes, or others than its owner may read or write it
 */
export async function loadSecret(file: string): Promise<Uint8Array> {
  await mkdir(path.dirname(file), { recursive: true })
  await create(file)
  const { mode } = await stat(file)
  if ((mode & 0o077) !== 0) {
    throw new LedgerFault('GIVE_UP', `The instance secret ${file} can be read by others (mode ${(mode & 0o777).toString(8)}): run chmod 600 on it.`)
  }
  const secret = await readFile(file)
  if (secret.length !== LENGTH)
    throw new LedgerFault('GIVE_UP', `The instance secret ${file} must hold exactly ${LENGTH} bytes (it holds ${secret.length}).`)
  return secret
}

/** Creates the file whole and durably or not at all: a crash leaves no half secret, and two first starts at once agree on one. */
async function create(file: string): Promise<void> {
  if (await stat(file).catch(() => null)) return
  const draft = `${file}.${randomBytes(8).toString('hex')}`
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(randomBytes(LENGTH)).then(() => handle.sync())
    await link(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await handle.close()
    await unlink(draft)
  }
  const directory = await open(path.dirname(file))
  await directory.sync().finally(() => directory.close()) // the name too: what is sealed under a secret that is lost is lost
}

/**
 * 32 bytes for one purpose, so that no key is ever used for two.
 *
 * @see RFC 5869, HKDF-SHA-256 with empty salt
 */
export function deriveKey(secret: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), `vivim/${purpose}/v1`, 32))
}

/**
 * Recovery keys as files, to be kept where the instance is not: JSON with the seeds in base64. Who has the file has the key.
 *
 *   { "vivimKey": 1, "id": 32 hex digits, "didKeys": ["did:key:…"], "seeds": base64 of 32 bytes, or of 64 for a hybrid key }
 */
import { randomBytes } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { z } from 'zod'
import { didKeys } from '../host/did-key.ts'
import { keyId, keyPairFromSeed } from '../ledger/ed25519.ts'
import { mlDsaKeyPair } from '../ledger/ml-dsa.ts'
import { commitSigner, type SignCommit } from '../ledger/signature.ts'
import { CommandError } from './command.ts'

const SEED = 32
const form = z.object({ vivimKey: z.literal(1), seeds: z.base64() })

export type FileKey = { readonly id: string; readonly publicKey: Uint8Array; readonly didKeys: readonly string[]; readonly sign: SignCommit }

/** A new key in a new file that only its owner may read. @throws {CommandError} REFUSED when the file exists */
export async function makeKeyFile(file: string, hybrid: boolean): Promise<Omit<FileKey, 'sign'>> {
  const seeds = randomBytes(hybrid ? 2 * SEED : SEED)
  const { id, didKeys: dids, publicKey } = keyOf(seeds)
  const handle = await open(file, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? new CommandError('REFUSED', `${file} exists already.`) : error
  })
  try {
    await handle.writeFile(`${JSON.stringify({ vivimKey: 1, id, didKeys: dids, seeds: seeds.toString('base64') }, null, 2)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  return { id, didKeys: dids, publicKey }
}

/** @throws {CommandError} FAILED when the file holds no key */
export async function readKeyFile(file: string): Promise<FileKey> {
  const seeds = seedsIn(await readFile(file, 'utf8'))
  if (seeds === null) throw new CommandError('FAILED', `${file} is no key file: make one with vivim key make.`)
  return keyOf(seeds)
}

function seedsIn(text: string): Uint8Array | null {
  try {
    const seeds = Buffer.from(form.parse(JSON.parse(text)).seeds, 'base64')
    return seeds.length === SEED || seeds.length === 2 * SEED ? seeds : null
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null
    throw error
  }
}

function keyOf(seeds: Uint8Array): FileKey {
  const ed25519 = seeds.subarray(0, SEED)
  const mlDsa = seeds.length === SEED ? null : mlDsaKeyPair(seeds.subarray(SEED))
  const publicKey = Buffer.concat([keyPairFromSeed(ed25519).publicKey, mlDsa?.publicKey ?? new Uint8Array()])
  const sign = commitSigner(ed25519, mlDsa?.privateKey ?? null)
  return { id: Buffer.from(keyId(publicKey)).toString('hex'), publicKey, didKeys: didKeys(publicKey), sign }
}

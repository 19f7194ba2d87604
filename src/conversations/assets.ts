/**
 * Files of conversations on disk, each sealed under a key of its own that only its event holds: whoever erases the event has erased the file,
 * backups of the disk included. Written as chunks, so that a large one is never in memory.
 *
 * Layout: chunks of at most 65,536 bytes, each sealed with ChaCha20-Poly1305 and followed by its tag(16); nonce = last(1) ‖ 0(3) ‖ number(8, BE),
 * `last` 1 for the last chunk, which may be empty: a file that was cut off, or put together otherwise, does not open.
 *
 * @see RFC 8439; the STREAM construction (Hoang et al., "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance")
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import path from 'node:path'

export type SealedFile = {
  /** Below the folder of assets. */
  readonly file: string
  /** 32 bytes, base64. */
  readonly key: string
  /** Hex, of what was sealed. */
  readonly sha256: string
  readonly bytes: number
  /** The first bytes of what was sealed, to tell its type by. */
  readonly head: Uint8Array
}

const CHUNK = 65_536
const TAG = 16
const HEAD = 4_100
const ALGORITHM = 'chacha20-poly1305'

/** @param file  as `asset:store` names it: made by us, never by a source */
export const assetPath = (dataDir: string, file: string): string => path.join(dataDir, 'assets', file)

/** Seals the bytes into a new file, durable when this returns. What was begun is removed when it fails. */
export async function sealFile(dataDir: string, content: AsyncIterable<Uint8Array>): Promise<SealedFile> {
  const [name, key] = [randomBytes(16).toString('hex'), randomBytes(32)]
  const file = `${name.slice(0, 2)}/${name}`
  const target = assetPath(dataDir, file)
  await mkdir(path.dirname(target), { recursive: true, mode: 0o700 })
  const handle = await open(target, 'wx', 0o600)
  const digest = createHash('sha256')
  let [bytes, number, head] = [0, 0, Buffer.alloc(0)]
  try {
    for await (const { chunk, last } of chunked(content)) {
      digest.update(chunk)
      if (head.length < HEAD) head = Buffer.concat([head, chunk.subarray(0, HEAD - head.length)])
      bytes += chunk.length
      await handle.write(sealed(chunk, nonceOf(number++, last), key))
    }
    await handle.sync()
  } catch (error) {
    await handle.close()
    await rm(target, { force: true })
    throw error
  }
  await handle.close()
  return { file, key: key.toString('base64'), sha256: digest.digest('hex'), bytes, head }
}

/** What was sealed. @throws {Error} while it is read, when the file was altered or cut off, or the key is another's */
export async function* openFile(dataDir: string, { file, key }: Pick<SealedFile, 'file' | 'key'>): AsyncGenerator<Uint8Array> {
  const secret = Buffer.from(key, 'base64')
  let number = 0
  for await (const { chunk, last } of chunked(createReadStream(assetPath(dataDir, file)), CHUNK + TAG))
    yield opened(chunk, nonceOf(number++, last), secret)
}

export const removeFile = (dataDir: string, file: string): Promise<void> => rm(assetPath(dataDir, file), { force: true })

/** Pieces of exactly `size` bytes, the last one as long as is left. */
async function* chunked(content: AsyncIterable<Uint8Array>, size = CHUNK): AsyncGenerator<{ readonly chunk: Buffer; readonly last: boolean }> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const part of content) {
    rest = rest.length === 0 ? Buffer.from(part.buffer, part.byteOffset, part.byteLength) : Buffer.concat([rest, part])
    let at = 0
    for (; rest.length - at > size; at += size) yield { chunk: rest.subarray(at, at + size), last: false }
    rest = rest.subarray(at)
  }
  yield { chunk: rest, last: true }
}

function nonceOf(number: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUInt8(last ? 1 : 0, 0)
  nonce.writeBigUInt64BE(BigInt(number), 4)
  return nonce
}

function sealed(chunk: Buffer, nonce: Buffer, key: Buffer): Buffer {
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG })
  return Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()])
}

function opened(chunk: Buffer, nonce: Buffer, key: Buffer): Buffer {
  if (chunk.length < TAG) throw new Error('a sealed file is cut off')
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG })
  decipher.setAuthTag(chunk.subarray(-TAG))
  return Buffer.concat([decipher.update(chunk.subarray(0, -TAG)), decipher.final()])
}

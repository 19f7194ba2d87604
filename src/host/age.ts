/**
 * Files encrypted under a passphrase, in the age format: `age -d FILE` opens them without us.
 *
 * A random file key, wrapped under scrypt of the passphrase; then chunks of 64 KiB, each authenticated with its number and whether it is the
 * last, so that a file that was cut, reordered or lengthened is found out.
 *
 * @see https://c2sp.org/age
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

const VERSION = 'age-encryption.org/v1'
const LABEL = `${VERSION}/scrypt`
/** scrypt with N = 2^18 and r = 8: a second, and 256 MiB. */
const WORK = 18
/** What a stranger's file may make us do. */
const MOST_WORK = 20
const SALT = 16
const FILE_KEY = 16
const TAG = 16
const NONCE = 16
const CHUNK = 64 * 1024
/** A header with one scrypt stanza is about 150 bytes. */
const LONGEST_HEADER = 1024

/** `NOT_AGE`: no file that a passphrase opens. `WRONG_PASSPHRASE`: or its header was altered. `DAMAGED`: altered or cut behind the header. */
export class AgeError extends Error {
  override readonly name = 'AgeError'
  readonly code: 'NOT_AGE' | 'WRONG_PASSPHRASE' | 'DAMAGED'
  constructor(code: AgeError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** The encrypted file. @param work  log2 of scrypt's N; less than the default only where speed is all that matters, as in tests */
export async function* encrypt(plaintext: AsyncIterable<Uint8Array>, passphrase: string, work = WORK): AsyncGenerator<Uint8Array> {
  const [fileKey, salt, nonce] = [randomBytes(FILE_KEY), randomBytes(SALT), randomBytes(NONCE)]
  const wrapped = seal(await stretch(passphrase, salt, work), Buffer.alloc(12), fileKey)
  const stanza = `${VERSION}\n-> scrypt ${base64(salt)} ${work}\n${base64(wrapped)}\n---`
  yield Buffer.concat([Buffer.from(`${stanza} ${base64(headerMac(fileKey, stanza))}\n`), nonce])
  const key = payloadKey(fileKey, nonce)
  let counter = 0
  let held: Uint8Array | null = null
  for await (const chunk of inChunksOf(CHUNK, plaintext)) {
    if (held !== null) yield seal(key, chunkNonce(counter++, false), held)
    held = chunk
  }
  yield seal(key, chunkNonce(counter, true), held ?? new Uint8Array())
}

/**
 * What was encrypted. Every chunk is authentic, but only the end of the iteration says that they were all of them.
 *
 * @param file  attacker-controlled
 * @throws {AgeError}
 */
export async function* decrypt(file: AsyncIterable<Uint8Array>, passphrase: string): AsyncGenerator<Uint8Array> {
  const source = file[Symbol.asyncIterator]()
  try {
    const { header, rest } = await readHeader(source)
    const fileKey = await unwrap(header, passphrase)
    const key = payloadKey(fileKey, rest.subarray(0, NONCE))
    let counter = 0
    let held: Uint8Array | null = null
    for await (const chunk of inChunksOf(CHUNK + TAG, joined(rest.subarray(NONCE), source))) {
      if (held !== null) yield unseal(key, chunkNonce(counter++, false), held)
      held = chunk
    }
    const last = unseal(key, chunkNonce(counter, true), held ?? new Uint8Array())
    if (last.length === 0 && counter > 0) throw damaged()
    if (last.length > 0) yield last
  } finally {
    await source.return?.()
  }
}

type Header = { readonly stanza: string; readonly salt: Uint8Array; readonly work: number; readonly wrapped: Uint8Array; readonly mac: Uint8Array }

/** The header, and what of the file was read behind it: at least the nonce. */
async function readHeader(source: AsyncIterator<Uint8Array>): Promise<{ readonly header: Header; readonly rest: Uint8Array }> {
  let head = Buffer.alloc(0)
  for (;;) {
    const end = endOfHeader(head)
    const header = end === null ? null : parseHeader(head.toString('latin1', 0, end))
    if (end !== null && header !== null && head.length >= end + NONCE) return { header, rest: head.subarray(end) }
    const { value, done } = await source.next()
    if (done === true) throw header === null ? notAge() : damaged()
    head = Buffer.concat([head, value])
    if (endOfHeader(head) === null && head.length > LONGEST_HEADER) throw notAge()
  }
}

/** Where the payload begins; null while the line with the MAC is not whole. */
function endOfHeader(head: Buffer): number | null {
  const mac = head.subarray(0, LONGEST_HEADER).indexOf('\n--- ')
  const end = mac === -1 ? -1 : head.indexOf('\n', mac + 1)
  return end === -1 ? null : end + 1
}

function parseHeader(text: string): Header {
  const match = /^(age-encryption\.org\/v1\n-> scrypt ([A-Za-z0-9+/]{22}) ([1-9]\d?)\n([A-Za-z0-9+/]{43})\n---) ([A-Za-z0-9+/]{43})\n$/.exec(text)
  const [, stanza = '', salt = '', work = '', wrapped = '', mac = ''] = match ?? []
  const header = { stanza, salt: unbase64(salt), work: Number(work), wrapped: unbase64(wrapped), mac: unbase64(mac) }
  const isCanonical = [
    [salt, header.salt],
    [wrapped, header.wrapped],
    [mac, header.mac],
  ].every(([text, bytes]) => base64(bytes as Uint8Array) === text)
  if (match === null || !isCanonical || header.work > MOST_WORK) throw notAge()
  return header
}

async function unwrap({ stanza, salt, work, wrapped, mac }: Header, passphrase: string): Promise<Uint8Array> {
  const wrong = new AgeError('WRONG_PASSPHRASE', 'The passphrase does not open this file.')
  const fileKey = tryUnseal(await stretch(passphrase, salt, work), Buffer.alloc(12), wrapped)
  if (fileKey === null || !timingSafeEqual(headerMac(fileKey, stanza), mac)) throw wrong
  return fileKey
}

function stretch(passphrase: string, salt: Uint8Array, work: number): Promise<Uint8Array> {
  const options: ScryptOptions = { N: 2 ** work, r: 8, p: 1, maxmem: 2 ** work * 8 * 128 + 2 ** 20 }
  return new Promise((resolve, reject) =>
    scrypt(passphrase, Buffer.concat([Buffer.from(LABEL), salt]), 32, options, (error, key) => (error === null ? resolve(key) : reject(error))),
  )
}

const hkdf = (fileKey: Uint8Array, salt: Uint8Array, info: string): Uint8Array => new Uint8Array(hkdfSync('sha256', fileKey, salt, info, 32))
const payloadKey = (fileKey: Uint8Array, nonce: Uint8Array): Uint8Array => hkdf(fileKey, nonce, 'payload')
const headerMac = (fileKey: Uint8Array, stanza: string): Uint8Array =>
  createHmac('sha256', hkdf(fileKey, new Uint8Array(), 'header'))
    .update(stanza)
    .digest()

/** 11 bytes of counter, 1 byte that says whether this chunk is the last. */
function chunkNonce(counter: number, isLast: boolean): Uint8Array {
  const nonce = Buffer.alloc(12)
  nonce.writeUIntBE(counter, 5, 6)
  nonce[11] = isLast ? 1 : 0
  return nonce
}

function seal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: TAG })
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

function unseal(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array {
  const plaintext = tryUnseal(key, nonce, sealed)
  if (plaintext === null) throw damaged()
  return plaintext
}

function tryUnseal(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array | null {
  if (sealed.length < TAG) return null
  const decipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: TAG }).setAuthTag(sealed.subarray(-TAG))
  const plaintext = decipher.update(sealed.subarray(0, -TAG))
  try {
    decipher.final()
    return plaintext
  } catch {
    return null
  }
}

/** The same bytes in pieces of `size`, the last of which may be shorter; none when there are no bytes. */
async function* inChunksOf(size: number, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let chunk = Buffer.allocUnsafe(size)
  let length = 0
  for await (const bytes of source) {
    for (let at = 0; at < bytes.length; ) {
      const some = bytes.subarray(at, at + size - length)
      chunk.set(some, length)
      length += some.length
      at += some.length
      if (length < size) continue
      yield chunk
      chunk = Buffer.allocUnsafe(size)
      length = 0
    }
  }
  if (length > 0) yield chunk.subarray(0, length)
}

async function* joined(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replaceAll('=', '')
const unbase64 = (text: string): Uint8Array => Buffer.from(text, 'base64')
const notAge = (): AgeError => new AgeError('NOT_AGE', 'This is not a file encrypted with a passphrase (age-encryption.org/v1, scrypt).')
const damaged = (): AgeError => new AgeError('DAMAGED', 'The file was altered or cut: what is left of it cannot be trusted.')

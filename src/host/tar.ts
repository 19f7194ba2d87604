/**
 * Archives of files: POSIX ustar, written and read in one pass, each file in memory only while it is its turn.
 *
 * @see IEEE Std 1003.1, pax, "ustar Interchange Format"
 */

export type TarEntry = { readonly name: string; readonly bytes: Uint8Array }

/** Not an archive, or not one that {@link pack} writes. */
export class TarError extends Error {
  override readonly name = 'TarError'
}

const BLOCK = 512
const LONGEST_NAME = 100
/** Of what an archive may make us hold. */
const LARGEST = 1024 * 1024 * 1024

/** @param at  modification time of every file, in seconds since the epoch */
export async function* pack(entries: AsyncIterable<TarEntry>, at: number): AsyncGenerator<Uint8Array> {
  for await (const { name, bytes } of entries) {
    yield header(name, bytes.length, at)
    yield bytes
    if (bytes.length % BLOCK > 0) yield new Uint8Array(BLOCK - (bytes.length % BLOCK))
  }
  yield new Uint8Array(2 * BLOCK)
}

/** @param archive  attacker-controlled; what follows its end is read and ignored, as padding @throws {TarError} */
export async function* unpack(archive: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const reader = new Reader(archive)
  for (;;) {
    const block = await reader.take(BLOCK)
    if (block.every((byte) => byte === 0)) break
    const { name, size } = parse(block)
    const padded = await reader.take(Math.ceil(size / BLOCK) * BLOCK)
    yield { name, bytes: padded.subarray(0, size) }
  }
  await reader.drain()
}

function header(name: string, size: number, at: number): Uint8Array {
  if (Buffer.byteLength(name) > LONGEST_NAME) throw new RangeError(`the name ${name} is too long for an archive`)
  const block = Buffer.alloc(BLOCK)
  const octal = (value: number, offset: number, digits: number) => block.write(value.toString(8).padStart(digits, '0'), offset, 'latin1')
  block.write(name, 0)
  octal(0o600, 100, 7)
  octal(0, 108, 7)
  octal(0, 116, 7)
  octal(size, 124, 11)
  octal(Math.floor(at), 136, 11)
  block.write('0', 156, 'latin1') // a regular file
  block.write('ustar\x0000', 257, 'latin1')
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}

function parse(block: Buffer): { readonly name: string; readonly size: number } {
  const stored = Number.parseInt(block.toString('latin1', 148, 154), 8)
  const isOurs = block.toString('latin1', 257, 262) === 'ustar' && (block[156] === 0x30 || block[156] === 0)
  if (!isOurs || stored !== checksum(block)) throw new TarError('this is not an archive of plain files')
  const size = Number.parseInt(block.toString('latin1', 124, 135), 8)
  if (!(size <= LARGEST)) throw new TarError('a file in the archive is too large')
  const end = block.indexOf(0)
  return { name: block.toString('utf8', 0, end === -1 ? LONGEST_NAME : Math.min(end, LONGEST_NAME)), size }
}

/** Sum of the bytes, those of the checksum itself counted as spaces. */
function checksum(block: Uint8Array): number {
  return block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0)
}

/** So many bytes at a time out of chunks of any size. */
class Reader {
  readonly #chunks: AsyncIterator<Uint8Array>
  #held: Uint8Array = new Uint8Array()

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** @throws {TarError} when there are not so many */
  async take(length: number): Promise<Buffer> {
    const pieces = [this.#held]
    for (let have = this.#held.length; have < length; ) {
      const { value, done } = await this.#chunks.next()
      if (done === true) throw new TarError('the archive ends in the middle')
      pieces.push(value)
      have += value.length
    }
    const all = pieces.length === 1 && pieces[0] !== undefined ? bufferOf(pieces[0]) : Buffer.concat(pieces)
    this.#held = all.subarray(length)
    return all.subarray(0, length)
  }

  async drain(): Promise<void> {
    while ((await this.#chunks.next()).done !== true);
  }
}

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

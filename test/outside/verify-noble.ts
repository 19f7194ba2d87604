/**
 * Checks the second signature on a VIVIM log's checkpoint, ML-DSA-44, with an implementation in plain JavaScript (npm @noble/post-quantum).
 *
 *   node verify-noble.ts <prefix of the log, such as https://social.example/log> <verifier key of type 06>
 *
 * The signed message is built here from c2sp.org/tlog-cosignature alone; shares no code with the log, nor OpenSSL.
 */
import { createHash } from 'node:crypto'
import { ml_dsa44 as mlDsa44 } from '@noble/post-quantum/ml-dsa.js'

const [prefix = '', vkey = ''] = process.argv.slice(2)

function key(): { readonly name: string; readonly id: string; readonly publicKey: Buffer } {
  const [name = '', id = '', ...encoded] = vkey.split('+')
  const typed = Buffer.from(encoded.join('+'), 'base64')
  const digest = createHash('sha256').update(`${name}\n`).update(typed).digest('hex')
  if (typed[0] !== 6 || typed.length !== 1_313 || digest.slice(0, 8) !== id) throw new Error('not a verifier key of type 06')
  return { name, id, publicKey: typed.subarray(1) }
}

function uint64(n: number | bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(n))
  return bytes
}

const opaque = (text: string): Buffer => Buffer.concat([Uint8Array.of(Buffer.byteLength(text)), Buffer.from(text)])

async function verify(): Promise<string> {
  const { name, id, publicKey } = key()
  const note = await (await fetch(`${prefix}/checkpoint`)).text()
  const [origin = '', size = '', root = '', end] = note.split('\n')
  if (origin !== name || end !== '') throw new Error('not a plain checkpoint of this log')
  const lines = note.split('\n').filter((line) => line.startsWith(`— ${name} `))
  const blobs = lines.map((line) => Buffer.from(line.slice(line.lastIndexOf(' ') + 1), 'base64'))
  const blob = blobs.find((bytes) => bytes.subarray(0, 4).toString('hex') === id)
  if (blob === undefined) throw new Error('not signed by this key')
  const time = blob.readBigUInt64BE(4)
  const label = Buffer.from('subtree/v1\n\0', 'latin1')
  const message = Buffer.concat([label, opaque(name), uint64(time), opaque(origin), uint64(0), uint64(BigInt(size)), Buffer.from(root, 'base64')])
  if (!mlDsa44.verify(blob.subarray(12), message, publicKey)) throw new Error('the ML-DSA-44 signature is wrong')
  return `OK  noble: the ML-DSA-44 signature on the checkpoint of ${size} entries`
}

try {
  process.stdout.write(`${await verify()}\n`)
} catch (error) {
  process.stdout.write(`NO  noble: ${(error as Error).message}\n`)
  process.exitCode = 1
}

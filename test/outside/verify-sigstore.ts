/**
 * Checks a VIVIM log over HTTP with Sigstore's verifier (npm @sigstore/verify): its signed notes and its inclusion proofs.
 *
 *   node verify-sigstore.ts <prefix of the log, such as https://social.example/log> <verifier key>
 *
 * It has no tiles and no consistency proofs; those are held here against entries and roots that it has proved. Shares no code with the log.
 */
import { createHash, createPublicKey } from 'node:crypto'
import { createRequire } from 'node:module'
import path from 'node:path'

type Proof = { readonly logIndex: string; readonly hashes: readonly Buffer[]; readonly checkpoint: { readonly envelope: string } }
type Entry = { readonly canonicalizedBody: Uint8Array; readonly inclusionProof: Proof }
type Checkpoint = { readonly origin: string; readonly logSize: bigint; readonly logHash: Buffer }
type Log = { readonly logID: Buffer; readonly baseURL: string; readonly publicKey: unknown }

const require = createRequire(import.meta.url)
const inside = path.join(path.dirname(require.resolve('@sigstore/verify')), 'tlog')
const { verifyMerkleInclusion } = require(path.join(inside, 'merkle.js')) as { verifyMerkleInclusion: (entry: Entry, checkpoint: Checkpoint) => void }
const { verifyCheckpoint } = require(path.join(inside, 'checkpoint.js')) as { verifyCheckpoint: (entry: Entry, logs: readonly Log[]) => Checkpoint }

const [prefix = '', vkey = ''] = process.argv.slice(2)

/** The log as Sigstore knows one: its key, and the name that must stand in the signature. */
function log(): Log {
  const [name = '', id = '', ...key] = vkey.split('+')
  const publicKey = Buffer.from(key.join('+'), 'base64').subarray(1)
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKey])
  return { logID: Buffer.from(id, 'hex'), baseURL: name, publicKey: createPublicKey({ key: der, format: 'der', type: 'spki' }) }
}

async function get(path: string): Promise<Buffer> {
  const answer = await fetch(`${prefix}${path}`)
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`)
  return Buffer.from(await answer.arrayBuffer())
}

const sha256 = (...bytes: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(bytes)).digest()
const leafHash = (entry: Uint8Array): Buffer => sha256(Uint8Array.of(0), entry)
const opened = (note: string): Checkpoint => verifyCheckpoint({ canonicalizedBody: Buffer.alloc(0), inclusionProof: proof(0, [], note) }, [log()])
const proof = (index: number, hashes: readonly Buffer[], note: string): Proof => ({ logIndex: String(index), hashes, checkpoint: { envelope: note } })

/** RFC 6962 section 2.1. */
function rootOf(hashes: readonly Buffer[]): Buffer {
  if (hashes.length <= 1) return hashes[0] ?? sha256()
  let split = 1
  while (split * 2 < hashes.length) split *= 2
  return sha256(Uint8Array.of(1), rootOf(hashes.slice(0, split)), rootOf(hashes.slice(split)))
}

function tileName(index: number, width: number): string {
  const digits = String(index).padStart(Math.ceil(String(index).length / 3) * 3, '0')
  const name = (digits.match(/\d{3}/g) ?? []).map((group, i, all) => (i < all.length - 1 ? `x${group}` : group)).join('/')
  return width === 256 ? name : `${name}.p/${width}`
}

const tilesOf = (count: number): [index: number, width: number][] =>
  Array.from({ length: Math.ceil(count / 256) }, (_, index) => [index, Math.min(256, count - 256 * index)])

async function readEntries(size: number): Promise<Buffer[]> {
  const entries: Buffer[] = []
  for (const [index, width] of tilesOf(size)) {
    let bundle = await get(`/tile/entries/${tileName(index, width)}`)
    for (let i = 0; i < width; i++) {
      const end = 2 + bundle.readUInt16BE(0)
      if (end > bundle.length) throw new Error('a bundle ends inside an entry')
      entries.push(bundle.subarray(2, end))
      bundle = bundle.subarray(end)
    }
    if (bundle.length > 0) throw new Error('a bundle goes on after its last entry')
  }
  return entries
}

/** Every tile holds what the entries make, which Sigstore has proved to be in the tree. */
async function checkTiles(leaves: readonly Buffer[]): Promise<void> {
  for (let level = 0, hashes = leaves; hashes.length > 0; level++) {
    const above: Buffer[] = []
    for (const [index, width] of tilesOf(hashes.length)) {
      const expected = hashes.slice(256 * index, 256 * index + width)
      if (!(await get(`/tile/${level}/${tileName(index, width)}`)).equals(Buffer.concat(expected))) throw new Error(`tile ${level}/${index} is wrong`)
      if (width === 256) above.push(rootOf(expected))
    }
    hashes = above
  }
}

async function hashesAt(path: string): Promise<Buffer[]> {
  const { proof } = JSON.parse((await get(path)).toString()) as { proof: string[] }
  return proof.map((hash) => Buffer.from(hash, 'base64'))
}

/** Entries are in the tree, by the proofs that the log serves: all of them, or of a long log a thousand. */
async function checkInclusions(entries: readonly Buffer[], note: string, checkpoint: Checkpoint): Promise<number> {
  const step = Math.ceil(entries.length / 1_000)
  const chosen = [...entries.entries()].filter(([index]) => index % step === 0 || index === entries.length - 1)
  for (const [index, canonicalizedBody] of chosen) {
    const hashes = await hashesAt(`/proof?position=${index}&size=${entries.length}`)
    verifyMerkleInclusion({ canonicalizedBody, inclusionProof: proof(index, hashes, note) }, checkpoint)
  }
  return chosen.length
}

/** Sigstore checks no consistency proofs: they must hold the very hashes that RFC 6962 builds from the proved entries. */
async function checkConsistencies(leaves: readonly Buffer[]): Promise<number> {
  const sizes = [1, 2, 3, 100, 255, 256, 257, leaves.length - 1].filter((size) => size > 0 && size < leaves.length)
  for (const from of new Set(sizes)) {
    const expected = consistency(from, leaves)
    const hashes = await hashesAt(`/proof/consistency?from=${from}&to=${leaves.length}`)
    if (!Buffer.concat(hashes).equals(Buffer.concat(expected))) throw new Error(`the consistency proof from ${from} is wrong`)
  }
  return new Set(sizes).size
}

/** RFC 6962 section 2.1.2: SUBPROOF, from the leaves. */
function consistency(size: number, leaves: readonly Buffer[], whole = true): Buffer[] {
  if (size === leaves.length) return whole ? [] : [rootOf(leaves)]
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)]
  return size <= split ? [...consistency(size, left, whole), rootOf(right)] : [...consistency(size - split, right, false), rootOf(left)]
}

/** The .tlog-proof files of a few public entries. */
async function checkReceipts(entries: readonly Buffer[]): Promise<number> {
  const chosen = [...entries.entries()].filter(([, entry]) => entry[0] === 0).slice(0, 5)
  for (const [index, canonicalizedBody] of chosen) {
    const [head = '', ...rest] = (await get(`/receipt/${index}.tlog-proof`)).toString().split('\n\n')
    const [header, ...lines] = head.split('\n')
    if (lines[0]?.startsWith('extra ') === true) lines.shift()
    if (header !== 'c2sp.org/tlog-proof@v1' || lines.shift() !== `index ${index}`) throw new Error('not the receipt of this entry')
    const note = rest.join('\n\n')
    const hashes = lines.map((line) => Buffer.from(line, 'base64'))
    verifyMerkleInclusion({ canonicalizedBody, inclusionProof: proof(index, hashes, note) }, opened(note))
  }
  return chosen.length
}

try {
  const note = (await get('/checkpoint')).toString()
  const checkpoint = opened(note)
  if (checkpoint.origin !== log().baseURL) throw new Error('the checkpoint is of another log')
  const entries = await readEntries(Number(checkpoint.logSize))
  const leaves = entries.map(leafHash)
  if (!rootOf(leaves).equals(checkpoint.logHash)) throw new Error('the entries make another root than the one that is signed')
  const inclusions = await checkInclusions(entries, note, checkpoint)
  await checkTiles(leaves)
  const consistencies = await checkConsistencies(leaves)
  const receipts = await checkReceipts(entries)
  process.stdout.write(
    `OK  Sigstore: ${entries.length} entries, 1 signature(s), ${inclusions} inclusion and ${consistencies} consistency proofs, ${receipts} receipts\n`,
  )
} catch (error) {
  process.stdout.write(`NO  Sigstore: ${(error as Error).message}\n`)
  process.exitCode = 1
}

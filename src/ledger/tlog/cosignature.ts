/**
 * Cosignatures: what a witness, or the log itself, states about a checkpoint, with the time at which it was so.
 *
 * Two kinds. Ed25519 (type 0x04) signs the text of the checkpoint and says: at this time this was the largest tree I had seen of this log.
 * ML-DSA-44 (type 0x06) signs origin, size and root in binary together with the cosigner's name, says the same, and with time 0 only that
 * the tree is consistent with every other it has seen.
 *
 * @see https://c2sp.org/tlog-cosignature
 */
import { type KeyObject, sign, verify } from 'node:crypto'
import { type Checkpoint, formatCheckpoint, parseCheckpoint } from './checkpoint.ts'
import { emptyRoot, type Hash } from './merkle.ts'
import { importMlDsa44, ML_DSA_44_SIGNATURE_BYTES } from './ml-dsa-44.ts'
import {
  keyIdOf,
  NoteError,
  type NoteKey,
  type NoteSignature,
  type NoteVerifier,
  openNote,
  type PublicNoteKey,
  parseVerifierKey,
  SIGNATURE_TYPE,
  splitVerifierKey,
  verifierKey,
} from './note.ts'
import { verifyStrict } from './strict-ed25519.ts'

const TIME_BYTES = 8
/** Bytes of a name or an origin that ML-DSA-44 cosignatures can hold. */
const MAX_NAME = 255
const SUBTREE_LABEL = Buffer.from('subtree/v1\n\0', 'latin1')

/** Makes cosignatures with one key. An Ed25519 key must not serve two cosigners: its signatures do not hold the name. */
export type Cosigner = NoteKey & {
  readonly verifierKey: string
  /** Whether it is a checkpoint that this kind of key signs: ML-DSA-44 none with extension lines. @param text attacker-controlled */
  readonly signs: (text: string) => boolean
  /**
   * @param text  of the checkpoint, without signatures; the caller has checked that it is consistent with what this cosigner signed before
   * @param time  POSIX seconds; 0, with ML-DSA-44 only, when nothing is said about the largest tree
   * @throws {RangeError} for a time or a text that must not be signed
   */
  readonly cosign: (text: string, time: number) => NoteSignature
}

export type CosignatureVerifier = NoteVerifier & PublicNoteKey

/** A valid cosignature: whose, and the POSIX seconds it states. */
export type Cosignature = { readonly by: CosignatureVerifier; readonly time: number }

/** A range of leaves [start, end) of a log and the root over them; a whole tree when `start` is 0. */
export type SubtreeClaim = { readonly origin: string; readonly start: number; readonly end: number; readonly hash: Hash }

/** @param publicKey 32 bytes, that of `privateKey` */
export function ed25519Cosigner(name: string, privateKey: KeyObject, publicKey: Uint8Array): Cosigner {
  const keyId = keyIdOf(name, SIGNATURE_TYPE.ed25519Cosignature, publicKey)
  const signs = (text: string): boolean => checkpointOf(text) !== null
  const cosign = (text: string, time: number): NoteSignature => {
    if (!signs(text) || !isTime(time) || time === 0) throw new RangeError('an Ed25519 cosignature is of a checkpoint, and dated')
    return { name, keyId, signature: Buffer.concat([uint64(time), sign(null, datedText(text, time), privateKey)]) }
  }
  return { name, keyId, verifierKey: verifierKey(name, publicKey, SIGNATURE_TYPE.ed25519Cosignature), signs, cosign }
}

/** @param publicKey 1,312 bytes, that of `privateKey`. @throws {RangeError} for a name of more than 255 bytes */
export function mlDsa44Cosigner(name: string, privateKey: KeyObject, publicKey: Uint8Array): Cosigner {
  const keyId = keyIdOf(name, SIGNATURE_TYPE.mlDsa44Cosignature, publicKey)
  opaque8(name)
  const signs = (text: string): boolean => wholeTree(text) !== null
  const cosign = (text: string, time: number): NoteSignature => {
    const claim = wholeTree(text)
    if (claim === null || !isTime(time)) throw new RangeError('not a checkpoint that ML-DSA-44 signs: extension lines, or a root that is no tree’s')
    return { name, keyId, signature: Buffer.concat([uint64(time), sign(null, subtreeMessage(name, time, claim), privateKey)]) }
  }
  return { name, keyId, verifierKey: verifierKey(name, publicKey, SIGNATURE_TYPE.mlDsa44Cosignature), signs, cosign }
}

/** Verifier for a cosigner's key. @param vkey attacker-controlled. @throws {NoteError} MALFORMED unless its type is 0x04 or 0x06 */
export function parseCosignerKey(vkey: string): CosignatureVerifier {
  const key = splitVerifierKey(vkey)
  if (key.type === SIGNATURE_TYPE.ed25519Cosignature) return { ...key, verify: (text, signature) => verifyEd25519(key, text, signature) }
  if (key.type !== SIGNATURE_TYPE.mlDsa44Cosignature || Buffer.byteLength(key.name) > MAX_NAME)
    throw new NoteError('MALFORMED', 'this is not the verifier key of a cosigner')
  const imported = importMlDsa44(key.publicKey)
  const verify = (text: Uint8Array, signature: Uint8Array): boolean => {
    const claim = wholeTree(Buffer.from(text).toString())
    return claim !== null && verifyMlDsa44(key.name, imported, claim, signature)
  }
  return { ...key, verify }
}

/** Verifier for a log's own key. @param vkey attacker-controlled. @throws {NoteError} MALFORMED unless its type is 0x01 or 0x06 */
export function parseLogVerifierKey(vkey: string): NoteVerifier {
  return splitVerifierKey(vkey).type === SIGNATURE_TYPE.mlDsa44Cosignature ? parseCosignerKey(vkey) : parseVerifierKey(vkey)
}

/** True for an ML-DSA-44 cosignature of a subtree. @param signature as in a signature line, attacker-controlled */
export function verifySubtreeCosignature(key: PublicNoteKey, claim: SubtreeClaim, signature: Uint8Array): boolean {
  if (key.type !== SIGNATURE_TYPE.mlDsa44Cosignature || !isClaim(claim)) return false
  if (claim.start !== 0 && cosignatureTime(signature) !== 0) return false
  return verifyMlDsa44(key.name, importMlDsa44(key.publicKey), claim, signature)
}

/** POSIX seconds that a cosignature states, not yet verified; null when it has no such form. @param signature attacker-controlled */
export function cosignatureTime(signature: Uint8Array): number | null {
  if (signature.length <= TIME_BYTES) return null
  const time = Number(Buffer.from(signature.subarray(0, TIME_BYTES)).readBigUInt64BE())
  return isTime(time) ? time : null
}

/** A checkpoint whose log signature is valid, and everybody known who cosigned it, each once with the latest time. */
export type CosignedCheckpoint = { readonly checkpoint: Checkpoint; readonly cosignatures: readonly Cosignature[] }

/**
 * Opens a checkpoint that one of `logs` signed, with the cosignatures by `cosigners` that it carries.
 *
 * @param note  attacker-controlled
 * @throws {NoteError} UNVERIFIED when no log key named like its origin signed it; INVALID when a known key's signature is false; MALFORMED
 */
export function openCosigned(note: string, logs: readonly NoteVerifier[], cosigners: readonly CosignatureVerifier[]): CosignedCheckpoint {
  const { text, verified } = openNote(note, [...logs, ...cosigners])
  const checkpoint = parseCheckpoint(text)
  if (!verified.some(({ by }) => logs.includes(by) && by.name === checkpoint.origin))
    throw new NoteError('UNVERIFIED', `no key known for the log ${checkpoint.origin} signed this checkpoint`)
  const cosignatures = cosigners.flatMap((by) => {
    const times = verified.filter((line) => line.by === by).map(({ signature }) => cosignatureTime(signature) ?? 0)
    return times.length === 0 ? [] : [{ by, time: Math.max(...times) }]
  })
  return { checkpoint, cosignatures }
}

function verifyEd25519(key: PublicNoteKey, text: Uint8Array, signature: Uint8Array): boolean {
  const time = cosignatureTime(signature)
  if (time === null || time === 0) return false
  return verifyStrict(signature.subarray(TIME_BYTES), datedText(Buffer.from(text).toString(), time), key.publicKey)
}

function verifyMlDsa44(name: string, publicKey: KeyObject, claim: SubtreeClaim, signature: Uint8Array): boolean {
  const time = cosignatureTime(signature)
  if (time === null || signature.length !== TIME_BYTES + ML_DSA_44_SIGNATURE_BYTES) return false
  return verify(null, subtreeMessage(name, time, claim), publicKey, signature.subarray(TIME_BYTES))
}

const datedText = (text: string, time: number): Buffer => Buffer.from(`cosignature/v1\ntime ${time}\n${text}`)

/** `cosigned_message` of the specification. */
function subtreeMessage(name: string, time: number, { origin, start, end, hash }: SubtreeClaim): Buffer {
  return Buffer.concat([SUBTREE_LABEL, opaque8(name), uint64(time), opaque8(origin), uint64(start), uint64(end), hash])
}

/** What ML-DSA-44 signs of a checkpoint; null when it has lines that would go unsigned, or a root that no empty tree has. */
function wholeTree(text: string): SubtreeClaim | null {
  const checkpoint = checkpointOf(text)
  if (checkpoint === null || formatCheckpoint(checkpoint) !== text) return null
  const claim = { origin: checkpoint.origin, start: 0, end: checkpoint.size, hash: checkpoint.root }
  return isClaim(claim) ? claim : null
}

function checkpointOf(text: string): Checkpoint | null {
  try {
    return parseCheckpoint(text)
  } catch (error) {
    if (error instanceof NoteError) return null
    throw error
  }
}

function isClaim({ origin, start, end, hash }: SubtreeClaim): boolean {
  if (![start, end].every((n) => Number.isSafeInteger(n) && n >= 0) || start > end || hash.length !== 32) return false
  const bytes = Buffer.byteLength(origin)
  return bytes > 0 && bytes <= MAX_NAME && (start !== end || Buffer.compare(hash, emptyRoot()) === 0)
}

function opaque8(text: string): Buffer {
  const bytes = Buffer.from(text)
  if (bytes.length < 1 || bytes.length > MAX_NAME)
    throw new RangeError(`a name of ${bytes.length} bytes: ML-DSA-44 cosignatures hold 1 to ${MAX_NAME}`)
  return Buffer.concat([Uint8Array.of(bytes.length), bytes])
}

function uint64(n: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(n))
  return bytes
}

/** Beyond 2^53 seconds is no time that anybody signed at. */
const isTime = (time: number): boolean => Number.isSafeInteger(time) && time >= 0

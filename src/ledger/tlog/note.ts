/**
 * Signed notes: a text that any number of parties have signed, in a form people can read and post.
 *
 * @see https://c2sp.org/signed-note
 */
import { createPrivateKey, hash, type KeyObject, sign } from 'node:crypto'
import { verifyStrict } from './strict-ed25519.ts'

const ED25519 = 0x01
const KEY_ID_BYTES = 4
const MAX_NOTE = 1_000_000
const MAX_SIGNATURES = 100
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

export type NoteSigner = {
  readonly name: string
  /** 4 bytes. */
  readonly keyId: Uint8Array
  readonly sign: (text: Uint8Array) => Uint8Array
}

export type NoteVerifier = {
  readonly name: string
  /** 4 bytes. */
  readonly keyId: Uint8Array
  /** Never throws for attacker-controlled input. */
  readonly verify: (text: Uint8Array, signature: Uint8Array) => boolean
}

/** A signature line as it stands in the note; `keyId` only hints at the key. */
export type NoteSignature = { readonly name: string; readonly keyId: Uint8Array; readonly signature: Uint8Array }

export type Note = { readonly text: string; readonly signatures: readonly NoteSignature[] }

/** `verifiedBy` holds the verifiers whose signature is on the note and valid, in the order of the note; never empty. */
export type OpenedNote = { readonly text: string; readonly verifiedBy: readonly NoteVerifier[]; readonly unverified: readonly NoteSignature[] }

/** `MALFORMED`: not a note, or not a key. `INVALID`: a known key's signature is false. `UNVERIFIED`: no known key signed it. */
export class NoteError extends Error {
  readonly code: 'MALFORMED' | 'INVALID' | 'UNVERIFIED'
  constructor(code: NoteError['code'], message: string) {
    super(message)
    this.name = 'NoteError'
    this.code = code
  }
}

/** What a verifier needs to be told: `<name>+<key id in hex>+<base64 of 0x01 ‖ public key>`. @param publicKey 32 bytes */
export function verifierKey(name: string, publicKey: Uint8Array): string {
  assertName(name)
  if (publicKey.length !== 32) throw new NoteError('MALFORMED', `an Ed25519 public key has 32 bytes, not ${publicKey.length}`)
  const key = Buffer.concat([Uint8Array.of(ED25519), publicKey])
  return `${name}+${Buffer.from(keyIdOf(name, key)).toString('hex')}+${key.toString('base64')}`
}

/** @throws {NoteError} MALFORMED for anything but an Ed25519 verifier key whose key id fits */
export function parseVerifierKey(vkey: string): NoteVerifier {
  const { name, keyId, key } = parseKey(vkey)
  if (!sameBytes(keyId, keyIdOf(name, key))) throw new NoteError('MALFORMED', 'the key id does not fit the verifier key')
  const publicKey = key.subarray(1)
  return { name, keyId, verify: (text, signature) => verifyStrict(signature, text, publicKey) }
}

/** Signer for a key that lives in this process. @param publicKey 32 bytes, that of `privateKey` */
export function ed25519Signer(name: string, privateKey: KeyObject, publicKey: Uint8Array): NoteSigner {
  assertName(name)
  const keyId = keyIdOf(name, Buffer.concat([Uint8Array.of(ED25519), publicKey]))
  return { name, keyId, sign: (text) => sign(null, text, privateKey) }
}

/**
 * Signer from the text form of a private key, `PRIVATE+KEY+<name>+<key id in hex>+<base64 of 0x01 ‖ seed>`.
 *
 * @throws {NoteError} MALFORMED; the message never holds the key
 */
export function parseSignerKey(skey: string): NoteSigner {
  const prefix = 'PRIVATE+KEY+'
  if (!skey.startsWith(prefix)) throw new NoteError('MALFORMED', 'not a signer key')
  const { name, keyId, key } = parseKey(skey.slice(prefix.length))
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, key.subarray(1)]), format: 'der', type: 'pkcs8' })
  const publicKey = Buffer.from(privateKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  const signer = ed25519Signer(name, privateKey, publicKey)
  if (!sameBytes(keyId, signer.keyId)) throw new NoteError('MALFORMED', 'the key id does not fit the signer key')
  return signer
}

/**
 * The text with one signature line per signer after it.
 *
 * @param text  ends with a newline and holds no other control character
 * @throws {NoteError} MALFORMED for any other text
 */
export function signNote(text: string, signers: readonly NoteSigner[]): string {
  if (!text.endsWith('\n') || !isNoteText(text)) throw new NoteError('MALFORMED', 'a note ends with a newline and has no other control characters')
  const bytes = Buffer.from(text)
  const lines = signers.map(({ name, keyId, sign }) => `— ${name} ${Buffer.concat([keyId, sign(bytes)]).toString('base64')}\n`)
  return `${text}\n${lines.join('')}`
}

/** A note taken apart, nothing verified. @param note attacker-controlled. @throws {NoteError} MALFORMED */
export function parseNote(note: string): Note {
  const end = note.lastIndexOf('\n\n')
  if (note.length > MAX_NOTE || end < 0 || !isNoteText(note)) throw new NoteError('MALFORMED', 'not a signed note')
  const lines = note.slice(end + 2).split('\n')
  if (lines.pop() !== '' || lines.length === 0 || lines.length > MAX_SIGNATURES)
    throw new NoteError('MALFORMED', 'a signed note ends with signature lines')
  return { text: note.slice(0, end + 1), signatures: lines.map(parseSignature) }
}

/**
 * The text, once at least one of the verifiers is found to have signed it. Signatures by other keys are ignored, wrong ones by known keys not.
 *
 * @param note  attacker-controlled
 * @throws {NoteError}
 */
export function openNote(note: string, verifiers: readonly NoteVerifier[]): OpenedNote {
  const { text, signatures } = parseNote(note)
  const bytes = Buffer.from(text)
  const verifiedBy: NoteVerifier[] = []
  const unverified: NoteSignature[] = []
  for (const line of signatures) {
    const verifier = verifiers.find(({ name, keyId }) => name === line.name && sameBytes(keyId, line.keyId))
    if (verifier === undefined) unverified.push(line)
    else if (!verifier.verify(bytes, line.signature)) throw new NoteError('INVALID', `the signature of ${verifier.name} is not valid`)
    else if (!verifiedBy.includes(verifier)) verifiedBy.push(verifier)
  }
  if (verifiedBy.length === 0) throw new NoteError('UNVERIFIED', 'no known key signed this note')
  return { text, verifiedBy, unverified }
}

function parseSignature(line: string): NoteSignature {
  const match = /^— ([^ ]+) ([^ ]+)$/u.exec(line)
  const blob = decodeBase64(match?.[2] ?? '')
  if (match?.[1] === undefined || !isName(match[1]) || blob === null || blob.length <= KEY_ID_BYTES)
    throw new NoteError('MALFORMED', 'not a signature line')
  return { name: match[1], keyId: blob.subarray(0, KEY_ID_BYTES), signature: blob.subarray(KEY_ID_BYTES) }
}

function parseKey(text: string): { name: string; keyId: Uint8Array; key: Uint8Array } {
  const [, name = '', id = '', encoded = ''] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(text) ?? []
  const key = decodeBase64(encoded)
  if (!isName(name) || key?.length !== 33 || key[0] !== ED25519) throw new NoteError('MALFORMED', 'not an Ed25519 note key')
  return { name, keyId: Buffer.from(id, 'hex'), key }
}

/** SHA-256(name ‖ 0x0A ‖ type ‖ key)[:4]. */
function keyIdOf(name: string, key: Uint8Array): Uint8Array {
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), key]), 'buffer').subarray(0, KEY_ID_BYTES)
}

/** Standard base64 with padding, spelled the one canonical way. */
function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length > 0 && bytes.toString('base64') === text ? bytes : null
}

function assertName(name: string): void {
  if (!isName(name)) throw new NoteError('MALFORMED', 'a key name is not empty and has neither spaces nor plus signs')
}

const isName = (name: string): boolean => name !== '' && name.isWellFormed() && !/[\s\u0085+]/u.test(name)

/** Well-formed Unicode without control characters other than the newline. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const isNoteText = (text: string): boolean => text.isWellFormed() && !/[\u0000-\u0009\u000b-\u001f]/u.test(text)

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

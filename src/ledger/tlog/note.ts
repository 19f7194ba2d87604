/**
 * Signed notes: a text that any number of parties have signed, in a form people can read and post.
 *
 * @see https://c2sp.org/signed-note
 */
import { createPrivateKey, hash, type KeyObject, sign } from 'node:crypto'
import { verifyStrict } from './strict-ed25519.ts'

/** Signature types: what a key id and a verifier key say about the key beside its bytes. The last two are those of cosignature.ts. */
export const SIGNATURE_TYPE = { ed25519: 0x01, ed25519Cosignature: 0x04, mlDsa44Cosignature: 0x06 } as const
export type SignatureType = (typeof SIGNATURE_TYPE)[keyof typeof SIGNATURE_TYPE]

const KEY_ID_BYTES = 4
/** Bytes of the public key of each type. */
const PUBLIC_KEY_BYTES: Readonly<Record<SignatureType, number>> = { 0x01: 32, 0x04: 32, 0x06: 1_312 }
const MAX_NOTE = 1_000_000
const MAX_SIGNATURES = 100
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/** A name and four bytes: together they say which key made a signature. */
export type NoteKey = {
  readonly name: string
  /** 4 bytes. */
  readonly keyId: Uint8Array
}

export type NoteSigner = NoteKey & { readonly sign: (text: Uint8Array) => Uint8Array }

export type NoteVerifier = NoteKey & {
  /** Never throws for attacker-controlled input. */
  readonly verify: (text: Uint8Array, signature: Uint8Array) => boolean
}

/** A verifier key taken apart. */
export type PublicNoteKey = NoteKey & { readonly type: SignatureType; readonly publicKey: Uint8Array }

/** A signature line as it stands in the note; `keyId` only hints at the key. */
export type NoteSignature = NoteKey & { readonly signature: Uint8Array }

export type Note = { readonly text: string; readonly signatures: readonly NoteSignature[] }

/** A signature line that is valid, and the verifier that says so. */
export type VerifiedSignature = NoteSignature & { readonly by: NoteVerifier }

/** `verified` holds the lines by known keys, all of them valid, in the order of the note; never empty. */
export type OpenedNote = {
  readonly text: string
  readonly verified: readonly VerifiedSignature[]
  readonly unverified: readonly NoteSignature[]
}

/** `MALFORMED`: not a note, or not a key. `INVALID`: a known key's signature is false. `UNVERIFIED`: no known key signed it. */
export class NoteError extends Error {
  readonly code: 'MALFORMED' | 'INVALID' | 'UNVERIFIED'
  constructor(code: NoteError['code'], message: string) {
    super(message)
    this.name = 'NoteError'
    this.code = code
  }
}

/**
 * What a verifier needs to be told: `<name>+<key id in hex>+<base64 of type ‖ public key>`.
 *
 * @param publicKey  32 bytes, of ML-DSA-44 1,312
 * @throws {NoteError} MALFORMED for a name or a length that no key has
 */
export function verifierKey(name: string, publicKey: Uint8Array, type: SignatureType = SIGNATURE_TYPE.ed25519): string {
  const keyId = keyIdOf(name, type, publicKey)
  return `${name}+${Buffer.from(keyId).toString('hex')}+${Buffer.concat([Uint8Array.of(type), publicKey]).toString('base64')}`
}

/** Any verifier key of a known type, taken apart. @param vkey attacker-controlled. @throws {NoteError} MALFORMED */
export function splitVerifierKey(vkey: string): PublicNoteKey {
  const { name, keyId, type, key } = parseKey(vkey)
  if (!sameBytes(keyId, keyIdOf(name, type, key))) throw new NoteError('MALFORMED', 'the key id does not fit the verifier key')
  return { name, keyId, type, publicKey: key }
}

/** @throws {NoteError} MALFORMED for anything but an Ed25519 verifier key (type 0x01) whose key id fits */
export function parseVerifierKey(vkey: string): NoteVerifier {
  const { name, keyId, type, publicKey } = splitVerifierKey(vkey)
  if (type !== SIGNATURE_TYPE.ed25519) throw new NoteError('MALFORMED', 'not an Ed25519 note key')
  return { name, keyId, verify: (text, signature) => verifyStrict(signature, text, publicKey) }
}

/** Signer for a key that lives in this process. @param publicKey 32 bytes, that of `privateKey` */
export function ed25519Signer(name: string, privateKey: KeyObject, publicKey: Uint8Array): NoteSigner {
  return { name, keyId: keyIdOf(name, SIGNATURE_TYPE.ed25519, publicKey), sign: (text) => sign(null, text, privateKey) }
}

/**
 * Signer from the text form of a private key, `PRIVATE+KEY+<name>+<key id in hex>+<base64 of 0x01 ‖ seed>`.
 *
 * @throws {NoteError} MALFORMED; the message never holds the key
 */
export function parseSignerKey(skey: string): NoteSigner {
  const prefix = 'PRIVATE+KEY+'
  if (!skey.startsWith(prefix)) throw new NoteError('MALFORMED', 'not a signer key')
  const { name, keyId, type, key } = parseKey(skey.slice(prefix.length))
  if (type !== SIGNATURE_TYPE.ed25519) throw new NoteError('MALFORMED', 'not an Ed25519 note key')
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, key]), format: 'der', type: 'pkcs8' })
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
  return `${text}\n${signers.map(({ name, keyId, sign }) => signatureLine({ name, keyId, signature: sign(bytes) })).join('')}`
}

/** A signature as it stands in a note, with its newline. */
export function signatureLine({ name, keyId, signature }: NoteSignature): string {
  return `— ${name} ${Buffer.concat([keyId, signature]).toString('base64')}\n`
}

/** A note taken apart, nothing verified. @param note attacker-controlled. @throws {NoteError} MALFORMED */
export function parseNote(note: string): Note {
  const end = note.lastIndexOf('\n\n')
  if (note.length > MAX_NOTE || end < 0 || !isNoteText(note)) throw new NoteError('MALFORMED', 'not a signed note')
  return { text: note.slice(0, end + 1), signatures: parseSignatures(note.slice(end + 2)) }
}

/** One or more signature lines, as in a note and in a witness's answer. @param lines attacker-controlled. @throws {NoteError} MALFORMED */
export function parseSignatures(lines: string): NoteSignature[] {
  const split = lines.split('\n')
  if (split.pop() !== '' || split.length === 0 || split.length > MAX_SIGNATURES)
    throw new NoteError('MALFORMED', 'a signed note ends with signature lines')
  return split.map(parseSignature)
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
  const verified: VerifiedSignature[] = []
  const unverified: NoteSignature[] = []
  for (const line of signatures) {
    const verifier = verifiers.find((known) => isSameKey(known, line))
    if (verifier === undefined) unverified.push(line)
    else if (!verifier.verify(bytes, line.signature)) throw new NoteError('INVALID', `the signature of ${verifier.name} is not valid`)
    else verified.push({ ...line, by: verifier })
  }
  if (verified.length === 0) throw new NoteError('UNVERIFIED', 'no known key signed this note')
  return { text, verified, unverified }
}

/** True when both name the same key; only a signature that verifies proves that it is. */
export function isSameKey(a: NoteKey, b: NoteKey): boolean {
  return a.name === b.name && sameBytes(a.keyId, b.keyId)
}

function parseSignature(line: string): NoteSignature {
  const match = /^— ([^ ]+) ([^ ]+)$/u.exec(line)
  const blob = decodeBase64(match?.[2] ?? '')
  if (match?.[1] === undefined || !isName(match[1]) || blob === null || blob.length <= KEY_ID_BYTES)
    throw new NoteError('MALFORMED', 'not a signature line')
  return { name: match[1], keyId: blob.subarray(0, KEY_ID_BYTES), signature: blob.subarray(KEY_ID_BYTES) }
}

function parseKey(text: string): { name: string; keyId: Uint8Array; type: SignatureType; key: Uint8Array } {
  const [, name = '', id = '', encoded = ''] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(text) ?? []
  const bytes = decodeBase64(encoded) ?? new Uint8Array()
  const type = bytes[0]
  if (!isName(name) || !isType(type) || bytes.length !== 1 + PUBLIC_KEY_BYTES[type])
    throw new NoteError('MALFORMED', 'not a note key of a known type')
  return { name, keyId: Buffer.from(id, 'hex'), type, key: bytes.subarray(1) }
}

/** SHA-256(name ‖ 0x0A ‖ type ‖ key)[:4]. @throws {NoteError} MALFORMED for a name or a length that no key has */
export function keyIdOf(name: string, type: SignatureType, publicKey: Uint8Array): Uint8Array {
  if (!isName(name)) throw new NoteError('MALFORMED', 'a key name is not empty and has neither spaces nor plus signs')
  if (publicKey.length !== PUBLIC_KEY_BYTES[type])
    throw new NoteError('MALFORMED', `a public key of this type has ${PUBLIC_KEY_BYTES[type]} bytes, not ${publicKey.length}`)
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), Uint8Array.of(type), publicKey]), 'buffer').subarray(0, KEY_ID_BYTES)
}

/** Standard base64 with padding, spelled the one canonical way; null for anything else. @param text attacker-controlled */
export function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length > 0 && bytes.toString('base64') === text ? bytes : null
}

const isType = (type: number | undefined): type is SignatureType => type === 0x01 || type === 0x04 || type === 0x06

const isName = (name: string): boolean => name !== '' && name.isWellFormed() && !/[\s\u0085+]/u.test(name)

/** Well-formed Unicode without control characters other than the newline. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const isNoteText = (text: string): boolean => text.isWellFormed() && !/[\u0000-\u0009\u000b-\u001f]/u.test(text)

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

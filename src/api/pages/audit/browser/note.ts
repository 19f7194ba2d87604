/** Signed notes and checkpoints: what the log signs, and whether it did. See https://c2sp.org/signed-note and https://c2sp.org/tlog-checkpoint. */
import { type Bytes, concat, equal, fromBase64, sha256, utf8, verifyEd25519 } from './bytes.ts'

export type VerifierKey = { readonly name: string; readonly keyId: Bytes; readonly publicKey: Bytes; readonly text: string }

export type Checkpoint = {
  readonly origin: string
  readonly size: number
  readonly root: Bytes
  /** Names on the note beside the log’s own: they vouch for it, but only who knows their keys can check that. */
  readonly others: readonly string[]
}

const ED25519 = 0x01

/** @param text attacker-controlled @throws {Error} */
export async function parseVerifierKey(text: string): Promise<VerifierKey> {
  const [, name = '', id = '', encoded = ''] = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/u.exec(text.trim()) ?? []
  const key = fromBase64(encoded)
  if (name === '' || key === null || key.length !== 33 || key[0] !== ED25519) throw new Error('This is not the verifier key of a log.')
  const keyId = (await sha256(utf8(`${name}\n`), key)).slice(0, 4)
  if (!equal(keyId, hex(id))) throw new Error('The verifier key has been altered: its id does not fit.')
  return { name, keyId, publicKey: key.slice(1), text: text.trim() }
}

/** The checkpoint in a note that `key` signed. @param note attacker-controlled @throws {Error} */
export async function openCheckpoint(note: string, key: VerifierKey): Promise<Checkpoint> {
  const end = note.lastIndexOf('\n\n')
  if (end < 0) throw new Error('The checkpoint is no signed note.')
  const text = note.slice(0, end + 1)
  const lines = note
    .slice(end + 2)
    .split('\n')
    .filter((line) => line !== '')
    .map(signatureLine)
  const own = lines.find(({ name, blob }) => name === key.name && equal(blob.slice(0, 4), key.keyId))
  if (own === undefined) throw new Error(`The checkpoint is not signed by the key of ${key.name}.`)
  if (!(await verifyEd25519(own.blob.slice(4), utf8(text), key.publicKey))) throw new Error('The signature of the log on its checkpoint is false.')
  const [origin = '', size = '', root = ''] = text.split('\n')
  const hash = fromBase64(root)
  if (origin !== key.name || !/^(0|[1-9]\d{0,15})$/.test(size) || hash?.length !== 32) throw new Error('The checkpoint is none of this log.')
  return { origin, size: Number(size), root: hash, others: [...new Set(lines.map(({ name }) => name).filter((name) => name !== key.name))] }
}

function signatureLine(line: string): { readonly name: string; readonly blob: Bytes } {
  const [, name, encoded = ''] = /^— (\S+) (\S+)$/u.exec(line) ?? []
  const blob = fromBase64(encoded)
  if (name === undefined || blob === null || blob.length < 5) throw new Error('The checkpoint has a line that is no signature.')
  return { name, blob }
}

const hex = (text: string): Bytes => concat(...(text.match(/../g) ?? []).map((pair) => Uint8Array.of(Number.parseInt(pair, 16))))

/** The key that signs checkpoints: what an auditor is told once and holds the log to for ever. */
import { generateKeyPair, keyPairFromSeed } from './ed25519.ts'
import type { Keyring } from './keyring.ts'
import { openCheckpoint, signCheckpoint } from './tlog/checkpoint.ts'
import { ed25519Signer, type NoteSigner, type NoteVerifier, parseVerifierKey, verifierKey } from './tlog/note.ts'
import { LedgerFault, type TreeHead } from './types.ts'

export class LogKey {
  /** Names the log: `host[:port]/log/1`. */
  readonly origin: string
  /** C2SP verifier key. */
  readonly verifierKey: string
  readonly #signer: NoteSigner
  readonly #verifier: NoteVerifier

  private constructor(origin: string, seed: Uint8Array) {
    const { privateKey, publicKey } = keyPairFromSeed(seed)
    this.origin = origin
    this.verifierKey = verifierKey(origin, publicKey)
    this.#signer = ed25519Signer(origin, privateKey, publicKey)
    this.#verifier = parseVerifierKey(this.verifierKey)
  }

  /** The key of this log; made on the first start, the same ever after. */
  static async load(keyring: Keyring, origin: string): Promise<LogKey> {
    const name = `log/${origin}`
    return new LogKey(origin, (await keyring.open(name)) ?? (await keyring.seal(name, generateKeyPair().seed)))
  }

  /** A checkpoint note. The same head always gives the same bytes. Only for heads that the database has committed. */
  sign({ size, root }: TreeHead): string {
    return signCheckpoint({ origin: this.origin, size, root }, [this.#signer])
  }

  /** The head that a note of ours vouches for. @throws {LedgerFault} GIVE_UP when it is not a note of ours */
  open(note: string): TreeHead {
    try {
      return openCheckpoint(note, this.#verifier)
    } catch (cause) {
      throw new LedgerFault('GIVE_UP', `A stored checkpoint is not signed by the key of ${this.origin}: the database was altered.`, note, cause)
    }
  }
}

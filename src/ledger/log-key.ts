/**
 * The keys that sign checkpoints: what an auditor is told once and holds the log to for ever.
 *
 * Two, with one name. Ed25519 signs each checkpoint before it is published. ML-DSA-44 adds a second signature to those that are served, so that
 * whoever breaks Ed25519 one day cannot put another history under a root of today; it is 25 times slower and therefore not made for each batch.
 */
import { generateKeyPair, keyPairFromSeed, signerOfSeed } from './ed25519.ts'
import type { Keyring } from './keyring.ts'
import { randomBytes } from './random.ts'
import { openCheckpoint, signCheckpoint } from './tlog/checkpoint.ts'
import { type Cosigner, mlDsa44Cosigner } from './tlog/cosignature.ts'
import { mlDsa44KeyPair } from './tlog/ml-dsa-44.ts'
import { ed25519Signer, type NoteSigner, type NoteVerifier, parseNote, parseVerifierKey, verifierKey } from './tlog/note.ts'
import { addSignatures } from './tlog/witness.ts'
import { LedgerFault, type TreeHead } from './types.ts'

export class LogKey {
  /** Names the log: `host[:port]/log/1`. */
  readonly origin: string
  /** C2SP verifier key of the Ed25519 key. */
  readonly verifierKey: string
  /** All of them: Ed25519 first, then ML-DSA-44. */
  readonly verifierKeys: readonly string[]
  readonly #signer: NoteSigner
  readonly #verifier: NoteVerifier
  readonly #cosigner: Cosigner
  /** The last note that was cosigned, and what came of it. */
  #cosigned: readonly [note: string, cosigned: string] | null = null

  private constructor(origin: string, seeds: { readonly ed25519: Uint8Array; readonly mlDsa44: Uint8Array }) {
    const ed25519 = keyPairFromSeed(seeds.ed25519)
    const mlDsa44 = mlDsa44KeyPair(seeds.mlDsa44)
    this.origin = origin
    this.#signer = { ...ed25519Signer(origin, ed25519.privateKey, ed25519.publicKey), sign: signerOfSeed(seeds.ed25519) } // half the time: one per batch
    this.#cosigner = mlDsa44Cosigner(origin, mlDsa44.privateKey, mlDsa44.publicKey)
    this.verifierKey = verifierKey(origin, ed25519.publicKey)
    this.verifierKeys = [this.verifierKey, this.#cosigner.verifierKey]
    this.#verifier = parseVerifierKey(this.verifierKey)
  }

  /** The keys of this log; made on the first start, the same ever after. */
  static async load(keyring: Keyring, origin: string): Promise<LogKey> {
    const name = `log/${origin}`
    const ed25519 = (await keyring.open(name)) ?? (await keyring.seal(name, generateKeyPair().seed))
    const quantum = `${name}/ml-dsa-44`
    const mlDsa44 = (await keyring.open(quantum)) ?? (await keyring.seal(quantum, randomBytes(32)))
    return new LogKey(origin, { ed25519, mlDsa44 })
  }

  /** A checkpoint note. The same head always gives the same bytes. Only for heads that the database has committed. */
  sign({ size, root }: TreeHead): string {
    return signCheckpoint({ origin: this.origin, size, root }, [this.#signer])
  }

  /**
   * A note of ours with the ML-DSA-44 signature added: for serving, not for each batch. 0.6 ms, nothing for the note it was last asked for.
   *
   * It is undated (time 0): it says that the tree is the log's, not that it is still the newest.
   */
  cosign(note: string): string {
    if (this.#cosigned?.[0] === note) return this.#cosigned[1]
    const cosigned = addSignatures(note, [this.#cosigner.cosign(parseNote(note).text, 0)])
    this.#cosigned = [note, cosigned]
    return cosigned
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

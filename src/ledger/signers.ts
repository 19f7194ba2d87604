/** Who signs: Ed25519 keys by name, sealed in the keyring, and the actor each of them stands for. */
import type { KeyObject } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { actorId, GENESIS_EVENT, genesisOperation, keyStream } from './commit.ts'
import { generateKeyPair, keyId, keyPairFromSeed } from './ed25519.ts'
import type { Keyring } from './keyring.ts'
import type { EventDraft, Hash } from './types.ts'

const REMEMBERED = 10_000

export type Signer = {
  readonly name: string
  /** SHA-256 of the genesis key operation. */
  readonly actor: Hash
  /** 16 bytes. */
  readonly key: Uint8Array
  readonly publicKey: Uint8Array
  readonly privateKey: KeyObject
  /** Stream of the actor's key operations. */
  readonly keyStream: string
}

/** An actor that is about to exist: the first commit of its signer must contain `genesis`. */
export type Identity = { readonly actor: Uint8Array; readonly key: Uint8Array; readonly publicKey: Uint8Array; readonly genesis: EventDraft }

export class Signers {
  readonly #keyring: Keyring
  readonly #known = new LRUCache<string, Signer>({ max: REMEMBERED })

  constructor(keyring: Keyring) {
    this.#keyring = keyring
  }

  /** The signer of that name with its genesis; a key is made when there is none yet. Repeating it changes nothing. */
  async create(name: string): Promise<Identity> {
    const seed = (await this.#keyring.open(sealedName(name))) ?? (await this.#keyring.seal(sealedName(name), generateKeyPair().seed))
    const signer = signerFromSeed(name, seed)
    this.#known.set(name, signer)
    const { actor, key, publicKey, keyStream } = signer
    const parts = [{ codec: 'cbor', bytes: genesisOperation(publicKey), inline: true }] as const
    return { actor, key, publicKey, genesis: { type: GENESIS_EVENT, schema: 1, stream: keyStream, parts } }
  }

  /** Those of the named signers that have a key; at most one query. */
  async load(names: ReadonlySet<string>): Promise<Map<string, Signer>> {
    const found = new Map<string, Signer>()
    const missing: string[] = []
    for (const name of names) {
      const signer = this.#known.get(name)
      if (signer === undefined) missing.push(name)
      else found.set(name, signer)
    }
    if (missing.length === 0) return found
    const seeds = await this.#keyring.openAll(missing.map(sealedName))
    for (const name of missing) {
      const seed = seeds.get(sealedName(name))
      if (seed === undefined) continue
      const signer = signerFromSeed(name, seed)
      this.#known.set(name, signer)
      found.set(name, signer)
    }
    return found
  }
}

function signerFromSeed(name: string, seed: Uint8Array): Signer {
  const { privateKey, publicKey } = keyPairFromSeed(seed)
  const actor = actorId(genesisOperation(publicKey))
  return { name, actor, key: keyId(publicKey), publicKey, privateKey, keyStream: keyStream(actor) }
}

const sealedName = (signer: string): string => `signer/${signer}`

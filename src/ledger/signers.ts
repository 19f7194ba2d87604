/**
 * Who signs for others: custodial keys by name, sealed in the keyring, and the actor each of them stands for.
 *
 * Exchanging a key takes two steps, because the keyring and the log cannot change at one instant: the new key is sealed beside the old one
 * (`prepare`), a `key:rotate` goes into the log, and the old one is destroyed (`settle`). In between, and after a crash, the log says which of
 * the two signs: see {@link signingNow}.
 */
import { randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { decode, encode } from './cbor.ts'
import { actorId, keyStream, type Suite } from './commit.ts'
import { keyId, keyPairFromSeed } from './ed25519.ts'
import { encodeKeyOperation, type KeyOperation, keyEvent } from './key-operation.ts'
import { type KeyState, keyName } from './key-state.ts'
import type { Keyring } from './keyring.ts'
import { mlDsaKeyPair } from './ml-dsa.ts'
import { commitSigner, type SignCommit } from './signature.ts'
import { type EventDraft, type Hash, LedgerFault } from './types.ts'

const REMEMBERED = 10_000
const SEED = 32

export type Signer = {
  readonly name: string
  /** SHA-256 of the genesis key operation. */
  readonly actor: Hash
  /** 16 bytes. */
  readonly key: Uint8Array
  /** 32 bytes, or 1,984 of a hybrid key. */
  readonly publicKey: Uint8Array
  readonly sign: SignCommit
  /** Secret, all there is to the private key: 32 bytes of Ed25519, then 32 of ML-DSA when the key is hybrid. */
  readonly seeds: Uint8Array
  /** What its commits are signed in: 2 when the key is hybrid. */
  readonly suite: Suite
  /** Stream of the actor's key operations. */
  readonly keyStream: string
  /** The key that is to take its place, and does as soon as the log says so. */
  readonly next: Signer | null
}

/** An actor that is about to exist: the first commit of its signer must contain `genesis`. */
export type Identity = { readonly actor: Uint8Array; readonly key: Uint8Array; readonly publicKey: Uint8Array; readonly genesis: EventDraft }

/** The one of a signer's keys that the log lets sign. @param state  the actor's keys at the head */
export function signingNow(signer: Signer, state: KeyState | null): Signer {
  const next = signer.next === null ? undefined : state?.keys.get(keyName(signer.next.key))
  return signer.next !== null && next !== undefined ? signer.next : signer
}

export class Signers {
  readonly #keyring: Keyring
  readonly #known = new LRUCache<string, Signer>({ max: REMEMBERED })

  constructor(keyring: Keyring) {
    this.#keyring = keyring
  }

  /** The signer of that name with its genesis; a key is made when there is none yet. Repeating it changes nothing. */
  async create(name: string, suite: Suite = 1): Promise<Identity> {
    const stored = (await this.#keyring.open(sealedName(name))) ?? (await this.#keyring.seal(sealedName(name), firstKey(newSeeds(suite))))
    const signer = openSigner(name, stored)
    this.#known.set(name, signer)
    const { actor, key, publicKey } = signer
    return { actor, key, publicKey, genesis: keyEvent(actor, genesis(publicKey)) }
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
    const stored = await this.#keyring.openAll(missing.map(sealedName))
    for (const name of missing) {
      const bytes = stored.get(sealedName(name))
      if (bytes === undefined) continue
      const signer = openSigner(name, bytes)
      this.#known.set(name, signer)
      found.set(name, signer)
    }
    return found
  }

  /**
   * The signer with a new key beside its own, sealed before this returns. A key that was prepared and never came into force gives way.
   *
   * @param signer  whose key the log lets sign now, see {@link signingNow}
   */
  async prepare(signer: Signer, suite: Suite): Promise<Signer & { readonly next: Signer }> {
    const kept = { ...signer, next: null }
    const next = signerOf(signer.name, signer.actor, newSeeds(suite))
    await this.#keep(signer.name, signer.actor, [kept, next])
    const prepared = { ...kept, next }
    this.#known.set(signer.name, prepared)
    return prepared
  }

  /** Destroys every key of that name but the one that signs now. */
  async settle(signer: Signer): Promise<void> {
    const kept = { ...signer, next: null }
    await this.#keep(signer.name, signer.actor, [kept])
    this.#known.set(signer.name, kept)
  }

  /** Destroys the keys of that name: nobody here signs for the actor any more. */
  async forget(name: string): Promise<void> {
    await this.#keyring.destroy(sealedName(name))
    this.#known.delete(name)
  }

  async #keep(name: string, actor: Hash, signers: readonly Signer[]): Promise<void> {
    await this.#keyring.replace(sealedName(name), encode([1, actor, signers.map(({ seeds }) => seeds)]))
  }
}

const sealedName = (signer: string): string => `signer/${signer}`
const newSeeds = (suite: Suite): Uint8Array => new Uint8Array(randomBytes(suite * SEED))
/** A key that both signs and recovers. */
const genesis = (publicKey: Uint8Array): KeyOperation => ({ kind: 'genesis', recovery: [publicKey], devices: [publicKey] })

/** As the keyring holds it: one Ed25519 seed and nothing else stands for the actor of its own genesis; see `Signers.#keep` for the rest. */
function firstKey(seeds: Uint8Array): Uint8Array {
  return seeds.length === SEED ? seeds : encode([1, actorOf(seeds), [seeds]])
}

const actorOf = (seeds: Uint8Array): Hash => actorId(encodeKeyOperation(genesis(keysOf(seeds).publicKey)))

function openSigner(name: string, stored: Uint8Array): Signer {
  if (stored.length === SEED) return signerOf(name, actorOf(stored), stored)
  const [v, actor, keys] = decode(stored) as readonly unknown[]
  const [first, next] = (keys ?? []) as readonly Uint8Array[]
  if (v !== 1 || !(actor instanceof Uint8Array) || first === undefined)
    throw new LedgerFault('GIVE_UP', `The keyring holds no keys that we know for ${JSON.stringify(name)}.`)
  return { ...signerOf(name, actor, first), next: next === undefined ? null : signerOf(name, actor, next) }
}

function signerOf(name: string, actor: Hash, seeds: Uint8Array): Signer {
  const { publicKey, sign } = keysOf(seeds)
  return { name, actor, key: keyId(publicKey), publicKey, sign, seeds, suite: seeds.length === SEED ? 1 : 2, keyStream: keyStream(actor), next: null }
}

function keysOf(seeds: Uint8Array): Pick<Signer, 'publicKey' | 'sign'> {
  const ed25519 = seeds.subarray(0, SEED)
  const { publicKey } = keyPairFromSeed(ed25519)
  if (seeds.length === SEED) return { publicKey, sign: commitSigner(ed25519, null) }
  const mlDsa = mlDsaKeyPair(seeds.subarray(SEED))
  return { publicKey: Buffer.concat([publicKey, mlDsa.publicKey]), sign: commitSigner(ed25519, mlDsa.privateKey) }
}

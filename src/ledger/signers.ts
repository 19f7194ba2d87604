/**
 * Who signs for others: custodial keys by name, sealed in the keyring, and the actor each of them stands for.
 *
 * Exchanging a key takes two steps, because the keyring and the log cannot change at one instant: the new key is sealed beside the old one
 * (`prepare`), a `key:rotate` goes into the log, and the old one is put away (`settle`). In between, and after a crash, the log says which of the
 * two signs: see {@link signingNow}. Keys that were put away sign nothing, except in a log that was restored to a time before they were exchanged
 * (`mend`).
 *
 * An actor whose keys were all handed over to its owner keeps its name here, without a key.
 */
import { randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { decode, encode } from './cbor.ts'
import { actorId, keyStream, type Suite } from './commit.ts'
import { keyId, keyPairFromSeed } from './ed25519.ts'
import { genesisOperation, keyEvent, soleKey } from './key-operation.ts'
import { type KeyState, keyName } from './key-state.ts'
import type { Keyring } from './keyring.ts'
import { mlDsaKeyPair } from './ml-dsa.ts'
import { commitSigner, type SignCommit } from './signature.ts'
import { type EventDraft, type Hash, LedgerFault } from './types.ts'

const REMEMBERED = 10_000
const SEED = 32
const MOST_FORMER = 64

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

/** What the keyring holds under a name. */
type Held = { readonly actor: Hash; readonly signer: Signer | null }

export class Signers {
  readonly #keyring: Keyring
  readonly #known = new LRUCache<string, Held>({ max: REMEMBERED })

  constructor(keyring: Keyring) {
    this.#keyring = keyring
  }

  /**
   * The signer of that name with its genesis; a key is made when there is none yet. Repeating it changes nothing.
   *
   * @throws {LedgerFault} GIVE_UP when its keys were handed over
   */
  async create(name: string, suite: Suite = 1): Promise<Identity> {
    const stored = (await this.#keyring.open(sealedName(name))) ?? (await this.#keyring.seal(sealedName(name), firstKey(newSeeds(suite))))
    const { signer } = this.#remember(name, opened(name, stored))
    if (signer === null) throw new LedgerFault('GIVE_UP', `The keys of ${JSON.stringify(name)} are not kept here any more.`)
    const { actor, key, publicKey } = signer
    return { actor, key, publicKey, genesis: keyEvent(actor, soleKey(publicKey)) }
  }

  /** Those of the named signers that have a key; at most one query. */
  async load(names: ReadonlySet<string>): Promise<Map<string, Signer>> {
    const found = new Map<string, Signer>()
    for (const [name, { signer }] of await this.#hold(names)) if (signer !== null) found.set(name, signer)
    return found
  }

  /** The actor of that name, with or without a key; null when there is none. */
  async actorOf(name: string): Promise<Hash | null> {
    return (await this.#hold(new Set([name]))).get(name)?.actor ?? null
  }

  /**
   * A new key of that name, sealed before this returns. One that was prepared and did not come into force is put away.
   *
   * @param signer  the one that it stands beside, see {@link signingNow}; null when there is none any more
   */
  async prepare({ name, actor }: Pick<Signer, 'name' | 'actor'>, signer: Signer | null, suite: Suite): Promise<Signer> {
    const next = signerOf(name, actor, newSeeds(suite))
    await this.#keep(name, actor, signer === null ? next : { ...signer, next })
    return next
  }

  /** The end of an exchange: from here on there is one key of that name, the one that signs now. The other is put away. */
  async settle(signer: Signer): Promise<void> {
    await this.#keep(signer.name, signer.actor, { ...signer, next: null })
  }

  /** Destroys the keys of that name: its owner has others. */
  async handOver({ name, actor }: Signer): Promise<void> {
    await this.#keyring.destroy(formerName(name))
    await this.#keep(name, actor, null)
  }

  /** Destroys the keys of that name, and the name: nobody here signs for the actor any more. */
  async forget(name: string): Promise<void> {
    await this.#keyring.destroy(formerName(name))
    await this.#keyring.destroy(sealedName(name))
    this.#known.delete(name)
  }

  /**
   * Where the log lets another of our keys sign than the one that is kept, because it was restored to a time before they were exchanged, that one
   * takes its place again.
   *
   * @returns the names whose key changed
   */
  async mend(keysOf: (actor: Hash) => Promise<KeyState | null>): Promise<string[]> {
    const mended: string[] = []
    for (const former of await this.#keyring.names(formerName(''))) {
      const name = former.slice(formerName('').length)
      const signer = (await this.load(new Set([name]))).get(name)
      const state = signer === undefined ? null : await keysOf(signer.actor)
      if (signer === undefined || state === null) continue
      const signs = (kept: Signer): boolean => state.keys.get(keyName(kept.key))?.ended === null
      const now = signingNow(signer, state)
      const seeds = signs(now) ? [] : seedsIn(await this.#keyring.open(former))
      const again = seeds.map((kept) => signerOf(name, signer.actor, kept)).findLast(signs)
      if (again === undefined) continue
      await this.#keep(name, signer.actor, again)
      mended.push(name)
    }
    return mended
  }

  /** Remembers the newest of the keys that no longer are among those kept, so that no doubt about what is in the log can lose one. */
  async #putAway(name: string, gone: readonly Uint8Array[]): Promise<void> {
    const former = seedsIn(await this.#keyring.open(formerName(name)))
    const all = [...former.filter((one) => !has(gone, one)), ...gone]
    await this.#keyring.replace(formerName(name), encode([1, all.slice(-MOST_FORMER)]))
  }

  async #hold(names: ReadonlySet<string>): Promise<Map<string, Held>> {
    const found = new Map<string, Held>()
    const missing: string[] = []
    for (const name of names) {
      const held = this.#known.get(name)
      if (held === undefined) missing.push(name)
      else found.set(name, held)
    }
    if (missing.length === 0) return found
    const stored = await this.#keyring.openAll(missing.map(sealedName))
    for (const name of missing) {
      const bytes = stored.get(sealedName(name))
      if (bytes !== undefined) found.set(name, this.#remember(name, opened(name, bytes)))
    }
    return found
  }

  async #keep(name: string, actor: Hash, signer: Signer | null): Promise<void> {
    const seeds = seedsOf(signer)
    const gone = signer === null ? [] : seedsOf((await this.#hold(new Set([name]))).get(name)?.signer ?? null).filter((one) => !has(seeds, one))
    if (gone.length > 0) await this.#putAway(name, gone)
    await this.#keyring.replace(sealedName(name), encode([1, actor, seeds]))
    this.#remember(name, { actor, signer })
  }

  #remember(name: string, held: Held): Held {
    this.#known.set(name, held)
    return held
  }
}

const sealedName = (signer: string): string => `signer/${signer}`
const formerName = (signer: string): string => `former-signer/${signer}`
const newSeeds = (suite: Suite): Uint8Array => new Uint8Array(randomBytes(suite * SEED))

/** As the keyring holds it: one Ed25519 seed and nothing else stands for the actor of its own genesis; all else is an array of version, actor and seeds. */
function firstKey(seeds: Uint8Array): Uint8Array {
  return seeds.length === SEED ? seeds : encode([1, actorOf(seeds), [seeds]])
}

const actorOf = (seeds: Uint8Array): Hash => actorId(genesisOperation(keysOf(seeds).publicKey))

function opened(name: string, stored: Uint8Array): Held {
  if (stored.length === SEED) return heldBy(name, actorOf(stored), [stored])
  const [v, actor, seeds] = decode(stored) as readonly unknown[]
  if (v !== 1 || !(actor instanceof Uint8Array) || !Array.isArray(seeds))
    throw new LedgerFault('GIVE_UP', `The keyring holds no keys that we know for ${JSON.stringify(name)}.`)
  return heldBy(name, actor, seeds as Uint8Array[])
}

const seedsOf = (signer: Signer | null): Uint8Array[] => [signer, signer?.next].flatMap((kept) => kept?.seeds ?? [])
const has = (seeds: readonly Uint8Array[], one: Uint8Array): boolean => seeds.some((other) => Buffer.compare(other, one) === 0)

/** Seeds of keys that were put away, oldest first. */
function seedsIn(stored: Uint8Array | null): readonly Uint8Array[] {
  const [v, seeds] = stored === null ? [1, []] : (decode(stored) as readonly unknown[])
  return v === 1 && Array.isArray(seeds) ? (seeds as Uint8Array[]) : []
}

function heldBy(name: string, actor: Hash, [first, second]: readonly Uint8Array[]): Held {
  if (first === undefined) return { actor, signer: null }
  return { actor, signer: { ...signerOf(name, actor, first), next: second === undefined ? null : signerOf(name, actor, second) } }
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

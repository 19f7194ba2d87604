/** The keys this instance cosigns with as a witness of others. Not those of its own log: a witness vouches for what it saw, a log for what it is. */
import { generateKeyPair, keyPairFromSeed } from '../../ledger/ed25519.ts'
import type { Keyring } from '../../ledger/keyring.ts'
import { type Cosigner, ed25519Cosigner, mlDsa44Cosigner } from '../../ledger/tlog/cosignature.ts'
import { mlDsa44KeyPair } from '../../ledger/tlog/ml-dsa-44.ts'
import { witnessSeeds } from '../../ledger/witness-seeds.ts'

export type WitnessKeys = {
  /** `host[:port]/witness/1`. */
  readonly name: string
  /** Ed25519, then ML-DSA-44. */
  readonly cosigners: readonly Cosigner[]
  /** C2SP verifier keys in the same order. */
  readonly verifierKeys: readonly string[]
}

/** The keys; made on the first call, the same ever after. @param origin of our own log in force */
export async function loadWitnessKeys(keyring: Pick<Keyring, 'open' | 'seal'>, origin: string): Promise<WitnessKeys> {
  const names = witnessSeeds(origin)
  const seed = async (name: string): Promise<Uint8Array> => (await keyring.open(name)) ?? (await keyring.seal(name, generateKeyPair().seed))
  const ed25519 = keyPairFromSeed(await seed(names.ed25519))
  const mlDsa44 = mlDsa44KeyPair(await seed(names.mlDsa44))
  const cosigners = [
    ed25519Cosigner(names.name, ed25519.privateKey, ed25519.publicKey),
    mlDsa44Cosigner(names.name, mlDsa44.privateKey, mlDsa44.publicKey),
  ]
  return { name: names.name, cosigners, verifierKeys: cosigners.map(({ verifierKey }) => verifierKey) }
}

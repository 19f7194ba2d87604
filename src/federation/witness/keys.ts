/**
 * The keys this instance cosigns with as a witness of others. Not those of its own log: a witness vouches for what it saw, a log for what it is.
 *
 * The name counts the logs of this host, so that an instance whose database lost entries, and with them perhaps what it had cosigned, comes back
 * as another witness: no key ever vouches for less than it did before.
 */
import { generateKeyPair, keyPairFromSeed } from '../../ledger/ed25519.ts'
import type { Keyring } from '../../ledger/keyring.ts'
import { parseOrigin } from '../../ledger/log-break.ts'
import { type Cosigner, ed25519Cosigner, mlDsa44Cosigner } from '../../ledger/tlog/cosignature.ts'
import { mlDsa44KeyPair } from '../../ledger/tlog/ml-dsa-44.ts'

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
  const { host, number } = parseOrigin(origin)
  const name = `${host}/witness/${number}`
  const seed = async (kind: string): Promise<Uint8Array> =>
    (await keyring.open(`${name}/${kind}`)) ?? (await keyring.seal(`${name}/${kind}`, generateKeyPair().seed))
  const ed25519 = keyPairFromSeed(await seed('ed25519'))
  const mlDsa44 = mlDsa44KeyPair(await seed('ml-dsa-44'))
  const cosigners = [ed25519Cosigner(name, ed25519.privateKey, ed25519.publicKey), mlDsa44Cosigner(name, mlDsa44.privateKey, mlDsa44.publicKey)]
  return { name, cosigners, verifierKeys: cosigners.map(({ verifierKey }) => verifierKey) }
}

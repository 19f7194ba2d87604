/**
 * The keys an actor shows to the Fediverse: RSA-2048 for HTTP signatures, Ed25519 for object integrity proofs.
 * Made off the event loop, sealed in the keyring as PKCS#8 PEM under `rsa/<name>` and `ed25519/<name>`; only public halves are returned.
 */
import { createPublicKey, generateKeyPair as generate, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { encodeBase58 } from './base58.ts'

/** Where private keys live, sealed at rest. The first writer of a name wins: `seal` gives back the bytes that are stored now. */
export type KeySafe = { seal(name: string, bytes: Uint8Array): Promise<Uint8Array> }

/** As the catalogue's `ActorKey`: SPKI PEM for `rsa`, Multikey (z6Mk…) for `ed25519`. */
export type PublicActorKey = { readonly id: string; readonly kind: 'rsa' | 'ed25519'; readonly material: string }

const generateKeyPair = promisify(generate)

/**
 * Public keys of an actor, RSA first; the private halves are sealed before this returns. Called again for the same name it returns the same keys.
 *
 * @param name      account id, or `instance`
 * @param actorUri  ActivityPub id of the actor; key ids are `#main-key` and `#ed25519-key` of it
 */
export async function createAccountKeys(keyring: KeySafe, name: string, actorUri: string): Promise<PublicActorKey[]> {
  const [rsa, ed] = await Promise.all([generateKeyPair('rsa', { modulusLength: 2048 }), generateKeyPair('ed25519')])
  const [rsaKey, edKey] = await Promise.all([seal(keyring, `rsa/${name}`, rsa.privateKey), seal(keyring, `ed25519/${name}`, ed.privateKey)])
  return [
    { id: `${actorUri}#main-key`, kind: 'rsa', material: rsaKey.export({ type: 'spki', format: 'pem' }).toString() },
    { id: `${actorUri}#ed25519-key`, kind: 'ed25519', material: multikey(edKey.export({ format: 'jwk' }).x ?? '') },
  ]
}

/** Public half of what the keyring holds under `name` now. */
async function seal(keyring: KeySafe, name: string, key: KeyObject): Promise<KeyObject> {
  const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString()
  return createPublicKey(Buffer.from(await keyring.seal(name, new TextEncoder().encode(pem))))
}

/** Multibase (base58-btc) of the multicodec ed25519-pub prefix and the 32 bytes. */
const multikey = (x: string): string => `z${encodeBase58(Buffer.concat([Buffer.from([0xed, 0x01]), Buffer.from(x, 'base64url')]))}`

/** Private keys of the actors here, opened from the keyring when first used and kept imported. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { ActorKey } from '../../events/catalogue.ts'
import { createAccountKeys } from '../../host/actor-keys.ts'
import type { FederationKeyring } from '../deps.ts'
import { formatMultikey } from '../proof/multikey.ts'
import type { Uris } from '../uris.ts'
import type { SigningKey } from './sign.ts'

export const INSTANCE = 'instance'

export type Signers = {
  /** RSA key for HTTP signatures. @param name account id, or `instance` @throws when the actor has no keys */
  rsa(name: string, actorUri: string): Promise<SigningKey>
  /** Ed25519 key for object integrity proofs. */
  ed25519(name: string, actorUri: string): Promise<SigningKey>
  /** Key of the instance actor for HTTP signatures. */
  instance(): Promise<SigningKey>
  /** Public keys of the instance actor, made on first use. */
  instanceKeys(): Promise<readonly ActorKey[]>
}

export function createSigners(keyring: FederationKeyring, uris: Uris): Signers {
  const opened = new LRUCache<string, KeyObject>({ max: 1_000 })
  let instanceKeys: Promise<readonly ActorKey[]> | null = null

  async function open(name: string): Promise<KeyObject> {
    const known = opened.get(name)
    if (known !== undefined) return known
    const pem = await keyring.open(name)
    if (pem === null) throw new Error(`there is no key ${name}`)
    const key = createPrivateKey(Buffer.from(pem))
    opened.set(name, key)
    return key
  }

  const own = (): Promise<readonly ActorKey[]> =>
    (instanceKeys ??= publicKeys(keyring, uris.instanceActor).catch((error: unknown) => {
      instanceKeys = null // a database that did not answer once may answer the next time
      throw error
    }))
  const rsa = async (name: string, actorUri: string) => ({ id: `${actorUri}#main-key`, key: await open(`rsa/${name}`) })
  return {
    rsa,
    ed25519: async (name, actorUri) => ({ id: `${actorUri}#ed25519-key`, key: await open(`ed25519/${name}`) }),
    async instance() {
      await own()
      return await rsa(INSTANCE, uris.instanceActor)
    },
    instanceKeys: own,
  }
}

/** Public halves of what is sealed for the instance; sealed now when this is the first time. */
async function publicKeys(keyring: FederationKeyring, actorUri: string): Promise<readonly ActorKey[]> {
  const [rsa, ed] = await Promise.all([keyring.open(`rsa/${INSTANCE}`), keyring.open(`ed25519/${INSTANCE}`)])
  if (rsa === null || ed === null) return await createAccountKeys(keyring, INSTANCE, actorUri)
  const raw = Buffer.from(createPublicKey(Buffer.from(ed)).export({ format: 'jwk' }).x ?? '', 'base64url')
  return [
    { id: `${actorUri}#main-key`, kind: 'rsa', material: createPublicKey(Buffer.from(rsa)).export({ type: 'spki', format: 'pem' }).toString() },
    { id: `${actorUri}#ed25519-key`, kind: 'ed25519', material: formatMultikey(raw) },
  ]
}

/**
 * The key that browsers' push services know this instance by: P-256, made once, sealed in the keyring. Clients learn it before push is offered.
 *
 * @see RFC 8292
 */
import { createECDH } from 'node:crypto'
import type { Ledger } from '../ledger/ledger.ts'

const NAME = 'vapid/instance'
const known = new WeakMap<object, Promise<string>>()

/** Public half, uncompressed point, base64url with padding as Mastodon sends it. */
export function vapidKey(keyring: Ledger['keyring']): Promise<string> {
  let key = known.get(keyring)
  if (key === undefined) {
    key = loadOrMake(keyring).catch((error: unknown) => {
      known.delete(keyring)
      throw error
    })
    known.set(keyring, key)
  }
  return key
}

async function loadOrMake(keyring: Ledger['keyring']): Promise<string> {
  const curve = createECDH('prime256v1')
  curve.generateKeys()
  const stored = (await keyring.open(NAME)) ?? (await keyring.seal(NAME, curve.getPrivateKey()))
  curve.setPrivateKey(Buffer.from(stored))
  return encode(curve.getPublicKey())
}

const encode = (point: Buffer): string => point.toString('base64').replaceAll('+', '-').replaceAll('/', '_')

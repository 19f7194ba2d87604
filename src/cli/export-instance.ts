/** The export of an instance: the log of its database, with the keys that open it. */
import type { Instance } from '../instance.ts'
import type { Disclosure } from '../ledger/audit/export-format.ts'
import { exportLedger } from '../ledger/export.ts'
import { unwrapKey } from '../ledger/part.ts'
import { deriveKey, loadSecret } from '../ledger/secret.ts'

export async function* exportInstance({ pool, ledger, config }: Instance, disclosure: Disclosure, from = 0): AsyncGenerator<Uint8Array> {
  const keyEncryptionKey = deriveKey(await loadSecret(config.secretFile), 'part')
  const unwrap = (wrapped: Uint8Array) => unwrapKey(wrapped, keyEncryptionKey)
  yield* exportLedger(pool, { origin: ledger.logOrigin, verifierKey: ledger.verifierKeys.join('\n'), unwrap, disclosure, from })
}

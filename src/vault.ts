/**
 * The vault: everything around a person's conversations and memories, composed. Opened after the projections, closed before them.
 */
import type { Ledger } from './ledger/ledger.ts'
import { RowCipher } from './projections/row-cipher.ts'

export type Vault = {
  /** Opens the sealed columns of read tables. */
  readonly cipher: RowCipher
  close(): Promise<void>
}

export type VaultDeps = {
  readonly ledger: Ledger
}

export async function openVault({ ledger }: VaultDeps): Promise<Vault> {
  return { cipher: new RowCipher(ledger.rowKey), close: async () => {} }
}

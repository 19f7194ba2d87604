/**
 * The vault: everything around a person's conversations and memories, composed. Opened after the projections, closed before them.
 *
 *   row cipher → retrieval → imports → models → context → chat
 */
import type pg from 'pg'
import { type Chat, createChat } from './assistants/chat/chat.ts'
import { type Models, openModels } from './assistants/models/models.ts'
import { Imports } from './conversations/imports.ts'
import type { Execute } from './handlers/commands.ts'
import type { Fetch } from './host/fetch.ts'
import type { Ledger } from './ledger/ledger.ts'
import { type ContextAssembly, createContext } from './memory/context/context.ts'
import { Retrieval } from './memory/retrieval/retrieval.ts'
import type { Projections } from './projections/projections.ts'
import { RowCipher } from './projections/row-cipher.ts'

export type Vault = {
  /** Opens the sealed columns of read tables. */
  readonly cipher: RowCipher
  readonly retrieval: Retrieval
  readonly imports: Imports
  readonly models: Models
  readonly context: ContextAssembly
  readonly chat: Chat
  close(): Promise<void>
}

export type VaultDeps = {
  readonly config: { readonly dataDir: string }
  readonly pool: pg.Pool
  readonly databaseUrl: string
  readonly ledger: Ledger
  readonly projections: Projections
  readonly execute: Execute
  readonly fetch: Fetch
  readonly newId: (at?: number) => string
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: Readonly<Record<string, unknown>>) => void
}

export async function openVault(given: VaultDeps): Promise<Vault> {
  const { ledger } = given
  const cipher = new RowCipher(ledger.rowKey)
  const deps = { ...given, cipher }
  const retrieval = await Retrieval.open({ ...deps, rowKey: ledger.rowKey })
  const imports = await Imports.open(deps)
  const models = await openModels(deps)
  const context = createContext({ ...deps, retrieval })
  const chat = createChat({ ...deps, retrieval, models, context })
  return {
    cipher,
    retrieval,
    imports,
    models,
    context,
    chat,
    async close() {
      await chat.close()
      await imports.close()
      await retrieval.close()
    },
  }
}

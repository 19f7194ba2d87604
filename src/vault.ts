/**
 * The vault: everything around a person's conversations and memories, composed. Opened after the projections, closed before them.
 *
 *   row cipher → retrieval → keeping → imports → models → context → chat → pipeline
 */
import type pg from 'pg'
import { type Chat, createChat } from './assistants/chat/chat.ts'
import { type Models, openModels } from './assistants/models/models.ts'
import { createProposals, type Proposals } from './assistants/proposals/propose.ts'
import { Capture } from './conversations/capture/capture.ts'
import { Imports } from './conversations/imports.ts'
import type { Execute } from './handlers/commands.ts'
import type { Fetch } from './host/fetch.ts'
import type { Ledger } from './ledger/ledger.ts'
import { type ContextAssembly, createContext } from './memory/context/context.ts'
import { createKeeping, type Keeping } from './memory/keeping.ts'
import { type MemoryPipeline, startMemoryPipeline } from './memory/pipeline.ts'
import { Retrieval } from './memory/retrieval/retrieval.ts'
import type { Projections } from './projections/projections.ts'
import { RowCipher } from './projections/row-cipher.ts'

export type Vault = {
  /** Opens the sealed columns of read tables. */
  readonly cipher: RowCipher
  readonly retrieval: Retrieval
  readonly keeping: Keeping
  readonly imports: Imports
  readonly capture: Capture
  readonly models: Models
  readonly context: ContextAssembly
  readonly chat: Chat
  readonly proposals: Proposals
  /** Null when nothing is to be learnt now. */
  readonly pipeline: MemoryPipeline | null
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

/** @param learns  whether what is said is learnt from as it comes; else the next start catches up */
export async function openVault(given: VaultDeps, { learns = true }: { readonly learns?: boolean } = {}): Promise<Vault> {
  const { ledger } = given
  const cipher = new RowCipher(ledger.rowKey)
  const deps = { ...given, cipher }
  const models = await openModels(deps)
  const retrieval = await Retrieval.open({ ...deps, rowKey: ledger.rowKey, embed: (...asked) => models.embed(...asked) })
  const keeping = createKeeping(deps)
  const imports = await Imports.open({ ...deps, onMemories: (brought) => keeping.recordImported(brought) })
  const capture = new Capture({ fetch: given.fetch, imports, now: given.now })
  const context = createContext({ ...deps, retrieval })
  const chat = createChat({ ...deps, retrieval, models, context })
  const proposals = createProposals({ ...deps, retrieval, models })
  const pipeline = learns ? await startMemoryPipeline(deps) : null
  return {
    cipher,
    retrieval,
    keeping,
    imports,
    capture,
    models,
    context,
    chat,
    proposals,
    pipeline,
    async close() {
      await pipeline?.close()
      await chat.close()
      await imports.close()
      await retrieval.close()
    },
  }
}

/** What the process and its thread of indexes say to each other. */
import type { Change } from '../../projections/changes.ts'
import type { AskedVector } from './embedding.ts'
import type { Hit, Query, Related, RetrievalStatus, SearchResult } from './types.ts'
import type { Made, Unmade } from './vector-store.ts'

export type WorkerData = { readonly databaseUrl: string; readonly rowKey: Uint8Array }

export type Ask =
  | { readonly do: 'search'; readonly accountId: string; readonly query: Query; readonly now: number; readonly vector: AskedVector | null }
  | { readonly do: 'related'; readonly accountId: string; readonly to: Related; readonly limit: number; readonly now: number }
  | { readonly do: 'unmade'; readonly accountId: string; readonly model: string; readonly limit: number }
  | { readonly do: 'keep'; readonly accountId: string; readonly model: string; readonly made: readonly Made[] }
  | { readonly do: 'status'; readonly accountId: string }
  | { readonly do: 'rebuild'; readonly accountId: string }
  | { readonly do: 'settle' }
  | { readonly do: 'close' }

/** What each is answered with. */
export type Answers = {
  readonly search: SearchResult
  readonly related: readonly Hit[]
  readonly unmade: readonly Unmade[]
  readonly keep: null
  readonly status: RetrievalStatus
  readonly rebuild: null
  readonly settle: null
  readonly close: null
}

export type ToWorker = { readonly id: number; readonly ask: Ask } | { readonly changes: readonly Change[] }
export type FromWorker =
  | { readonly id: number; readonly answer: Answers[keyof Answers] }
  | { readonly id: number; readonly error: string }
  | { readonly level: 'debug' | 'warn'; readonly message: string; readonly fields?: Readonly<Record<string, unknown>> | undefined }

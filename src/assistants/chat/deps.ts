/** What talking to models needs from the instance around it. */
import type { Change } from '../../projections/changes.ts'
import type { Models } from '../models/models.ts'
import type { Recording } from '../record.ts'
import type { ToolDeps } from '../tools/tool.ts'

/** What a context is made from, see src/memory/context. */
export type ContextSource = {
  assemble(
    accountId: string,
    wanted: {
      readonly userMessage: string
      readonly conversationId: string
      readonly preset: string | null
      readonly recipeId: string | null
      readonly budgetTokens: number | null
    },
  ): Promise<{
    readonly text: string
    readonly turns: readonly string[]
    readonly manifest: {
      readonly sha256: string
      readonly tokens: number
      readonly items: readonly { readonly kind: string; readonly id: string; readonly tokens: number }[]
    }
  }>
}

export type ChatDeps = ToolDeps &
  Recording & {
    readonly projections: Recording['projections'] & { onChanges(listener: (changes: readonly Change[]) => void): () => void }
    readonly models: Pick<Models, 'open'>
    readonly context: ContextSource
    readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: Readonly<Record<string, unknown>>) => void
    /** Milliseconds until an answer under way is recorded for the first time. */
    readonly checkpointMs?: number
  }

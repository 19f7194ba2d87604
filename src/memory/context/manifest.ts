/** What went into a context and what did not, each with its reasons: so that a person can see, and anybody can repeat, what an assistant was told. */
import type { Signal } from '../retrieval/types.ts'
import type { Layer } from './layers.ts'

export type ItemKind = 'memory' | 'message' | 'conversation' | 'setting'

export type ManifestItem = {
  readonly id: string
  readonly kind: ItemKind
  readonly layer: Layer
  /** Comparable within its layer. */
  readonly score: number
  readonly why: readonly Signal[]
  readonly tokens: number
}

/**
 * `budget`: there was no room. `excluded`: its owner leaves it out. `unsure`: below the threshold. `sensitive`: only told when the task is
 * about it. `layer-off`: its layer is switched off.
 */
export type DropReason = 'budget' | 'excluded' | 'unsure' | 'sensitive' | 'layer-off'
export type Dropped = { readonly id: string; readonly kind: ItemKind; readonly layer: Layer; readonly reason: DropReason }

export type Manifest = {
  /** SHA-256 of the text, hex. */
  readonly sha256: string
  readonly tokenizer: string
  readonly budget: number
  /** Of the text, and of the message that it goes with. */
  readonly tokens: number
  readonly preset: string | null
  readonly recipeId: string | null
  readonly layers: readonly { readonly layer: Layer; readonly budget: number; readonly tokens: number; readonly items: number }[]
  /** In the order of the text. */
  readonly items: readonly ManifestItem[]
  readonly dropped: readonly Dropped[]
}

/** What can be asked of a person's vault, and what is found: words of messages and memories, each with the reasons that brought it up. */

export type HitKind = 'message' | 'memory'

/** A question to one vault. `text` and `speaker` are attacker-controlled: at most `MAX_QUERY` characters of the text count. */
export type Query = {
  readonly text: string
  /** Hits at most, 1 … 200. */
  readonly limit: number
  /** Both kinds unless told. */
  readonly kinds?: readonly HitKind[] | undefined
  /** ISO 8601: only what was said at `since` or later, before `until`. What has no known time is left out. */
  readonly since?: string | undefined
  readonly until?: string | undefined
  readonly provider?: string | undefined
  readonly conversationId?: string | undefined
  /** Name of who spoke. */
  readonly speaker?: string | undefined
  readonly role?: string | undefined
  /** Also what its source does not show, and what a machine put there. */
  readonly includeHidden?: boolean | undefined
  /** Also memories whose place another took, and those that were put away. */
  readonly includeSuperseded?: boolean | undefined
  /** The last word is still being typed: only what contains the words itself is found. */
  readonly prefix?: boolean | undefined
  /** Only as many hits as fit, best per token first; see budget.ts. */
  readonly budgetTokens?: number | undefined
}

/** One reason of a score, and how much of it: `words`, `neighbours`, `conversation`, `topic`, `speaker`, `time`, `vector`, … */
export type Signal = { readonly signal: string; readonly value: number }

/** Half-open, UTF-16 units of the text that `searchableText` gives for the message, or of the memory's text. */
export type Span = readonly [start: number, end: number]

export type Hit = {
  readonly kind: HitKind
  readonly id: string
  /** Of a memory: that of its first evidence; empty when it rests on its owner's word alone. */
  readonly conversationId: string
  readonly messageId: string
  /** Comparable within one answer only. */
  readonly score: number
  readonly why: readonly Signal[]
  readonly spans: readonly Span[]
  /** When it was said or observed, ISO 8601; null when unknown. */
  readonly at: string | null
}

export type SearchResult = {
  /** Best first; with `budgetTokens`, the chosen ones in that order. */
  readonly hits: readonly Hit[]
  readonly tookMs: number
  /** Commits of the log that the answer knows of. */
  readonly indexedTo: number
  /** The words of the question that the vault knows in some form. */
  readonly terms: readonly string[]
}

/** What hits are asked for that are like something that is there. */
export type Related = { readonly messageId: string } | { readonly conversationId: string } | { readonly memoryId: string }

export type RetrievalStatus = {
  readonly messages: number
  readonly memories: number
  readonly terms: number
  /** Memory of the index, bytes. */
  readonly bytes: number
  readonly indexedTo: number
  readonly ready: boolean
}

export const MAX_QUERY = 2_000

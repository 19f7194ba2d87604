/** What a context is composed of: memories, words that were said, and the conversation it is for. Read by gather.ts; everything said is attacker-controlled. */
import type { Signal, Span } from '../retrieval/types.ts'

/** A memory as it may be told. `importance` is today's, after what time takes. */
export type KnownMemory = {
  readonly id: string
  readonly type: string
  readonly category: string
  readonly text: string
  readonly subject: string
  readonly tags: readonly string[]
  readonly status: string
  readonly pinned: boolean
  readonly confidence: number
  readonly importance: number
  readonly sensitive: boolean
  /** When it was said; ISO 8601, as far as known. */
  readonly observedAt: string | null
  readonly validFrom: string | null
  readonly validTo: string | null
  /** Memories that say otherwise, and nothing tells which is right. */
  readonly disputedWith: readonly string[]
  /** Of its evidence. */
  readonly conversationIds: readonly string[]
}

/** How well something fits the task. `score`: comparable within one answer only. */
export type Found = { readonly score: number; readonly why: readonly Signal[] }
export type FoundMemory = Found & { readonly memory: KnownMemory }

/** One message, as text. `ordinal`: its place in its conversation. */
export type Turn = {
  readonly id: string
  readonly conversationId: string
  /** What it answers. */
  readonly parentId: string | null
  readonly ordinal: number
  readonly role: string
  readonly author: string | null
  /** ISO 8601; null when unknown. */
  readonly at: string | null
  readonly text: string
}

/** `spans`: of `turn.text`, what fitted. */
export type FoundTurn = Found & { readonly turn: Turn; readonly spans: readonly Span[] }

export type Setting = { readonly id: string; readonly title: string; readonly provider: string; readonly createdAt: string | null }

export type ContextFacts = {
  /** Everything that might be told of the person, whatever the task: who they are, how they like things. */
  readonly memories: readonly KnownMemory[]
  /** On the task, best first. */
  readonly foundMemories: readonly FoundMemory[]
  readonly foundTurns: readonly FoundTurn[]
  /** Of the turns that were found, and the one it is for. */
  readonly conversations: ReadonlyMap<string, Setting>
  /** Names in the task that memories are about, lower-case. */
  readonly names: readonly string[]
  /** Of what disputed memories are disputed with. */
  readonly disputed: ReadonlyMap<string, KnownMemory>
  readonly conversation: (Setting & { readonly turns: readonly Turn[] }) | null
}

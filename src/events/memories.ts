/**
 * The catalogue's part on memory: what was learnt from conversations, on what evidence, and what its owner says of it. All of it is private.
 *
 * An atomic chat unit (ACU) is the smallest span that can be cited: a paragraph, list item or block of code of one message. A memory is one sentence
 * with evidence: spans of signed messages, or the owner's own word. Nothing is a memory without.
 *
 * Machines derive (signed by the instance), people decide (signed by themselves): confirm, correct, pin, forget.
 */
import type { Json } from './conversations.ts'

export type AcuType =
  | 'statement'
  | 'question'
  | 'answer'
  | 'list_item'
  | 'heading'
  | 'code_snippet'
  | 'table'
  | 'formula'
  | 'quote'
  | 'decision'
  | 'task'
  | 'thought'

/** 0..1 each. */
export type AcuQuality = { readonly overall: number; readonly richness: number; readonly integrity: number; readonly uniqueness: number }

/** `start`, `end`: half-open, UTF-16 units of the text of block `block`. `hash`: SHA-256 of those characters in UTF-8, first 16 bytes, hex. */
export type Acu = {
  readonly id: string
  readonly messageId: string
  readonly block: number
  readonly start: number
  readonly end: number
  readonly type: AcuType
  readonly language: string | null
  readonly quality: AcuQuality
  readonly hash: string
}

export type MemoryType =
  | 'episodic'
  | 'semantic'
  | 'procedural'
  | 'factual'
  | 'preference'
  | 'identity'
  | 'relationship'
  | 'goal'
  | 'project'
  | 'custom'

/** Words of a message that a memory rests on. `position`: of the message's event in the log. `quote`: exactly the characters `[start, end)` of the block. */
export type Evidence = {
  readonly conversationId: string
  readonly messageId: string
  readonly position: number
  readonly block: number
  readonly start: number
  readonly end: number
  readonly quote: string
  readonly role: 'user' | 'assistant'
  readonly stance: 'supports' | 'contradicts'
}

/** What came to the memory. `rules`: the deterministic pipeline; `model`: proposed by one, its quote checked; `import`: another assistant's memory; `assistant`: over MCP. */
export type Derivation = {
  readonly engine: 'rules' | 'model' | 'person' | 'import' | 'assistant' | 'rollup'
  /** Rule and its version, or the assistant's name. */
  readonly by: string
  readonly model: string | null
  /** SHA-256, hex. */
  readonly prompt: string | null
  readonly output: string | null
}

/** What a memory says. Times in the world: ISO 8601, a date may be known to the day, month or year only (`2023-05`). */
export type Claim = {
  readonly type: MemoryType
  /** One of its type's, see `src/memory/types.ts`; free for custom ones. */
  readonly category: string
  /** One sentence. */
  readonly text: string
  /** Lower-case, as they are compared: who or what, which of its properties, which value. */
  readonly subject: string
  readonly predicate: string
  readonly object: string
  readonly language: string | null
  readonly validFrom: string | null
  readonly validTo: string | null
  readonly tags: readonly string[]
}

export type MemoryStatus = 'candidate' | 'active' | 'superseded' | 'disputed' | 'archived' | 'forgotten'

export type Memory = Claim & {
  readonly id: string
  readonly accountId: string
  readonly status: 'candidate' | 'active'
  /** 0..1 each. */
  readonly confidence: number
  readonly importance: number
  readonly sensitive: boolean
  /** When the evidence was said, as far as known; null: not at a known time. */
  readonly observedAt: string | null
  readonly evidence: readonly Evidence[]
  readonly derivation: Derivation
  /** Other memories that it is made of (rollups). */
  readonly members: readonly string[]
  readonly at: string
}

export type RelationKind =
  | 'similar'
  | 'contradicts'
  | 'supports'
  | 'related_to'
  | 'derived_from'
  | 'same_topic'
  | 'same_event'
  | 'follows'
  | 'precedes'

/** Who read. `name`: as the application or assistant calls itself. */
export type Reader = { readonly kind: 'app' | 'assistant'; readonly appId: string | null; readonly grantId: string | null; readonly name: string }

type Own = { readonly id: string; readonly accountId: string; readonly at: string }

export type MemoryEvents = {
  /** The spans of some messages of a conversation, by one version of the rules. Spans say where, never what. */
  'acu:segment': {
    readonly accountId: string
    readonly conversationId: string
    readonly rules: string
    readonly acus: readonly Acu[]
    readonly at: string
  }
  /** One that a person wrote: of their own, or on top of another. */
  'acu:create': Own & {
    readonly text: string
    readonly type: AcuType
    readonly tags: readonly string[]
    readonly parentId: string | null
    readonly relation: 'remix' | 'annotation' | null
  }
  'acu:delete': Own
  'acu:link': {
    readonly accountId: string
    readonly sourceId: string
    readonly targetId: string
    readonly relation: string
    readonly weight: number
    readonly at: string
  }
  'acu:unlink': { readonly accountId: string; readonly sourceId: string; readonly targetId: string; readonly relation: string; readonly at: string }

  'memory:record': Memory
  /** The same again, from elsewhere: evidence is added, never text. */
  'memory:support': Own & { readonly evidence: readonly Evidence[] }
  /** True until `validTo`; then `by` took its place. Both stay, dated. */
  'memory:supersede': Own & { readonly by: string; readonly validTo: string | null }
  /** Says otherwise than another, and nothing tells which is right. */
  'memory:dispute': Own & { readonly with: string }
  /** Its owner says which it is: this one holds. The other is superseded in the same commit, or kept. */
  'memory:resolve': Own & { readonly with: string; readonly as: 'holds' | 'both' }
  'memory:confirm': Own
  /** In its owner's words: new claim, same memory. What it said before stays in its history. */
  'memory:correct': Own & { readonly claim: Claim }
  'memory:pin': Own
  'memory:unpin': Own
  'memory:archive': Own
  'memory:restore': Own
  /** Erased, and never derived again from the same words. `marks`: keyed hashes of what it rested on, so that nothing of it is kept. */
  'memory:forget': Own & { readonly marks: readonly string[] }
  'memory:relate': {
    readonly accountId: string
    readonly sourceId: string
    readonly targetId: string
    readonly relation: RelationKind
    readonly weight: number
    readonly at: string
  }
  'memory:unrelate': {
    readonly accountId: string
    readonly sourceId: string
    readonly targetId: string
    readonly relation: RelationKind
    readonly at: string
  }
  /** An application or assistant read from the vault, and what. */
  'memory:access': Own & {
    readonly reader: Reader
    /** The route or tool. */
    readonly what: string
    readonly query: string | null
    readonly conversationIds: readonly string[]
    readonly messageIds: readonly string[]
    readonly memoryIds: readonly string[]
    /** How much it was given, in tokens. */
    readonly tokens: number | null
  }
  /** A model was asked to propose memories. What was refused is counted, by reason. */
  'extraction:report': Own & {
    readonly conversationId: string
    readonly provider: string
    readonly model: string
    readonly prompt: string
    readonly output: string
    readonly proposed: number
    readonly accepted: number
    readonly rejected: readonly { readonly reason: string; readonly count: number }[]
  }

  /** A person's own way to a model. The key itself is sealed in the keyring under `byok/<accountId>/<id>`, and is in no event. */
  'model:add': Own & {
    readonly provider: string
    readonly name: string
    readonly model: string
    readonly baseUrl: string | null
    readonly embeddingModel: string | null
  }
  'model:remove': Own
  'context:settings': { readonly accountId: string; readonly settings: Json; readonly at: string }
  'recipe:save': Own & {
    readonly name: string
    readonly description: string
    readonly weights: { readonly [layer: string]: number }
    readonly excluded: readonly string[]
    readonly budget: number | null
  }
  'recipe:delete': Own
}

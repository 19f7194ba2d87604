/**
 * What importers find: conversations, files, a provider's own memory of somebody, and what they had to leave. Plain data, so that it can cross
 * from the thread that parses to the one that records. Ids are still the source's own; `record.ts` gives the ids of this instance.
 */
import type { Block, Conversation, Instant, Json, Message, SkipReason, Usage } from '../events/conversations.ts'

/** A conversation with everything that was said in it. Branches are told by `parent`; the order of `messages` is the source's. */
export type FoundConversation = {
  /** Its id, as an export of this very account says. Believed only when the account has a conversation of this id. */
  readonly here?: string
  /** Unique with this provider; where a source has none, a hash of what does not change when the conversation goes on. */
  readonly nativeId: string
  /** Where one importer reads several providers; the importer's own otherwise. */
  readonly provider?: string
  readonly product: Conversation['product']
  /** Null: there is none, and one is derived from what the person said first. */
  readonly title: string | null
  readonly createdAt: Instant
  readonly updatedAt: Instant
  readonly model: string | null
  readonly project: Conversation['project']
  readonly tags: readonly string[]
  readonly starred: boolean
  readonly archived: boolean
  readonly temporary: boolean
  readonly doNotRemember: boolean
  readonly groupedBy: Conversation['groupedBy']
  /** Native id of the last message that the source shows; null: unknown. May name one of `joints`. */
  readonly activeLeaf: string | null
  readonly messages: readonly FoundMessage[]
  /** Nodes of the source's tree that say nothing, as [id, parent]: a parent may be one of them, and what hangs on it goes to the next that speaks. */
  readonly joints: readonly (readonly [id: string, parent: string | null])[]
  /** File of the archive, JSON pointer (or `line 12`) in it, and SHA-256 (hex) of the exact bytes there; null where there are none. */
  readonly member: string | null
  readonly pointer: string | null
  readonly raw: string | null
  readonly url: string | null
  /** What else the source says of it. */
  readonly extra: Json
}

export type FoundMessage = {
  /** Its id in a conversation that is `here`. */
  readonly here?: string
  /** Unique in its conversation. */
  readonly nativeId: string
  /** Native id of the message (or joint) before it; null: the first. One that is not there is repaired, and reported. */
  readonly parent: string | null
  readonly role: Message['role']
  readonly author: string | null
  readonly recipient: string | null
  readonly channel: string | null
  readonly model: string | null
  readonly status: Message['status']
  readonly hidden: boolean
  readonly injected: boolean
  readonly createdAt: Instant
  /** In the source's order. A file is named by `asset.pointer`, with `state: 'missing-in-export'` until its bytes are found; an `assetId` is its source's own, told as `asset <id>`. */
  readonly blocks: readonly Block[]
  readonly usage?: Usage
  readonly rating?: number
  readonly latencyMs?: number
  /** Inside `FoundConversation.member`. */
  readonly pointer: string | null
  readonly raw: string | null
  readonly extra: Json
}

/** A file, told BEFORE the conversation that shows it. `nativeId`: what blocks call it in `asset.pointer`. Telling it twice does no harm. */
export type FoundAsset = {
  readonly nativeId: string
  /** A member of the archive, or the bytes themselves. */
  readonly content: { readonly member: string } | { readonly bytes: Uint8Array }
  readonly name: string | null
  /** Null: seen from its first bytes. */
  readonly mime: string | null
}

/** What a provider says that it remembers of the person. */
export type FoundMemory = {
  /** Null where it has none: the text tells it apart. */
  readonly nativeId: string | null
  readonly text: string
  readonly createdAt: Instant
  /** What it belongs to, e.g. a project's name; null: the person. */
  readonly scope: string | null
  readonly member: string | null
  readonly pointer: string | null
  readonly raw: string | null
  readonly extra: Json
}

export type Found =
  | { readonly kind: 'conversation'; readonly conversation: FoundConversation }
  | { readonly kind: 'memory'; readonly memory: FoundMemory }
  | { readonly kind: 'asset'; readonly asset: FoundAsset }
  /** Not taken over. `item`: for its owner to find, e.g. `conversations.json /12 "Tea"`. */
  | { readonly kind: 'skipped'; readonly item: string; readonly reason: SkipReason; readonly detail: string }
  /** A kind of content that was kept, and is not understood, e.g. `message chatgpt/super_widget`. Told once for each time it occurs. */
  | { readonly kind: 'unknown'; readonly type: string }

export const skipped = (item: string, reason: SkipReason, detail: string): Found => ({ kind: 'skipped', item, reason, detail })

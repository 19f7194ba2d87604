/**
 * The catalogue's part on conversations with machines and people: what was said, where it came from, and how its owner keeps it. All of it is private.
 *
 * Nothing of a source is lost: block order, branches, unknown kinds and the provider's other fields (`extra`) are kept as they came. Text is
 * byte-equal to the source's; what is found inside text (code, tables, formulas) is found when it is read.
 *
 * Ids of what was imported are hashes of where it came from (see `identifiers.ts`): importing it again names the same things again.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** A moment as a source tells it. `value`: ISO 8601 UTC with milliseconds, null when unknown; never invented. `original`: as it was written. */
export type Instant = {
  readonly value: string | null
  readonly original: string | number | null
  readonly confidence: 'exact' | 'derived' | 'inferred' | 'unknown'
}

/** Where a conversation was found. `pointer`: JSON pointer or line in `member`, a file of the archive. `raw`: SHA-256 (hex) of the record's bytes. */
export type ConversationSource = {
  readonly importId: string | null
  readonly importer: string
  readonly importerVersion: number
  /** SHA-256 (hex) of the file that was given to us; null when there was none. */
  readonly archive: string | null
  readonly member: string | null
  readonly pointer: string | null
  readonly raw: string | null
  readonly nativeId: string | null
  /** Of a share link or saved page. */
  readonly url: string | null
}

export type MessageSource = {
  readonly importId: string | null
  readonly pointer: string | null
  readonly raw: string | null
  readonly nativeId: string | null
}

/** Origins: brought in from a file; from a link or saved page; talked here; made by an application over the API; continued from another one. */
export type ConversationOrigin = 'import' | 'capture' | 'chat' | 'api' | 'fork'

export type ConversationDetails = {
  readonly title: string
  readonly titleSource: 'provider' | 'derived' | 'person'
  /** Lower-case, no `#`. */
  readonly tags: readonly string[]
  readonly starred: boolean
  readonly archived: boolean
  /** The last message of the branch that is shown; null: the newest leaf. */
  readonly activeLeafId: string | null
}

export type Conversation = ConversationDetails & {
  readonly id: string
  readonly accountId: string
  readonly origin: ConversationOrigin
  /** `chatgpt`, `claude`, …; `vivim` for what was talked here. */
  readonly provider: string
  readonly product: 'web' | 'cli' | 'ide' | 'api' | 'share' | null
  readonly createdAt: Instant
  readonly updatedAt: Instant
  readonly model: string | null
  readonly project: { readonly id: string | null; readonly name: string | null } | null
  /** Not to be kept for long, says its source; `doNotRemember`: nothing is to be learnt from it. */
  readonly temporary: boolean
  readonly doNotRemember: boolean
  readonly groupedBy: 'native' | 'time-gap'
  readonly forkedFrom: { readonly conversationId: string; readonly messageId: string | null } | null
  readonly source: ConversationSource | null
  /** Everything else that the source says of it. */
  readonly extra: Json
  /** When it was recorded here. */
  readonly at: string
}

export type Role = 'user' | 'assistant' | 'system' | 'tool' | 'developer' | 'context'

export type Usage = {
  readonly input?: number
  readonly output?: number
  readonly reasoning?: number
  readonly cacheRead?: number
  readonly cacheWrite?: number
  readonly total?: number
  readonly counted: 'provider' | 'local'
}

/** Something a text rests on. `start`, `end`: half-open, UTF-16 units of the block's text. */
export type Citation = {
  readonly start?: number
  readonly end?: number
  readonly kind: 'web' | 'file' | 'memory' | 'connector'
  readonly url?: string
  readonly title?: string
  readonly snippet?: string
  readonly refId?: string
}

/** `assetId`: of an `asset:store`; null while the bytes are not here. */
export type AssetRef = {
  readonly assetId: string | null
  readonly pointer: string | null
  readonly name?: string
  readonly mime?: string
  readonly bytes?: number
  readonly state: 'stored' | 'missing-in-export' | 'external'
}

export type Block = { readonly citations?: readonly Citation[]; readonly extra?: Json } & (
  | { readonly t: 'text'; readonly format: 'markdown' | 'plain' | 'html'; readonly text: string }
  | { readonly t: 'code'; readonly lang?: string; readonly text: string; readonly filename?: string }
  | {
      readonly t: 'image' | 'audio' | 'video' | 'file'
      readonly asset: AssetRef
      readonly alt?: string
      readonly prompt?: string
      readonly transcript?: string
      readonly width?: number
      readonly height?: number
      readonly durationMs?: number
    }
  | {
      readonly t: 'reasoning'
      readonly text?: string
      readonly summary?: string
      readonly encrypted?: boolean
      readonly durationMs?: number
      readonly recap?: boolean
    }
  | { readonly t: 'tool_call'; readonly callId: string | null; readonly name: string; readonly args: Json; readonly server?: string }
  | {
      readonly t: 'tool_result'
      readonly callId: string | null
      readonly name?: string
      readonly ok: boolean | null
      readonly content: readonly Block[]
      readonly structured?: Json
    }
  | {
      readonly t: 'artifact'
      readonly artifactId: string
      readonly version: string | null
      readonly kind: string
      readonly title: string
      readonly op: 'create' | 'update' | 'rewrite'
      readonly content?: string
      readonly patch?: Json
    }
  | {
      readonly t: 'search'
      readonly queries: readonly string[]
      readonly results: readonly { readonly url: string; readonly title: string; readonly snippet: string; readonly published?: string }[]
    }
  | { readonly t: 'error'; readonly name: string; readonly text: string }
  /** Of a kind that we do not know: the source's record, as it came. */
  | { readonly t: 'opaque'; readonly nativeType: string; readonly raw: Json }
)

export type Message = {
  readonly id: string
  readonly conversationId: string
  readonly accountId: string
  readonly parentId: string | null
  readonly role: Role
  /** Who spoke, where a name is known. */
  readonly author: string | null
  /** The tool that a message is for; null: everybody. */
  readonly recipient: string | null
  readonly channel: string | null
  readonly model: string | null
  readonly status: 'complete' | 'partial' | 'error' | 'aborted'
  /** Not shown by its source. */
  readonly hidden: boolean
  /** Put there by a machine (recalled memory, reminders, environment): nothing is learnt from it. */
  readonly injected: boolean
  readonly createdAt: Instant
  readonly blocks: readonly Block[]
  readonly usage?: Usage
  readonly rating?: number
  readonly latencyMs?: number
  readonly source: MessageSource | null
  readonly extra: Json
}

/** Something that was not taken over, and why. `item`: what it was, for its owner to find; `count`: how many of the kind. */
export type Skipped = { readonly item: string; readonly reason: SkipReason; readonly detail: string; readonly count: number }

export type SkipReason =
  | 'unreadable' // not the JSON, text or archive that it should be
  | 'encoding' // not UTF-8
  | 'truncated' // ends too early
  | 'too-large'
  | 'unsafe-path' // would leave its archive
  | 'bomb' // grows beyond reason when unpacked
  | 'encrypted'
  | 'missing' // named by the archive, and not in it
  | 'no-messages'
  | 'no-content'
  | 'cycle' // its own ancestor
  | 'duplicate' // the same id twice, with other content
  | 'deleted' // was here, and its owner deleted it
  | 'never-opened' // account, billing, sign-in data: none of our business
  | 'unknown-format'
  | 'invalid'
  | 'expired'

export type ImportCounts = {
  readonly conversations: number
  readonly messages: number
  readonly assets: number
  readonly memories: number
}

export type ImportReport = {
  readonly id: string
  readonly accountId: string
  readonly at: string
  /** `complete`: everything found is here. `partial`: something was skipped. `failed`: nothing could be taken. `cancelled`: by its owner. */
  readonly state: 'complete' | 'partial' | 'failed' | 'cancelled'
  /** In plain words, for its owner. */
  readonly summary: string
  readonly formats: readonly { readonly importer: string; readonly version: number; readonly conversations: number }[]
  readonly found: ImportCounts
  /** New here. */
  readonly imported: ImportCounts
  /** Were here already, equal. */
  readonly unchanged: ImportCounts
  /** Were here, and have changed at their source. */
  readonly updated: ImportCounts
  readonly skipped: readonly Skipped[]
  /** Kinds of content that we keep, and do not understand. */
  readonly unknown: readonly { readonly type: string; readonly count: number }[]
  /** Files that the source names and does not contain. */
  readonly missingAssets: number
}

/** Things can be kept together: `collection` in folders, `notebook` in an order of their own. */
export type ShelfKind = 'collection' | 'notebook'
export type Shelf = {
  readonly id: string
  readonly accountId: string
  readonly kind: ShelfKind
  readonly name: string
  readonly description: string
  readonly icon: string | null
  readonly color: string | null
  /** Collections may lie in one another. */
  readonly parentId: string | null
}
export type ShelfItem = { readonly kind: 'conversation' | 'message' | 'acu' | 'memory'; readonly id: string }

/** A span of a message that stands for itself, see memories.ts. */
type Own = { readonly id: string; readonly accountId: string; readonly at: string }

export type ConversationEvents = {
  'conversation:create': Conversation
  'conversation:update': Own & ConversationDetails & { readonly updatedAt: Instant }
  /** Everything that was said in it is erased. */
  'conversation:delete': Own
  /** Whoever has the link may read it, up to a message and a moment. `tokenHash`: SHA-256 (base64url) of the secret in the link. */
  'conversation:share': Own & {
    readonly shareId: string
    readonly tokenHash: string
    readonly leafId: string | null
    readonly expiresAt: string | null
  }
  'conversation:unshare': Own & { readonly shareId: string }
  'message:add': Message
  /** The same message, changed at its source: finished meanwhile, corrected, rated. */
  'message:update': Message
  /** A file that belongs to conversations, sealed on disk under `key` (32 bytes, base64): whoever erases this event erases the file. */
  'asset:store': Own & {
    readonly sha256: string
    readonly bytes: number
    readonly mime: string
    readonly name: string | null
    readonly file: string
    readonly key: string
  }
  'asset:delete': Own

  'import:start': Own & {
    readonly name: string
    readonly bytes: number
    readonly sha256: string
    readonly via: 'upload' | 'command' | 'link' | 'page' | 'text'
  }
  'import:report': ImportReport

  'shelf:create': Shelf & { readonly at: string }
  'shelf:update': Shelf & { readonly at: string }
  'shelf:delete': Own
  'shelf:put': Own & { readonly item: ShelfItem; readonly note: string; readonly place: number }
  'shelf:take': Own & { readonly item: ShelfItem }
}

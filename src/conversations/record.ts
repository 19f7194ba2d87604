/**
 * A found conversation as what is to be recorded: ids of this instance, its tree in order, everything within limits. Pure: the same found
 * conversation of the same account gives the same conversation, whoever imports it and when, but for the moment and the import it names.
 */
import { hash } from 'node:crypto'
import type { AssetRef, Block, Conversation, ConversationOrigin, Instant, Message } from '../events/conversations.ts'
import { conversationIdOf, messageIdOf } from '../events/identifiers.ts'
import { LIMITS } from '../events/limits.ts'
import { Fitting, type Spill } from './fit.ts'
import type { FoundConversation, FoundMessage } from './found.ts'
import { arranged, type Problem } from './tree.ts'

/** `imported`: who read it. `assets`: a stored file by the name that blocks give it. */
export type Recording = {
  readonly accountId: string
  readonly importId: string | null
  readonly imported: { readonly importer: string; readonly version: number; readonly provider: string }
  /** SHA-256 (hex) of the file that was given. */
  readonly archive: string | null
  readonly origin: ConversationOrigin
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly assets: (pointer: string) => StoredAsset | null
  /** Of the conversation, when the account has it, and an export of it says which it is. */
  readonly here?: string | null
}

export type StoredAsset = { readonly assetId: string; readonly bytes: number; readonly mime: string; readonly name: string | null }

export type Draft = {
  readonly conversation: Conversation
  /** A parent before its answers. */
  readonly messages: readonly Message[]
  readonly problems: readonly Problem[]
  /** To be stored as files before the messages that name them. */
  readonly spills: readonly Spill[]
  /** Files that it names, and whose bytes nobody brought. */
  readonly missingAssets: number
}

/** Clocks differ: what is further ahead than this is wrong. Milliseconds. */
const AHEAD = 24 * 60 * 60 * 1000

export function draftOf(found: FoundConversation, recording: Recording): Draft {
  const { accountId, imported, now } = recording
  const fitting = new Fitting(accountId)
  const files = new Files(recording.assets)
  const clock = new Clock(now)
  const provider = found.provider ?? imported.provider
  const id = recording.here ?? conversationIdOf(accountId, provider, found.nativeId)
  const { placed, problems, resolve } = arranged(found)
  const known = new Map(recording.here == null ? [] : placed.map(({ nativeId, message }) => [nativeId, message.here]))
  const idOf = (nativeId: string): string => known.get(nativeId) ?? messageIdOf(id, nativeId)
  const idOrNull = (nativeId: string | null): string | null => (nativeId === null ? null : idOf(nativeId))
  const messages = placed.slice(0, LIMITS.messages).map(({ message, nativeId, parent }) => ({
    id: idOf(nativeId),
    conversationId: id,
    accountId,
    parentId: idOrNull(parent),
    ...said(message, { fitting, files, clock }),
    source: { importId: recording.importId, pointer: message.pointer, raw: message.raw, nativeId: short(nativeId) },
  }))
  const conversation: Conversation = {
    id,
    accountId,
    origin: recording.origin,
    provider,
    product: found.product,
    ...titled(found, fitting),
    tags: [...new Set(found.tags.map((tag) => fitting.label(tag.replace(/^#/, '').toLowerCase(), LIMITS.tag) ?? ''))]
      .filter((tag) => tag !== '')
      .slice(0, LIMITS.tags),
    starred: found.starred,
    archived: found.archived,
    activeLeafId: idOrNull(resolve(found.activeLeaf)),
    createdAt: clock.told(found.createdAt),
    updatedAt: clock.told(found.updatedAt),
    model: fitting.label(found.model),
    project: found.project === null ? null : { id: fitting.label(found.project.id, LIMITS.uri), name: fitting.label(found.project.name) },
    temporary: found.temporary,
    doNotRemember: found.doNotRemember,
    groupedBy: found.groupedBy,
    forkedFrom: null,
    source: sourceOf(found, recording),
    extra: fitting.json(found.extra, 'conversation.json'),
    at: new Date(now).toISOString(),
  }
  return {
    conversation,
    messages,
    problems: [...problems, ...clock.problems, ...troubles(fitting, placed.length)],
    spills: fitting.spills,
    missingAssets: files.missing,
  }
}

type Tools = { readonly fitting: Fitting; readonly files: Files; readonly clock: Clock }

function said(message: FoundMessage, { fitting, files, clock }: Tools): Omit<Message, 'id' | 'conversationId' | 'accountId' | 'parentId' | 'source'> {
  const { usage, rating, latencyMs } = message
  return {
    role: message.role,
    author: fitting.label(message.author),
    recipient: fitting.label(message.recipient),
    channel: fitting.label(message.channel),
    model: fitting.label(message.model),
    status: message.status,
    hidden: message.hidden,
    injected: message.injected,
    createdAt: clock.told(message.createdAt),
    blocks: files.found(fitting.blocks(message.blocks)),
    ...(usage === undefined ? {} : { usage }),
    ...(rating === undefined ? {} : { rating }),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    extra: fitting.json(message.extra, 'message.json'),
  }
}

const LONGEST_TITLE = 80

/** Without a title of its own: what the person said first. */
function titled({ title, messages }: FoundConversation, fitting: Fitting): Pick<Conversation, 'title' | 'titleSource'> {
  const given = fitting.label(title)?.trim() ?? ''
  if (given !== '') return { title: given, titleSource: 'provider' }
  const first = messages.find(({ role, hidden, injected }) => role === 'user' && !hidden && !injected)
  const text = first?.blocks.flatMap((block) => (block.t === 'text' ? [block.text.slice(0, 1000)] : [])).join(' ') ?? ''
  const words = text.replaceAll(/\s+/g, ' ').trim()
  const cut = words.length <= LONGEST_TITLE ? words : `${words.slice(0, LONGEST_TITLE - 1).replace(/\s\S{0,20}$/, '')}…`
  return { title: fitting.label(cut) || 'Untitled', titleSource: 'derived' }
}

function sourceOf(found: FoundConversation, { importId, imported, archive }: Recording): Conversation['source'] {
  return {
    importId,
    importer: imported.importer,
    importerVersion: imported.version,
    archive,
    member: found.member?.slice(0, LIMITS.uri) ?? null,
    pointer: found.pointer?.slice(0, LIMITS.uri) ?? null,
    raw: found.raw,
    nativeId: short(found.nativeId),
    url: found.url,
  }
}

/** Ids are short; one that is not is known by its hash. */
const short = (nativeId: string): string =>
  nativeId.length <= LIMITS.uri && nativeId.isWellFormed() && !nativeId.includes('\0') ? nativeId : `sha256:${hash('sha256', nativeId)}`

function troubles(fitting: Fitting, messages: number): readonly Problem[] {
  const problems: Problem[] = fitting.spills.map(({ name, bytes }) => ({
    reason: 'too-large',
    detail: `${bytes.length} bytes (${name}) are too long to be part of a message: kept whole as a file beside it`,
  }))
  if (fitting.replaced > 0)
    problems.push({ reason: 'encoding', detail: `${fitting.replaced} texts with characters that are none: replaced by U+FFFD` })
  if (messages > LIMITS.messages) problems.push({ reason: 'too-large', detail: `${messages} messages: the first ${LIMITS.messages} are kept` })
  return problems
}

/** Says of moments that have not come yet that they cannot be right, and keeps them as they were written. */
class Clock {
  readonly #latest: string
  #ahead = 0

  constructor(now: number) {
    this.#latest = new Date(now + AHEAD).toISOString()
  }

  told(instant: Instant): Instant {
    if (instant.value === null || instant.value <= this.#latest) return instant
    this.#ahead++
    return { ...instant, confidence: 'inferred' }
  }

  get problems(): readonly Problem[] {
    return this.#ahead === 0 ? [] : [{ reason: 'invalid', detail: `${this.#ahead} dates in the future: kept as they were written, not believed` }]
  }
}

/** Puts stored files where blocks name them. */
class Files {
  readonly #assets: Recording['assets']
  missing = 0

  constructor(assets: Recording['assets']) {
    this.#assets = assets
  }

  found(blocks: readonly Block[]): readonly Block[] {
    return blocks.map((block) => {
      if ('asset' in block) return { ...block, asset: this.#asset(block.asset) }
      return block.t === 'tool_result' ? { ...block, content: this.found(block.content) } : block
    })
  }

  #asset(asset: AssetRef): AssetRef {
    if (asset.state !== 'missing-in-export') return asset
    const stored =
      (asset.assetId === null ? null : this.#assets(`asset ${asset.assetId}`)) ?? (asset.pointer === null ? null : this.#assets(asset.pointer))
    if (stored === null) {
      this.missing++
      return { ...asset, assetId: null }
    }
    const { assetId, bytes, mime, name } = stored
    return { ...asset, assetId, bytes, mime: asset.mime ?? mime, ...(asset.name === undefined && name !== null ? { name } : {}), state: 'stored' }
  }
}

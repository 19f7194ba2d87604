/**
 * Puts what was found into the ledger: many small conversations in one commit, a large one in several, what is here already not again.
 * What is refused is told in the report, and the rest goes on. Used by one import, for one account.
 */
import type pg from 'pg'
import type { ConversationOrigin } from '../events/conversations.ts'
import type { Command, Execute, Outcome, Refusal, Request } from '../handlers/commands.ts'
import { conversationById, conversationsByIds } from '../projections/read/conversations.ts'
import { messagesOf } from '../projections/read/messages.ts'
import type { RowCipher } from '../projections/row-cipher.ts'
import { COMMIT, chunks, commandsOf, grouped, mendedFrom, type Prepared } from './commits.ts'
import { FileKeeper } from './file-keeper.ts'
import { sizeOf } from './fit.ts'
import type { Found, FoundConversation, FoundMemory } from './found.ts'
import { type Known, merged } from './merge.ts'
import { type Draft, draftOf, type Recording } from './record.ts'
import type { Tally } from './tally.ts'

export type RecorderDeps = {
  readonly config: { readonly dataDir: string }
  readonly pool: pg.Pool
  readonly projections: { waitFor(position: number, timeoutMs?: number): Promise<boolean> }
  readonly execute: Execute
  readonly cipher: RowCipher
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Keeps what a provider remembered of the person. Absent: memories are counted as skipped. */
  readonly onMemories?: OnMemories | undefined
}

/** @returns how many are new, and how many were here already */
export type OnMemories = (of: {
  readonly accountId: string
  readonly importId: string | null
  readonly provider: string
  readonly memories: readonly FoundMemory[]
}) => Promise<{ readonly imported: number; readonly unchanged: number }>

export type ReadBy = { readonly importer: string; readonly version: number; readonly provider: string }

export type RecorderTask = {
  readonly accountId: string
  readonly by: Request['by']
  readonly importId: string | null
  readonly archive: string | null
  readonly origin: ConversationOrigin
  readonly tally: Tally
  /** The bytes of a member of the archive. */
  readonly open: (member: string) => AsyncIterable<Uint8Array>
}

/** Commits on their way at once. */
const MOST_UNDER_WAY = 3
/** How long to wait for the read tables before it goes on without them, milliseconds. */
const PATIENCE_MS = 30_000

export class Recorder {
  readonly #deps: RecorderDeps
  readonly #task: RecorderTask
  readonly #seen = new Set<string>()
  readonly #conversations = new Set<string>()
  readonly #files: FileKeeper
  #waiting: { readonly draft: Draft; readonly by: ReadBy; readonly item: string }[] = []
  #size = 0
  #memories: { readonly by: ReadBy; readonly memory: FoundMemory }[] = []
  readonly #underWay = new Set<Promise<void>>()
  #position = -1
  #failure: unknown = null

  constructor(deps: RecorderDeps, task: RecorderTask) {
    this.#deps = deps
    this.#task = task
    this.#files = new FileKeeper(deps, task)
  }

  /** Ids of the conversations that are here now because of this import, or were before. */
  get conversations(): ReadonlySet<string> {
    return this.#conversations
  }

  /** Takes it, and returns when there is room for more. @throws what keeps anything from being recorded: a fault, never bad input */
  async take(found: Found, by: ReadBy): Promise<void> {
    const { tally } = this.#task
    switch (found.kind) {
      case 'skipped':
        return tally.skip(found.item, found.reason, found.detail)
      case 'unknown':
        return tally.unknown(found.type)
      case 'asset':
        return this.#files.keep(found.asset)
      case 'memory':
        this.#memories.push({ by, memory: found.memory })
        if (this.#memories.length >= 200) await this.#keepMemories()
        return undefined
      default:
        return this.#conversation(found.conversation, by)
    }
  }

  /** When this returns, everything taken is durable, and shown by the read tables. */
  async flush(): Promise<void> {
    await this.#dispatch()
    await Promise.all(this.#underWay)
    if (this.#failure !== null) throw this.#failure
    await this.#keepMemories()
    await this.#shown(this.#position)
  }

  // ——— conversations

  async #conversation(found: FoundConversation, by: ReadBy): Promise<void> {
    const { tally } = this.#task
    const item = itemOf(found)
    if (found.messages.length === 0) return tally.skip(item, 'no-messages', 'nothing was said in it')
    const draft = draftOf(found, { ...this.#recording(), imported: by, here: await this.#here(found) })
    const { id } = draft.conversation
    if (this.#seen.has(id)) await this.flush() // told twice: the second time adds to the first
    tally.found.messages += draft.messages.length
    if (!this.#seen.has(id)) {
      tally.found.conversations++
      tally.format(by.importer, by.version)
    }
    for (const { reason, detail } of draft.problems) tally.skip(item, reason, detail)
    tally.missingAssets += draft.missingAssets
    for (const spill of draft.spills) {
      const { bytes, name, mime } = spill
      await this.#files.keep({ nativeId: `spill ${spill.sha256}`, content: { bytes }, name, mime })
    }
    this.#waiting.push({ draft, by, item })
    this.#size += draft.messages.reduce((sum, message) => sum + sizeOf(message), 0)
    const isFull = this.#size >= COMMIT.size || this.#waiting.reduce((sum, one) => sum + one.draft.messages.length + 1, 0) >= COMMIT.events
    if (isFull || this.#seen.has(id)) await this.#dispatch()
    this.#seen.add(id)
    if (this.#failure !== null) throw this.#failure
  }

  /** The id that an export of this account gives it, when the account has it. */
  async #here({ here }: FoundConversation): Promise<string | null> {
    if (here === undefined) return null
    return (await conversationById(this.#deps.pool, this.#deps.cipher, this.#task.accountId, here))?.id ?? null
  }

  #recording(): Omit<Recording, 'imported'> {
    const { accountId, importId, archive, origin } = this.#task
    return { accountId, importId, archive, origin, now: this.#deps.now(), assets: (pointer) => this.#files.find(pointer) }
  }

  /** Sends what waits on its way, once there is room. */
  async #dispatch(): Promise<void> {
    const [waiting, files] = [this.#waiting, this.#files.taken()]
    if (waiting.length === 0 && files.length === 0) return
    ;[this.#waiting, this.#size] = [[], 0]
    while (this.#underWay.size >= MOST_UNDER_WAY) await Promise.race(this.#underWay)
    const work = this.#record(waiting, files).catch((error: unknown) => {
      this.#failure ??= error
    })
    this.#underWay.add(work)
    void work.finally(() => this.#underWay.delete(work))
  }

  async #record(waiting: readonly { readonly draft: Draft; readonly item: string }[], files: readonly Command[]): Promise<void> {
    for (let at = 0; at < files.length; at += COMMIT.events) await this.#ask(files.slice(at, at + COMMIT.events))
    const prepared = await this.#prepared(waiting)
    for (const group of grouped(prepared)) {
      const outcome = group.length === 1 ? null : await this.#ask(group.flatMap(commandsOf))
      if (outcome?.ok === true) for (const one of group) this.#count(one)
      else for (const one of group) await this.#alone(one)
    }
    await this.#shown(this.#position - MOST_UNDER_WAY)
  }

  async #prepared(waiting: readonly { readonly draft: Draft; readonly item: string }[]): Promise<readonly Prepared[]> {
    const { pool, cipher } = this.#deps
    const ids = waiting.map(({ draft }) => draft.conversation.id)
    const here = await conversationsByIds(pool, cipher, this.#task.accountId, ids)
    const prepared: Prepared[] = []
    for (const { draft, item } of waiting) {
      const row = here.get(draft.conversation.id)
      if (row === undefined) prepared.push({ draft, item, isNew: true, merge: { details: null, added: draft.messages, changed: [], unchanged: 0 } })
      else {
        const known: Known = { conversation: row, messages: await messagesOf(pool, cipher, row.id) }
        prepared.push({ draft, item, isNew: false, merge: merged(draft, known, this.#conversations.has(row.id)) })
      }
    }
    return prepared
  }

  /** One conversation in as many commits as it needs. */
  async #alone(one: Prepared): Promise<void> {
    let sent = 0
    for (const commands of chunks(commandsOf(one))) {
      const outcome = await this.#ask(commands)
      if (!outcome.ok) {
        const mended = outcome.refusal.code === 'INVALID' ? mendedFrom(commands) : null
        const again = mended === null ? outcome : await this.#ask(mended)
        if (!again.ok) return this.#refused(one, again.refusal, sent)
        this.#task.tally.skip(one.item, 'invalid', `${outcome.refusal.message.slice(0, 500)}: what does not fit is kept as it came`)
      }
      sent += commands.length
    }
    return this.#count(one)
  }

  #refused({ item, draft }: Prepared, { code, message }: Refusal, sent: number): void {
    const some = sent === 0 ? '' : ` (after ${sent} of ${draft.messages.length} messages)`
    if (code === 'GONE') this.#task.tally.skip(item, 'deleted', 'you deleted it here: it does not come back')
    else this.#task.tally.skip(item, 'invalid', `${message.slice(0, 1_000)}${some}`)
  }

  #count({ draft, merge, isNew }: Prepared): void {
    const { imported, updated, unchanged } = this.#task.tally
    const { id } = draft.conversation
    const again = this.#conversations.has(id)
    this.#conversations.add(id)
    imported.messages += merge.added.length
    updated.messages += merge.changed.length
    unchanged.messages += merge.unchanged
    if (again) return
    const hasChanged = merge.details !== null || merge.added.length > 0 || merge.changed.length > 0
    const kind = isNew ? imported : hasChanged ? updated : unchanged
    kind.conversations++
  }

  // ——— memories

  async #keepMemories(): Promise<void> {
    const waiting = this.#memories
    this.#memories = []
    const { tally, accountId, importId } = this.#task
    tally.found.memories += waiting.length
    for (const [provider, memories] of Map.groupBy(waiting, ({ by }) => by.provider)) {
      if (this.#deps.onMemories === undefined) {
        tally.skip(`memories of ${provider}`, 'unknown-format', 'this instance keeps no memories')
        continue
      }
      const kept = await this.#deps.onMemories({ accountId, importId, provider, memories: memories.map(({ memory }) => memory) })
      tally.imported.memories += kept.imported
      tally.unchanged.memories += kept.unchanged
    }
  }

  // ——— the ledger

  async #ask(commands: readonly Command[]): Promise<Outcome> {
    if (commands.length === 0) return { ok: true, position: null, repeated: false }
    const outcome = await this.#deps.execute({ by: this.#task.by, lane: 'private', commands })
    if (outcome.ok && outcome.position !== null) this.#position = Math.max(this.#position, outcome.position)
    return outcome
  }

  /** The read tables must not fall far behind: what is here is looked up in them. */
  async #shown(position: number): Promise<void> {
    if (position >= 0) await this.#deps.projections.waitFor(position, PATIENCE_MS)
  }
}

const itemOf = ({ member, pointer, title, nativeId }: FoundConversation): string =>
  [member, pointer, title === null ? nativeId.slice(0, 80) : `"${title.slice(0, 200)}"`].filter((part) => part !== null && part !== '').join(' ')

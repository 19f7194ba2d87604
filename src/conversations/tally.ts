/** What an import comes to: counted while it runs, and put into words at its end. Pure. */
import type { ImportCounts, ImportReport, Skipped, SkipReason } from '../events/conversations.ts'
import { LIMITS } from '../events/limits.ts'

type Counts = { -readonly [K in keyof ImportCounts]: number }
const none = (): Counts => ({ conversations: 0, messages: 0, assets: 0, memories: 0 })

/** Reasons that leave nothing of a conversation behind. */
const HARMLESS: ReadonlySet<SkipReason> = new Set(['never-opened'])
const [MOST_LINES, MOST_TYPES] = [LIMITS.skipped - 20, 1000]

export class Tally {
  readonly found: Counts = none()
  readonly imported: Counts = none()
  readonly unchanged: Counts = none()
  readonly updated: Counts = none()
  missingAssets = 0
  readonly #formats = new Map<string, { readonly importer: string; readonly version: number; conversations: number }>()
  readonly #skipped = new Map<string, Skipped>()
  readonly #beyond = new Map<SkipReason, number>()
  readonly #unknown = new Map<string, number>()

  format(importer: string, version: number): void {
    const format = this.#formats.get(importer) ?? { importer, version, conversations: 0 }
    this.#formats.set(importer, { ...format, conversations: format.conversations + 1 })
  }

  /** The same line again is counted. What is too much for a report is counted by its reason. */
  skip(item: string, reason: SkipReason, detail: string): void {
    const line = { item: shown(item, LIMITS.url), reason, detail: shown(detail, 2_000), count: 1 }
    const key = JSON.stringify([line.item, reason, line.detail])
    const before = this.#skipped.get(key)
    if (before !== undefined || this.#skipped.size < MOST_LINES) this.#skipped.set(key, { ...line, count: (before?.count ?? 0) + 1 })
    else this.#beyond.set(reason, (this.#beyond.get(reason) ?? 0) + 1)
  }

  unknown(type: string): void {
    const name = shown(type, LIMITS.name)
    if (this.#unknown.has(name) || this.#unknown.size < MOST_TYPES - 1) this.#unknown.set(name, (this.#unknown.get(name) ?? 0) + 1)
    else this.#unknown.set('others', (this.#unknown.get('others') ?? 0) + 1)
  }

  get skippedLines(): number {
    return this.#skipped.size
  }

  /** @param cancelled  by its owner, before the end */
  report(cancelled: boolean): Omit<ImportReport, 'id' | 'accountId' | 'at'> {
    const skipped = [
      ...this.#skipped.values(),
      ...[...this.#beyond].map(([reason, count]) => ({ item: 'others', reason, detail: 'more than a report has lines', count })),
    ]
    const { found, imported, unchanged, updated, missingAssets } = this
    const state = cancelled ? 'cancelled' : this.#state(skipped)
    const counts = { found: { ...found }, imported: { ...imported }, unchanged: { ...unchanged }, updated: { ...updated } }
    const unknown = [...this.#unknown].map(([type, count]) => ({ type, count }))
    return { state, summary: summaryOf(state, this, skipped), formats: [...this.#formats.values()], ...counts, skipped, unknown, missingAssets }
  }

  /** Zero messages and nothing else is no success, whatever there was to read. */
  #state(skipped: readonly Skipped[]): ImportReport['state'] {
    const taken = [this.imported, this.unchanged, this.updated]
    if (taken.every(({ messages, memories }) => messages === 0 && memories === 0)) return 'failed'
    return skipped.some(({ reason }) => !HARMLESS.has(reason)) ? 'partial' : 'complete'
  }
}

const shown = (text: string, most: number): string => text.slice(0, most).toWellFormed().replaceAll('\0', '\ufffd')

function summaryOf(state: ImportReport['state'], { imported, unchanged, updated }: Tally, skipped: readonly Skipped[]): string {
  const parts = [
    `${counted(imported.conversations, 'new conversation')} and ${counted(imported.messages, 'new message')}`,
    ...(imported.memories > 0 ? [counted(imported.memories, 'new memory', 'new memories')] : []),
    ...(imported.assets > 0 ? [counted(imported.assets, 'new file')] : []),
    ...(updated.conversations > 0 ? [`${counted(updated.conversations, 'conversation')} went on or changed`] : []),
    ...(unchanged.conversations > 0
      ? [`${counted(unchanged.conversations, 'conversation')} ${unchanged.conversations === 1 ? 'was' : 'were'} here already`]
      : []),
    ...(skipped.length > 0 ? [`${counted(skipped.length, 'remark')}, see below`] : []),
  ]
  if (state === 'failed')
    return `Nothing was imported${skipped[0] === undefined ? '' : `: ${skipped[0].item}: ${skipped[0].detail}`}.`.slice(0, 2_000)
  return `${state === 'cancelled' ? 'Cancelled. Until then: ' : ''}${parts.join('; ')}.`
}

const counted = (n: number, noun: string, plural = `${noun}s`): string => `${n.toLocaleString('en')} ${n === 1 ? noun : plural}`

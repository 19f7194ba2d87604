/**
 * Captures conversations from share links and saved pages. A capture is an import with a beginning and a report, or a fault before it began. The
 * same link of the same person within the hour is not asked for again.
 */
import { hash } from 'node:crypto'
import type { ImportReport } from '../../events/conversations.ts'
import type { Found } from '../found.ts'
import type { Recorded, RecordRequest } from '../imports.ts'
import { type Asking, ask, resolved } from './ask.ts'
import { CaptureFault } from './capture-fault.ts'
import { linksOf, type Provider, type ShareLink, shareLink } from './links.ts'
import { LONGEST_PAGE, type PageRead } from './page.ts'
import { readPageText } from './reader.ts'

export type CaptureDeps = Asking & {
  readonly imports: { record(accountId: string, founds: Iterable<Found>, request: RecordRequest): Promise<Recorded> }
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

export type CaptureRequest = {
  readonly accountId: string
  /** For text: whose page it is, where it does not say so itself. */
  readonly provider?: Provider
} & ({ readonly url: string } | { readonly html: string; readonly url?: string })

export type Captured = {
  /** Null when there was no conversation in it: the report says why. */
  readonly conversationId: string | null
  readonly provider: Provider | null
  readonly report: ImportReport
  /** True when it was captured within the last hour, and not again. */
  readonly cached: boolean
}

export type CapturePhase = 'DETECTION' | 'FETCHING' | 'EXTRACTION' | 'VALIDATION' | 'NORMALIZATION' | 'SIGNING' | 'COMPLETED' | 'ERROR'
export type CaptureProgress = { readonly phase: CapturePhase; readonly percent: number; readonly message: string }
export type OnProgress = (progress: CaptureProgress) => void

/** One of many: what came of its link. */
export type BulkCaptured = { readonly url: string } & (
  | { readonly captured: Captured; readonly fault: null }
  | { readonly captured: null; readonly fault: CaptureFault }
)

export const MOST_LINKS = 20
const AT_ONCE = 3
const REMEMBERED_MS = 60 * 60 * 1000
const MOST_REMEMBERED = 1_000
const VERSION = 1

export class Capture {
  readonly #deps: CaptureDeps
  readonly #remembered = new Map<string, { readonly until: number; readonly captured: Captured }>()

  constructor(deps: CaptureDeps) {
    this.#deps = deps
  }

  /**
   * A conversation that is recorded, durable and readable, or the report of a capture that found none.
   *
   * @throws {CaptureFault} when there is nothing to read: nothing was recorded then
   */
  async one(request: CaptureRequest, onProgress: OnProgress = () => {}): Promise<Captured> {
    try {
      return await this.#captured(request, onProgress)
    } catch (error) {
      onProgress({ phase: 'ERROR', percent: 100, message: error instanceof CaptureFault ? error.message : 'it could not be captured' })
      throw error
    }
  }

  /** Each of at most 20 links, three at a time; one that fails does not keep the others. In the order of the links. */
  async many(
    accountId: string,
    urls: readonly string[],
    onProgress: (done: number, of: number) => void = () => {},
  ): Promise<readonly BulkCaptured[]> {
    if (urls.length > MOST_LINKS) throw new RangeError(`more than ${MOST_LINKS} links`)
    const results: BulkCaptured[] = []
    const waiting = urls.entries()
    let done = 0
    const work = async () => {
      for (const [index, url] of waiting) {
        results[index] = await this.one({ accountId, url }).then(
          (captured) => ({ url, captured, fault: null }),
          (error: unknown) => {
            if (error instanceof CaptureFault) return { url, captured: null, fault: error }
            throw error
          },
        )
        onProgress(++done, urls.length)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    return results
  }

  async #captured(request: CaptureRequest, onProgress: OnProgress): Promise<Captured> {
    const tell = (phase: CapturePhase, percent: number, message: string) => onProgress({ phase, percent, message })
    tell('DETECTION', 10, 'Looking at what it is')
    const link = linkOf(request)
    const key = link === null || 'html' in request ? null : `${request.accountId} ${link.url}`
    const remembered = key === null ? null : this.#recall(key)
    if (remembered !== null) {
      tell('COMPLETED', 100, 'Captured within the last hour')
      return { ...remembered, cached: true }
    }
    tell('DETECTION', 25, link === null ? 'A page' : `A share link of ${linksOf(link.provider).name}`)
    const { text, from } = await this.#text(request, link, tell)
    tell('EXTRACTION', 65, 'Reading what was said')
    const read = await readPageText(text, { link: from, provider: request.provider ?? from?.provider ?? null })
    tell('VALIDATION', 75, 'Looking whether something was said')
    const recorded = await this.#record(request, read, { text, from, tell })
    const captured: Captured = {
      conversationId: recorded.conversationIds[0] ?? null,
      provider: read.provider,
      report: recorded.report,
      cached: false,
    }
    if (captured.conversationId === null) tell('ERROR', 100, captured.report.summary)
    else tell('COMPLETED', 100, captured.report.summary)
    if (key !== null && captured.conversationId !== null) this.#remember(key, captured)
    return captured
  }

  async #text(request: CaptureRequest, link: ShareLink | null, tell: Tell): Promise<{ readonly text: string; readonly from: ShareLink | null }> {
    if ('html' in request) {
      if (request.html.length > LONGEST_PAGE)
        throw new CaptureFault('SAVE_THE_PAGE', `a page of more than ${LONGEST_PAGE} characters: save it without its images`)
      return { text: request.html, from: link }
    }
    if (link === null) throw new CaptureFault('NOT_A_SHARE_LINK', 'no share link of a provider that is known here')
    tell('FETCHING', 40, `Asking ${linksOf(link.provider).name}`)
    const from = await resolved(link, this.#deps)
    return { text: await ask(from, this.#deps), from }
  }

  #record(
    request: CaptureRequest,
    { provider, founds }: PageRead,
    { text, from, tell }: { readonly text: string; readonly from: ShareLink | null; readonly tell: Tell },
  ): Promise<Recorded> {
    const isPage = 'html' in request
    tell('NORMALIZATION', 80, 'Putting it in order')
    tell('SIGNING', 90, 'Recording it')
    return this.#deps.imports.record(request.accountId, founds, {
      via: isPage ? (looksLikeMarkup(text) ? 'page' : 'text') : 'link',
      name: from?.url ?? 'A saved page',
      by: { importer: 'capture', version: VERSION, provider: provider ?? 'other' },
      bytes: Buffer.byteLength(text),
      sha256: hash('sha256', text),
    })
  }

  #recall(key: string): Captured | null {
    const known = this.#remembered.get(key)
    if (known === undefined || known.until <= this.#deps.now()) {
      this.#remembered.delete(key)
      return null
    }
    return known.captured
  }

  #remember(key: string, captured: Captured): void {
    const oldest = this.#remembered.keys().next().value
    if (this.#remembered.size >= MOST_REMEMBERED && oldest !== undefined) this.#remembered.delete(oldest)
    this.#remembered.set(key, { until: this.#deps.now() + REMEMBERED_MS, captured })
  }
}

type Tell = (phase: CapturePhase, percent: number, message: string) => void

const linkOf = (request: CaptureRequest): ShareLink | null => (request.url === undefined ? null : shareLink(request.url))
const looksLikeMarkup = (text: string): boolean => /^[\s\ufeff]*[<{[)]/.test(text.slice(0, 1000))

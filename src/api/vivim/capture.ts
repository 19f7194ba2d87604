/** `/capture`: conversations behind share links, and in pages that a browser saved. Fetched behind the same guard as everything; nothing is executed. */
import { z } from 'zod'
import type { CaptureRequest, Captured as Done } from '../../conversations/capture/capture.ts'
import { type CaptureCode, CaptureFault } from '../../conversations/capture/capture-fault.ts'
import { detectProvider, PROVIDERS, shareLink } from '../../conversations/capture/links.ts'
import { ApiError, notFound, unavailable } from '../errors.ts'
import { openEventStream } from '../event-stream.ts'
import { call } from './call.ts'
import { Captures } from './captures.ts'
import type { VaultDeps } from './owned.ts'
import { BulkCaptured, Captured, CaptureProvider, CaptureTicket, Detected, NewCapture, NewCaptures } from './schema-capture.ts'
import type { Serve, ServeOpen } from './serve.ts'

const WRITE = { tag: 'Capture', scopes: ['memory:write'], reads: 'nothing' } as const
const READ = { tag: 'Capture', scopes: ['memory:read'], reads: 'nothing', method: 'GET' } as const
/** A saved page, as JSON. */
const PAGE_LIMIT = 40 << 20

const one = call({
  ...WRITE,
  method: 'POST',
  path: '/capture',
  summary: 'Capture a conversation from a share link or a saved page',
  description:
    'Answered when it is recorded. `code` says what to do when it is not: another address (`NOT_A_SHARE_LINK`), none (`NOT_SHARED`), the saved page ' +
    '(`SAVE_THE_PAGE`), or to ask later (`RETRY_LATER`).',
  body: NewCapture,
  bodyLimit: PAGE_LIMIT,
  answer: Captured,
  limit: 'media',
  atOnce: 2,
})

const many = call({
  ...WRITE,
  method: 'POST',
  path: '/capture/bulk',
  summary: 'Capture up to 20 share links; one that fails does not keep the others',
  body: NewCaptures,
  answer: BulkCaptured,
  limit: 'media',
  atOnce: 1,
})

const begin = call({
  ...WRITE,
  method: 'POST',
  path: '/capture/tickets',
  summary: 'Begin a capture that can be followed',
  body: NewCapture,
  bodyLimit: PAGE_LIMIT,
  answer: CaptureTicket,
  status: 202,
  limit: 'media',
  atOnce: 2,
})

const events = call({
  tag: 'Capture',
  method: 'GET',
  path: '/capture/events/:ticket',
  summary: 'Follow a capture',
  description:
    'Server-sent events: `progress` with phase (DETECTION, FETCHING, EXTRACTION, VALIDATION, NORMALIZATION, SIGNING, COMPLETED, ERROR), percent and message; ' +
    'then `result` (Captured) or `fault` (code, message), and the end.',
  scopes: [],
  media: ['text/event-stream'],
  reads: 'nothing',
})

const detect = call({
  ...READ,
  path: '/capture/detect-provider',
  summary: 'Whose address this is, and whether it can be captured',
  query: z.strictObject({ url: z.string().min(1).max(2_048) }),
  answer: Detected,
})

const providers = call({ ...READ, path: '/capture/providers', summary: 'Whose share links can be captured', answer: z.array(CaptureProvider) })

export const captureCalls = [one, many, begin, events, detect, providers]

export function registerCapture(serve: Serve, open: ServeOpen, deps: VaultDeps): void {
  const { capture } = deps.vault
  const captures = new Captures((request, onProgress) => capture.one(request, onProgress))

  serve(one, async ({ account, body }) => {
    try {
      return capturedJson(await capture.one(requestOf(account.id, body)))
    } catch (error) {
      throw error instanceof CaptureFault ? answerTo(error) : error
    }
  })

  serve(many, async ({ account, body }) => {
    const results = await capture.many(account.id, body.urls)
    return results.map(({ url, captured, fault }) => ({
      url,
      captured: captured === null ? null : capturedJson(captured),
      fault: fault === null ? null : { code: fault.code, message: fault.message },
    }))
  })

  serve(begin, async ({ account, body, request }) => {
    const ticket = captures.start(requestOf(account.id, body))
    const path = request.url.split('?', 1)[0]?.replace(/\/tickets\/?$/, '') ?? ''
    return { ticket, eventsUrl: `${deps.config.origin}${path}/events/${ticket}` }
  })

  open(events, async ({ ids, reply }) => {
    if (captures.follow(ids.ticket, () => {}) === false) throw notFound('There is no such capture, or not any more')
    const stream = openEventStream(reply)
    const stop = captures.follow(ids.ticket, ({ event, data }) => {
      stream.send(event, event === 'result' ? capturedJson(data) : data)
      if (event !== 'progress') stream.end()
    })
    if (stop !== false) stream.gone.addEventListener('abort', stop)
    return reply
  })

  serve(detect, async ({ query }) => ({ provider: detectProvider(query.url), isShareLink: shareLink(query.url) !== null }))

  serve(providers, async () => PROVIDERS.map(({ provider, name, example, hosts }) => ({ provider, name, example, hosts: [...hosts] })))
}

function requestOf(accountId: string, { url, html, provider }: z.infer<typeof NewCapture>): CaptureRequest {
  const of = { accountId, ...(provider !== undefined && { provider }) }
  if (html !== undefined) return { ...of, html, ...(url !== undefined && { url }) }
  return { ...of, url: url ?? '' }
}

const answerTo = ({ code, message }: { readonly code: CaptureCode; readonly message: string }): ApiError =>
  code === 'RETRY_LATER' ? unavailable(message) : new ApiError(422, message, { code })

function capturedJson({ conversationId, provider, cached, report }: Done): z.infer<typeof Captured> {
  const { accountId: _accountId, formats, skipped, unknown, ...rest } = report
  return { conversationId, provider, cached, report: { ...rest, formats: [...formats], skipped: [...skipped], unknown: [...unknown] } }
}

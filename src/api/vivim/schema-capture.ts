/** Captures as our own API takes and shows them. */
import { z } from 'zod'
import { MOST_LINKS } from '../../conversations/capture/capture.ts'
import { LONGEST_PAGE } from '../../conversations/capture/page.ts'
import { ImportReport } from './schema-imports.ts'

const ProviderName = z.enum(['chatgpt', 'claude', 'gemini', 'grok', 'deepseek', 'kimi', 'qwen', 'zai', 'mistral'])
const address = z.string().min(1).max(2_048)

export const NewCapture = z
  .strictObject({
    url: address.optional().describe('A share link'),
    html: z.string().min(1).max(LONGEST_PAGE).optional().describe('A page as a browser saved it, or text that was copied'),
    provider: ProviderName.optional().describe('Whose page it is, where it does not say so'),
  })
  .refine(({ url, html }) => url !== undefined || html !== undefined, 'needs url or html')
  .meta({ id: 'NewCapture' })

export const NewCaptures = z.strictObject({ urls: z.array(address).min(1).max(MOST_LINKS) }).meta({ id: 'NewCaptures' })

export const Captured = z
  .object({
    conversationId: z.string().nullable().describe('Null when there was none in it: the report says why'),
    provider: ProviderName.nullable(),
    report: ImportReport,
    cached: z.boolean().describe('It was captured within the last hour, and not again'),
  })
  .meta({ id: 'Captured' })

const Code = z.enum(['NOT_A_SHARE_LINK', 'NOT_SHARED', 'SAVE_THE_PAGE', 'RETRY_LATER']).describe('What can be done about it')

export const BulkCaptured = z
  .array(z.object({ url: z.string(), captured: Captured.nullable(), fault: z.object({ code: Code, message: z.string() }).nullable() }))
  .meta({ id: 'BulkCaptured' })

export const CaptureTicket = z
  .object({ ticket: z.string(), eventsUrl: z.url().describe('Server-sent events, for ten minutes; needs no token, so that a browser can follow it') })
  .meta({ id: 'CaptureTicket' })

export const Detected = z
  .object({ provider: ProviderName.nullable().describe('Whose address it is'), isShareLink: z.boolean().describe('It can be captured') })
  .meta({ id: 'Detected' })

export const CaptureProvider = z
  .object({ provider: ProviderName, name: z.string(), example: z.string(), hosts: z.array(z.string()) })
  .meta({ id: 'CaptureProvider' })

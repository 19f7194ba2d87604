/** Asks a model for proposals as JSON, and takes whatever it sends: what does not fit is judged, not thrown away unseen. */
import { z } from 'zod'
import type { ModelFailure } from '../models/failures.ts'
import type { OpenModel } from '../models/models.ts'
import { answerShape } from './judge.ts'
import type { Prompt } from './prompt.ts'

/** `value`: the JSON in its answer, null when there is none. */
export type Answered = { readonly ok: true; readonly text: string; readonly value: unknown } | { readonly ok: false; readonly failure: ModelFailure }

/** Tokens of an answer, with what it thinks before. */
const MOST_TOKENS = 16_000
/** Milliseconds for all of it. */
const TIMEOUT_MS = 180_000

export async function askForProposals({ language, provider, failure }: OpenModel, prompt: Prompt, signal?: AbortSignal): Promise<Answered> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  try {
    const { generateText, jsonSchema, Output } = await import('ai')
    const schema = jsonSchema(z.toJSONSchema(answerShape, { target: 'draft-7' }) as Parameters<typeof jsonSchema>[0])
    const { text } = await generateText({
      model: language,
      system: prompt.system,
      prompt: prompt.text,
      output: Output.object({ schema }),
      maxOutputTokens: MOST_TOKENS,
      maxRetries: 1,
      abortSignal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
      ...(provider.options === undefined ? {} : { providerOptions: provider.options }),
    })
    return { ok: true, text, value: jsonIn(text) }
  } catch (error) {
    const text = textOf(error)
    return text === null ? { ok: false, failure: failure(error) } : { ok: true, text, value: jsonIn(text) }
  }
}

/** What the model said, when the SDK could not read it. */
const textOf = (error: unknown): string | null =>
  error instanceof Error && error.name === 'AI_NoObjectGeneratedError' && 'text' in error && typeof error.text === 'string' ? error.text : null

/** Some models wrap it in a fence, or talk around it. */
function jsonIn(text: string): unknown {
  const [start, end] = [text.indexOf('{'), text.lastIndexOf('}')]
  try {
    return JSON.parse(text.slice(start, end + 1))
  } catch {
    return null
  }
}

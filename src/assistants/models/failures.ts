/** What went wrong between us and a model, in words for the person whose model it is. Pure. */
import { FetchFault } from '../../host/fetch-fault.ts'
import { without } from './secrets.ts'

export type ModelFailure = {
  /** `key`: refused. `limit`: asked too often, or paid for. `request`: what was asked. `reach`: no answer. `model`: its own fault. `stopped`: by us. */
  readonly kind: 'key' | 'limit' | 'request' | 'reach' | 'model' | 'stopped'
  /** Client-safe; says what the provider said, cut, and without the key. */
  readonly message: string
  /** What the provider answered with, when it answered. */
  readonly status: number | null
}

const LONGEST = 500

/** @param key  blotted out of whatever is said */
export function failureOf(error: unknown, key: string | null): ModelFailure {
  const fault = causeOf(error, (one) => one instanceof FetchFault)
  if (fault !== null) return { kind: 'reach', message: `The model could not be reached: ${clean(fault.message, key)}`, status: null }
  const call = causeOf(error, (one) => typeof property(one, 'statusCode') === 'number')
  const status = call === null ? null : Number(property(call, 'statusCode'))
  if (call !== null && status !== null && status >= 300)
    return { ...answered(status), message: `${answered(status).message}: ${said(call, key)}`, status }
  const message = error instanceof Error ? clean(error.message, key) : 'it broke off'
  return { kind: 'model', message: `The model did not answer as it should: ${message}`, status }
}

function answered(status: number): { readonly kind: ModelFailure['kind']; readonly message: string } {
  if (status === 401 || status === 403) return { kind: 'key', message: `The provider refuses the key (${status})` }
  if (status === 402 || status === 429) return { kind: 'limit', message: `The provider wants no more questions for now (${status})` }
  if (status === 404) return { kind: 'request', message: 'The provider has no such model or address (404)' }
  if (status >= 300 && status < 400) return { kind: 'request', message: `The address leads elsewhere (${status}), and keys are not sent after it` }
  if (status < 500) return { kind: 'request', message: `The provider refuses the question (${status})` }
  return { kind: 'model', message: `The provider has a fault (${status})` }
}

const said = (error: Error, key: string | null): string => clean(error.message, key)

/** One line, cut, without the key and without what cannot be shown. */
function clean(text: string, key: string | null): string {
  const line = without(text, key)
    .replace(/[\p{Cc}\p{Cs}]+/gu, ' ')
    .trim()
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…`.toWellFormed() : line
}

const property = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && name in value ? (value as Record<string, unknown>)[name] : undefined

/** The first error in the chain of causes (and of the SDK's retries) that fits. */
function causeOf(error: unknown, fits: (error: Error) => boolean): Error | null {
  let at: unknown = error
  for (let depth = 0; at instanceof Error && depth < 10; depth++) {
    if (fits(at)) return at
    at = property(at, 'lastError') ?? at.cause
  }
  return null
}

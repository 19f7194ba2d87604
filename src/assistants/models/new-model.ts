/** What somebody says of a model that they add, and what is wrong with it. Pure. */
import type { MemoryEvents } from '../../events/memories.ts'
import { providerById } from './providers.ts'
import { isApiKey } from './secrets.ts'

/** `baseUrl`: null for the provider's own. `apiKey`: null where none is needed. */
export type NewModel = Omit<MemoryEvents['model:add'], 'id' | 'accountId' | 'at'> & { readonly apiKey: string | null }

export type FieldProblem = { readonly field: keyof NewModel; readonly detail: string }

/** Null: nothing. */
export function problemWithModel({ provider: name, apiKey, baseUrl, embeddingModel, model }: NewModel): FieldProblem | null {
  const provider = providerById(name)
  if (provider === null) return { field: 'provider', detail: 'is none that we know' }
  if (model.trim() === '') return { field: 'model', detail: 'must name a model' }
  if (apiKey === null && provider.needsKey) return { field: 'apiKey', detail: `${provider.label} needs a key` }
  if (apiKey !== null && !isApiKey(apiKey)) return { field: 'apiKey', detail: 'must be printable ASCII without spaces, at most 1000 characters' }
  if (embeddingModel !== null && provider.embeddings === null) return { field: 'embeddingModel', detail: `${provider.label} has none` }
  if (baseUrl === null) return provider.baseUrl === null ? { field: 'baseUrl', detail: 'must say where the server is' } : null
  const wrong = problemWithUrl(baseUrl)
  return wrong === null ? null : { field: 'baseUrl', detail: wrong }
}

function problemWithUrl(text: string): string | null {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) return 'must be an absolute http(s) URL'
  if (url.username !== '' || url.password !== '') return 'must not carry credentials: give them as the key'
  return url.search === '' && url.hash === '' ? null : 'must end with its path'
}

/** Without the slash at its end. */
export const baseUrlOf = (url: string): string => url.replace(/\/+$/, '')

/** Texts as vectors, by a model of the person whose texts they are. The texts leave this instance: only who added such a model asked for that. */
import type { EmbeddingModel } from 'ai'
import { maskSecrets } from '../../memory/secrets.ts'
import { failureOf } from './failures.ts'
import type { Provider, Way } from './providers.ts'

/** One vector per text, in order, all of one length. `model`: vectors of different models are never compared. */
export type Vectors = { readonly model: string; readonly vectors: readonly Float32Array[] }

/** Characters of one text: what is beyond says little more, and models refuse it. */
const LONGEST = 8_000

type To = { readonly provider: Provider; readonly way: Way }

/** @throws {Error} what went wrong, without the key */
export async function embedWith(to: To, name: string, texts: readonly string[], signal?: AbortSignal): Promise<Vectors> {
  const asked = await ask(to, name, texts, signal).then(
    (vectors) => ({ vectors }),
    (error: unknown) => failureOf(error, to.way.apiKey),
  )
  if ('vectors' in asked) return { model: `${to.provider.id}/${name}`, vectors: asked.vectors }
  throw new Error(asked.message)
}

async function ask({ provider, way }: To, name: string, texts: readonly string[], signal: AbortSignal | undefined): Promise<Float32Array[]> {
  if (texts.length === 0) return []
  const { embedMany } = await import('ai')
  const values = texts.map((text) => maskSecrets(text.slice(0, LONGEST)).toWellFormed())
  const abort = signal === undefined ? {} : { abortSignal: signal }
  const { embeddings } = await embedMany({ model: await embeddingModel(provider, way, name), values, maxRetries: 1, ...abort })
  return vectorsOf(embeddings, texts.length)
}

async function embeddingModel({ id, embeddings }: Provider, { apiKey, baseUrl, fetch }: Way, name: string): Promise<EmbeddingModel> {
  if (embeddings === 'google') {
    const { createGoogleGenerativeAI } = await import('@ai-sdk/google')
    return createGoogleGenerativeAI({ apiKey: apiKey ?? '', baseURL: baseUrl, fetch }).embeddingModel(name)
  }
  const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible')
  return createOpenAICompatible({ name: id, baseURL: baseUrl, fetch, ...(apiKey === null ? {} : { apiKey }) }).embeddingModel(name)
}

/** Attacker-controlled, as everything that a server answers. */
function vectorsOf(embeddings: readonly (readonly number[])[], count: number): Float32Array[] {
  const size = embeddings[0]?.length ?? 0
  const isSound =
    embeddings.length === count && size > 0 && size <= 16_384 && embeddings.every((one) => one.length === size && one.every(Number.isFinite))
  if (!isSound) throw new Error('its vectors do not fit together')
  return embeddings.map((one) => Float32Array.from(one))
}

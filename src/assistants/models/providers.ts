/**
 * The providers that people have keys for, and how the AI SDK speaks to each. Their code is loaded when it is first needed.
 *
 * Addresses and keys are always given: the SDK's look into the environment never decides anything.
 */
import type { JSONValue, LanguageModel } from 'ai'

/** How a model is reached. `baseUrl` has no slash at its end. */
export type Way = { readonly apiKey: string | null; readonly baseUrl: string; readonly fetch: typeof globalThis.fetch }

export type Provider = {
  /** As events and the API name it. */
  readonly id: string
  /** As people call it. */
  readonly label: string
  /** Where it is; null: whoever adds a model has to say. */
  readonly baseUrl: string | null
  readonly needsKey: boolean
  readonly language: (way: Way, model: string) => Promise<Exclude<LanguageModel, string>>
  /** How texts become vectors; null: this provider offers none. */
  readonly embeddings: 'openai' | 'google' | null
  /** What the SDK passes on with each question. */
  readonly options?: Readonly<Record<string, Record<string, JSONValue>>>
}

globalThis.AI_SDK_LOG_WARNINGS = false // it writes to the console, which is ours

/** Speaks as OpenAI's chat completions do. @param strict  it knows `response_format: json_schema` */
const compatible =
  (id: string, strict: boolean): Provider['language'] =>
  async ({ apiKey, baseUrl, fetch }, model) => {
    const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible')
    const key = apiKey === null ? {} : { apiKey }
    return createOpenAICompatible({ name: id, baseURL: baseUrl, fetch, includeUsage: true, supportsStructuredOutputs: strict, ...key }).chatModel(
      model,
    )
  }

const settings = ({ apiKey, baseUrl, fetch }: Way) => ({ apiKey: apiKey ?? '', baseURL: baseUrl, fetch })

export const PROVIDERS: readonly Provider[] = [
  {
    id: 'openai',
    label: 'OpenAI',
    baseUrl: 'https://api.openai.com/v1',
    needsKey: true,
    language: async (way, model) => (await import('@ai-sdk/openai')).createOpenAI(settings(way)).responses(model),
    embeddings: 'openai',
    options: { openai: { store: false } }, // its servers are to keep nothing
  },
  {
    id: 'anthropic',
    label: 'Anthropic',
    baseUrl: 'https://api.anthropic.com/v1',
    needsKey: true,
    language: async (way, model) => (await import('@ai-sdk/anthropic')).createAnthropic(settings(way)).messages(model),
    embeddings: null,
  },
  {
    id: 'google',
    label: 'Google',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
    needsKey: true,
    language: async (way, model) => (await import('@ai-sdk/google')).createGoogleGenerativeAI(settings(way)).chat(model),
    embeddings: 'google',
  },
  {
    id: 'xai',
    label: 'xAI',
    baseUrl: 'https://api.x.ai/v1',
    needsKey: true,
    language: async (way, model) => (await import('@ai-sdk/xai')).createXai(settings(way)).chat(model),
    embeddings: null,
  },
  {
    id: 'mistral',
    label: 'Mistral',
    baseUrl: 'https://api.mistral.ai/v1',
    needsKey: true,
    language: async (way, model) => (await import('@ai-sdk/mistral')).createMistral(settings(way)).chat(model),
    embeddings: 'openai',
  },
  {
    id: 'deepseek',
    label: 'DeepSeek',
    baseUrl: 'https://api.deepseek.com',
    needsKey: true,
    language: async (way, model) => (await import('@ai-sdk/deepseek')).createDeepSeek(settings(way)).chat(model),
    embeddings: null,
  },
  {
    id: 'qwen',
    label: 'Qwen (Alibaba Cloud)',
    baseUrl: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
    needsKey: true,
    language: compatible('qwen', false),
    embeddings: 'openai',
  },
  {
    id: 'moonshot',
    label: 'Moonshot (Kimi)',
    baseUrl: 'https://api.moonshot.ai/v1',
    needsKey: true,
    language: compatible('moonshot', false),
    embeddings: null,
  },
  {
    id: 'zai',
    label: 'Z.ai (GLM)',
    baseUrl: 'https://api.z.ai/api/paas/v4',
    needsKey: true,
    language: compatible('zai', false),
    embeddings: 'openai',
  },
  {
    id: 'minimax',
    label: 'MiniMax',
    baseUrl: 'https://api.minimax.io/v1',
    needsKey: true,
    language: compatible('minimax', false),
    embeddings: null,
  },
  {
    id: 'ollama',
    label: 'Ollama',
    baseUrl: 'http://127.0.0.1:11434/v1',
    needsKey: false,
    language: compatible('ollama', true),
    embeddings: 'openai',
  },
  {
    id: 'openai-compatible',
    label: 'Another OpenAI-compatible server',
    baseUrl: null,
    needsKey: false,
    language: compatible('openai-compatible', true),
    embeddings: 'openai',
  },
]

export const providerById = (id: string): Provider | null => PROVIDERS.find((one) => one.id === id) ?? null

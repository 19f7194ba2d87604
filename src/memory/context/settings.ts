/** How a person wants contexts made: settings with a default each, five presets, and recipes that weigh layers. Pure; read from untrusted JSON. */
import { z } from 'zod'
import { LAYERS, type Layer } from './layers.ts'

/** Fewest and most tokens of a context. */
export const BUDGET = { min: 100, usual: 12_000, max: 200_000 } as const

const id = z.string().regex(/^\d{1,19}$/, 'must be a decimal id')
const tokens = z.int().min(0).max(BUDGET.max)
const range = z.strictObject({ min: tokens.optional(), ideal: tokens.optional(), max: tokens.optional() }).readonly()

export const layerName = z.enum(LAYERS)

/** What `context:settings` holds. Every setting does something; a setting that is left out has its default. */
export const contextSettings = z
  .strictObject({
    maxContextTokens: z.int().min(BUDGET.min).max(BUDGET.max).default(BUDGET.usual),
    /** Told to the assistant. `balanced` says nothing. */
    responseStyle: z.enum(['concise', 'balanced', 'detailed']).default('balanced'),
    /** How sure a memory must be to be told. */
    memoryThreshold: z.enum(['strict', 'moderate', 'permissive']).default('moderate'),
    /** Whether the dialogue or what is known goes first. */
    focusMode: z.enum(['chat-first', 'balanced', 'knowledge-first']).default('balanced'),
    /** How the turns of a long conversation are chosen; `auto` by its length. */
    compression: z.enum(['auto', 'full', 'windowed', 'compacted', 'multi_level', 'none']).default('auto'),
    /** What is looked for in earlier conversations; off: only what this conversation and the memories say. */
    recall: z.boolean().default(true),
    topics: z.boolean().default(true),
    entities: z.boolean().default(true),
    layers: z.partialRecord(layerName, range).default({}),
    /** Left out of every context. Searching still finds it. */
    exclude: z
      .strictObject({
        memories: z.array(id).max(1_000).readonly().default([]),
        conversations: z.array(id).max(1_000).readonly().default([]),
        tags: z.array(z.string().min(1).max(200)).max(200).readonly().default([]),
      })
      .readonly()
      .default({ memories: [], conversations: [], tags: [] }),
  })
  .readonly()

export type ContextSettings = z.infer<typeof contextSettings>

export const DEFAULT_SETTINGS: ContextSettings = contextSettings.parse({})

/** Of what is stored; what is not understood any more counts as not set. */
export function readSettings(stored: unknown): ContextSettings {
  const parsed = contextSettings.safeParse(stored ?? {})
  return parsed.success ? parsed.data : DEFAULT_SETTINGS
}

export const PRESETS = {
  /** Few tokens: who you are, and this conversation. */
  minimal: {
    maxContextTokens: 4_096,
    responseStyle: 'concise',
    memoryThreshold: 'strict',
    focusMode: 'chat-first',
    compression: 'compacted',
    topics: false,
    entities: false,
  },
  balanced: {},
  /** Much of what is known, and its evidence. */
  knowledge: {
    maxContextTokens: 32_000,
    responseStyle: 'detailed',
    memoryThreshold: 'permissive',
    focusMode: 'knowledge-first',
    compression: 'windowed',
  },
  /** Long dialogues on one thing. */
  developer: { maxContextTokens: 16_000, compression: 'multi_level' },
  /** Nothing out of other conversations. */
  privacy: { maxContextTokens: 8_192, memoryThreshold: 'strict', recall: false },
} as const satisfies Readonly<Record<string, Partial<ContextSettings>>>

export type PresetName = keyof typeof PRESETS

export const isPreset = (name: string): name is PresetName => Object.hasOwn(PRESETS, name)

/** The settings with a preset on top; what is left out stays left out. */
export const withPreset = (settings: ContextSettings, preset: PresetName | null): ContextSettings =>
  preset === null ? settings : { ...DEFAULT_SETTINGS, ...PRESETS[preset], exclude: settings.exclude }

/** What a recipe says. `weights`: 1 as usual, 0 not at all. */
export type Recipe = {
  readonly id: string
  readonly name: string
  readonly weights: { readonly [layer: string]: number }
  readonly excluded: readonly string[]
  readonly budget: number | null
}

/** How much of its usual share a layer gets. */
export const weightOf = (recipe: Recipe | null, layer: Layer): number =>
  recipe === null ? 1 : recipe.excluded.includes(layer) ? 0 : (recipe.weights[layer] ?? 1)

/** What a memory must have to be told, 0 … 1 each. */
export const THRESHOLDS = {
  strict: { confidence: 0.7, importance: 0.4 },
  moderate: { confidence: 0.5, importance: 0.1 },
  permissive: { confidence: 0.3, importance: 0 },
} as const

/** What the focus makes of a layer's share. */
export const FOCUS: Readonly<Record<ContextSettings['focusMode'], Readonly<Partial<Record<Layer, number>>>>> = {
  'chat-first': { L6_message_history: 1.5, L4_conversation: 1.2, L2_topic: 0.7, L3_entity: 0.7 },
  balanced: {},
  'knowledge-first': { L2_topic: 1.5, L3_entity: 1.5, L5_jit: 1.5, L6_message_history: 0.7 },
}

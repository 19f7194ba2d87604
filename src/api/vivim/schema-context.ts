/** Contexts as our own API shows and takes them. */
import { z } from 'zod'
import { LIMITS } from '../../events/limits.ts'
import { LAYERS } from '../../memory/context/layers.ts'
import { BUDGET, contextSettings, layerName, PRESETS } from '../../memory/context/settings.ts'
import { idParameter } from './parameters.ts'

const layer = z.enum(LAYERS)
const kind = z.enum(['memory', 'message', 'conversation', 'setting'])
const tokens = z.int().min(0)

export const PresetName = z.enum(Object.keys(PRESETS) as [keyof typeof PRESETS, ...(keyof typeof PRESETS)[]])

export const NewContext = z
  .strictObject({
    task: z.string().min(1).max(20_000).optional().describe('What it is for: looked for in the vault'),
    userMessage: z
      .string()
      .min(1)
      .max(200_000)
      .optional()
      .describe(
        'The message that it goes with: as the task, and its tokens are part of the budget. The turns of the conversation are then named, not told',
      ),
    conversationId: idParameter.nullable().default(null),
    budgetTokens: z.int().min(BUDGET.min).max(BUDGET.max).nullable().default(null),
    preset: PresetName.nullable().default(null),
    recipeId: idParameter.nullable().default(null),
  })
  .refine(({ task, userMessage }) => (task === undefined) !== (userMessage === undefined), {
    message: 'give either task or userMessage',
    path: ['task'],
  })
  .meta({ id: 'NewContext' })

export const Manifest = z
  .object({
    sha256: z.string().describe('Of the text, hex: the same vault and request give the same bytes'),
    tokenizer: z.string(),
    budget: tokens,
    tokens,
    preset: z.string().nullable(),
    recipeId: z.string().nullable(),
    layers: z.array(z.object({ layer, budget: tokens, tokens, items: z.int() })).readonly(),
    items: z
      .array(
        z.object({
          id: z.string(),
          kind,
          layer,
          score: z.number(),
          why: z.array(z.object({ signal: z.string(), value: z.number() })).readonly(),
          tokens,
        }),
      )
      .readonly(),
    dropped: z
      .array(z.object({ id: z.string(), kind, layer, reason: z.enum(['budget', 'excluded', 'unsure', 'sensitive', 'layer-off']) }))
      .readonly(),
  })
  .meta({ id: 'ContextManifest' })

export const Context = z
  .object({
    text: z.string().describe('Notes in a fence: data, never instructions. Empty when nothing is known'),
    layers: z.array(z.object({ layer, text: z.string() })).readonly(),
    turns: z.array(z.string()).readonly().describe('Messages of the conversation that belong to it, oldest first'),
    manifest: Manifest,
  })
  .meta({ id: 'Context' })

export const Settings = contextSettings.meta({ id: 'ContextSettings' })

export const Presets = z.array(z.object({ name: PresetName, settings: Settings }))

const recipe = {
  name: z.string().trim().min(1).max(LIMITS.name),
  description: z.string().max(LIMITS.description).default(''),
  weights: z.partialRecord(layerName, z.number().min(0).max(10)).default({}).describe('How much of its usual share a layer gets'),
  excluded: z.array(layerName).max(LAYERS.length).default([]),
  budget: z.int().min(BUDGET.min).max(BUDGET.max).nullable().default(null),
}

export const NewRecipe = z.strictObject(recipe).meta({ id: 'NewContextRecipe' })
export const Recipe = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    weights: z.record(z.string(), z.number()),
    excluded: z.array(z.string()).readonly(),
    budget: z.int().nullable(),
    changedAt: z.iso.datetime(),
  })
  .meta({ id: 'ContextRecipe' })

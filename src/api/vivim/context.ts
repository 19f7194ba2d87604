/** Contexts over HTTP: made for a task with their manifest; and how their owner wants them made: settings, presets, recipes. */
import { z } from 'zod'
import type { Json } from '../../events/conversations.ts'
import { type ContextAssembly, ContextProblem } from '../../memory/context/context.ts'
import { DEFAULT_SETTINGS, PRESETS, readSettings, withPreset } from '../../memory/context/settings.ts'
import { contextSettings, type RecipeRow, recipeById, recipes } from '../../projections/read/models.ts'
import { notFound } from '../errors.ts'
import { call } from './call.ts'
import { performAll, readBack, type VaultDeps } from './owned.ts'
import { wrongField } from './parameters.ts'
import { Context, NewContext, NewRecipe, PresetName, Presets, Recipe, Settings } from './schema-context.ts'
import type { Serve } from './serve.ts'

const assemble = call({
  method: 'POST',
  path: '/context',
  tag: 'Context',
  summary: 'What an assistant should know for a task',
  description:
    'Who the person is, how they like things, what is known and what was said on the matter, within a budget of tokens; contradictions with both dates. The manifest says why each thing is in it and what did not fit.',
  scopes: ['memory:read'],
  body: NewContext,
  answer: Context,
  reads: ({ manifest }, { body }) => {
    const ids = (kind: string): string[] => manifest.items.flatMap((item) => (item.kind === kind ? item.id : []))
    const query = body.task ?? body.userMessage ?? null
    return { query, memoryIds: ids('memory'), messageIds: ids('message'), conversationIds: ids('conversation'), tokens: manifest.tokens }
  },
})

const settings = call({
  method: 'GET',
  path: '/context/settings',
  tag: 'Context',
  summary: 'How contexts are made',
  scopes: ['memory:read'],
  answer: Settings,
  tagged: true,
  reads: 'nothing',
})

const setSettings = call({
  method: 'PUT',
  path: '/context/settings',
  tag: 'Context',
  summary: 'Say how contexts are made',
  description: 'All of it: what is left out has its default.',
  scopes: ['memory:write'],
  body: Settings,
  answer: Settings,
  tagged: true,
  reads: 'nothing',
})

const setPreset = call({
  method: 'POST',
  path: '/context/settings/preset',
  tag: 'Context',
  summary: 'Make contexts by a preset',
  description: 'What is left out of contexts stays left out.',
  scopes: ['memory:write'],
  body: z.strictObject({ name: PresetName }),
  answer: Settings,
  reads: 'nothing',
})

const presets = call({
  method: 'GET',
  path: '/context/presets',
  tag: 'Context',
  summary: 'The presets',
  scopes: ['memory:read'],
  answer: Presets,
  reads: 'nothing',
})

const listRecipes = call({
  method: 'GET',
  path: '/context/recipes',
  tag: 'Context',
  summary: 'Recipes',
  scopes: ['memory:read'],
  answer: z.array(Recipe),
  reads: 'nothing',
})

const createRecipe = call({
  method: 'POST',
  path: '/context/recipes',
  tag: 'Context',
  summary: 'Make a recipe',
  description: 'Weighs the layers of contexts: 1 as usual, 0 not at all.',
  scopes: ['memory:write'],
  body: NewRecipe,
  answer: Recipe,
  status: 201,
  reads: 'nothing',
})

const showRecipe = call({
  method: 'GET',
  path: '/context/recipes/:id',
  tag: 'Context',
  summary: 'One recipe',
  scopes: ['memory:read'],
  answer: Recipe,
  tagged: true,
  reads: 'nothing',
})

const changeRecipe = call({
  method: 'PUT',
  path: '/context/recipes/:id',
  tag: 'Context',
  summary: 'Change a recipe',
  scopes: ['memory:write'],
  body: NewRecipe,
  answer: Recipe,
  tagged: true,
  reads: 'nothing',
})

const deleteRecipe = call({
  method: 'DELETE',
  path: '/context/recipes/:id',
  tag: 'Context',
  summary: 'Delete a recipe',
  scopes: ['memory:write'],
  reads: 'nothing',
})

export const contextCalls = [assemble, settings, setSettings, setPreset, presets, listRecipes, createRecipe, showRecipe, changeRecipe, deleteRecipe]

export function registerContext(serve: Serve, deps: VaultDeps): void {
  const { pool, vault } = deps
  const now = () => new Date(deps.now()).toISOString()
  const settingsOf = async (accountId: string) => readSettings(await contextSettings(pool, vault.cipher, accountId))
  const recipeOf = async (accountId: string, id: string) => {
    const row = await recipeById(pool, vault.cipher, accountId, id)
    if (row === null) throw notFound('No such recipe')
    return row
  }
  const save = async (accountId: string, id: string, body: z.infer<typeof NewRecipe>) => {
    await performAll(deps, accountId, [{ do: 'SaveRecipe', data: { id, accountId, at: now(), ...body } }])
    return shown(await readBack(recipeById(pool, vault.cipher, accountId, id)))
  }

  serve(assemble, async ({ account, body }) => asked(vault.context.assemble(account.id, body)))

  serve(settings, async ({ account }) => settingsOf(account.id))

  serve(setSettings, async ({ account, body, expect }) => {
    expect(versionOf(await settingsOf(account.id)))
    await performAll(deps, account.id, [{ do: 'SetContext', data: { accountId: account.id, settings: asJson(body), at: now() } }])
    return settingsOf(account.id)
  })

  serve(setPreset, async ({ account, body }) => {
    const chosen = withPreset(await settingsOf(account.id), body.name)
    await performAll(deps, account.id, [{ do: 'SetContext', data: { accountId: account.id, settings: asJson(chosen), at: now() } }])
    return settingsOf(account.id)
  })

  serve(presets, async () => PresetName.options.map((name) => ({ name, settings: { ...DEFAULT_SETTINGS, ...PRESETS[name] } })))

  serve(listRecipes, async ({ account }) => (await recipes(pool, vault.cipher, account.id)).map(shown))
  serve(createRecipe, async ({ account, body }) => save(account.id, deps.newId(), body))
  serve(showRecipe, async ({ account, ids }) => shown(await recipeOf(account.id, ids.id)))

  serve(changeRecipe, async ({ account, ids, body, expect }) => {
    expect(versionOf(shown(await recipeOf(account.id, ids.id))))
    return save(account.id, ids.id, body)
  })

  serve(deleteRecipe, async ({ account, ids }) => {
    const { id } = await recipeOf(account.id, ids.id)
    await performAll(deps, account.id, [{ do: 'DeleteRecipe', data: { id, accountId: account.id, at: now() } }])
  })
}

/** What is answered, byte by byte: as serve.ts says of every answer that says nothing else. */
const versionOf = (answer: unknown): string => JSON.stringify(answer)

/** Without what is not set. */
const asJson = (settings: z.infer<typeof Settings>): Json => JSON.parse(JSON.stringify(settings)) as Json

const shown = ({ id, name, description, weights, excluded, budget, changedAt }: RecipeRow) => ({
  id,
  name,
  description,
  weights: { ...weights },
  excluded,
  budget,
  changedAt,
})

/** What is asked for and not there is a field that is wrong. */
async function asked(work: ReturnType<ContextAssembly['assemble']>): ReturnType<ContextAssembly['assemble']> {
  try {
    return await work
  } catch (error) {
    throw error instanceof ContextProblem ? wrongField(error.field, error.message) : error
  }
}

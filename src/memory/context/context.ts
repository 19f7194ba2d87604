/** Contexts for a person's assistants: gathered from their vault, composed within a budget, with a manifest of everything that is in them. */
import { contextSettings, recipeById } from '../../projections/read/models.ts'
import { type Composition, compose } from './compose.ts'
import { type GatherDeps, gather } from './gather.ts'
import { BUDGET, type ContextSettings, isPreset, readSettings, withPreset } from './settings.ts'
import { tokenCounter } from './tokens.ts'

/** Everything in it is attacker-controlled. */
export type ContextRequest = {
  /** What it is for: looked for in the vault. */
  readonly task?: string | undefined
  /** The message that it goes with: as the task, and its tokens are part of the budget. The turns of the conversation are then sent as turns. */
  readonly userMessage?: string | undefined
  readonly conversationId?: string | null | undefined
  /** Tokens, 100 … 200,000; else what the recipe, the preset or the settings say. */
  readonly budgetTokens?: number | null | undefined
  readonly recipeId?: string | null | undefined
  readonly preset?: string | null | undefined
}

/** Asked for something that is not there, in words for whoever asked. */
export class ContextProblem extends Error {
  readonly field: 'conversationId' | 'recipeId' | 'preset'
  constructor(field: ContextProblem['field'], message: string) {
    super(message)
    this.name = 'ContextProblem'
    this.field = field
  }
}

export type ContextAssembly = {
  /** The same bytes for the same vault and request. @throws {ContextProblem} */
  assemble(accountId: string, request: ContextRequest): Promise<Composition>
  settings(accountId: string): Promise<ContextSettings>
}

const LONGEST_TASK = 20_000

export function createContext(deps: GatherDeps): ContextAssembly {
  const settingsOf = async (accountId: string): Promise<ContextSettings> => readSettings(await contextSettings(deps.pool, deps.cipher, accountId))

  return {
    settings: settingsOf,

    async assemble(accountId, { task, userMessage, conversationId = null, budgetTokens = null, recipeId = null, preset = null }) {
      if (preset !== null && !isPreset(preset)) throw new ContextProblem('preset', `There is no preset ${JSON.stringify(preset)}`)
      const recipe = recipeId === null ? null : await recipeById(deps.pool, deps.cipher, accountId, recipeId)
      if (recipeId !== null && recipe === null) throw new ContextProblem('recipeId', 'There is no such recipe')
      const settings = withPreset(await settingsOf(accountId), preset)
      const asked = (task ?? userMessage ?? '').slice(0, LONGEST_TASK)
      const [facts, count] = await Promise.all([gather(deps, accountId, { task: asked, conversationId, settings }), tokenCounter()])
      if (facts === null) throw new ContextProblem('conversationId', 'There is no such conversation')
      const budget = Math.min(BUDGET.max, Math.max(BUDGET.min, budgetTokens ?? recipe?.budget ?? settings.maxContextTokens))
      const history = userMessage === undefined ? 'text' : 'turns'
      return compose(facts, { settings, recipe, preset, budget, message: userMessage ?? '', history }, count)
    },
  }
}

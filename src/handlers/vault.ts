/** What surrounds memories: how they relate, who read them, what models proposed, the models themselves, and how context is put together. */
import type { Json } from '../events/conversations.ts'
import type { MemoryEvents } from '../events/memories.ts'
import { sameJson } from '../events/same.ts'
import { linkStream } from './acu.ts'
import { accept, actsFor, type CommandOf, type Decider, notYours, type Routes, refuse, route, type StreamKey } from './decider.ts'

/** The weight of a relation between two memories, or null. */
export const memoryLink: Decider<number | null, CommandOf<'RelateMemories' | 'UnrelateMemories'>, 'memory:relate' | 'memory:unrelate'> = {
  initial: null,
  evolve: (_state, fact) => (fact.type === 'memory:relate' ? (fact.data?.weight ?? null) : null),
  decide(state, command) {
    const { by, data } = command
    if (!actsFor(by, data.accountId)) return notYours()
    if (data.sourceId === data.targetId) return refuse('INVALID', 'A relation needs two memories')
    if (command.do === 'RelateMemories') return state === command.data.weight ? accept() : accept({ type: 'memory:relate', data: command.data })
    return state === null ? accept() : accept({ type: 'memory:unrelate', data: command.data })
  },
}

/** Noted once. People do not note what applications read: the instance saw it. */
export const accessNote: Decider<boolean, CommandOf<'NoteAccess'>, 'memory:access'> = {
  initial: false,
  evolve: () => true,
  decide(noted, { by, data }) {
    if (by !== 'instance') return notYours()
    return noted ? accept() : accept({ type: 'memory:access', data })
  },
}

export const extraction: Decider<boolean, CommandOf<'ReportExtraction'>, 'extraction:report'> = {
  initial: false,
  evolve: () => true,
  decide(reported, { by, data }) {
    if (by !== 'instance') return notYours()
    return reported ? accept() : accept({ type: 'extraction:report', data })
  },
}

/** Something with an owner, that is there until it is taken away. `data` is null when it was erased. */
export type Kept<D> = { readonly is: 'absent' } | { readonly is: 'there'; readonly data: D | null } | { readonly is: 'gone' }

type Model = MemoryEvents['model:add']

/** A way to a model. To change it is to add another one. */
export const model: Decider<Kept<Model>, CommandOf<'AddModel' | 'RemoveModel'>, 'model:add' | 'model:remove'> = {
  initial: { is: 'absent' },
  evolve: (_state, fact) => (fact.type === 'model:remove' ? { is: 'gone' } : { is: 'there', data: fact.data }),
  decide(state, command) {
    const { by, data } = command
    if (!actsFor(by, data.accountId)) return notYours()
    if (state.is === 'gone') return command.do === 'RemoveModel' ? accept() : refuse('GONE', 'This model was removed')
    if (command.do === 'AddModel' && state.is === 'absent') return accept({ type: 'model:add', data: command.data })
    if (state.is === 'absent' || state.data?.accountId !== data.accountId) return refuse('NOT_FOUND', 'No such model')
    return command.do === 'AddModel' ? accept() : accept({ type: 'model:remove', data: command.data })
  },
}

/** How somebody wants context put together, as last said. */
export const contextSettings: Decider<Json, CommandOf<'SetContext'>, 'context:settings'> = {
  initial: null,
  evolve: (state, fact) => fact.data?.settings ?? state,
  decide(state, { by, data }) {
    if (!actsFor(by, data.accountId)) return notYours()
    return sameJson(state, data.settings) ? accept() : accept({ type: 'context:settings', data })
  },
}

type Recipe = MemoryEvents['recipe:save']

/** A recipe is saved again and again until it is deleted. */
export const recipe: Decider<Kept<Recipe>, CommandOf<'SaveRecipe' | 'DeleteRecipe'>, 'recipe:save' | 'recipe:delete'> = {
  initial: { is: 'absent' },
  evolve: (_state, fact) => (fact.type === 'recipe:delete' ? { is: 'gone' } : { is: 'there', data: fact.data }),
  decide(state, command) {
    const { by, data } = command
    if (!actsFor(by, data.accountId)) return notYours()
    if (state.is === 'gone') return command.do === 'DeleteRecipe' ? accept() : refuse('GONE', 'This recipe was deleted')
    if (state.is === 'there' && state.data?.accountId !== data.accountId) return refuse('NOT_FOUND', 'No such recipe')
    if (command.do === 'DeleteRecipe') {
      return state.is === 'absent' ? refuse('NOT_FOUND', 'No such recipe') : accept({ type: 'recipe:delete', data: command.data })
    }
    return state.is === 'there' && isSameRecipe(state.data, command.data) ? accept() : accept({ type: 'recipe:save', data: command.data })
  },
}

/** Whenever it was saved. */
const isSameRecipe = (a: Recipe | null, b: Recipe): boolean => a !== null && sameJson({ ...a, at: b.at }, b)

type Own = { readonly data: { readonly id: string } }
const streamOf =
  (kind: 'access' | 'extraction' | 'model' | 'recipe') =>
  ({ data }: Own): [StreamKey] => [[kind, data.id]]

type VaultCommand =
  | 'RelateMemories'
  | 'UnrelateMemories'
  | 'NoteAccess'
  | 'ReportExtraction'
  | 'AddModel'
  | 'RemoveModel'
  | 'SetContext'
  | 'SaveRecipe'
  | 'DeleteRecipe'

export const vaultRoutes: Routes<VaultCommand> = {
  RelateMemories: route(memoryLink, { reads: linkStream('memory-link'), last: 1 }),
  UnrelateMemories: route(memoryLink, { reads: linkStream('memory-link'), last: 1 }),
  NoteAccess: route(accessNote, { reads: streamOf('access'), expectNew: true, last: 1 }),
  ReportExtraction: route(extraction, { reads: streamOf('extraction'), expectNew: true, last: 1 }),
  AddModel: route(model, { reads: streamOf('model'), expectNew: true, last: 1 }),
  RemoveModel: route(model, { reads: streamOf('model') }),
  SetContext: route(contextSettings, { reads: ({ data }) => [['context', data.accountId]], last: 1 }),
  SaveRecipe: route(recipe, { reads: streamOf('recipe'), last: 1 }),
  DeleteRecipe: route(recipe, { reads: streamOf('recipe'), last: 1 }),
}

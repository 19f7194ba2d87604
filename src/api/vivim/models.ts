/** `/models`: the models that a person has keys for. Keys go in, and never come out. */
import { z } from 'zod'
import type { KnownModel } from '../../assistants/models/models.ts'
import { PROVIDERS } from '../../assistants/models/providers.ts'
import { notFound, refused } from '../errors.ts'
import { call } from './call.ts'
import { readBack, type VaultDeps } from './owned.ts'
import { wrongField } from './parameters.ts'
import { Model, ModelProvider, ModelTest, NewKey, NewModel } from './schema-models.ts'
import type { Serve } from './serve.ts'

const TAG = 'Models'

const providers = call({
  method: 'GET',
  path: '/models/providers',
  tag: TAG,
  summary: 'Providers of models that can be added',
  scopes: ['memory:chat'],
  answer: z.array(ModelProvider),
  reads: 'nothing',
})

const list = call({
  method: 'GET',
  path: '/models',
  tag: TAG,
  summary: 'One’s own models',
  scopes: ['memory:chat'],
  answer: z.array(Model),
  reads: 'nothing',
})

const add = call({
  method: 'POST',
  path: '/models',
  tag: TAG,
  summary: 'Add a model, with one’s own key',
  description: 'The key is sealed, and used for nothing but to ask this model. To change anything but the key, add another.',
  scopes: ['memory:write', 'memory:chat'],
  body: NewModel,
  answer: Model,
  status: 201,
  reads: 'nothing',
})

const show = call({
  method: 'GET',
  path: '/models/:id',
  tag: TAG,
  summary: 'One model',
  scopes: ['memory:chat'],
  answer: Model,
  tagged: true,
  reads: 'nothing',
})

const setKey = call({
  method: 'PUT',
  path: '/models/:id/key',
  tag: TAG,
  summary: 'Give a model another key',
  scopes: ['memory:write', 'memory:chat'],
  body: NewKey,
  reads: 'nothing',
})

const remove = call({
  method: 'DELETE',
  path: '/models/:id',
  tag: TAG,
  summary: 'Remove a model: its key is deleted at once',
  scopes: ['memory:write', 'memory:chat'],
  reads: 'nothing',
})

const test = call({
  method: 'POST',
  path: '/models/:id/test',
  tag: TAG,
  summary: 'Ask a model for one word: whether its key and address are right',
  scopes: ['memory:chat'],
  answer: ModelTest,
  reads: 'nothing',
})

export const modelCalls = [providers, list, add, show, setKey, remove, test]

export function registerModels(serve: Serve, { vault }: VaultDeps): void {
  const { models } = vault

  serve(providers, async () =>
    PROVIDERS.map(({ id, label, baseUrl, needsKey, embeddings }) => ({ id, label, baseUrl, needsKey, embeddings: embeddings !== null })),
  )
  serve(list, async ({ account }) => (await models.list(account.id)).map(shown))

  serve(add, async ({ account, body, request, reply }) => {
    const added = await models.add(account.id, { ...body, name: body.name ?? body.model })
    if (!added.ok) throw 'problem' in added ? wrongField(added.problem.field, added.problem.detail) : refused(added.refusal)
    reply.header('location', `${request.url.split('?', 1)[0] ?? ''}/${added.id}`)
    return shown(await readBack(models.find(account.id, added.id)))
  })

  serve(show, async ({ account, ids }) => shown((await models.find(account.id, ids.id)) ?? missing()))

  serve(setKey, async ({ account, ids, body }) => {
    const set = await models.setKey(account.id, ids.id, body.apiKey)
    if (set === null) missing()
    if (set !== true) throw wrongField(set.field, set.detail)
  })

  serve(remove, async ({ account, ids }) => {
    const outcome = await models.remove(account.id, ids.id)
    if (!outcome.ok) throw refused(outcome.refusal)
  })

  serve(test, async ({ account, ids }) => (await models.test(account.id, ids.id)) ?? missing())
}

function missing(): never {
  throw notFound('No such model')
}

/** Field by field: what is added to a model one day is not shown by accident. */
const shown = ({ id, provider, name, model, baseUrl, embeddingModel, hasKey, createdAt }: KnownModel): z.input<typeof Model> => ({
  id,
  provider,
  name,
  model,
  baseUrl,
  embeddingModel,
  hasKey,
  createdAt,
})

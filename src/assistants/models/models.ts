/**
 * The models that people have added: which there are, and one opened with its owner's key to be asked.
 *
 * What a model is called and where it is, is an event. The key is sealed beside it in the keyring, and goes nowhere but to the address of the model.
 */
import type { LanguageModel } from 'ai'
import type pg from 'pg'
import type { Outcome } from '../../handlers/commands.ts'
import type { Fetch } from '../../host/fetch.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { type ModelRow, models as modelsOf } from '../../projections/read/models.ts'
import type { RowCipher } from '../../projections/row-cipher.ts'
import { type Recording, record, signerOf } from '../record.ts'
import { embedWith, type Vectors } from './embeddings.ts'
import { failureOf, type ModelFailure } from './failures.ts'
import { guardedFetch } from './guarded-fetch.ts'
import { baseUrlOf, type FieldProblem, type NewModel, problemWithModel } from './new-model.ts'
import { type Provider, providerById, type Way } from './providers.ts'
import { dropKey, dropOrphans, isApiKey, keepKey, keyed, keyFor, without } from './secrets.ts'

export type ModelsDeps = Recording & {
  readonly pool: pg.Pool
  readonly cipher: RowCipher
  readonly ledger: Pick<Ledger, 'keyring' | 'signsFor' | 'readStream' | 'streamName'>
  readonly fetch: Pick<Fetch, 'stream'>
  readonly newId: () => string
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

export type KnownModel = ModelRow & { readonly hasKey: boolean }

/** A model that can be asked now. */
export type OpenModel = {
  readonly model: ModelRow
  readonly provider: Provider
  readonly language: Exclude<LanguageModel, string>
  /** What went wrong, without the key. */
  readonly failure: (error: unknown) => ModelFailure
  /** A text of the model without the key, should it repeat it. */
  readonly clean: (text: string) => string
}

export type Added = { readonly ok: true; readonly id: string } | { readonly ok: false; readonly problem: FieldProblem } | Refused
type Refused = Extract<Outcome, { ok: false }>
export type Tested =
  | { readonly ok: true; readonly tookMs: number; readonly text: string }
  | { readonly ok: false; readonly tookMs: number; readonly failure: ModelFailure }

/** Milliseconds that a model has to say one word. */
const TEST_MS = 30_000
/** Of a test's answer, characters. */
const TEST_LENGTH = 200

export type Models = {
  /** In the order in which they were added. */
  list(accountId: string): Promise<readonly KnownModel[]>
  find(accountId: string, id: string): Promise<KnownModel | null>
  add(accountId: string, model: NewModel): Promise<Added>
  /** In place of the key that is there. Null: no such model. */
  setKey(accountId: string, id: string, apiKey: string): Promise<true | FieldProblem | null>
  /** The key goes at once. */
  remove(accountId: string, id: string): Promise<Outcome>
  /** Null: no such model. @throws {LedgerFault} when its key does not open */
  open(accountId: string, id: string): Promise<OpenModel | null>
  /** Asks it for one word. Null: no such model. */
  test(accountId: string, id: string): Promise<Tested | null>
  /** Vectors of texts by the newest model that makes them; null: the account has none. @throws {Error} the model's failure, without the key */
  embed(accountId: string, texts: readonly string[], signal?: AbortSignal): Promise<Vectors | null>
}

/** Keys that no model is left for are deleted first: so says the log, whatever the read tables know yet. */
export async function openModels(deps: ModelsDeps): Promise<Models> {
  const { ledger } = deps
  await dropOrphans(ledger.keyring, async (id) => {
    const [last] = await ledger.readStream(ledger.streamName('model', id), 1)
    return last !== undefined && last.type !== 'model:remove'
  })
  return createModels(deps)
}

function createModels(deps: ModelsDeps): Models {
  const { pool, cipher, ledger, newId, now } = deps
  const { keyring } = ledger
  const fetch = guardedFetch(deps.fetch)
  const rowsOf = (accountId: string) => modelsOf(pool, cipher, accountId)
  const rowOf = async (accountId: string, id: string) => (await rowsOf(accountId)).find((one) => one.id === id) ?? null
  const at = () => new Date(now()).toISOString()

  const list: Models['list'] = async (accountId) => {
    const [rows, withKey] = await Promise.all([rowsOf(accountId), keyed(keyring, accountId)])
    return rows.map((row) => ({ ...row, hasKey: withKey.has(row.id) }))
  }

  async function wayTo(accountId: string, model: ModelRow): Promise<{ readonly provider: Provider; readonly way: Way } | null> {
    const provider = providerById(model.provider)
    const baseUrl = model.baseUrl ?? provider?.baseUrl ?? null
    if (provider === null || baseUrl === null) return null
    return { provider, way: { apiKey: await keyFor(keyring, accountId, model.id), baseUrl: baseUrlOf(baseUrl), fetch } }
  }

  const open: Models['open'] = async (accountId, id) => {
    const model = await rowOf(accountId, id)
    const found = model === null ? null : await wayTo(accountId, model)
    if (model === null || found === null) return null
    const { provider, way } = found
    return {
      model,
      provider,
      language: await provider.language(way, model.model),
      failure: (error) => failureOf(error, way.apiKey),
      clean: (text) => without(text, way.apiKey),
    }
  }

  return {
    list,
    open,
    find: async (accountId, id) => (await list(accountId)).find((one) => one.id === id) ?? null,

    async add(accountId, { apiKey, ...asked }) {
      const problem = problemWithModel({ ...asked, apiKey })
      if (problem !== null) return { ok: false, problem }
      const id = newId()
      if (apiKey !== null) await keepKey(keyring, accountId, id, apiKey) // first: a model without its key is no use, a key without its model is swept
      const data = { ...asked, id, accountId, at: at() }
      const outcome = await record(deps, await signerOf(deps, accountId), [{ do: 'AddModel', data }])
      if (outcome.ok) return { ok: true, id }
      await dropKey(keyring, accountId, id)
      return outcome
    },

    async setKey(accountId, id, apiKey) {
      if ((await rowOf(accountId, id)) === null) return null
      if (!isApiKey(apiKey)) return { field: 'apiKey', detail: 'must be printable ASCII without spaces, at most 1000 characters' }
      await keepKey(keyring, accountId, id, apiKey)
      return true
    },

    async remove(accountId, id) {
      const outcome = await record(deps, await signerOf(deps, accountId), [{ do: 'RemoveModel', data: { id, accountId, at: at() } }])
      if (outcome.ok) await dropKey(keyring, accountId, id)
      return outcome
    },

    async test(accountId, id) {
      const opened = await open(accountId, id)
      return opened === null ? null : askForOneWord(opened, now)
    },

    async embed(accountId, texts, signal) {
      const model = (await rowsOf(accountId)).findLast(({ embeddingModel }) => embeddingModel !== null)
      const found = model === undefined ? null : await wayTo(accountId, model)
      if (model?.embeddingModel == null || found === null) return null
      return embedWith(found, model.embeddingModel, texts, signal)
    },
  }
}

async function askForOneWord({ language, provider, failure, clean }: OpenModel, now: () => number): Promise<Tested> {
  const start = now()
  try {
    const { generateText } = await import('ai')
    const { text } = await generateText({
      model: language,
      prompt: 'Answer with the one word: ready',
      maxRetries: 0,
      abortSignal: AbortSignal.timeout(TEST_MS),
      ...(provider.options === undefined ? {} : { providerOptions: provider.options }),
    })
    return { ok: true, tookMs: now() - start, text: clean(text).slice(0, TEST_LENGTH).toWellFormed() }
  } catch (error) {
    return { ok: false, tookMs: now() - start, failure: failure(error) }
  }
}

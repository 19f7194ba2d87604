/** Keys of people for models: sealed in the keyring, opened only to ask. They are in no event, no answer and no line of the log. */
import type { Ledger } from '../../ledger/ledger.ts'

type Keyring = Pick<Ledger['keyring'], 'open' | 'openAll' | 'replace' | 'destroy' | 'names'>

const PREFIX = 'byok/'
const nameOf = (accountId: string, modelId: string): string => `${PREFIX}${accountId}/${modelId}`

/** Printable ASCII without spaces: it goes into a header. */
export const isApiKey = (text: string): boolean => /^[\x21-\x7e]{1,1000}$/.test(text)

/** The key for a model; null when there is none. */
export async function keyFor(keyring: Keyring, accountId: string, modelId: string): Promise<string | null> {
  const bytes = await keyring.open(nameOf(accountId, modelId))
  return bytes === null ? null : Buffer.from(bytes).toString()
}

export const keepKey = (keyring: Keyring, accountId: string, modelId: string, key: string): Promise<void> =>
  keyring.replace(nameOf(accountId, modelId), Buffer.from(key))

export const dropKey = (keyring: Keyring, accountId: string, modelId: string): Promise<void> => keyring.destroy(nameOf(accountId, modelId))

/** Which of an account's models have a key. */
export async function keyed(keyring: Keyring, accountId: string): Promise<ReadonlySet<string>> {
  const prefix = `${PREFIX}${accountId}/`
  return new Set((await keyring.names(prefix)).map((name) => name.slice(prefix.length)))
}

/** Deletes the keys that no model is left for: it was removed, or never recorded because the instance stopped between the two. */
export async function dropOrphans(keyring: Keyring, isModel: (modelId: string) => Promise<boolean>): Promise<void> {
  for (const name of await keyring.names(PREFIX)) {
    const [, , modelId = ''] = name.split('/')
    if (!(await isModel(modelId))) await keyring.destroy(name)
  }
}

/** The text with every key in it blotted out: providers repeat what they were sent. */
export const without = (text: string, key: string | null): string => (key === null || key === '' ? text : text.replaceAll(key, '[key]'))

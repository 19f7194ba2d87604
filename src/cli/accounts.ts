/** Accounts, beyond their creation: taking one out of the world, and handing one over to whoever it is. */
import { z } from 'zod'
import { perform } from '../api/deps.ts'
import type { Instance } from '../instance.ts'
import { exportAccount } from '../ledger/account-export.ts'
import { localAccount } from '../projections/read/accounts.ts'
import { CommandError, command } from './command.ts'

const username = z.string().min(1).max(100)

export type ErasedAccount = {
  readonly id: string
  readonly username: string
  /** Of the deletion. */
  readonly position: number
  /** False: the instance does not run, so other servers cannot be told yet; what is left follows when it does. */
  readonly erased: boolean
}

export const ACCOUNT_COMMANDS = {
  /** Deleted at once and for good; then everything the account recorded is sought in the log and erased. */
  'account erase': command(z.strictObject({ username }), async (instance, args, onProgress): Promise<ErasedAccount> => {
    const { id, username } = await accountNamed(instance, args.username)
    const deletion = { do: 'DeleteAccount', id, username, at: new Date(instance.now()).toISOString() } as const
    const { position } = await perform(instance, { by: 'instance', lane: 'public', commands: [deletion] })
    if (position === null) throw new CommandError('REFUSED', `The account ${username} is deleted already.`)
    const label = 'Erasing'
    const erased = (await instance.eraser?.finished(position, (done, total) => onProgress({ label, done, total }))) ?? false
    return { id, username, position, erased }
  }),
} as const

/** The account's archive as bytes: see docs/formats.md. @throws {CommandError} when there is no such account */
export async function* accountArchive(instance: Instance, name: string): AsyncGenerator<Uint8Array> {
  const { id, username } = await accountNamed(instance, name)
  const actor = await instance.ledger.actorOf(`account/${id}`)
  if (actor === null) throw new CommandError('REFUSED', `The account ${username} has no keys.`)
  for await (const text of exportAccount(instance, actor)) yield Buffer.from(text)
}

async function accountNamed({ pool }: Instance, name: string) {
  const account = await localAccount(pool, name)
  if (account === null) throw new CommandError('REFUSED', `There is no account ${name} on this instance.`)
  return account
}

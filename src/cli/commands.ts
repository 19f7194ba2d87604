/** The commands an instance understands, by name. */
import { z } from 'zod'
import { perform } from '../api/deps.ts'
import { parseScopes, unknownScope } from '../api/oauth/scopes.ts'
import { newSecret, secretHash } from '../api/oauth/secrets.ts'
import { createLocalAccount, setUpInstance } from '../api/sign-up.ts'
import type { ProjectionStatus } from '../projections/projections.ts'
import { instance as instanceRow } from '../projections/read/access.ts'
import { localAccount } from '../projections/read/accounts.ts'
import { ACCOUNT_COMMANDS } from './accounts.ts'
import { AUDITOR_COMMANDS } from './auditors.ts'
import { CommandError, command } from './command.ts'
import { IMPORT_COMMANDS } from './imports.ts'
import { KEY_COMMANDS } from './keys.ts'
import { type Listed, listCommits } from './list-commits.ts'
import { type ShownCommit, showCommit } from './show-commit.ts'
import { WITNESS_COMMANDS } from './witnesses.ts'

const username = z.string().min(1).max(100)

export const COMMANDS = {
  /** The first account sets the instance up and owns it. */
  'account create': command(
    z.strictObject({ username, password: z.string(), email: z.email().nullable(), title: z.string().nullable() }),
    async (instance, { title, ...account }) => {
      const isFirst = (await instanceRow(instance.pool)) === null
      const { id } = isFirst
        ? await setUpInstance(instance, title ?? new URL(instance.config.origin).host, account)
        : await createLocalAccount(instance, { ...account, role: 'user' })
      return { id, username: account.username, url: `${instance.config.origin}/@${account.username}`, owner: isFirst }
    },
  ),

  /** A token as an application would get it, for scripts. It is shown once and stored as a hash. */
  'token create': command(z.strictObject({ account: username, scopes: z.string() }), async (instance, args) => {
    const account = await localAccount(instance.pool, args.account)
    if (account === null) throw new CommandError('REFUSED', `There is no account ${args.account} on this instance.`)
    const scopes = parseScopes(args.scopes)
    const unknown = unknownScope(scopes)
    if (unknown !== null) throw new CommandError('REFUSED', `There is no scope ${JSON.stringify(unknown)}. Try "read write".`)
    if (scopes.length === 0) throw new CommandError('REFUSED', 'A token needs at least one scope, such as "read".')
    const token = newSecret()
    const grant = {
      id: instance.newId(),
      tokenHash: secretHash(token),
      appId: null,
      accountId: account.id,
      at: new Date(instance.now()).toISOString(),
    }
    await perform(instance, { by: 'instance', lane: 'private', commands: [{ do: 'Grant', data: { ...grant, scopes, expiresAt: null } }] })
    return { id: grant.id, token, account: account.username, scopes }
  }),

  ...ACCOUNT_COMMANDS,
  ...AUDITOR_COMMANDS,
  ...IMPORT_COMMANDS,
  ...KEY_COMMANDS,
  ...WITNESS_COMMANDS,

  'projections status': command(
    z.strictObject({}),
    async (instance): Promise<{ readonly size: number; readonly projections: readonly ProjectionStatus[] }> => ({
      size: instance.ledger.head().size,
      projections: await instance.projections.status(),
    }),
  ),

  /** The same rows again, from the log. */
  'projections rebuild': command(z.strictObject({ name: z.string().nullable() }), async (instance, { name }, onProgress) => {
    const names = (await instance.projections.status()).map((projection) => projection.name)
    if (name !== null && !names.includes(name)) throw new CommandError('REFUSED', `There is no projection ${name}. There are: ${names.join(', ')}.`)
    await instance.projections.rebuild(name ?? undefined, ({ name: label, size: done, total }) => onProgress({ label, done, total }))
    return { rebuilt: name === null ? names : [name], size: instance.ledger.head().size }
  }),

  /** One entry of the log: signed header, events, opened payloads, and the proof that it is in the tree. */
  'ledger show': command(z.strictObject({ ref: z.string().min(1) }), async (instance, { ref }): Promise<ShownCommit> => {
    const shown = await showCommit(instance, ref)
    if (shown === null) throw new CommandError('REFUSED', `The log has no entry ${ref}. Give a position from 0, or an id of 64 hexadecimal digits.`)
    return shown
  }),

  /** Entries one after another; the newest when `from` is null. */
  'ledger list': command(
    z.strictObject({ from: z.int().min(0).nullable(), limit: z.int().min(1).max(1_000) }),
    async (instance, { from, limit }): Promise<Listed> => listCommits(instance, from, limit),
  ),
} as const

export type CommandName = keyof typeof COMMANDS
export type ArgsOf<N extends CommandName> = Parameters<(typeof COMMANDS)[N]['run']>[1]
export type ResultOf<N extends CommandName> = Awaited<ReturnType<(typeof COMMANDS)[N]['run']>>

export const isCommandName = (name: string): name is CommandName => Object.hasOwn(COMMANDS, name)

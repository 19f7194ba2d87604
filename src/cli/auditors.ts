/**
 * Auditors: outsiders whom the operator lets open private commits. Each is an application of their own with one token; every admission and every
 * dismissal is an entry of the log like anything else.
 */
import { z } from 'zod'
import { perform } from '../api/deps.ts'
import { newSecret, secretHash } from '../api/oauth/secrets.ts'
import { AUDIT_COMMITS, AUDIT_PAYLOADS } from '../api/vivim/receipts.ts'
import { type AuditorRow, auditors } from '../projections/read/access.ts'
import { CommandError, command } from './command.ts'

const name = z.string().min(1).max(100)

export type Auditor = { readonly name: string; readonly payloads: boolean; readonly since: string }

export const AUDITOR_COMMANDS = {
  /** The token is shown once and stored as a hash. */
  'auditor add': command(z.strictObject({ name, payloads: z.boolean() }), async (instance, args) => {
    if ((await auditors(instance.pool, AUDIT_SCOPES)).some((row) => row.name === args.name))
      throw new CommandError('REFUSED', `There is an auditor ${args.name} already.`)
    const [appId, token, at] = [instance.newId(), newSecret(), new Date(instance.now()).toISOString()]
    const scopes = args.payloads ? [AUDIT_COMMITS, AUDIT_PAYLOADS] : [AUDIT_COMMITS]
    const app = {
      id: appId,
      clientId: newSecret(),
      secretHash: secretHash(newSecret()),
      name: args.name,
      website: null,
      redirectUris: [],
      scopes,
      at,
    }
    const grant = { id: instance.newId(), tokenHash: secretHash(token), appId, accountId: null, scopes, at, expiresAt: null }
    await perform(instance, {
      by: 'instance',
      lane: 'private',
      commands: [
        { do: 'RegisterApp', data: app },
        { do: 'Grant', data: grant },
      ],
    })
    return { name: args.name, token, scopes }
  }),

  'auditor list': command(z.strictObject({}), async (instance): Promise<{ readonly auditors: readonly Auditor[] }> => {
    return { auditors: (await auditors(instance.pool, AUDIT_SCOPES)).map(auditorOf) }
  }),

  'auditor remove': command(z.strictObject({ name }), async (instance, args) => {
    const found = (await auditors(instance.pool, AUDIT_SCOPES)).filter((row) => row.name === args.name)
    if (found.length === 0) throw new CommandError('REFUSED', `There is no auditor ${args.name}.`)
    const at = new Date(instance.now()).toISOString()
    const commands = found.map(({ grant_id: id }) => ({ do: 'RevokeGrant', id, at }) as const)
    await perform(instance, { by: 'instance', lane: 'private', commands })
    return { name: args.name }
  }),
} as const

const AUDIT_SCOPES = [AUDIT_COMMITS, AUDIT_PAYLOADS]

const auditorOf = ({ name, scopes, created_at }: AuditorRow): Auditor => ({
  name,
  payloads: scopes.includes(AUDIT_PAYLOADS),
  since: created_at.toISOString(),
})

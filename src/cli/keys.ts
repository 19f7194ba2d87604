/** Keys of the instance and of accounts, for the operator: seen, exchanged, joined, revoked, made to require more. */
import { z } from 'zod'
import { shownKeys } from '../api/vivim/keys.ts'
import { publicKeyOfDids } from '../host/did-key.ts'
import type { Instance } from '../instance.ts'
import type { KeyChange } from '../ledger/custody.ts'
import { MAX_RECOVERY_KEYS } from '../ledger/key-operation.ts'
import { isRegistrableKey } from '../ledger/signature.ts'
import { localAccount } from '../projections/read/accounts.ts'
import { CommandError, command } from './command.ts'

/** A user name, or `instance`. */
const whose = z.string().min(1).max(100)
const after = z.int().min(0).nullable()

export type ShownKeys = ReturnType<typeof shownKeys> & { readonly whose: string }
export type KeysChanged = { readonly whose: string; readonly position: number; readonly custody: string | null }

export const KEY_COMMANDS = {
  'key list': command(z.strictObject({ whose }), async (instance, args): Promise<ShownKeys> => {
    const kept = await instance.ledger.custody.kept(await signerOf(instance, args.whose))
    if (kept === null) throw new CommandError('REFUSED', `Nothing that ${args.whose} signed is in the log yet.`)
    return { whose: args.whose, ...shownKeys(kept) }
  }),

  /** Another key takes the place of the one that this instance keeps. */
  'key rotate': command(z.strictObject({ whose, suite: z.enum(['ed25519', 'hybrid']).nullable(), after }), async (instance, args) => {
    const suite = args.suite === null ? null : suiteOf(args.suite)
    return change(instance, args.whose, (signer) => instance.ledger.custody.rotate(signer, suite, args.after))
  }),

  'key add': command(z.strictObject({ whose, key: z.string().max(6_000) }), async (instance, args) => {
    return change(instance, args.whose, (signer) => instance.ledger.custody.add(signer, [publicKeyIn(args.key)]))
  }),

  'key revoke': command(z.strictObject({ whose, key: z.string().regex(/^[0-9a-f]{32}$/), after }), async (instance, args) =>
    change(instance, args.whose, (signer) => instance.ledger.custody.revoke(signer, [Buffer.from(args.key, 'hex')], args.after)),
  ),

  /** Keys of the owner's that can undo for 72 hours whatever the one that is kept here does to the keys. */
  'key recovery': command(
    z.strictObject({
      whose,
      keys: z
        .array(z.string().max(6_000))
        .min(1)
        .max(MAX_RECOVERY_KEYS - 1),
    }),
    async (instance, args) => change(instance, args.whose, (signer) => instance.ledger.custody.protect(signer, args.keys.map(publicKeyIn))),
  ),

  /** What a recovery key has to sign so that this instance signs for them with a new key. */
  'key propose': command(z.strictObject({ whose, key: z.string().max(6_000), after }), async (instance, args) => {
    const proposal = await instance.ledger.custody.proposeTakeBack(await signerOf(instance, args.whose), publicKeyIn(args.key), args.after)
    if (!proposal.ok) throw new CommandError('REFUSED', `The keys of ${args.whose} stay as they are: ${proposal.reason}.`)
    return { commit: Buffer.from(proposal.commit).toString('base64') }
  }),

  /** The same, signed. */
  'key recover': command(z.strictObject({ whose, commit: z.base64(), signature: z.base64() }), async (instance, args) => {
    const bytes = (text: string): Uint8Array => Buffer.from(text, 'base64')
    return change(instance, args.whose, (signer) => instance.ledger.custody.takeBack(signer, bytes(args.commit), bytes(args.signature)))
  }),

  /** Every later commit must be signed this strongly. */
  'key require': command(z.strictObject({ whose, suite: z.enum(['ed25519', 'hybrid']) }), async (instance, args) =>
    change(instance, args.whose, (signer) => instance.ledger.custody.require(signer, suiteOf(args.suite))),
  ),
} as const

/** @throws {CommandError} REFUSED for what is no key */
function publicKeyIn(text: string): Uint8Array {
  const publicKey = publicKeyOfDids(text)
  if (publicKey !== null && isRegistrableKey(publicKey)) return publicKey
  throw new CommandError('REFUSED', 'This is no key that may sign here. Give did:key:z6Mk…, of a hybrid key both, joined by a comma.')
}

const suiteOf = (name: 'ed25519' | 'hybrid'): 1 | 2 => (name === 'hybrid' ? 2 : 1)

/** @throws {CommandError} REFUSED when there is no such account */
async function signerOf({ pool }: Instance, name: string): Promise<string> {
  if (name === 'instance') return name // no account has this name: see handlers/username.ts
  const account = await localAccount(pool, name)
  if (account === null) throw new CommandError('REFUSED', `There is no account ${name} on this instance.`)
  return `account/${account.id}`
}

async function change(instance: Instance, name: string, make: (signer: string) => Promise<KeyChange>): Promise<KeysChanged> {
  const signer = await signerOf(instance, name)
  const changed = await make(signer)
  if (!changed.ok) throw new CommandError('REFUSED', `The keys of ${name} stay as they are: ${changed.reason}.`)
  const key = (await instance.ledger.custody.kept(signer))?.key ?? null
  return { whose: name, position: changed.receipt.position, custody: key === null ? null : Buffer.from(key).toString('hex') }
}

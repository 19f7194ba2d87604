/**
 * `/api/vivim/v1/keys`: which keys sign for an account, seen and changed by its owner. The instance signs the change with the key it keeps;
 * whoever has taken the account into their own hands sends operations that they signed themselves.
 *
 * Keys decide who somebody is, so changing them takes a scope of its own, which `write` does not include.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { didKeys, publicKeyOfDids } from '../../host/did-key.ts'
import { CommitError, decodeCommit } from '../../ledger/commit.ts'
import type { Kept, KeyChange } from '../../ledger/custody.ts'
import { isKeyEvent, MAX_DEVICES, MAX_RECOVERY_KEYS } from '../../ledger/key-operation.ts'
import { type ActorKey, keyName } from '../../ledger/key-state.ts'
import { isHybrid, isRegistrableKey } from '../../ledger/signature.ts'
import type { SignedCommit } from '../../ledger/types.ts'
import { authenticated, requireScope, signedIn } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { ApiError, notAdmitted, notFound, unprocessable } from '../errors.ts'
import { noteWritten } from '../written.ts'
import type { ActorOf } from './identities.ts'
import type { KeyChanged, Keys, OperationsDone } from './schema.ts'
import { signedBody } from './signed-body.ts'

type Deps = Pick<ApiDeps, 'ledger'> & { readonly actorOf: ActorOf }

export const KEYS_SCOPE = 'keys'

const changesKeys = requireScope(KEYS_SCOPE)
/** A public key: did:key, two of them joined by a comma for a hybrid one, or raw bytes in base64. */
const key = z
  .string()
  .max(6_000)
  .transform((text, context) => {
    const isBase64 = text.endsWith('=') || !/^(?:did:key:)?z/.test(text) // which may begin with a z, too
    const publicKey = isBase64 ? Buffer.from(text, 'base64') : publicKeyOfDids(text)
    if (publicKey !== null && isRegistrableKey(publicKey)) return new Uint8Array(publicKey)
    context.addIssue('not a public key that may sign here')
    return z.NEVER
  })
const keyIds = z
  .array(z.string().regex(/^[0-9a-f]{32}$/))
  .min(1)
  .max(MAX_DEVICES + MAX_RECOVERY_KEYS)
const devices = z.array(key).min(1).max(MAX_DEVICES)
const after = z
  .int()
  .min(0)
  .nullish()
  .transform((position) => position ?? null)
const suite = z.enum(['ed25519', 'hybrid']).transform((name) => (name === 'hybrid' ? 2 : 1))

export function registerKeys(app: FastifyInstance, path: string, deps: Deps): void {
  const { custody } = deps.ledger

  app.get(path, { preHandler: authenticated }, async (request): Promise<z.infer<typeof Keys>> => keysOf(deps, signerOf(request)))

  /** Each changes the keys of whoever asks, and answers with what they are then. */
  const change = <T>(name: string, body: z.ZodType<T>, make: (signer: string, asked: T) => Promise<KeyChange>) =>
    app.post(`${path}${name}`, { preHandler: changesKeys }, async (request): Promise<z.infer<typeof KeyChanged>> => {
      const signer = signerOf(request)
      const changed = await make(signer, read(body, request))
      if (!changed.ok) throw notAdmitted('KEY', `The keys stay as they are: ${changed.reason}`)
      const { position, id } = changed.receipt
      noteWritten(position)
      return { position, id: hex(id), keys: await keysOf(deps, signer) }
    })

  change('', z.strictObject({ devices }), (signer, asked) => custody.add(signer, asked.devices))
  change('/revoke', z.strictObject({ keys: keyIds, after }), (signer, asked) => custody.revoke(signer, asked.keys.map(fromHex), asked.after))
  change('/rotate', z.strictObject({ suite: suite.nullish(), after }), (signer, asked) => custody.rotate(signer, asked.suite ?? null, asked.after))
  change('/require', z.strictObject({ suite }), (signer, asked) => custody.require(signer, asked.suite))
  change(
    '/recovery',
    z.strictObject({
      recovery: z
        .array(key)
        .min(1)
        .max(MAX_RECOVERY_KEYS - 1),
    }),
    (signer, asked) => custody.protect(signer, asked.recovery),
  )
  change('/hand-over', z.strictObject({ recovery: z.array(key).min(1).max(MAX_RECOVERY_KEYS), devices }), (signer, asked) =>
    custody.handOver(signer, asked),
  )

  app.post(`${path}/operations`, { preHandler: authenticated }, async (request): Promise<z.infer<typeof OperationsDone>> => {
    const actor = await deps.actorOf(signedIn(request).account.id)
    const { commits } = signedBody(request.body)
    for (const signed of commits) assertOperations(signed, actor)
    const results = await deps.ledger.submit(commits)
    for (const result of results) if (result.ok) noteWritten(result.receipt.position)
    const [only] = results
    if (results.length === 1 && only?.ok === false) throw notAdmitted(only.code, only.reason)
    return {
      results: results.map((result) =>
        result.ok ? { ok: true, position: result.receipt.position, id: hex(result.receipt.id), repeated: result.receipt.repeated } : result,
      ),
      keys: await keysOf(deps, signerOf(request)),
    }
  })
}

const signerOf = (request: FastifyRequest): string => `account/${signedIn(request).account.id}`

/** @throws {ApiError} 404 */
async function keysOf({ ledger }: Pick<Deps, 'ledger'>, signer: string): Promise<z.infer<typeof Keys>> {
  const kept = await ledger.custody.kept(signer)
  if (kept === null) throw notFound('This account has no keys')
  return shownKeys(kept)
}

/** Keys of an actor for its owner: those that sign now, and those that did. */
export function shownKeys({ actor, state, key: inCustody }: Kept): z.infer<typeof Keys> {
  return {
    actor: hex(actor),
    custody: inCustody === null ? null : hex(inCustody),
    requires: state.suite === 2 ? 'hybrid' : 'ed25519',
    keys: [...state.keys.values()].map((one) => shownKey(one, state.recovery.indexOf(keyName(one.id)))),
  }
}

function shownKey({ id, publicKey, device, since, frozen, ended }: ActorKey, rank: number): z.infer<typeof Keys>['keys'][number] {
  return {
    id: hex(id),
    kind: isHybrid(publicKey) ? 'hybrid' : 'ed25519',
    didKeys: didKeys(publicKey),
    device,
    recovery: rank < 0 ? null : rank,
    since,
    frozen,
    ended,
  }
}

/** Everything else goes to `/events`, where it is judged by the rules of what it is. */
function assertOperations({ commit, parts }: SignedCommit, actor: Uint8Array): void {
  try {
    const header = decodeCommit(commit)
    if (Buffer.compare(header.actor, actor) !== 0) throw notAdmitted('KEY', 'The commit is in the name of another actor.')
    if (parts.length > 0 || !header.events.every(isKeyEvent)) throw unprocessable('This takes operations on keys and nothing else')
  } catch (error) {
    throw error instanceof CommitError ? notAdmitted('MALFORMED', `Not a commit: ${error.message}.`) : error
  }
}

/** @throws {ApiError} 422 */
function read<T>(schema: z.ZodType<T>, request: FastifyRequest): T {
  const parsed = schema.safeParse(request.body ?? {})
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new ApiError(422, `${issue?.path.join('.') || 'The body'}: ${issue?.message ?? 'is not as described'}`)
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const fromHex = (text: string): Uint8Array => Buffer.from(text, 'hex')

/** Who is signed in at this browser. A session is an event like everything else; the cookie holds its token, the ledger only the hash. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { sessionByTokenHash } from '../../projections/read/access.ts'
import { accountById } from '../../projections/read/accounts.ts'
import type { AccountRow, SessionRow } from '../../projections/rows.ts'
import { type ApiDeps, perform } from '../deps.ts'
import { newSecret, secretHash } from '../oauth/secrets.ts'
import type { Cookies } from './cookies.ts'

export type Visitor = { readonly account: AccountRow; readonly session: SessionRow }

const NAME = 'session'
const LIFETIME_MS = 30 * 86_400_000

export type Sessions = {
  /** Null: a stranger. */
  visitor(request: FastifyRequest): Promise<Visitor | null>
  /** A new session under a new secret; one that this browser had before ends. */
  open(request: FastifyRequest, reply: FastifyReply, accountId: string): Promise<void>
  close(request: FastifyRequest, reply: FastifyReply): Promise<void>
}

export function createSessions(deps: Pick<ApiDeps, 'pool' | 'execute' | 'projections' | 'newId' | 'now'>, cookies: Cookies): Sessions {
  async function visitor(request: FastifyRequest): Promise<Visitor | null> {
    const token = cookies.get(request, NAME)
    if (token === null) return null
    const session = await sessionByTokenHash(deps.pool, secretHash(token))
    const account = session === null ? null : await accountById(deps.pool, session.account_id)
    return session === null || account === null || account.deleted_at !== null ? null : { account, session }
  }

  async function end({ session }: Visitor): Promise<void> {
    const at = new Date(deps.now()).toISOString()
    await perform(deps, { by: 'instance', lane: 'private', commands: [{ do: 'CloseSession', id: session.id, at }] })
  }

  return {
    visitor,

    async open(request, reply, accountId) {
      const before = await visitor(request)
      const token = newSecret()
      const [at, expiresAt] = [new Date(deps.now()), new Date(deps.now() + LIFETIME_MS)]
      const data = { id: deps.newId(), tokenHash: secretHash(token), accountId, at: at.toISOString(), expiresAt: expiresAt.toISOString() }
      await perform(deps, { by: 'instance', lane: 'private', commands: [{ do: 'OpenSession', data }] })
      if (before !== null) await end(before)
      cookies.set(reply, NAME, token, expiresAt)
    },

    async close(request, reply) {
      const found = await visitor(request)
      cookies.clear(reply, NAME)
      if (found !== null) await end(found)
    },
  }
}

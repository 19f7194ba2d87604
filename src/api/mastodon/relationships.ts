/** What one person decides about another: follow, block, mute; who asks to follow; and the lists of all of these. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { EventData, Pair } from '../../events/catalogue.ts'
import type { Command } from '../../handlers/commands.ts'
import { accountsByIds, blocks, followRequests, followState, mutes, relationships } from '../../projections/read/accounts.ts'
import type { AccountRow } from '../../projections/rows.ts'
import { requireScope, signedIn } from '../auth.ts'
import { type ApiDeps, perform } from '../deps.ts'
import { notFound } from '../errors.ts'
import { invalid, list, paramsOf } from '../forms.ts'
import { mutedAccountEntity } from './entities/account.ts'
import { relationshipEntity } from './entities/relationship.ts'
import { accountInPath } from './facts.ts'
import { flag, integer } from './input.ts'
import { ACCOUNTS, linkPages, pageOf } from './paging.ts'
import { accountsJson } from './views.ts'

type Act = { readonly account: AccountRow; readonly target: AccountRow; readonly at: string; readonly request: FastifyRequest }

export function registerRelationships(app: FastifyInstance, deps: ApiDeps): void {
  const { pool, config } = deps

  /** A route that executes one command about the account in its path and answers with the relationship as it is then. */
  function act(path: string, scopes: readonly string[], command: (act: Act) => Command | Promise<Command>): void {
    app.post(path, { preHandler: requireScope(...scopes) }, async (request) => {
      const { account } = signedIn(request)
      const target = await accountInPath(deps, request)
      const at = new Date(deps.now()).toISOString()
      await perform(deps, { by: { account: account.id }, commands: [await command({ account, target, at, request })], lane: 'private' })
      return relationshipTo(account, target)
    })
  }

  act('/api/v1/accounts/:id/follow', ['write:follows'], async (act) => ({ do: 'Follow', data: await followData(act) }))
  act('/api/v1/accounts/:id/unfollow', ['write:follows'], (act) => ({ do: 'Unfollow', pair: outward(act) }))
  act('/api/v1/accounts/:id/remove_from_followers', ['write:follows'], (act) => ({ do: 'RejectFollow', pair: inward(act), at: act.at }))
  act('/api/v1/accounts/:id/block', ['write:blocks'], (act) => ({
    do: 'Block',
    data: { ...outward(act), uri: `${act.account.uri}#blocks/${deps.newId()}`, at: act.at },
  }))
  act('/api/v1/accounts/:id/unblock', ['write:blocks'], (act) => ({ do: 'Unblock', pair: outward(act) }))
  act('/api/v1/accounts/:id/mute', ['write:mutes'], (act) => ({ do: 'Mute', data: muteData(act, deps.now()) }))
  act('/api/v1/accounts/:id/unmute', ['write:mutes'], (act) => ({ do: 'Unmute', pair: outward(act) }))
  act('/api/v1/follow_requests/:id/authorize', ['write:follows'], async (act) => {
    await requestFrom(act)
    return { do: 'AcceptFollow', pair: inward(act), at: act.at }
  })
  act('/api/v1/follow_requests/:id/reject', ['write:follows'], async (act) => {
    await requestFrom(act)
    return { do: 'RejectFollow', pair: inward(act), at: act.at }
  })

  app.get('/api/v1/follow_requests', { preHandler: requireScope('read:follows') }, async (request, reply) => {
    const page = pageOf(request, ACCOUNTS)
    const found = await followRequests(pool, signedIn(request).account.id, page)
    linkPages(
      request,
      reply,
      config.origin,
      page,
      found.map(({ position }) => position),
    )
    return accountsJson(
      deps,
      found.map(({ account_id }) => account_id),
    )
  })

  app.get('/api/v1/blocks', { preHandler: requireScope('read:blocks') }, async (request, reply) => {
    const page = pageOf(request, ACCOUNTS)
    const found = await blocks(pool, signedIn(request).account.id, page)
    linkPages(
      request,
      reply,
      config.origin,
      page,
      found.map(({ position }) => position),
    )
    return accountsJson(
      deps,
      found.map(({ target_id }) => target_id),
    )
  })

  app.get('/api/v1/mutes', { preHandler: requireScope('read:mutes') }, async (request, reply) => {
    const page = pageOf(request, ACCOUNTS)
    const found = await mutes(pool, signedIn(request).account.id, page)
    linkPages(
      request,
      reply,
      config.origin,
      page,
      found.map(({ position }) => position),
    )
    const accounts = await accountsByIds(
      pool,
      found.map(({ target_id }) => target_id),
    )
    return found.flatMap(({ target_id, expires_at }) => {
      const row = accounts.get(target_id)
      return row === undefined ? [] : [mutedAccountEntity(row, config.origin, expires_at)]
    })
  })

  async function relationshipTo(account: AccountRow, target: AccountRow) {
    const [row] = await relationships(pool, account.id, [target.id])
    if (row === undefined) throw notFound()
    return relationshipEntity(row)
  }

  /** What is not given stays as it was; people who need not approve, here, accept at once. */
  async function followData({ account, target, at, request }: Act): Promise<EventData['social:follow']> {
    const params = paramsOf(request)
    const standing = await followState(pool, account.id, target.id)
    return {
      accountId: account.id,
      targetId: target.id,
      uri: `${account.uri}#follows/${deps.newId()}`,
      at,
      state: target.domain === null && !target.locked ? 'accepted' : 'requested',
      reblogs: flag(params, 'reblogs') ?? standing?.reblogs ?? true,
      notify: flag(params, 'notify') ?? standing?.notify ?? false,
      languages: params['languages'] === undefined ? (standing?.languages ?? null) : languagesOf(list(params, 'languages')),
    }
  }

  /** @throws {ApiError} 404 when this person asks nothing */
  async function requestFrom({ account, target }: Act): Promise<void> {
    const standing = await followState(pool, target.id, account.id)
    if (standing?.state !== 'requested') throw notFound()
  }
}

const outward = ({ account, target }: Act): Pair => ({ accountId: account.id, targetId: target.id })
const inward = ({ account, target }: Act): Pair => ({ accountId: target.id, targetId: account.id })

const LONGEST_MUTE_SECONDS = 100 * 365 * 86_400

/** `duration` in seconds; 0 or nothing is for good. */
function muteData(act: Act, now: number): EventData['social:mute'] {
  const params = paramsOf(act.request)
  const seconds = integer(params, 'duration') ?? 0
  if (seconds < 0 || seconds > LONGEST_MUTE_SECONDS) throw invalid('duration', 'is out of range')
  const expiresAt = seconds === 0 ? null : new Date(now + seconds * 1000).toISOString()
  return { ...outward(act), at: act.at, notifications: flag(params, 'notifications') ?? true, expiresAt }
}

/** Null: every language. @throws {ApiError} 422 */
function languagesOf(values: readonly string[]): readonly string[] | null {
  const wanted = values.filter((value) => value !== '')
  if (wanted.length > 50 || !wanted.every((value) => /^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/.test(value)))
    throw invalid('languages', 'is not a list of languages')
  return wanted.length === 0 ? null : wanted
}

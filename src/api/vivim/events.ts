/** `POST /api/vivim/v1/events`: commits that people signed on their own devices, one or a batch, each judged like anything else asked for here. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { EventType } from '../../events/catalogue.ts'
import { type Admit, type AdmitResult, type CheckFacts, createAdmit } from '../../handlers/admit.ts'
import { type SignedIn, signedIn } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { notAdmitted } from '../errors.ts'
import { allows } from '../oauth/scopes.ts'
import { preference, prefers, receiptUrl } from '../prefer.ts'
import { noteWritten } from '../written.ts'
import type { ActorOf } from './identities.ts'
import { readerOf, receiptsNow } from './receipts.ts'
import type { Admitted, BatchResult } from './schema.ts'
import { BINARY, EVENTS_LIMIT, signedBody } from './signed-body.ts'
import { createFactCheck } from './signed-facts.ts'
import { isOfVault } from './vault-events.ts'

type Deps = Pick<ApiDeps, 'config' | 'pool' | 'ledger' | 'projections' | 'resolve' | 'now' | 'log'> & { readonly actorOf: ActorOf }

/** What a token must allow for each kind of event. */
const SCOPES: Readonly<Record<string, string>> = {
  identity: 'write:accounts',
  status: 'write:statuses',
  'status:like': 'write:favourites',
  'status:unlike': 'write:favourites',
  'status:bookmark': 'write:bookmarks',
  'status:unbookmark': 'write:bookmarks',
  'status:pin': 'write:accounts',
  'status:unpin': 'write:accounts',
  social: 'write:follows',
  'social:block': 'write:blocks',
  'social:unblock': 'write:blocks',
  'social:mute': 'write:mutes',
  'social:unmute': 'write:mutes',
  media: 'write:media',
  marker: 'write:statuses',
  notification: 'write:notifications',
}

/** The longest wait for read tables that a client may ask for, in seconds. */
const LONGEST_WAIT = 10

export function registerEvents(app: FastifyInstance, path: string, deps: Deps): void {
  const admit = createAdmit(deps.ledger)
  app.register(async (scope) => {
    scope.addContentTypeParser(BINARY, { parseAs: 'buffer', bodyLimit: EVENTS_LIMIT }, async (_request: FastifyRequest, body: Buffer) => body)
    const person = async (request: FastifyRequest) => void signedIn(request) // before a body is read: strangers send none
    scope.post(path, { bodyLimit: EVENTS_LIMIT, onRequest: person }, async (request, reply) => {
      const { commits, single } = signedBody(request.body)
      const results = await admitFor(deps, admit, signedIn(request), commits)
      const answers = await answersFor(deps, request, results)
      await waitFor(deps, request, results, single)
      if (!single) return { results: answers }
      const [answer] = answers
      if (answer === undefined || !answer.ok) throw notAdmitted(answer?.code ?? 'BUSY', answer?.reason ?? '')
      const { ok: _ok, ...admitted } = answer
      return reply.code(admitted.repeated ? 200 : 201).send(admitted)
    })
  })
}

async function admitFor(deps: Deps, admit: Admit, viewer: SignedIn, commits: Parameters<Admit>[1]): Promise<readonly AdmitResult[]> {
  const { id, uri } = viewer.account
  const checkFacts = createFactCheck(deps, viewer)
  const check: CheckFacts = async (events, author) => {
    const beyond = events.find(({ type }) => !allows(viewer.grant.scopes, scopeOf(type)))
    if (beyond !== undefined)
      return { code: 'NOT_ALLOWED', message: `${beyond.type} is outside the authorized scopes: it needs ${scopeOf(beyond.type)}` }
    return checkFacts(events, author)
  }
  return admit({ id, uri, actor: await deps.actorOf(id) }, commits, check)
}

const scopeOf = (type: EventType): string =>
  isOfVault(type) ? 'memory:write' : (SCOPES[type] ?? SCOPES[type.slice(0, type.indexOf(':'))] ?? 'write')

type Answer = z.infer<typeof BatchResult>

async function answersFor(deps: Deps, request: FastifyRequest, results: readonly AdmitResult[]): Promise<Answer[]> {
  const receipts = prefers(request, 'receipt') ? receiptsNow(deps) : null
  return Promise.all(
    results.map(async (result): Promise<Answer> => {
      if (!result.ok) return result
      const { position, id, time, repeated } = result.receipt
      noteWritten(position)
      const admitted: z.infer<typeof Admitted> = {
        position,
        id: Buffer.from(id).toString('hex'),
        time: new Date(time).toISOString(),
        repeated,
        receiptUrl: receiptUrl(deps.config.origin, position),
        ...(receipts !== null && { receipt: await receipts.receiptAt(position, readerOf(request.viewer)) }),
      }
      return { ok: true, ...admitted }
    }),
  )
}

/** One commit is read back by whoever sent it, so its answer waits for the read tables; a batch only when asked (`Prefer: wait=5`). */
async function waitFor({ projections }: Deps, request: FastifyRequest, results: readonly AdmitResult[], single: boolean): Promise<void> {
  const asked = Number(preference(request, 'wait') ?? 0)
  if (!single && !(asked > 0)) return
  const newest = Math.max(-1, ...results.map((result) => (result.ok ? result.receipt.position : -1)))
  if (newest < 0) return
  await (asked > 0 ? projections.waitFor(newest, Math.min(asked, LONGEST_WAIT) * 1000) : projections.waitFor(newest))
}

/**
 * The witness over HTTP, in a scope of its own with a parser that takes a body as it is.
 *
 *   POST /witness/add-checkpoint                       what a log asks; see witness.ts
 *   GET  /witness/<hex SHA-256 of origin>/checkpoint   the newest checkpoint cosigned of a log, for monitors
 *   GET  /log/witnessed                                the newest checkpoint of our own log that met the quorum; with ?covering=N the first that
 *                                                      was kept and holds entry N: the entry was there by the time its witnesses state
 *   GET  /witness/key                                  our verifier keys as a witness, one each line
 */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { networkOf } from '../../host/network.ts'
import type { CosignedCheckpoints } from '../../ledger/cosigned.ts'
import { Gate, Limiter, type Limits, REFUSED } from '../limiter.ts'
import type { WitnessKeys } from './keys.ts'
import type { Answer, Witness } from './witness.ts'

/** 63 hashes, and a checkpoint with a few dozen signatures, some of them ML-DSA. */
const MAX_BODY = 256 * 1024
const TEXT = 'text/plain; charset=utf-8'
/** A log asks about once a second; a signature by ML-DSA costs a millisecond. */
export const WITNESS_LIMITS: Limits = {
  address: { burst: 300, perSecond: 10 },
  origin: { burst: 300, perSecond: 10 },
  atOnce: { all: 64, address: 8 },
}

export type RegisterWitness = {
  readonly witness: Witness
  readonly keys: WitnessKeys
  readonly cosigned: CosignedCheckpoints
  readonly now: () => number
  /** Null: nobody is limited, for measurements on loopback. */
  readonly limits: Limits | null
}

export async function registerWitness(app: FastifyInstance, { witness, keys, cosigned, now, limits }: RegisterWitness): Promise<void> {
  const addresses = limits === null ? null : new Limiter(limits.address, now)
  const gate = limits === null ? null : new Gate(limits.atOnce)
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY }, (_request, body, done) => done(null, body))
    scope.addHook('onRequest', (request, reply, next) => {
      const network = networkOf(request.ip)
      const waitMs = addresses?.take(network) ?? 0
      if (waitMs > 0) return void tooMany(reply, 429, waitMs)
      if (gate === null) return next()
      if (!gate.enter(network)) return void tooMany(reply, 503, 1_000)
      reply.raw.once('close', () => gate.leave(network))
      next()
    })

    scope.post('/witness/add-checkpoint', async (request, reply) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      const said = await witness.addCheckpoint(body.toString())
      if (said.status === 400 || said.status === 403 || said.status === 422) addresses?.charge(networkOf(request.ip), REFUSED)
      return answer(reply, said)
    })
    scope.get<{ Params: { origin: string } }>('/witness/:origin/checkpoint', async (request, reply) => {
      const note = /^[0-9a-f]{64}$/.test(request.params.origin) ? await witness.newest(request.params.origin) : null
      return note === null ? answer(reply, NONE) : reply.type(TEXT).header('cache-control', 'public, max-age=1').send(note)
    })
    scope.get<{ Querystring: { covering?: unknown } }>('/log/witnessed', async (request, reply) => {
      const { covering } = request.query
      if (covering !== undefined && !(typeof covering === 'string' && /^\d{1,15}$/.test(covering))) return answer(reply, NO_POSITION)
      const found = covering === undefined ? cosigned.witnessed : await cosigned.covering(Number(covering))
      return found === null ? answer(reply, UNWITNESSED) : reply.type(TEXT).header('cache-control', 'public, max-age=1').send(found.note)
    })
    scope.get('/witness/key', async (_request, reply) => reply.type(TEXT).send(`${keys.verifierKeys.join('\n')}\n`))
  })
}

const NONE: Answer = { status: 404, type: TEXT, body: 'this witness has cosigned no checkpoint of such a log\n' }
const NO_POSITION: Answer = { status: 400, type: TEXT, body: 'covering is the position of an entry, in decimal\n' }
const UNWITNESSED: Answer = { status: 404, type: TEXT, body: 'no such checkpoint of this log has met the quorum yet\n' }

const answer = (reply: FastifyReply, { status, type, body }: Answer): FastifyReply =>
  reply.code(status).header('content-type', type).header('cache-control', 'no-store').send(Buffer.from(body))

const tooMany = (reply: FastifyReply, status: number, waitMs: number): FastifyReply =>
  reply
    .code(status)
    .header('retry-after', String(Math.ceil(waitMs / 1_000)))
    .type(TEXT)
    .send('come again later\n')

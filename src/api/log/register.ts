/**
 * The log for auditors: checkpoint, tiles and entries exactly as C2SP names them below /log/, and proofs as JSON. Public, read-only.
 *
 * @see https://c2sp.org/tlog-tiles
 */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import type { Ledger } from '../../ledger/ledger.ts'
import { parseTilePath } from '../../ledger/tlog/tile.ts'
import { ApiError, notFound } from '../errors.ts'

export type LogSource = Pick<
  Ledger,
  'checkpoint' | 'consistencyProof' | 'entryBundle' | 'head' | 'inclusionProof' | 'logOrigin' | 'rootAt' | 'tile' | 'verifierKey'
>

/** A checkpoint may be this old, in seconds; everything else here never changes. */
const CHECKPOINT_AGE = 1
const IMMUTABLE = 'public, max-age=31536000, immutable'

export function registerLog(app: FastifyInstance, ledger: LogSource): void {
  app.get('/log/checkpoint', async (_request, reply) => answerCheckpoint(reply, ledger))
  app.get<{ Params: { '*': string } }>('/log/tile/*', async (request, reply) => answerTile(reply, ledger, `tile/${request.params['*']}`))
  app.get('/log/proof', async (request, reply) => answerInclusion(reply, ledger, request.query))
  app.get('/log/proof/consistency', async (request, reply) => answerConsistency(reply, ledger, request.query))
  app.get('/log/key', async (_request, reply) => reply.type('text/plain; charset=utf-8').send(`${ledger.verifierKey}\n`))
}

function answerCheckpoint(reply: FastifyReply, ledger: LogSource): FastifyReply {
  return reply.type('text/plain; charset=utf-8').header('cache-control', `public, max-age=${CHECKPOINT_AGE}`).send(ledger.checkpoint().note)
}

/** A tile or entry bundle. @param path attacker-controlled */
async function answerTile(reply: FastifyReply, ledger: LogSource, path: string): Promise<FastifyReply> {
  const tile = parseTilePath(path)
  if (tile === null) throw notFound('This is not the path of a tile')
  const { level, index, width } = tile
  const bytes = level === 'entries' ? await ledger.entryBundle(index, width) : await ledger.tile(level, index, width)
  if (bytes === null) throw notFound('The log does not reach this far')
  return reply
    .type('application/octet-stream')
    .header('cache-control', IMMUTABLE)
    .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
}

const size = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const inclusionQuery = z.object({ position: size, size: size.optional() })
const consistencyQuery = z.object({ from: size.min(1), to: size.optional() })

/** Hashes are base64, as in checkpoints; `proof` is the audit path of RFC 9162 section 2.1.3, lowest sibling first. */
async function answerInclusion(reply: FastifyReply, ledger: LogSource, query: unknown): Promise<FastifyReply> {
  const { position, size = ledger.head().size } = parse(inclusionQuery, query, 'position=N and, if wanted, size=M')
  if (position >= size || size > ledger.head().size) throw notFound('The log does not reach this far')
  const { leafHash, proof } = await ledger.inclusionProof(position, size)
  const root = await ledger.rootAt(size)
  return answerProof(reply, {
    origin: ledger.logOrigin,
    index: position,
    size,
    leafHash: base64(leafHash),
    proof: proof.map(base64),
    root: base64(root),
  })
}

/** `proof` as in RFC 9162 section 2.1.4; empty when `from` is `to`. The empty tree is a prefix of every tree and needs no proof. */
async function answerConsistency(reply: FastifyReply, ledger: LogSource, query: unknown): Promise<FastifyReply> {
  const { from, to = ledger.head().size } = parse(consistencyQuery, query, 'from=N, at least 1, and, if wanted, to=M')
  if (from > to || to > ledger.head().size) throw notFound('The log does not reach this far')
  const [fromRoot, toRoot, proof] = await Promise.all([ledger.rootAt(from), ledger.rootAt(to), ledger.consistencyProof(from, to)])
  return answerProof(reply, { origin: ledger.logOrigin, from, to, fromRoot: base64(fromRoot), toRoot: base64(toRoot), proof: proof.map(base64) })
}

const answerProof = (reply: FastifyReply, proof: Readonly<Record<string, unknown>>): FastifyReply =>
  reply.type('application/json; charset=utf-8').header('cache-control', 'public, max-age=60').send(JSON.stringify(proof))

function parse<T>(schema: z.ZodType<T>, query: unknown, wanted: string): T {
  const parsed = schema.safeParse(query)
  if (!parsed.success) throw new ApiError(400, `The query must be ${wanted}, in whole numbers`)
  return parsed.data
}

const base64 = (hash: Uint8Array): string => Buffer.from(hash).toString('base64')

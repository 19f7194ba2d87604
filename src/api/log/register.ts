/**
 * The log for auditors: checkpoint, tiles and entries exactly as C2SP names them below /log/, and proofs as JSON. Public, read-only.
 *
 * Every tile and bundle of the published tree is there in every width that it ever had, since old checkpoints stay provable; none has another
 * name than its canonical one, and what has a name never changes.
 *
 * @see https://c2sp.org/tlog-tiles
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Ledger } from '../../ledger/ledger.ts'
import { parseTilePath, TILE_WIDTH } from '../../ledger/tlog/tile.ts'
import { ApiError, notFound } from '../errors.ts'
import { acceptsGzip, gzipped } from './gzip.ts'

export type LogSource = Pick<
  Ledger,
  'consistencyProof' | 'entryBundle' | 'head' | 'inclusionProof' | 'logOrigin' | 'rootAt' | 'servedCheckpoint' | 'tile' | 'verifierKeys'
>

/** A checkpoint may be this old, in seconds; everything else here never changes. */
const CHECKPOINT_AGE = 1
const TEXT = 'text/plain; charset=utf-8'
const IMMUTABLE = 'public, max-age=31536000, immutable'

export function registerLog(app: FastifyInstance, ledger: LogSource): void {
  app.get('/log/checkpoint', async (_request, reply) => answerCheckpoint(reply, ledger))
  app.get('/log/tile/*', { config: { limit: 'tiles' } }, async (request, reply) => answerTile(request, reply, ledger))
  app.get('/log/proof', async (request, reply) => answerInclusion(reply, ledger, request.query))
  app.get('/log/proof/consistency', async (request, reply) => answerConsistency(reply, ledger, request.query))
  app.get('/log/key', async (_request, reply) => reply.type(TEXT).send(`${ledger.verifierKeys.join('\n')}\n`))
}

function answerCheckpoint(reply: FastifyReply, ledger: LogSource): FastifyReply {
  return reply.type(TEXT).header('cache-control', `public, max-age=${CHECKPOINT_AGE}`).send(ledger.servedCheckpoint().note)
}

/** A tile or entry bundle. The path is attacker-controlled. */
async function answerTile(request: FastifyRequest, reply: FastifyReply, ledger: LogSource): Promise<FastifyReply> {
  const tile = parseTilePath(pathBelowLog(request))
  if (tile === null) throw notFound('This is not the path of a tile')
  const { level, index, width } = tile
  const bytes = level === 'entries' ? await ledger.entryBundle(index, width) : await ledger.tile(level, index, width)
  if (bytes === null) throw notFound('The log does not reach this far')
  reply.type('application/octet-stream').header('cache-control', IMMUTABLE)
  return level === 'entries' && width === TILE_WIDTH ? answerCompressed(request, reply, bytes) : reply.send(bufferOf(bytes))
}

/** As it stands in the request line: an escaped character makes another path, which is nobody's. */
const pathBelowLog = ({ url }: FastifyRequest): string => url.slice('/log/'.length).split('?', 1)[0] ?? ''

/** Entries are worth compressing, hashes are not; nor are partial bundles, which are short, many, and soon replaced. */
async function answerCompressed(request: FastifyRequest, reply: FastifyReply, bytes: Uint8Array): Promise<FastifyReply> {
  reply.header('vary', 'accept-encoding')
  const zipped = acceptsGzip(request.headers['accept-encoding']) ? await gzipped(bytes) : null
  return zipped === null ? reply.send(bufferOf(bytes)) : reply.header('content-encoding', 'gzip').send(bufferOf(zipped))
}

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const size = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const inclusionQuery = z.object({ position: size, size: size.optional() })
const consistencyQuery = z.object({ from: size, to: size.optional() })

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

/** `proof` as in RFC 9162 section 2.1.4; empty when `from` is `to`, and from 0: the empty tree is a prefix of every tree and needs no proof. */
async function answerConsistency(reply: FastifyReply, ledger: LogSource, query: unknown): Promise<FastifyReply> {
  const { from, to = ledger.head().size } = parse(consistencyQuery, query, 'from=N and, if wanted, to=M')
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

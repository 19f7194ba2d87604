/**
 * The public commits of an account, in the chains of its keys: for whoever wants to check one author without reading the whole log. All of it is public;
 * of private commits there is nothing here, not even how many there are.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { decodeCommit, keyStream } from '../../ledger/commit.ts'
import { leafOf } from '../../ledger/entry.ts'
import { chainHeads, commitsAt, commitsInChains, hex, type StoredCommit } from '../../ledger/store.ts'
import type { Hash } from '../../ledger/types.ts'
import { localAccount } from '../../projections/read/accounts.ts'
import type { ApiDeps } from '../deps.ts'
import { ApiError, notFound } from '../errors.ts'
import type { ActorOf } from './identities.ts'
import type { ChainPage, Chains } from './schema.ts'

type Deps = Pick<ApiDeps, 'pool' | 'ledger'> & { readonly actorOf: ActorOf }
type Row = z.infer<typeof ChainPage>['commits'][number]

const MOST = 100
const count = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const wholeQuery = z.object({ size: count.optional() })
const pageQuery = wholeQuery.extend({ from: count.default(0), limit: z.coerce.number().int().min(1).max(MOST).default(MOST) })

export function registerChains(app: FastifyInstance, root: string, deps: Deps): void {
  const counted = { config: { limit: 'log' } } as const

  app.get(`${root}/accounts/:name/chains`, counted, async (request): Promise<z.infer<typeof Chains>> => {
    const size = sizeIn(deps, parse(wholeQuery, request).size)
    const { actor, operations } = await accountIn(deps, request, size)
    const ids = [...((await deps.ledger.keysOf(hex(actor)))?.keys.values() ?? [])].map(({ id }) => id)
    const keys = await Promise.all(ids.map(async (id) => ({ key: hex(id), length: await lengthOf(deps, id, size) })))
    return { actor: hex(actor), size, operations: await rows(deps, operations, size), keys: keys.filter(({ length }) => length > 0) }
  })

  app.get(`${root}/accounts/:name/chains/:key`, counted, async (request): Promise<z.infer<typeof ChainPage>> => {
    const { from, limit, size: asked } = parse(pageQuery, request)
    const size = sizeIn(deps, asked)
    const { actor } = await accountIn(deps, request, size)
    const key = Buffer.from((request.params as { key: string }).key, 'hex')
    if (key.length !== 16) throw notFound('A key is named by 32 hexadecimal digits')
    const places = Array.from({ length: limit }, (_, i) => ({ key, lane: 0, seq: from + i }))
    const positions = (await commitsInChains(deps.pool, places)).map(({ position }) => position).filter((position) => position < size)
    const commits = (await commitsAt(deps.pool, positions)).filter(({ bytes }) => isBy(bytes, actor))
    return { size, commits: await rows(deps, commits, size) }
  })
}

const isBy = (bytes: Uint8Array, actor: Hash): boolean => Buffer.compare(decodeCommit(bytes).actor, actor) === 0

/** The actor, and the public commits by which it said which keys are its own. @throws {ApiError} 404 */
async function accountIn({ pool, ledger, actorOf }: Deps, request: FastifyRequest, size: number) {
  const account = await localAccount(pool, (request.params as { name: string }).name)
  if (account === null || account.deleted_at !== null) throw notFound()
  const actor = await actorOf(account.id)
  const positions = (await ledger.readStream(keyStream(actor))).map(({ position }) => position).filter((position) => position < size)
  const commits = await commitsAt(pool, [...new Set(positions)])
  return { actor, operations: commits.filter(({ blinding, bytes }) => blinding === null && isBy(bytes, actor)) }
}

/** How many public commits of the key are in the tree of `size`: its newest ones may have come since. */
async function lengthOf({ pool }: Deps, key: Uint8Array, size: number): Promise<number> {
  const head = [...(await chainHeads(pool, [key])).values()][0]?.[0] ?? null
  if (head === null) return 0
  const isIn = async (seq: number): Promise<boolean> => ((await commitsInChains(pool, [{ key, lane: 0, seq }]))[0]?.position ?? size) < size
  if (await isIn(head.seq)) return head.seq + 1
  let [within, beyond] = [-1, head.seq]
  while (beyond - within > 1) {
    const middle = Math.floor((within + beyond) / 2)
    if (await isIn(middle)) within = middle
    else beyond = middle
  }
  return within + 1
}

/** Each commit as its leaf, with the proof that it is in the tree of `size`. */
function rows({ ledger }: Deps, commits: readonly StoredCommit[], size: number): Promise<Row[]> {
  return Promise.all(
    commits.map(async (commit) => ({
      position: commit.position,
      leaf: Buffer.from(leafOf(commit)).toString('base64'),
      proof: (await ledger.inclusionProof(commit.position, size)).proof.map((hash) => Buffer.from(hash).toString('base64')),
    })),
  )
}

/** @throws {ApiError} 404 for a tree that is not published yet */
function sizeIn({ ledger }: Deps, asked: number | undefined): number {
  const { size } = ledger.checkpoint()
  if (asked !== undefined && asked > size) throw notFound('The log does not reach this far')
  return asked ?? size
}

function parse<T>(schema: z.ZodType<T>, request: FastifyRequest): T {
  const parsed = schema.safeParse(request.query)
  if (!parsed.success) throw new ApiError(400, 'The query must be whole numbers')
  return parsed.data
}

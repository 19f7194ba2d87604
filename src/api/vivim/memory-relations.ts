/** What memories have to do with each other: those that disagree, and which of them holds; what supports, follows or resembles what. */
import { z } from 'zod'
import { conflicts, memoryById, relations } from '../../projections/read/memories.ts'
import { notFound } from '../errors.ts'
import { call } from './call.ts'
import { memoryJson, ownMemory, versionOf } from './memory-views.ts'
import { performAll, performEach, type VaultDeps } from './owned.ts'
import { limit, wrongField } from './parameters.ts'
import { Conflict, Consolidated, Memory, MemoryRelation, NewRelation, Relation, Resolution } from './schema-memories.ts'
import type { Serve } from './serve.ts'

const TAG = { tag: 'Memories' } as const

const contradictions = call({
  ...TAG,
  method: 'GET',
  path: '/memories/conflicts',
  summary: 'Memories that cannot both be true, with both dates',
  description: 'Disputes that nobody decided first, then what took the place of what.',
  scopes: ['memory:read'],
  query: z.strictObject({ limit: limit(50, 200) }),
  answer: z.array(Conflict),
  reads: (answer) => ({ memoryIds: answer.flatMap(({ first, second }) => [first.id, second.id]) }),
})

const resolve = call({
  ...TAG,
  method: 'POST',
  path: '/memories/:id/resolve',
  summary: 'Say which of two memories holds, or that both do',
  scopes: ['memory:write'],
  body: Resolution,
  answer: Memory,
  tagged: true,
  reads: ({ id }) => ({ memoryIds: [id] }),
})

const related = call({
  ...TAG,
  method: 'GET',
  path: '/memories/:id/relations',
  summary: 'How a memory relates to others, the strongest first',
  scopes: ['memory:read'],
  answer: z.array(MemoryRelation),
  reads: (answer) => ({ memoryIds: answer.flatMap(({ sourceId, targetId }) => [sourceId, targetId]) }),
})

const relate = call({
  ...TAG,
  method: 'POST',
  path: '/memories/:id/relations',
  summary: 'Relate a memory to another one',
  scopes: ['memory:write'],
  body: NewRelation,
  reads: 'nothing',
})

const unrelate = call({
  ...TAG,
  method: 'DELETE',
  path: '/memories/:id/relations/:relation/:targetId',
  summary: 'Take such a relation back',
  scopes: ['memory:write'],
  reads: 'nothing',
})

const consolidate = call({
  ...TAG,
  method: 'POST',
  path: '/memories/consolidate',
  summary: 'List memories together that belong together',
  description:
    'One rollup for each subject that several are about, one for each week in which several things happened, and relations between those that say nearly the same. Nothing is told that the members do not say; the same memories give the same rollups.',
  scopes: ['memory:write'],
  answer: Consolidated,
  reads: 'nothing',
  atOnce: 1,
})

export const memoryRelationCalls = [consolidate, contradictions, resolve, related, relate, unrelate]

export function registerMemoryRelations(serve: Serve, deps: VaultDeps): void {
  const { pool, vault } = deps
  const at = () => new Date(deps.now()).toISOString()

  serve(consolidate, async ({ account }) => {
    const { requests, rollups, relations } = await vault.keeping.consolidate(account.id)
    await performEach(deps, requests)
    return { rollups, relations }
  })

  serve(contradictions, async ({ account, query }) => {
    const found = await conflicts(pool, vault.cipher, account.id, query.limit)
    return found.map(({ first, second, state }) => ({ state, first: memoryJson(first, deps.now()), second: memoryJson(second, deps.now()) }))
  })

  serve(resolve, async ({ account, ids, body, expect, isKnown }) => {
    const row = await ownMemory(deps, account.id, ids.id)
    expect(versionOf(row))
    const other = await memoryById(pool, vault.cipher, account.id, body.with)
    if (other === null || !row.disputedWith.includes(other.id)) throw wrongField('with', 'is no memory that this one is disputed with')
    await performEach(deps, await vault.keeping.resolve(row, other.id, body.as))
    const changed = await ownMemory(deps, account.id, row.id)
    isKnown(versionOf(changed))
    return memoryJson(changed, deps.now())
  })

  serve(related, async ({ account, ids }) => {
    const { id } = await ownMemory(deps, account.id, ids.id)
    return relations(pool, account.id, id)
  })

  serve(relate, async ({ account, ids, body }) => {
    const { id } = await ownMemory(deps, account.id, ids.id)
    if (body.targetId === id) throw wrongField('targetId', 'is the memory itself')
    if ((await memoryById(pool, vault.cipher, account.id, body.targetId)) === null) throw wrongField('targetId', 'is no memory of yours')
    await performAll(deps, account.id, [{ do: 'RelateMemories', data: { accountId: account.id, sourceId: id, ...body, at: at() } }])
  })

  serve(unrelate, async ({ account, ids }) => {
    const { id } = await ownMemory(deps, account.id, ids.id)
    const relation = Relation.safeParse(ids.relation)
    if (!relation.success) throw notFound('No such relation')
    const data = { accountId: account.id, sourceId: id, targetId: ids.targetId, relation: relation.data, at: at() }
    await performAll(deps, account.id, [{ do: 'UnrelateMemories', data }])
  })
}

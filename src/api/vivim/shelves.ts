/** `/collections` and `/notebooks`: made, filled, put in order, and deleted; what lies on them stays what it is. */
import { z } from 'zod'
import type { Shelf as ShelfData, ShelfKind } from '../../events/conversations.ts'
import { type ShelfRow, shelfById, shelfItems, shelves } from '../../projections/read/shelves.ts'
import { notFound } from '../errors.ts'
import { call } from './call.ts'
import { itemLabels } from './item-labels.ts'
import { keyedId } from './new-messages.ts'
import { ownShelf, performAll, readBack, type VaultDeps } from './owned.ts'
import { cursor, cursorOf, given, limit, readCursor, wrongField } from './parameters.ts'
import { ItemKind, NewShelf, Shelf, ShelfChange, ShelfItem, ShelfPlace } from './schema-shelves.ts'
import type { Serve } from './serve.ts'

const TAG = { tag: 'Shelves' } as const
const READ = { ...TAG, scopes: ['memory:read'] } as const
const WRITE = { ...TAG, scopes: ['memory:write'] } as const
const NOTHING_READ = () => ({})

/** The calls of one kind; `root` is its name in the plural. */
const callsOf = <R extends 'collections' | 'notebooks'>(root: R, one: string) =>
  ({
    list: call({ ...READ, method: 'GET', path: `/${root}`, summary: `All ${root}, the oldest first`, answer: z.array(Shelf), reads: NOTHING_READ }),
    create: call({
      ...WRITE,
      method: 'POST',
      path: `/${root}`,
      summary: `Make a ${one}`,
      body: NewShelf,
      answer: Shelf,
      status: 201,
      reads: 'nothing',
    }),
    show: call({ ...READ, method: 'GET', path: `/${root}/:id`, summary: `One ${one}`, answer: Shelf, tagged: true, reads: NOTHING_READ }),
    change: call({
      ...WRITE,
      method: 'PATCH',
      path: `/${root}/:id`,
      summary: `Change a ${one}`,
      body: ShelfChange,
      answer: Shelf,
      tagged: true,
      reads: NOTHING_READ,
    }),
    remove: call({
      ...WRITE,
      method: 'DELETE',
      path: `/${root}/:id`,
      summary: `Delete a ${one}`,
      description: 'What lies on it stays.',
      tagged: true,
      reads: 'nothing',
    }),
    items: call({
      ...READ,
      method: 'GET',
      path: `/${root}/:id/items`,
      summary: 'What lies on it, in its order',
      query: z.strictObject({ limit: limit(100, 500), cursor }),
      answer: z.array(ShelfItem),
      paged: true,
      reads: (answer) => ({
        conversationIds: answer.filter(({ kind }) => kind === 'conversation').map(({ id }) => id),
        messageIds: answer.filter(({ kind }) => kind === 'message' || kind === 'acu').map(({ id }) => id),
        memoryIds: answer.filter(({ kind }) => kind === 'memory').map(({ id }) => id),
      }),
    }),
    put: call({
      ...WRITE,
      method: 'PUT',
      path: `/${root}/:id/items/:kind/:itemId`,
      summary: 'Put something there, or in another place',
      body: ShelfPlace,
      reads: 'nothing',
    }),
    take: call({ ...WRITE, method: 'DELETE', path: `/${root}/:id/items/:kind/:itemId`, summary: 'Take something away', reads: 'nothing' }),
  }) as const

const collections = callsOf('collections', 'collection')
const notebooks = callsOf('notebooks', 'notebook')

export const shelfCalls = [...Object.values(collections), ...Object.values(notebooks)]

export function registerShelves(serve: Serve, deps: VaultDeps): void {
  registerKind(serve, deps, 'collection', collections)
  registerKind(serve, deps, 'notebook', notebooks)
}

type Calls = typeof collections | typeof notebooks

function registerKind(serve: Serve, deps: VaultDeps, kind: ShelfKind, calls: Calls): void {
  const { pool, vault } = deps
  const at = () => new Date(deps.now()).toISOString()

  serve(calls.list, async ({ account }) => (await shelves(pool, vault.cipher, account.id, kind)).map(shelfJson))

  serve(calls.create, async ({ account, body, request, reply }) => {
    const data: ShelfData = { id: keyedId(deps, account.id, request, kind), accountId: account.id, kind, ...body }
    await assertPlace(deps, data)
    await performAll(deps, account.id, [{ do: 'CreateShelf', data: { ...data, at: at() } }])
    reply.header('location', `${request.url}/${data.id}`)
    return shelfJson(await readBack(shelfById(pool, vault.cipher, account.id, data.id)))
  })

  serve(calls.show, async ({ account, ids }) => shelfJson(await ofKind(account.id, ids.id)))

  serve(calls.change, async ({ account, ids, body, expect }) => {
    const row = await ofKind(account.id, ids.id)
    expect(JSON.stringify(shelfJson(row)))
    const { id, accountId, name, description, icon, color, parentId } = row
    const data: ShelfData = { id, accountId, kind, name, description, icon, color, parentId, ...given(body) }
    await assertPlace(deps, data)
    await performAll(deps, account.id, [{ do: 'UpdateShelf', data: { ...data, at: at() } }])
    return shelfJson(await ofKind(account.id, id))
  })

  serve(calls.remove, async ({ account, ids, expect }) => {
    const row = await ofKind(account.id, ids.id)
    expect(JSON.stringify(shelfJson(row)))
    await performAll(deps, account.id, [{ do: 'DeleteShelf', data: { id: row.id, accountId: account.id, at: at() } }])
  })

  serve(calls.items, async ({ account, ids, query, next }) => {
    const { id } = await ofKind(account.id, ids.id)
    const from = query.cursor === undefined ? 0 : readCursor(z.tuple([z.int().min(0)]), query.cursor)[0]
    const all = await shelfItems(pool, vault.cipher, id)
    const page = all.slice(from, from + query.limit)
    next(from + page.length < all.length ? cursorOf(from + page.length) : null)
    const labels = await itemLabels(
      deps,
      account.id,
      page.map(({ item }) => item),
    )
    return page.map(({ item, note, place, addedAt }, index) => ({ ...item, label: labels[index] ?? null, note, place, addedAt }))
  })

  serve(calls.put, async ({ account, ids, body }) => {
    const { id } = await ofKind(account.id, ids.id)
    const item = { kind: kindOf(ids.kind), id: ids.itemId }
    const [label] = await itemLabels(deps, account.id, [item])
    if (label == null) throw notFound(`No such ${item.kind}`)
    const lying = await shelfItems(pool, vault.cipher, id)
    const before = lying.find((one) => one.item.kind === item.kind && one.item.id === item.id)
    const last = Math.floor(Math.max(0, ...lying.map(({ place }) => place)))
    const { note = before?.note ?? '', place = before?.place ?? last + 1 } = body
    await performAll(deps, account.id, [{ do: 'PutOnShelf', data: { id, accountId: account.id, item, note, place, at: at() } }])
  })

  serve(calls.take, async ({ account, ids }) => {
    const { id } = await ofKind(account.id, ids.id)
    const item = { kind: kindOf(ids.kind), id: ids.itemId }
    await performAll(deps, account.id, [{ do: 'TakeFromShelf', data: { id, accountId: account.id, item, at: at() } }])
  })

  async function ofKind(accountId: string, id: string): Promise<ShelfRow> {
    const row = await ownShelf(deps, accountId, id)
    if (row.kind !== kind) throw notFound(`No such ${kind}`)
    return row
  }
}

/** @throws {ApiError} 404 */
function kindOf(name: string): z.infer<typeof ItemKind> {
  const parsed = ItemKind.safeParse(name)
  if (!parsed.success) throw notFound('Only conversations, messages, ACUs and memories lie on shelves')
  return parsed.data
}

/** A collection lies in another one of the same account, and never in itself, however deep. @throws {ApiError} 422 */
async function assertPlace({ pool, vault }: VaultDeps, { id, accountId, kind, parentId }: ShelfData): Promise<void> {
  if (parentId === null) return
  if (kind === 'notebook') throw wrongField('parentId', 'only collections lie in one another')
  const all = new Map((await shelves(pool, vault.cipher, accountId, kind)).map((row) => [row.id, row]))
  if (!all.has(parentId)) throw wrongField('parentId', 'is no collection of yours')
  let up: string | null = parentId
  for (let depth = 0; up !== null && depth <= all.size; depth++) {
    if (up === id) throw wrongField('parentId', 'would lie in itself')
    up = all.get(up)?.parentId ?? null
  }
}

function shelfJson({ accountId: _accountId, ...row }: ShelfRow): z.infer<typeof Shelf> {
  return row
}

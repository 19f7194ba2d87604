/** Units that people write: of their own, out of another one, or about it; and the links that they make. */
import { z } from 'zod'
import type { Command } from '../../handlers/commands.ts'
import { linksOf } from '../../memory/acu-links.ts'
import { acuById, acuLinks, writtenAcuById } from '../../projections/read/acus.ts'
import { ApiError, notFound } from '../errors.ts'
import { acusInOrder, ownAcu, writtenAcuJson } from './acu-views.ts'
import { call } from './call.ts'
import { keyedId } from './new-messages.ts'
import { performAll, readBack, type VaultDeps } from './owned.ts'
import { wrongField } from './parameters.ts'
import { AcuLink, NewAcu, NewAcuLink, Remix, WrittenAcu } from './schema-acus.ts'
import type { Serve } from './serve.ts'

const WRITE = { tag: 'ACUs', scopes: ['memory:write'] } as const

const create = call({
  ...WRITE,
  method: 'POST',
  path: '/acus',
  summary: 'Write a unit',
  body: NewAcu,
  answer: WrittenAcu,
  status: 201,
  reads: 'nothing',
})

const from = <V extends string>(verb: V, summary: string) =>
  call({ ...WRITE, method: 'POST', path: `/acus/:id/${verb}`, summary, body: Remix, answer: WrittenAcu, status: 201, reads: 'nothing' })

const remix = from('remix', 'Write another one out of a unit: they are linked as `derived_from`')
const annotate = from('annotate', 'Write about a unit: they are linked as `annotates`')

const remove = call({
  ...WRITE,
  method: 'DELETE',
  path: '/acus/:id',
  summary: 'Delete a unit that you wrote',
  description: 'Those that are found in messages go with their conversation, and not alone: 409.',
  reads: 'nothing',
  also: [409],
})

const links = call({
  tag: 'ACUs',
  scopes: ['memory:read'],
  method: 'GET',
  path: '/acus/:id/links',
  summary: 'What hangs together with a unit: what follows it, answers it, explains it, and the links that were made',
  answer: z.array(AcuLink),
  reads: () => ({}),
})

const link = call({ ...WRITE, method: 'POST', path: '/acus/:id/links', summary: 'Link a unit to another one', body: NewAcuLink, reads: 'nothing' })

const unlink = call({ ...WRITE, method: 'DELETE', path: '/acus/:id/links/:relation/:targetId', summary: 'Take a link back', reads: 'nothing' })

export const acuWritingCalls = [create, remix, annotate, remove, links, link, unlink]

export function registerAcuWriting(serve: Serve, deps: VaultDeps): void {
  const { pool, vault } = deps
  const at = () => new Date(deps.now()).toISOString()

  serve(create, async ({ account, body, request }) => {
    const id = keyedId(deps, account.id, request, 'acu')
    await performAll(deps, account.id, [{ do: 'CreateAcu', data: { id, accountId: account.id, at: at(), ...body, parentId: null, relation: null } }])
    return read(account.id, id)
  })

  for (const [verb, relation, linked] of [
    [remix, 'remix', 'derived_from'],
    [annotate, 'annotation', 'annotates'],
  ] as const)
    serve(verb, async ({ account, ids, body, request }) => {
      const parent = await ownAcu(deps, account.id, ids.id)
      const id = keyedId(deps, account.id, request, 'acu')
      const type = relation === 'remix' ? parent.type : 'thought'
      const own = { accountId: account.id, at: at() }
      const commands: Command[] = [
        { do: 'CreateAcu', data: { id, ...own, ...body, type, parentId: parent.id, relation } },
        { do: 'LinkAcus', data: { ...own, sourceId: id, targetId: parent.id, relation: linked, weight: 1 } },
      ]
      await performAll(deps, account.id, commands)
      return read(account.id, id)
    })

  serve(remove, async ({ account, ids }) => {
    const { id } = await ownAcu(deps, account.id, ids.id)
    if ((await writtenAcuById(pool, vault.cipher, account.id, id)) === null)
      throw new ApiError(409, 'This unit is part of a message', { code: 'FOUND' })
    await performAll(deps, account.id, [{ do: 'DeleteAcu', data: { id, accountId: account.id, at: at() } }])
  })

  serve(links, async ({ account, ids }) => {
    const { id } = await ownAcu(deps, account.id, ids.id)
    const made = await acuLinks(pool, account.id, [id])
    const found = (await linksInText(account.id, id)).filter(({ sourceId, targetId }) => sourceId === id || targetId === id)
    return [
      ...found.map((one) => ({ ...one, made: false })),
      ...made.map(({ sourceId, targetId, relation, weight }) => ({ sourceId, targetId, relation, weight, made: true })),
    ]
  })

  serve(link, async ({ account, ids, body }) => {
    const { id } = await ownAcu(deps, account.id, ids.id)
    if (body.targetId === id) throw wrongField('targetId', 'is the unit itself')
    await ownAcu(deps, account.id, body.targetId).catch((error: unknown) => {
      throw error instanceof ApiError && error.status === 404 ? wrongField('targetId', 'is no unit of yours') : error
    })
    await performAll(deps, account.id, [{ do: 'LinkAcus', data: { accountId: account.id, sourceId: id, ...body, at: at() } }])
  })

  serve(unlink, async ({ account, ids }) => {
    const { id } = await ownAcu(deps, account.id, ids.id)
    const { relation, targetId } = ids
    const made = await acuLinks(pool, account.id, [id])
    if (!made.some((one) => one.sourceId === id && one.targetId === targetId && one.relation === relation)) throw notFound('No such link')
    await performAll(deps, account.id, [{ do: 'UnlinkAcus', data: { accountId: account.id, sourceId: id, targetId, relation, at: at() } }])
  })

  const read = async (accountId: string, id: string) => writtenAcuJson(await readBack(writtenAcuById(pool, vault.cipher, accountId, id)))

  async function linksInText(accountId: string, id: string) {
    const row = await acuById(pool, accountId, id)
    return row === null ? [] : linksOf(await acusInOrder(deps, accountId, row.conversationId))
  }
}

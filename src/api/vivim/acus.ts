/** `/acus`: the smallest spans that can be cited, found in messages; those that people write; and what hangs together with what. */
import { z } from 'zod'
import { searchableText } from '../../memory/retrieval/searchable-text.ts'
import type { Hit } from '../../memory/retrieval/types.ts'
import { type AcuRow, acus, acusOf, repeatedAcus, writtenAcus } from '../../projections/read/acus.ts'
import { type MessageRow, messagesByIds } from '../../projections/read/messages.ts'
import { acusInOrder, ownAcu, shownAcus, writtenAcuJson } from './acu-views.ts'
import { call } from './call.ts'
import { ownConversation, ownMessage, type VaultDeps } from './owned.ts'
import { cursor, given, limit } from './parameters.ts'
import { Acu, AcuHit, AcuKind, AnyAcu, RepeatedAcu, WrittenAcu } from './schema-acus.ts'
import type { Serve } from './serve.ts'

const TAG = { tag: 'ACUs', scopes: ['memory:read'] } as const

const seen = (shown: readonly { readonly conversationId: string; readonly messageId: string }[]) => ({
  conversationIds: shown.map(({ conversationId }) => conversationId),
  messageIds: shown.map(({ messageId }) => messageId),
})

const list = call({
  ...TAG,
  method: 'GET',
  path: '/acus',
  summary: 'Units found in messages, the newest first',
  query: z.strictObject({
    type: AcuKind.optional(),
    minQuality: z.coerce.number<string>().min(0).max(1).optional(),
    limit: limit(50, 200),
    cursor,
  }),
  answer: z.array(Acu),
  paged: true,
  reads: seen,
})

const written = call({
  ...TAG,
  method: 'GET',
  path: '/acus/written',
  summary: 'Units that you wrote, the newest first',
  query: z.strictObject({ limit: limit(50, 200), cursor }),
  answer: z.array(WrittenAcu),
  paged: true,
  reads: () => ({}),
})

const duplicates = call({
  ...TAG,
  method: 'GET',
  path: '/acus/duplicates',
  summary: 'The same words more than once: how often, and where first',
  query: z.strictObject({ limit: limit(50, 200) }),
  answer: z.array(RepeatedAcu),
  reads: (answer) => seen(answer.map(({ first }) => first)),
})

const search = call({
  ...TAG,
  method: 'GET',
  path: '/acus/search',
  summary: 'Units in which the words stand, best first',
  query: z.strictObject({ q: z.string().min(1).max(500), type: AcuKind.optional(), limit: limit(20, 50) }),
  answer: z.array(AcuHit),
  reads: (answer, { query }) => ({ query: query.q, ...seen(answer.map(({ acu }) => acu)) }),
})

const show = call({
  ...TAG,
  method: 'GET',
  path: '/acus/:id',
  summary: 'One unit',
  answer: AnyAcu,
  tagged: true,
  reads: (answer) => ('messageId' in answer ? seen([answer]) : {}),
})

const ofConversation = call({
  ...TAG,
  method: 'GET',
  path: '/conversations/:id/acus',
  summary: 'The units of a conversation, in their order',
  query: z.strictObject({ limit: limit(500, 2_000) }),
  answer: z.array(Acu),
  reads: seen,
})

const ofMessage = call({
  ...TAG,
  method: 'GET',
  path: '/messages/:id/acus',
  summary: 'The units of a message, in their order',
  answer: z.array(Acu),
  reads: seen,
})

export const acuCalls = [list, written, duplicates, search, show, ofConversation, ofMessage]

export function registerAcus(serve: Serve, deps: VaultDeps): void {
  const { pool, vault } = deps

  serve(list, async ({ account, query, next }) => {
    const found = await acus(pool, account.id, { ...given(query), limit: query.limit })
    next(found.length === query.limit ? (found.at(-1)?.cursor ?? null) : null)
    return shownAcus(deps, account.id, found)
  })

  serve(written, async ({ account, query, next }) => {
    const found = await writtenAcus(pool, vault.cipher, account.id, { ...given(query), limit: query.limit })
    next(found.length === query.limit ? (found.at(-1)?.cursor ?? null) : null)
    return found.map(writtenAcuJson)
  })

  serve(duplicates, async ({ account, query }) => {
    const groups = await repeatedAcus(pool, account.id, query.limit)
    const shown = new Map(
      (
        await shownAcus(
          deps,
          account.id,
          groups.map(({ first }) => first),
        )
      ).map((acu) => [acu.id, acu]),
    )
    return groups.flatMap(({ count, first }) => {
      const acu = shown.get(first.id)
      return acu === undefined ? [] : { count, first: acu }
    })
  })

  serve(search, async ({ account, query: { q, type, limit } }) => {
    const { hits } = await vault.retrieval.search(account.id, { text: q, limit, kinds: ['message'] })
    const found = await unitsIn(account.id, hits)
    const wanted = found.filter(({ row }) => type === undefined || row.type === type).slice(0, limit)
    const shown = new Map(
      (
        await shownAcus(
          deps,
          account.id,
          wanted.map(({ row }) => row),
        )
      ).map((acu) => [acu.id, acu]),
    )
    return wanted.flatMap(({ row, score }) => {
      const acu = shown.get(row.id)
      return acu === undefined ? [] : { acu, score }
    })
  })

  serve(show, async ({ account, ids }) => ownAcu(deps, account.id, ids.id))

  serve(ofConversation, async ({ account, ids, query }) => {
    const { id } = await ownConversation(deps, account.id, ids.id)
    return shownAcus(deps, account.id, (await acusInOrder(deps, account.id, id)).slice(0, query.limit))
  })

  serve(ofMessage, async ({ account, ids }) => {
    const { id } = await ownMessage(deps, account.id, ids.id)
    return shownAcus(deps, account.id, await acusOf(pool, account.id, { messageId: id }))
  })

  /** The units that what was found stands in, best first. */
  async function unitsIn(accountId: string, hits: readonly Hit[]): Promise<{ row: AcuRow; score: number }[]> {
    const messages = await messagesByIds(
      pool,
      vault.cipher,
      accountId,
      hits.map(({ id }) => id),
    )
    const units = await Promise.all(
      hits.map(async (hit) => {
        const message = messages.get(hit.id)
        const rows = message === undefined ? [] : await acusOf(pool, accountId, { messageId: hit.id })
        return rows.filter((row) => message !== undefined && isHit(message, row, hit)).map((row) => ({ row, score: hit.score }))
      }),
    )
    return units.flat()
  }
}

/** Whether any span of the hit lies in the unit: spans count from the beginning of all that is searched of a message, units from that of a block. */
function isHit({ blocks }: MessageRow, { block, start, end }: AcuRow, { spans }: Hit): boolean {
  const before = blocks.slice(0, block).map((one) => searchableText({ blocks: [one] }))
  const from = before.filter((text) => text !== '').reduce((sum, text) => sum + text.length + 1, 0)
  return spans.some(([first, last]) => first < from + end && last > from + start)
}

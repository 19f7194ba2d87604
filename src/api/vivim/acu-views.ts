/** Atomic chat units with their words, which stand in the messages that they are spans of. */
import type { z } from 'zod'
import { type AcuRow, acuById, acusByIds, acusOf, type WrittenAcuRow, writtenAcuById } from '../../projections/read/acus.ts'
import { type MessageRow, messagesByIds, messagesOf } from '../../projections/read/messages.ts'
import { notFound } from '../errors.ts'
import type { VaultDeps } from './owned.ts'
import type { Acu, WrittenAcu } from './schema-acus.ts'

/** In their order. A unit whose message says something else meanwhile is left out: it will be cut anew. */
export async function shownAcus({ pool, vault }: VaultDeps, accountId: string, rows: readonly AcuRow[]): Promise<z.infer<typeof Acu>[]> {
  const messages = await messagesByIds(pool, vault.cipher, accountId, [...new Set(rows.map(({ messageId }) => messageId))])
  return rows.flatMap((row) => {
    const text = spanOf(messages.get(row.messageId), row)
    if (text === null) return []
    const { id, conversationId, messageId, block, start, end, type, language, quality, rules } = row
    return { id, conversationId, messageId, block, start, end, type, language, quality, rules, text }
  })
}

/** All units of a conversation, in the order in which they stand in it. */
export async function acusInOrder({ pool, vault }: VaultDeps, accountId: string, conversationId: string): Promise<AcuRow[]> {
  const [rows, messages] = await Promise.all([acusOf(pool, accountId, { conversationId }), messagesOf(pool, vault.cipher, conversationId)])
  const place = new Map(messages.map(({ id }, index) => [id, index]))
  const placeOf = ({ messageId }: AcuRow): number => place.get(messageId) ?? messages.length
  return rows.toSorted((a, b) => placeOf(a) - placeOf(b) || a.block - b.block || a.start - b.start)
}

function spanOf(message: MessageRow | undefined, { block, start, end }: Pick<AcuRow, 'block' | 'start' | 'end'>): string | null {
  const at = message?.blocks[block]
  const text = at !== undefined && 'text' in at ? at.text : undefined
  return text === undefined || end > text.length ? null : text.slice(start, end)
}

export function writtenAcuJson({ accountId: _accountId, cursor: _cursor, tags, ...row }: WrittenAcuRow): z.infer<typeof WrittenAcu> {
  return { ...row, tags: [...tags] }
}

/** A unit of either kind. @throws {ApiError} 404 */
export async function ownAcu(deps: VaultDeps, accountId: string, id: string): Promise<z.infer<typeof Acu> | z.infer<typeof WrittenAcu>> {
  const row = await acuById(deps.pool, accountId, id)
  if (row !== null) {
    const [shown] = await shownAcus(deps, accountId, [row])
    if (shown !== undefined) return shown
  }
  const written = await writtenAcuById(deps.pool, deps.vault.cipher, accountId, id)
  if (written === null) throw notFound('No such unit')
  return writtenAcuJson(written)
}

/** Words of units of either kind, by id. */
export async function acuTexts(deps: VaultDeps, accountId: string, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const found = await acusByIds(deps.pool, accountId, ids)
  const texts = new Map((await shownAcus(deps, accountId, [...found.values()])).map(({ id, text }) => [id, text]))
  for (const id of ids.filter((one) => !found.has(one))) {
    const written = await writtenAcuById(deps.pool, deps.vault.cipher, accountId, id)
    if (written !== null) texts.set(id, written.text)
  }
  return texts
}

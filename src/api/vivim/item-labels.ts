/** What things of a vault are, in a few words: for lists of mixed things. */
import type { ShelfItem } from '../../events/conversations.ts'
import { conversationsByIds } from '../../projections/read/conversations.ts'
import { memoriesByIds } from '../../projections/read/memories.ts'
import { type MessageRow, messagesByIds } from '../../projections/read/messages.ts'
import { acuTexts } from './acu-views.ts'
import type { VaultDeps } from './owned.ts'

const LONGEST = 160

/** For each item its label, or null when there is no such thing, or it is somebody else's. */
export async function itemLabels(deps: VaultDeps, accountId: string, items: readonly ShelfItem[]): Promise<(string | null)[]> {
  const { pool, vault } = deps
  const ids = (kind: ShelfItem['kind']): string[] => items.filter((item) => item.kind === kind).map(({ id }) => id)
  const [conversations, messages, memories, acus] = await Promise.all([
    conversationsByIds(pool, vault.cipher, accountId, ids('conversation')),
    messagesByIds(pool, vault.cipher, accountId, ids('message')),
    memoriesByIds(pool, vault.cipher, accountId, ids('memory')),
    acuTexts(deps, accountId, ids('acu')),
  ])
  const texts: Readonly<Record<ShelfItem['kind'], (id: string) => string | undefined>> = {
    conversation: (id) => conversations.get(id)?.title,
    message: (id) => firstText(messages.get(id)),
    memory: (id) => memories.get(id)?.text,
    acu: (id) => acus.get(id),
  }
  return items.map(({ kind, id }) => texts[kind](id)?.replace(/\s+/g, ' ').trim().slice(0, LONGEST).toWellFormed() ?? null)
}

/** Of the text that a message begins with; empty when it has none. */
const firstText = (message: MessageRow | undefined): string | undefined =>
  message === undefined ? undefined : (message.blocks.map((block) => ('text' in block ? (block.text ?? '') : '')).find((text) => text !== '') ?? '')

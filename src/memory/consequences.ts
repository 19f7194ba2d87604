/**
 * What the deletion of a conversation means for memories. Its quotes stand in the records of memories, so those go: what rested on nothing else is
 * forgotten, and what was also said elsewhere is learnt again from there. Nothing is marked: whoever says it again is believed again.
 */
import { idOf, memoryIdOf } from '../events/identifiers.ts'
import type { Evidence, Memory } from '../events/memories.ts'
import type { MemoryCommand, Request } from '../handlers/commands.ts'
import { type MemoryRow, memoriesRestingOn } from '../projections/read/memories.ts'
import type { Db } from '../projections/read/query.ts'
import type { RowCipher } from '../projections/row-cipher.ts'

/** As many as go into the request that deletes; the pipeline draws the consequences for the rest. */
const TOGETHER = 150

export type Deleting = { readonly accountId: string; readonly conversationId: string; readonly at: string; readonly by: Request['by'] }

/** Commands for the same request as the deletion, right after it. */
export async function consequencesOfDeletion(db: Db, cipher: RowCipher, { accountId, conversationId, at, by }: Deleting): Promise<MemoryCommand[]> {
  const rows = await memoriesRestingOn(db, cipher, accountId, conversationId, TOGETHER)
  return rows.flatMap((row) =>
    consequence(
      row,
      row.evidence.filter((one) => one.conversationId !== conversationId),
      { at, by },
    ),
  )
}

/** @param left  evidence of the memory that still stands */
export function consequence(row: MemoryRow, left: readonly Evidence[], { at, by }: Pick<Deleting, 'at' | 'by'>): MemoryCommand[] {
  const { accountId } = row
  const forgotten: MemoryCommand = { do: 'ForgetMemory', data: { id: row.id, accountId, marks: [], at } }
  const [first] = left
  if (first === undefined) return [forgotten]
  const id = anewIdOf(row, first)
  const owners: MemoryCommand[] = by === 'instance' ? [] : ownersWord(row, id, at)
  const ended: MemoryCommand[] =
    row.status === 'superseded' && row.supersededBy !== null
      ? [{ do: 'SupersedeMemory', data: { id, accountId, by: row.supersededBy, validTo: row.validTo, at } }]
      : []
  const disputed: MemoryCommand[] = row.disputedWith.map((other) => ({ do: 'DisputeMemory', data: { id, accountId, with: other, at } }))
  return [forgotten, { do: 'RecordMemory', data: { ...recorded(row), id, evidence: left } }, ...owners, ...disputed, ...ended]
}

/** Of what the rules learnt, the id that they give it where it still stands. */
function anewIdOf({ id, accountId, derivation }: MemoryRow, { messageId, block, start }: Evidence): string {
  const [, key] = derivation.by.split('/')
  const learnt = derivation.engine === 'rules' && key !== undefined ? memoryIdOf(accountId, key, messageId, block, start) : id
  return learnt === id ? idOf('memory again', id, messageId, `${block}:${start}`) : learnt
}

/** A record says what the memory says now, as believed as it is. */
function recorded(row: MemoryRow): Memory {
  const { accountId, type, category, text, subject, predicate, object, language, validFrom, tags } = row
  const { confidence, importance, sensitive, observedAt, evidence, derivation, members, at } = row
  const claim = {
    type,
    category,
    text,
    subject,
    predicate,
    object,
    language,
    validFrom,
    validTo: row.supersededBy === null ? row.validTo : null,
    tags,
  }
  const status = row.status === 'candidate' ? 'candidate' : 'active'
  return { id: row.id, accountId, ...claim, status, confidence, importance, sensitive, observedAt, evidence, derivation, members, at }
}

function ownersWord({ pinned, confirmed, accountId, derivation }: MemoryRow, id: string, at: string): MemoryCommand[] {
  return [
    ...(confirmed && derivation.engine !== 'person' ? [{ do: 'ConfirmMemory', data: { id, accountId, at } } as const] : []),
    ...(pinned ? [{ do: 'PinMemory', data: { id, accountId, at } } as const] : []),
  ]
}

/** Memories as our own API shows them, and the looking up of one. */
import type { z } from 'zod'
import { importanceNow } from '../../memory/decay.ts'
import { type MemoryRow, memoryById } from '../../projections/read/memories.ts'
import { notFound } from '../errors.ts'
import type { VaultDeps } from './owned.ts'
import type { Memory } from './schema-memories.ts'

/** @param now  ms since the epoch: what fades matters so much then */
export function memoryJson(row: MemoryRow, now: number): z.infer<typeof Memory> {
  const { accountId: _accountId, cursor: _cursor, at, evidence, tags, members, disputedWith, ...shown } = row
  return {
    ...shown,
    importanceNow: importanceNow(row, new Date(now).toISOString()),
    recordedAt: at,
    evidence: [...evidence],
    tags: [...tags],
    members: [...members],
    disputedWith: [...disputedWith],
  }
}

/** Changes with what it says and what became of it; not with being read. */
export const versionOf = ({ useCount: _useCount, lastUsedAt: _lastUsedAt, ...row }: MemoryRow): string => JSON.stringify(row)

/** @throws {ApiError} 404 */
export async function ownMemory({ pool, vault }: VaultDeps, accountId: string, id: string): Promise<MemoryRow> {
  const row = await memoryById(pool, vault.cipher, accountId, id)
  if (row === null) throw notFound('No such memory')
  return row
}

/** What goes with what is deleted, and what stays of it so that it does not come back. */
import type { Command } from '../../handlers/commands.ts'
import { consequencesOfDeletion } from '../../memory/consequences.ts'
import { marksOf } from '../../memory/marks.ts'
import { assetsOnlyIn } from '../../projections/read/imports.ts'
import type { MemoryRow } from '../../projections/read/memories.ts'
import { performAll, type VaultDeps } from './owned.ts'

/** Deletes a conversation of the account, files that only it shows, and what was learnt from it alone. */
export async function deleteConversation(deps: VaultDeps, accountId: string, id: string): Promise<void> {
  const { pool, vault } = deps
  const own = { accountId, at: new Date(deps.now()).toISOString() }
  const [files, consequences] = await Promise.all([
    assetsOnlyIn(pool, vault.cipher, id),
    consequencesOfDeletion(pool, vault.cipher, { ...own, conversationId: id, by: { account: accountId } }),
  ])
  await performAll(deps, accountId, [
    ...files.map((file): Command => ({ do: 'DeleteAsset', data: { id: file.id, ...own } })),
    { do: 'DeleteConversation', data: { id, ...own } },
    ...consequences,
  ])
}

/** Forgets a memory: keyed hashes of its claim and its quotes stay, so that nothing teaches it again. */
export const forgetting = ({ vault, now }: Pick<VaultDeps, 'vault' | 'now'>, row: MemoryRow): Command => ({
  do: 'ForgetMemory',
  data: { id: row.id, accountId: row.accountId, marks: marksOf(vault.cipher, row.accountId, row), at: new Date(now()).toISOString() },
})
